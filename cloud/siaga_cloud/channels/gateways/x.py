"""Sends direct messages through version 2 of the interface of X, signed by OAuth 1.0a."""

from __future__ import annotations

import json
from typing import Final

from oauthlib.oauth1 import Client

from siaga_cloud.platform.delivery.ports import DeliveryError, Outgoing
from siaga_cloud.platform.delivery.web_api import call
from siaga_cloud.settings import XSettings

SERVICE: Final = "X"
MAX_CHARACTERS: Final = 2000
_PRIVATE: Final = ("https://ton.twitter.com/", "https://ton.x.com/")


class XAccount:
    """Represents one account."""

    def __init__(self, settings: XSettings) -> None:
        self._settings = settings

    def send(self, address: str, message: Outgoing) -> None:
        """Reports it to a person in a direct message; raises DeliveryError."""
        if not (address.isascii() and address.isdigit()):
            raise DeliveryError("the address is not an account's number", is_final=True)
        url = f"{self._settings.api}/2/dm_conversations/with/{address}/messages"
        body = json.dumps({"text": message.text[:MAX_CHARACTERS]})
        call(SERVICE, "POST", url, content=body.encode(), headers=self.signed("POST", url))

    def signed_if_private(self, url: str) -> dict[str, str]:
        """Headers for an image of a direct message, which only its two sides may see; none for one of a post."""
        return self.signed("GET", url) if url.startswith(_PRIVATE) else {}

    def signed(self, method: str, url: str) -> dict[str, str]:
        """Headers that sign a request; a body of JSON is not part of what OAuth 1.0a signs."""
        own = self._settings
        client = Client(own.consumer_key, own.consumer_secret, own.access_token, own.access_secret)
        _, headers, _ = client.sign(url, http_method=method)
        return {**headers, **({"Content-Type": "application/json"} if method == "POST" else {})}
