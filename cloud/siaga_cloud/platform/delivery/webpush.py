"""Sends alerts to browsers by Web Push (RFC 8030, 8291, 8292), encrypted for the browser and signed with the key of the
city.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02  # type: ignore[import-untyped]
from pywebpush import WebPushException, webpush  # type: ignore[import-untyped]

from siaga_cloud.platform.delivery.ports import Addressee, AlertMessage, DeliveryError
from siaga_cloud.settings import PushSettings

TIMEOUT_SECONDS = 10.0
TTL_SECONDS = 4 * 3600  # how long the push service holds it for a phone that is off
_RETRYABLE = frozenset({408, 425, 429})
_GONE = frozenset({404, 410})
_MOST_CHARACTERS = 1200  # services take 4096 bytes with the encryption's own


def is_allowed(endpoint: str, hosts: tuple[str, ...]) -> bool:
    """Return whether an endpoint lies at a push service that is configured: a host, *.host, or a whole http://
    origin."""
    try:
        found = urlsplit(endpoint)
        port = found.port
    except ValueError:
        return False
    host = (found.hostname or "").lower()
    if found.username is not None or found.password is not None or "\\" in endpoint or not endpoint.isprintable():
        return False
    if found.scheme == "http":
        return f"http://{host}:{port or 80}" in hosts
    if found.scheme != "https" or port not in (None, 443):
        return False
    return host in hosts or any(one.startswith("*.") and host.endswith(one[1:]) for one in hosts)


def new_key() -> bytes:
    """Return a fresh private key (P-256, PEM)."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_key(pem: bytes) -> str:
    """Return what a page hands to `pushManager.subscribe` as applicationServerKey; raises ValueError."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("expected a private key on the curve P-256, as `siaga-cloud admin push-key` makes it")
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


class WebPushAlertChannel:
    """Opens senders of alert messages to browsers."""

    def __init__(self, settings: PushSettings) -> None:
        self._settings = settings
        self._key = Vapid02.from_pem(settings.key_pem)

    @contextlib.contextmanager
    def open(self) -> Iterator[WebPushAlertSender]:
        """Yield a sender that keeps its connections to the push services."""
        with requests.Session() as session:
            session.max_redirects = 0  # an endpoint that was allowed must not lead elsewhere
            yield WebPushAlertSender(self._settings, self._key, session)


class WebPushAlertSender:
    """Sends alert messages over the connections of the session."""

    def __init__(self, settings: PushSettings, key: Vapid02, session: requests.Session) -> None:
        self._settings, self._key, self._session = settings, key, session

    def send(self, to: Addressee, alert_message: AlertMessage) -> None:
        """Returns when the push service has taken it; raises DeliveryError."""
        host = urlsplit(to.address).hostname or ""
        if not is_allowed(to.address, self._settings.hosts):
            raise DeliveryError(f"{host} is not in SIAGA_PUSH_HOSTS", is_final=True, is_gone=True)
        try:
            webpush(
                {"endpoint": to.address, "keys": dict(to.keys or {})},
                data=_content(alert_message),
                vapid_private_key=self._key,
                vapid_claims={"sub": self._settings.contact},
                timeout=TIMEOUT_SECONDS,
                ttl=TTL_SECONDS,
                headers={"Urgency": "high" if alert_message.priority == 1 else "normal"},
                requests_session=self._session,
            )
        except WebPushException as error:
            raise _refusal(host, error) from error
        except requests.RequestException as error:
            raise DeliveryError(f"{host}: {type(error).__name__}", is_final=False) from error
        except ValueError as error:
            raise DeliveryError("the browser's keys are no keys", is_final=True, is_gone=True) from error


def _refusal(host: str, error: WebPushException) -> DeliveryError:
    if error.response is None:
        return DeliveryError("the browser's keys are no keys", is_final=True, is_gone=True)
    status = int(error.response.status_code)
    final = 300 <= status < 500 and status not in _RETRYABLE
    return DeliveryError(f"{host} answered {status}", is_final=final, is_gone=status in _GONE)


def _content(alert_message: AlertMessage) -> str:
    """Return what the page's service worker shows."""
    content = {
        "id": str(alert_message.id),
        "title": alert_message.title,
        "body": alert_message.text[:_MOST_CHARACTERS],
        "url": alert_message.manage_url,
        "priority": alert_message.priority,
        "lang": alert_message.language,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
