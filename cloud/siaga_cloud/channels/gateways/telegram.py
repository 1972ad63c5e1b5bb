"""Calls the Bot API of Telegram: it sends answers, polls for updates and looks up where a file lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from siaga_cloud.platform.delivery.ports import DeliveryError, Outgoing
from siaga_cloud.platform.delivery.web_api import TIMEOUT_SECONDS, call
from siaga_cloud.settings import TelegramSettings

SERVICE: Final = "Telegram"
MAX_CHARACTERS: Final = 4096
UPDATES_AT_ONCE: Final = 50


class TelegramBot:
    """Represents one bot."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings

    def send(self, address: str, message: Outgoing) -> None:
        """Reports it in a chat, as plain text; raises DeliveryError."""
        self._call("sendMessage", {"chat_id": address, "text": message.text[:MAX_CHARACTERS]})

    def updates(self, after: int, *, wait_seconds: int) -> list[dict[str, Any]]:
        """Updates after a number, once there are some; asking so forgets those up to it. Raises DeliveryError."""
        wanted = {
            "offset": after + 1,
            "timeout": wait_seconds,
            "limit": UPDATES_AT_ONCE,
            "allowed_updates": ["message"],
        }
        found = self._call("getUpdates", wanted, timeout_seconds=wait_seconds + TIMEOUT_SECONDS).get("result")
        if not isinstance(found, list):
            raise DeliveryError(f"{SERVICE}: got no list of updates", is_final=False)
        return [one for one in found if isinstance(one, dict)]

    def file_url(self, file_id: str) -> str:
        """Return where a file is fetched from, for an hour; raises DeliveryError."""
        result = self._call("getFile", {"file_id": file_id}).get("result")
        path = result.get("file_path") if isinstance(result, dict) else None
        if not isinstance(path, str) or not path or ".." in path or "?" in path or "#" in path:
            raise DeliveryError(f"{SERVICE}: getFile gave no file_path", is_final=True)
        return f"{self._settings.api}/file/bot{self._settings.token}/{path}"

    def _call(
        self, method: str, arguments: Mapping[str, Any], *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> Mapping[str, Any]:
        url = f"{self._settings.api}/bot{self._settings.token}/{method}"
        return call(SERVICE, "POST", url, json=dict(arguments), timeout_seconds=timeout_seconds)
