"""Sends alerts as signed JSON to configured hosts, after the receiver has confirmed the subscription by its
response."""

from __future__ import annotations

import contextlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

from siaga_cloud.platform.delivery.ports import Addressee, AlertMessage, DeliveryError
from siaga_cloud.platform.delivery.webhook import allowed_place, origin, send_signed
from siaga_cloud.settings import WebhookSettings


class WebhookAlertChannel:
    """Sends alert messages by POST. `clock` gives Unix time for the signature."""

    def __init__(self, settings: WebhookSettings, clock: Callable[[], float]) -> None:
        self._secret = settings.secret
        self._origins = frozenset(origin(host) for host in settings.hosts)
        self._clock = clock

    @contextlib.contextmanager
    def open(self) -> Iterator[WebhookAlertChannel]:
        """Itself: receivers differ, so there is no connection to keep."""
        yield self

    def send(self, to: Addressee, alert_message: AlertMessage) -> None:
        """Returns when the other side answered 2xx, and the challenge where there is one; raises DeliveryError."""
        place = allowed_place(to.address, self._origins)
        body = json.dumps(_content(alert_message), ensure_ascii=False, separators=(",", ":")).encode()
        answer = send_signed(place, body, message_id=alert_message.id, secret=self._secret, at=self._clock())
        if alert_message.challenge is not None and answer is None:
            raise DeliveryError(f"{place.host} did not send the challenge back in time", is_final=False)
        if (
            alert_message.challenge is not None
            and answer is not None
            and not _is_answered(answer, alert_message.challenge)
        ):
            raise DeliveryError(f"{place.host} did not send the challenge back", is_final=True, is_gone=True)


def _content(alert_message: AlertMessage) -> dict[str, Any]:
    held: dict[str, Any] = {
        "id": str(alert_message.id),
        "type": "challenge" if alert_message.challenge is not None else "alert",
        "priority": alert_message.priority,
        "language": alert_message.language,
        "title": alert_message.title,
        "text": alert_message.text,
        "manage_url": alert_message.manage_url,
        "created_at": alert_message.created_at.isoformat(),
    }
    if alert_message.challenge is not None:
        return held | {"challenge": alert_message.challenge}
    return held | {"alerts": list(alert_message.alerts)}


def _is_answered(answer: bytes, challenge: str) -> bool:
    """Return the challenge alone, or {"challenge": ...}."""
    text = answer.decode("utf-8", "replace").strip()
    with contextlib.suppress(ValueError):
        held = json.loads(text)
        if isinstance(held, dict):
            text = str(held.get("challenge", ""))
    return hmac.compare_digest(text.encode(), challenge.encode())
