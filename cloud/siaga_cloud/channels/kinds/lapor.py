"""SMS to 1708 that the gateway of LAPOR! passes on."""

from __future__ import annotations

import re
from typing import Final

from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.gateways.sms import city_sms
from siaga_cloud.channels.kinds.channel import CitizenChannel, Gateway, IncomingDelivery, plain_answer
from siaga_cloud.channels.sources.fields import (
    FORM,
    MAX_ID,
    MAX_SENDER,
    digest_of,
    form_with_secret,
    moment_of,
    needed,
    shown,
)
from siaga_cloud.settings import ChannelSettings, SettingsGroup
from siaga_cloud.settings.channels import MIN_SECRET
from siaga_cloud.settings.fields import secret as optional_secret
from siaga_core.hazards import Names

_ID: Final = "lapor"
_AREA_CODE: Final = re.compile(r"^\s*(?:lapor\W+)?(?:jkt|dki|jakarta)\b[\s#,:.-]*", re.IGNORECASE)


class LaporSettings(SettingsGroup, env_prefix="SIAGA_LAPOR_"):
    """The secret of the gateway."""

    secret: str | None = optional_secret(least=MIN_SECRET)


def read_lapor(delivery: IncomingDelivery, secret: str) -> list[DeliveredMessage]:
    """Return a message; its form has secret, from, message, and where the gateway has them id and sent_at.

    Messages begin with a code of the area (JKT, DKI, JAKARTA), which is no part of the report.
    """
    form = form_with_secret(delivery.body, secret)
    sender, text = needed(form, "from", MAX_SENDER), needed(form, "message", 4000)
    known_by = form.get("id", "").strip()[:MAX_ID]
    message = TextMessage(
        channel=_ID,
        source_id=known_by or digest_of(sender, text),
        sender=sender,
        text=without_code(text),
        received_at=moment_of(form.get("sent_at"), delivery.received_at, per_second=1),
    )
    return [DeliveredMessage(message=message, raw=shown(form), has_id=bool(known_by))]


def without_code(text: str) -> str:
    """Return a text to 1708 without the code of the area that it begins with."""
    return _AREA_CODE.sub("", text, count=1).strip() or text


def _secret(settings: ChannelSettings) -> str | None:
    return settings.of(LaporSettings).secret


CHANNEL: Final = CitizenChannel(
    id=_ID,
    name=Names(indonesian="LAPOR! 1708 (SMS)", english="LAPOR! 1708 (SMS)"),
    settings=LaporSettings,
    is_set_up=lambda settings: _secret(settings) is not None,
    sender_is_phone=True,
    gateway=Gateway(
        path=_ID,
        summary="LAPOR 1708: SMS",
        description="With the secret of the gateway; the answer is the body.",
        media_type=FORM,
        example={"secret": "...", "id": "1", "from": "+628120000001", "message": "JKT banjir di Kampung Melayu"},
        secret=_secret,
        read=read_lapor,
        respond=plain_answer,
    ),
    answers=city_sms,
)
