"""Sends messages as a Facebook page through the Send API of Messenger."""

from __future__ import annotations

from typing import Final

from siaga_cloud.platform.delivery.ports import Outgoing
from siaga_cloud.platform.delivery.web_api import call
from siaga_cloud.settings import FacebookSettings

SERVICE: Final = "Facebook"
VERSION: Final = "v21.0"
MAX_CHARACTERS: Final = 2000


class FacebookPage:
    """Sends as one page. Facebook refuses messages later than a day after the person's last one; these are given up."""

    def __init__(self, settings: FacebookSettings) -> None:
        self._settings = settings

    def send(self, address: str, message: Outgoing) -> None:
        """Reports it to a person who wrote to the page; raises DeliveryError."""
        body = {
            "recipient": {"id": address},
            "messaging_type": "RESPONSE" if message.is_reply else "UPDATE",
            "message": {"text": message.text[:MAX_CHARACTERS]},
        }
        headers = {"Authorization": f"Bearer {self._settings.page_token}"}
        call(SERVICE, "POST", f"{self._settings.api}/{VERSION}/me/messages", json=body, headers=headers)
