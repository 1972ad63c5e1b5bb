"""Alerts by webhook: signed JSON to configured hosts; a receiver first shows that it wants them by an answer."""

from __future__ import annotations

import contextlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

from siaga_cloud.platform.delivery.ports import Addressee, DeliveryError, Letter
from siaga_cloud.platform.delivery.webhook import allowed_place, origin, send_signed
from siaga_cloud.settings import WebhookSettings


class WebhookLetterChannel:
    """POSTs letters. `clock`: Unix time, for the signature."""

    def __init__(self, settings: WebhookSettings, clock: Callable[[], float]) -> None:
        self._secret = settings.secret
        self._origins = frozenset(origin(host) for host in settings.hosts)
        self._clock = clock

    @contextlib.contextmanager
    def open(self) -> Iterator[WebhookLetterChannel]:
        """Itself: receivers differ, so there is no connection to keep."""
        yield self

    def send(self, to: Addressee, letter: Letter) -> None:
        """Returns when the other side answered 2xx, and the challenge where there is one; raises DeliveryError."""
        place = allowed_place(to.address, self._origins)
        body = json.dumps(_content(letter), ensure_ascii=False, separators=(",", ":")).encode()
        answer = send_signed(place, body, message_id=letter.id, secret=self._secret, at=self._clock())
        if letter.challenge is not None and answer is None:
            raise DeliveryError(f"{place.host} did not send the challenge back in time", is_final=False)
        if letter.challenge is not None and answer is not None and not _is_answered(answer, letter.challenge):
            raise DeliveryError(f"{place.host} did not send the challenge back", is_final=True, is_gone=True)


def _content(letter: Letter) -> dict[str, Any]:
    held: dict[str, Any] = {
        "id": str(letter.id),
        "type": "challenge" if letter.challenge is not None else "alert",
        "priority": letter.priority,
        "language": letter.language,
        "title": letter.title,
        "text": letter.text,
        "manage_url": letter.manage_url,
        "created_at": letter.created_at.isoformat(),
    }
    if letter.challenge is not None:
        return held | {"challenge": letter.challenge}
    return held | {"alerts": list(letter.alerts)}


def _is_answered(answer: bytes, challenge: str) -> bool:
    """The challenge alone, or {"challenge": ...}."""
    text = answer.decode("utf-8", "replace").strip()
    with contextlib.suppress(ValueError):
        held = json.loads(text)
        if isinstance(held, dict):
            text = str(held.get("challenge", ""))
    return hmac.compare_digest(text.encode(), challenge.encode())
