"""Sends news to those who wrote by SMS through the gateway of the city."""

from __future__ import annotations

from siaga_cloud.alerts.channels.sms import HttpSmsChannel
from siaga_cloud.platform.delivery.ports import Addressee, AlertChannel, AlertMessage, Channel, Outgoing
from siaga_cloud.settings import Settings


class SmsAnswers:
    """Answers reporters over a gateway that sends alert messages."""

    def __init__(self, gateway: AlertChannel) -> None:
        self._gateway = gateway

    def send(self, address: str, message: Outgoing) -> None:
        """Passes a short text to the gateway; raises DeliveryError."""
        alert_message = AlertMessage(
            id=message.id,
            priority=message.priority,
            language=message.language or "id",
            title="",
            text=message.text,
            short=message.text,
            manage_url="",
            unsubscribe_url="",
            created_at=message.created_at,
        )
        with self._gateway.open() as sender:
            sender.send(Addressee(address=address), alert_message)


def city_sms(settings: Settings) -> Channel | None:
    """Return the port of answers over the SMS gateway of the city, None where it has none."""
    return None if settings.sms is None else SmsAnswers(HttpSmsChannel(settings.sms))
