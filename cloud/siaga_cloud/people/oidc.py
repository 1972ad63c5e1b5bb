"""Implements the client of the identity provider: discovery, the redirect with PKCE, and the check of the ID token."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from siaga_cloud.settings import OidcSettings

TIMEOUT_SECONDS: Final = 5.0
MAX_ANSWER_BYTES: Final = 256 * 1024
LEEWAY_SECONDS: Final = 60
DOCUMENT_SECONDS: Final = 3600.0
KEYS_REFRESH_SECONDS: Final = 10.0
# Signatures only by the provider's private key: never `none`, never one by a secret that we hold, too.
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]


class OidcError(Exception):
    """The identity provider refused, answered wrongly or did not answer; the message is for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    read_at: float


class OidcProvider:
    """Represents one identity provider, which threads may share. Keys are read again when a token names an unknown
    one."""

    def __init__(
        self, settings: OidcSettings, *, monotonic: Callable[[], float], wall_clock: Callable[[], float]
    ) -> None:
        self.settings = settings
        self._monotonic, self._wall_clock = monotonic, wall_clock
        self._lock = threading.Lock()
        self._document: _Document | None = None
        self._keys: KeySet | None = None
        self._keys_read_at = float("-inf")

    def authorization_url(self, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Return where a browser is sent; raises `OidcError`."""
        grant = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        endpoint = self._read_document().authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(grant)}"

    def claims(self, code: str, *, redirect_uri: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """Return the checked claims of the person who came back with this code; raises `OidcError`."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.settings.client_id,
            "code_verifier": verifier,
        }
        secret = self.settings.client_secret
        auth = httpx.BasicAuth(self.settings.client_id, secret) if secret else None
        answer = self._call("POST", self._read_document().token_endpoint, data=sent, auth=auth)
        return self.check(str(answer.get("id_token", "")), nonce=nonce)

    def check(self, id_token: str, *, nonce: str) -> Mapping[str, Any]:
        """Return the claims of an ID token whose signature, issuer, audience, times and nonce are right; or
        `OidcError`.
        """
        claims = self._decoded(id_token).claims
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._wall_clock()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise OidcError(f"ID token: {error}") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.settings.client_id:
            raise OidcError("ID token: azp is another client")
        return claims

    def _decoded(self, id_token: str) -> jwt.Token:
        last: Exception | None = None
        for again in (False, True):
            try:
                return jwt.decode(id_token, self._read_keys(again=again), algorithms=ALGORITHMS)
            except (JoseError, ValueError) as error:
                last = error  # maybe signed by a key that is newer than what we hold
        raise OidcError(f"ID token: {last}")

    def _read_document(self) -> _Document:
        with self._lock:
            held = self._document
            if held is not None and self._monotonic() - held.read_at < DOCUMENT_SECONDS:
                return held
            found = self._call("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.settings.issuer:
                raise OidcError(f"discovery: issuer is {found.get('issuer')!r}, expected {self.settings.issuer!r}")
            try:
                self._document = _Document(
                    authorization_endpoint=str(found["authorization_endpoint"]),
                    token_endpoint=str(found["token_endpoint"]),
                    jwks_uri=str(found["jwks_uri"]),
                    read_at=self._monotonic(),
                )
            except KeyError as error:
                raise OidcError(f"discovery: no {error}") from None
            return self._document

    def _read_keys(self, *, again: bool) -> KeySet:
        document = self._read_document()
        with self._lock:
            now = self._monotonic()
            # Whoever sends tokens of unknown keys must not cause a request to the provider each time.
            if self._keys is None or (again and now - self._keys_read_at > KEYS_REFRESH_SECONDS):
                self._keys_read_at = now
                try:
                    self._keys = KeySet.import_key_set(self._call("GET", document.jwks_uri))  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError) as error:
                    raise OidcError(f"keys: {error}") from None
            return self._keys

    def _call(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            answer = httpx.request(method, url, timeout=TIMEOUT_SECONDS, follow_redirects=False, **more)
        except httpx.HTTPError as error:
            raise OidcError(f"{method} {url}: {type(error).__name__}") from None
        if answer.status_code != httpx.codes.OK or len(answer.content) > MAX_ANSWER_BYTES:
            raise OidcError(f"{method} {url}: status {answer.status_code}, {len(answer.content)} bytes")
        try:
            found = answer.json()
        except ValueError:
            raise OidcError(f"{method} {url}: not JSON") from None
        if not isinstance(found, dict):
            raise OidcError(f"{method} {url}: not a JSON object")
        return found


def challenge(verifier: str) -> str:
    """PKCE's S256 of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
