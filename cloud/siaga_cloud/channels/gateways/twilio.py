"""Sends SMS and WhatsApp messages through the REST interface of Twilio."""

from __future__ import annotations

from typing import Final

from siaga_cloud.platform.delivery.ports import Outgoing
from siaga_cloud.platform.delivery.web_api import call
from siaga_cloud.settings import TwilioSettings

SERVICE: Final = "Twilio"
MAX_CHARACTERS: Final = 1600


class TwilioChannel:
    """Sends from one number. `prefix` is "whatsapp:" for WhatsApp and empty for SMS."""

    def __init__(self, settings: TwilioSettings, *, sender: str, prefix: str = "") -> None:
        self._settings, self._sender, self._prefix = settings, sender, prefix

    def send(self, address: str, message: Outgoing) -> None:
        """Passes a text to Twilio; raises DeliveryError."""
        form = {
            "To": f"{self._prefix}{address}",
            "From": f"{self._prefix}{self._sender}",
            "Body": message.text[:MAX_CHARACTERS],
        }
        account = self._settings.account
        url = f"{self._settings.api}/2010-04-01/Accounts/{account}/Messages.json"
        call(SERVICE, "POST", url, data=form, auth=(account, self._settings.token))
