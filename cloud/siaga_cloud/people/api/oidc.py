"""Serves sign-in at the identity provider of the city (OpenID Connect, authorization code with PKCE)."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from siaga_cloud.people.api.sessions import set_cookie, set_device_cookie
from siaga_cloud.people.auth import cookie_name, is_https
from siaga_cloud.people.oidc import OidcError, OidcProvider
from siaga_cloud.people.service import oidc_accounts, sessions
from siaga_cloud.people.store import sessions as db
from siaga_cloud.people.store.sessions import OidcAttempt
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.callers import token_hash
from siaga_cloud.platform.http.limits import client_key
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem

log = logging.getLogger(__name__)
router = APIRouter(tags=["people"])

CALLBACK: Final = "/api/v1/session/oidc/callback"
ATTEMPT: Final = timedelta(minutes=10)


class SignInMethods(BaseModel):
    """Lists how people sign in. `oidc` is the name of the identity provider, null where there is none."""

    password: bool
    oidc: str | None


@router.get("/session/methods", summary="How to sign in")
def list_sign_in_methods(parts: PartsOf) -> SignInMethods:
    """For a sign-in page."""
    return SignInMethods(password=True, oidc=oidc.settings.name if (oidc := parts.find(OidcProvider)) else None)


@router.get(
    "/session/oidc", summary="Sign in at the identity provider", status_code=303, response_class=RedirectResponse
)
def start_oidc_sign_in(parts: PartsOf, request: Request) -> RedirectResponse:
    """Sends the browser there; it comes back to the callback within ten minutes."""
    provider, now = _provider(parts), datetime.now(UTC)
    if parts.sign_in_limit.wait_seconds(client_key(request.client.host if request.client else None)):
        raise Problem(429, "too-many-requests", "Too many tries", retry_after_seconds=5)
    state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
    try:
        where = provider.authorization_url(redirect_uri=_callback(parts), state=state, nonce=nonce, verifier=verifier)
    except OidcError as error:
        raise _unavailable(error) from None
    attempt = OidcAttempt(browser_sha256=token_hash(browser), nonce=nonce, verifier=verifier, expires_at=now + ATTEMPT)
    with parts.transaction(None) as conn:
        db.add_oidc(conn, token_hash(state), attempt, now=now)
    answer = RedirectResponse(where, status_code=303)
    answer.set_cookie(
        _attempt_cookie(parts), browser, max_age=int(ATTEMPT.total_seconds()), path="/", secure=is_https(parts),
        httponly=True, samesite="lax",
    )  # fmt: skip
    return answer


@router.get(
    "/session/oidc/callback",
    summary="Back from the identity provider",
    status_code=303,
    response_class=RedirectResponse,
)
def finish_oidc_sign_in(
    parts: PartsOf,
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> RedirectResponse:
    """Each state is taken once, and only from the browser that was sent there."""
    provider, now = _provider(parts), datetime.now(UTC)
    with parts.transaction(None) as conn:
        attempt = db.consume_oidc_attempt(conn, token_hash(state), now=now)
    browser = request.cookies.get(_attempt_cookie(parts), "")
    if attempt is None or not secrets.compare_digest(attempt.browser_sha256, token_hash(browser)):
        raise Problem(401, "invalid-sign-in-state", "This sign-in was not begun here", "or it is over; begin again")
    if error or not code:
        raise Problem(401, "sign-in-failed", "The identity provider did not sign you in", error[:100])
    try:
        claims = provider.claims(code, redirect_uri=_callback(parts), nonce=attempt.nonce, verifier=attempt.verifier)
    except OidcError as refused:
        log.warning("sign-in by the identity provider rejected: %s", refused)
        raise Problem(401, "invalid-identity", "What the identity provider said is not right", "begin again") from None
    with parts.transaction(None) as conn:
        account = oidc_accounts.account_of(conn, claims, provider.settings, now=now)
        sessions.end_cookie(conn, request.cookies.get(cookie_name(parts)), now=now)
        _, secret = sessions.begin(
            conn, account.id, method="oidc", agent=request.headers.get("user-agent", ""), now=now
        )
        audit.record(conn, actor=account.id, action="sign_in", kind="user", object_id=account.id, now=now)
    answer = RedirectResponse("/sign-in", status_code=303)  # which leads to the own home
    answer.delete_cookie(_attempt_cookie(parts), path="/", secure=is_https(parts), httponly=True, samesite="lax")
    set_cookie(answer, parts, secret)
    set_device_cookie(answer, parts, account.id, now=now)
    return answer


def _provider(parts: Parts) -> OidcProvider:
    provider = parts.find(OidcProvider)
    if provider is None:
        raise Problem(404, "oidc-not-configured", "There is no identity provider here", "SIAGA_OIDC_ISSUER is not set")
    return provider


def _callback(parts: Parts) -> str:
    return parts.settings.public_url + CALLBACK


def _attempt_cookie(parts: Parts) -> str:
    return f"{cookie_name(parts)}-oidc"


def _unavailable(error: OidcError) -> Problem:
    log.warning("identity provider unavailable: %s", error)
    return Problem(
        503, "identity-provider-unavailable", "The identity provider does not answer", retry_after_seconds=30
    )
