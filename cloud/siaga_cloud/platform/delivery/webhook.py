"""Sends webhooks: signed JSON by POST, only to configured hosts."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from siaga_cloud.platform.delivery.deadline import WHOLE_SECONDS, Deadline
from siaga_cloud.platform.delivery.ports import Answer, DeliveryError, Outgoing
from siaga_cloud.settings import WebhookSettings

MAX_ANSWER_BYTES = 64 * 1024
_PORTS = {"https": 443, "http": 80}
RETRYABLE_STATUSES = frozenset({408, 425, 429})
GONE = 410
_SHOWN_CHARACTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Represents the allowed address of a webhook."""

    scheme: str
    host: str
    port: int
    path: str


def origin(address: str) -> str:
    """scheme://host:port of a URL, or of a bare host, which means https; raises ValueError."""
    found = urlsplit(address if "://" in address else f"https://{address}")
    if found.scheme not in _PORTS or not found.hostname:
        raise ValueError(f"{address!r} is no http(s) address")
    return f"{found.scheme}://{found.hostname.lower()}:{found.port or _PORTS[found.scheme]}"


def allowed_place(address: str, origins: frozenset[str]) -> Place:
    """Return where a webhook goes; raises DeliveryError for every address that was not configured.

    The host is compared as a whole, by name: what it resolves to is the operator's word, redirects are not followed,
    and user names in addresses, a way to make one host look like another, are refused.
    """
    try:
        found = urlsplit(address)
        known = origin(address)
    except ValueError:
        raise DeliveryError("the address is not one of http", is_final=True) from None
    if found.username is not None or found.password is not None or "\\" in address or not address.isprintable():
        raise DeliveryError("the address has parts that are not allowed", is_final=True)
    if known not in origins:
        raise DeliveryError(f"{known} is not in SIAGA_WEBHOOK_HOSTS", is_final=True)
    path = (found.path or "/") + (f"?{found.query}" if found.query else "")
    return Place(scheme=found.scheme, host=found.hostname or "", port=found.port or _PORTS[found.scheme], path=path)


def signature(secret: str, at: int, body: bytes) -> str:
    """t=<unix time>,v1=<hex of HMAC-SHA256 over "<t>.<body>">"""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def send_signed(place: Place, body: bytes, *, message_id: UUID, secret: str, at: float) -> bytes | None:
    """Send JSON with its signature by POST; return the beginning of the answer, None where it did not arrive in time.

    Raises DeliveryError, with `is_gone` for status 410.
    """
    return _exchange(place, body, message_id=message_id, secret=secret, at=at)[1]


def _exchange(place: Place, body: bytes, *, message_id: UUID, secret: str, at: float) -> tuple[int, bytes | None]:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "siaga",
        "Siaga-Id": str(message_id),
        "Siaga-Signature": signature(secret, int(at), body),
    }
    try:
        status, answer = post(place, body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryError(f"{place.host}: {type(error).__name__}", is_final=False) from error
    if not 200 <= status < 300:
        final = 300 <= status < 500 and status not in RETRYABLE_STATUSES
        raise DeliveryError(
            f"{place.host} answered {status}", is_final=final, is_gone=status == GONE, answer=_answer(status, answer)
        )
    return status, answer


def _answer(status: int, body: bytes | None) -> Answer:
    """Return an answer as it is stored and shown: text without NUL, which the database cannot hold."""
    text = (body or b"")[: 4 * _SHOWN_CHARACTERS].decode("utf-8", "replace").replace("\0", "\ufffd")
    return Answer(status, text[:_SHOWN_CHARACTERS])


class HttpWebhookChannel:
    """Sends by POST to configured hosts. `clock` gives Unix time for the signature."""

    def __init__(self, settings: WebhookSettings, clock: Callable[[], float]) -> None:
        self._secret = settings.secret
        self._origins = frozenset(origin(host) for host in settings.hosts)
        self._clock = clock

    def send(self, address: str, message: Outgoing) -> None:
        """Returns when the other side answered 2xx; raises DeliveryError."""
        place = allowed_place(address, self._origins)
        send_signed(place, _body(message), message_id=message.id, secret=self._secret, at=self._clock())


class HttpEventWebhooks:
    """Sends events by POST to the webhooks of other systems, each with a secret of its own."""

    def __init__(self, settings: WebhookSettings, clock: Callable[[], float]) -> None:
        self._origins = frozenset(origin(host) for host in settings.hosts)
        self._clock = clock

    def send(self, address: str, body: bytes, *, message_id: UUID, secret: str) -> Answer:
        """Return the answer of the other side, a 2xx; raises DeliveryError. The host is checked anew at every try."""
        place = allowed_place(address, self._origins)
        return _answer(*_exchange(place, body, message_id=message_id, secret=secret, at=self._clock()))


class _Http(http.client.HTTPConnection):
    """Represents a connection that is used until a deadline. `context` is set for https."""

    def __init__(self, place: Place, deadline: Deadline, context: ssl.SSLContext | None) -> None:
        super().__init__(place.host, place.port)
        self._place, self._deadline, self._context = place, deadline, context
        # As an HTTPSConnection names its host: without the scheme's own port.
        self.default_port = _PORTS[place.scheme]

    def connect(self) -> None:
        plain = self._deadline.connect(self._place.host, self._place.port)
        self.sock = plain if self._context is None else self._context.wrap_socket(plain, server_hostname=self.host)


def post(
    place: Place, body: bytes, headers: dict[str, str], *, seconds: float = WHOLE_SECONDS
) -> tuple[int, bytes | None]:
    """Status and the beginning of the answer, None where only the status came in time; redirects are not followed.

    Raises OSError, HTTPException.
    """
    context = ssl.create_default_context() if place.scheme == "https" else None
    with Deadline(seconds) as deadline, contextlib.closing(_Http(place, deadline, context)) as connection:
        connection.request("POST", place.path, body, headers)
        answer = connection.getresponse()
        with contextlib.suppress(OSError, http.client.HTTPException):
            text = answer.read(MAX_ANSWER_BYTES)
            return answer.status, None if deadline.is_over else text
        return answer.status, None


def _body(message: Outgoing) -> bytes:
    content = {
        "id": str(message.id),
        "priority": message.priority,
        "notification_count": message.notification_count,
        "text": {"id": message.text_id, "en": message.text_en},
        "created_at": message.created_at.isoformat(),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
