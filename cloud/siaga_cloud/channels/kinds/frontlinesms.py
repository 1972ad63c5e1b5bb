"""SMS by the web connection of FrontlineSMS."""

from __future__ import annotations

from typing import Final

from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.gateways.sms import city_sms
from siaga_cloud.channels.kinds.channel import CitizenChannel, Gateway, IncomingDelivery, plain_answer
from siaga_cloud.channels.sources.fields import FORM, MAX_SENDER, digest_of, form_with_secret, needed, shown
from siaga_cloud.settings import ChannelSettings, SettingsGroup
from siaga_cloud.settings.channels import MIN_SECRET
from siaga_cloud.settings.fields import secret as optional_secret
from siaga_core.hazards import Names

_ID: Final = "frontlinesms"


class FrontlineSmsSettings(SettingsGroup, env_prefix="SIAGA_FRONTLINESMS_"):
    """The secret of the web connection."""

    secret: str | None = optional_secret(least=MIN_SECRET)


def read_frontlinesms(delivery: IncomingDelivery, secret: str) -> list[DeliveredMessage]:
    """Return a message, which has no id: the same sender and text within ten minutes is a repeat."""
    form = form_with_secret(delivery.body, secret)
    sender, text = needed(form, "from", MAX_SENDER), needed(form, "message", 4000)
    message = TextMessage(
        channel=_ID,
        source_id=digest_of(sender, text),
        sender=sender,
        text=text,
        received_at=delivery.received_at,
    )
    return [DeliveredMessage(message=message, raw=shown(form), has_id=False)]


def _secret(settings: ChannelSettings) -> str | None:
    return settings.of(FrontlineSmsSettings).secret


CHANNEL: Final = CitizenChannel(
    id=_ID,
    name=Names(indonesian="SMS (FrontlineSMS)", english="SMS (FrontlineSMS)"),
    settings=FrontlineSmsSettings,
    is_set_up=lambda settings: _secret(settings) is not None,
    sender_is_phone=True,
    gateway=Gateway(
        path=_ID,
        summary="SMS by FrontlineSMS",
        description="With the secret of its web connection; the answer is the body, for its auto-reply.",
        media_type=FORM,
        example={"secret": "...", "from": "+628120000001", "message": "banjir di Kampung Melayu"},
        secret=_secret,
        read=read_frontlinesms,
        respond=plain_answer,
    ),
    answers=city_sms,
)
