"""Sends alerts by SMS through the gateway of the city, which is configured by address, body template and
authorization."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from urllib.parse import quote

import httpx

from siaga_cloud.platform.delivery.ports import Addressee, AlertMessage, DeliveryError
from siaga_cloud.settings import SmsSettings

TIMEOUT_SECONDS = 10.0
MAX_CHARACTERS = 300  # two parts at most
_RETRYABLE = frozenset({401, 402, 403, 408, 425, 429})  # ours to mend, not the receiver's fault


class HttpSmsChannel:
    """Sends each message as one POST. The template receives {to}, {text} and {id}, escaped for its content type."""

    def __init__(self, settings: SmsSettings) -> None:
        self._settings = settings

    @contextlib.contextmanager
    def open(self) -> Iterator[HttpSmsSender]:
        """Yield a sender that keeps its connection to the gateway."""
        headers = {"Content-Type": self._settings.content_type, "User-Agent": "siaga"}
        if self._settings.authorization:
            headers["Authorization"] = self._settings.authorization
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, headers=headers) as client:
            yield HttpSmsSender(self._settings, client)


class HttpSmsSender:
    """Sends short texts over one connection."""

    def __init__(self, settings: SmsSettings, client: httpx.Client) -> None:
        self._settings, self._client = settings, client

    def send(self, to: Addressee, alert_message: AlertMessage) -> None:
        """Returns when the gateway has taken it; raises DeliveryError."""
        body = filled(
            self._settings,
            {"to": to.address, "text": alert_message.short[:MAX_CHARACTERS], "id": str(alert_message.id)},
        ).encode()
        try:
            status = self._client.post(self._settings.url, content=body).status_code
        except httpx.HTTPError as error:
            raise DeliveryError(f"the SMS gateway: {type(error).__name__}", is_final=False) from error
        if not 200 <= status < 300:
            final = 300 <= status < 500 and status not in _RETRYABLE
            raise DeliveryError(f"the SMS gateway answered {status}", is_final=final)


def filled(settings: SmsSettings, values: dict[str, str]) -> str:
    """Return the body of a request. What is put in cannot end the string or field that it stands in."""
    is_json = "json" in settings.content_type
    body = settings.body
    # One pass by hand: a text that itself holds "{to}" is not filled again.
    pieces = []
    while body:
        name = next((name for name in values if body.startswith(f"{{{name}}}")), None)
        if name is None:
            pieces.append(body[0])
            body = body[1:]
            continue
        pieces.append(json.dumps(values[name])[1:-1] if is_json else quote(values[name], safe=""))
        body = body[len(name) + 2 :]
    return "".join(pieces)
