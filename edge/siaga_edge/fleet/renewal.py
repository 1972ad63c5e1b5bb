"""Renews the certificate of the node before its last third begins, with the key that the node keeps for itself."""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import BaseModel, ValidationError

from siaga_edge.fleet.fleet_store import write_whole

log = logging.getLogger(__name__)

CHECK_EVERY: Final = timedelta(hours=1)
REMAINING_SHARE: Final = 1 / 3
_SECONDS: Final = 20.0
_MOST_BYTES: Final = 64 * 1024


class RenewalError(RuntimeError):
    """The certificate was not renewed; the message says why. The old one stays."""


class _Renewed(BaseModel):
    certificate: str


@dataclass(slots=True, kw_only=True)
class CertificateRenewal:
    """Asks the cloud at `url` for a new certificate when it is time; `tick` may be called at any pace.

    After a failure it asks again an hour later: a third of ninety days leaves room for 720 attempts.
    """

    url: str
    cert_file: Path
    key_file: Path
    clock: Callable[[], datetime]
    ca_file: Path | None = None
    _next_at: datetime | None = field(default=None, init=False)

    def tick(self) -> bool:
        """Renew the certificate where it is due; return whether a new one is on the disk. Raises `RenewalError`."""
        now = self.clock()
        # A time that is further away than the interval was set while the clock of the node was wrong.
        if self._next_at is not None and now < self._next_at <= now + CHECK_EVERY:
            return False
        self._next_at = now + CHECK_EVERY
        held = _read(self.cert_file)
        if not is_due(held, now=now):
            return False
        renewed = _post(self.url, _body(held, self.key_file), self.ca_file)
        self._replace(held, renewed)
        log.info("the certificate of the node was renewed")
        return True

    def _replace(self, held: x509.Certificate, renewed_pem: str) -> None:
        try:
            renewed = x509.load_pem_x509_certificate(renewed_pem.encode())
        except ValueError:
            raise RenewalError("the cloud answered with something that is no certificate") from None
        form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        is_ours = renewed.public_key().public_bytes(*form) == held.public_key().public_bytes(*form)
        if not is_ours or renewed.subject != held.subject or renewed.not_valid_after_utc <= held.not_valid_after_utc:
            raise RenewalError("the cloud answered with a certificate that is not a longer one of this node")
        write_whole(self.cert_file, renewed_pem.encode())


def is_due(held: x509.Certificate, *, now: datetime) -> bool:
    """Whether the last third of a certificate's time has begun."""
    whole = held.not_valid_after_utc - held.not_valid_before_utc
    return now >= held.not_valid_after_utc - whole * REMAINING_SHARE


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RenewalError(f"{path}: the certificate cannot be read: {error}") from None


def _body(held: x509.Certificate, key_file: Path) -> bytes:
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise RenewalError(f"{key_file}: the key cannot be read: {error}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise RenewalError(f"{key_file}: expected an elliptic-curve key")
    # The name is a formality, as at enrolment: the cloud takes that of the certificate.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "siaga-edge")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    parts = {"certificate": held.public_bytes(pem).decode(), "csr": request.public_bytes(pem).decode()}
    return json.dumps(parts).encode()


def _post(url: str, body: bytes, ca_file: Path | None) -> str:
    request = Request(  # noqa: S310 - the settings take https, and http on this machine alone
        f"{url.rstrip('/')}/api/v1/enrol/renewal", data=body, headers={"Content-Type": "application/json"}
    )
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        with urlopen(request, timeout=_SECONDS, context=context) as answer:  # noqa: S310 - as above
            return _Renewed.model_validate_json(answer.read(_MOST_BYTES)).certificate
    except HTTPError as error:
        raise RenewalError(f"{url}: HTTP {error.code}") from None
    except ValidationError:
        raise RenewalError(f"{url}: the response is not from Siaga's cloud") from None
    except (URLError, OSError) as error:
        raise RenewalError(f"{url}: {getattr(error, 'reason', error)}") from None
