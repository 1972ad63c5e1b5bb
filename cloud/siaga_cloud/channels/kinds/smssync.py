"""SMS by SMSSync, a phone of the city that passes messages on and requests the answers that wait."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.deliveries import opened, proved
from siaga_cloud.channels.gateways.sms import city_sms
from siaga_cloud.channels.kinds.channel import CitizenChannel, Exchange, Gateway, IncomingDelivery
from siaga_cloud.channels.sources.fields import (
    FORM,
    MAX_ID,
    MAX_SENDER,
    digest_of,
    form_with_secret,
    moment_of,
    needed,
    prove_secret,
    shown,
)
from siaga_cloud.connectors import service as connectors
from siaga_cloud.notifications.service import reading as notifications
from siaga_cloud.people.service import scope
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.settings import ChannelSettings, SettingsGroup
from siaga_cloud.settings.channels import MIN_SECRET
from siaga_cloud.settings.fields import OnOff
from siaga_cloud.settings.fields import secret as optional_secret
from siaga_core.hazards import Names

SMS_AT_ONCE: Final = 50
_ID: Final = "smssync"


class SmsSyncSettings(SettingsGroup, env_prefix="SIAGA_SMSSYNC_"):
    """`send`: answers and news to those who wrote by SMSSync wait until its phone requests them."""

    secret: str | None = optional_secret(least=MIN_SECRET)
    send: OnOff = False


class OutgoingSms(ResponseModel):
    """Holds an SMS that the phone of SMSSync shall send. The same message always has the same `uuid`."""

    to: str
    message: str
    uuid: UUID


class OutgoingTask(ResponseModel):
    """Holds the send task of SMSSync, whose phone verifies the secret."""

    task: Literal["send"] = "send"
    secret: str
    messages: list[OutgoingSms]


class OutgoingPayload(ResponseModel):
    """Wraps the task as SMSSync expects it."""

    payload: OutgoingTask


routes = APIRouter()


@routes.get(f"/intake/{_ID}", summary="SMSSync: what its phone shall send")
def list_smssync_outgoing(
    parts: PartsOf,
    secret: Annotated[str, Query(max_length=200)] = "",
    task: Annotated[Literal["send"], Query(description="the one task that is asked for so")] = "send",
) -> OutgoingPayload:
    """Answers and news to those who wrote by SMSSync, each handed out once; with SIAGA_SMSSYNC_SEND=on, else none."""
    settings, now = parts.settings.channels.of(SmsSyncSettings), datetime.now(UTC)
    known = opened(settings.secret, _ID)
    proved(parts, _ID, lambda: prove_secret(secret, known), now)
    # Handing out changes what waits, although it is requested by GET.
    with parts.database.transaction() as conn:
        scope.act_for(conn, None, writes=True)
        connectors.count_poll(conn, _ID, now=now)
        since = now - notifications.COLLECTED_WITHIN
        found = notifications.collect(conn, _ID, since=since, limit=SMS_AT_ONCE, now=now) if settings.send else []
    messages = [OutgoingSms(to=one.address, message=one.text, uuid=one.message_id) for one in found]
    return OutgoingPayload(payload=OutgoingTask(secret=known, messages=messages))


def read_smssync(delivery: IncomingDelivery, secret: str) -> list[DeliveredMessage]:
    """Return a message, known by its message_id, else by sender, text and sent_timestamp."""
    form = form_with_secret(delivery.body, secret)
    sender, text = needed(form, "from", MAX_SENDER), needed(form, "message", 4000)
    given, stamp = form.get("message_id", "").strip()[:MAX_ID], form.get("sent_timestamp", "").strip()
    known_by = given or (digest_of(sender, text, stamp) if stamp else "")
    message = TextMessage(
        channel=_ID,
        source_id=known_by or digest_of(sender, text),
        sender=sender,
        text=text,
        received_at=moment_of(stamp, delivery.received_at),
    )
    return [DeliveredMessage(message=message, raw=shown(form), has_id=bool(known_by))]


def _send_task(exchanges: Sequence[Exchange]) -> Response:
    messages = [{"to": one.message.sender, "message": one.answer.text} for one in exchanges if not one.answer.repeated]
    payload = {"success": True, "error": None, "task": "send", "messages": messages}
    return Response(json.dumps({"payload": payload}), media_type="application/json")


def _secret(settings: ChannelSettings) -> str | None:
    return settings.of(SmsSyncSettings).secret


CHANNEL: Final = CitizenChannel(
    id=_ID,
    name=Names(indonesian="SMS (SMSSync)", english="SMS (SMSSync)"),
    settings=SmsSyncSettings,
    is_set_up=lambda settings: _secret(settings) is not None,
    sender_is_phone=True,
    gateway=Gateway(
        path=_ID,
        summary="SMS by SMSSync",
        description="With the secret that SMSSync was given; the answer goes back by its `send` task.",
        media_type=FORM,
        example={"secret": "...", "from": "+628120000001", "message": "banjir di Kampung Melayu"},
        secret=_secret,
        read=read_smssync,
        respond=_send_task,
        routes=routes,
    ),
    answers=city_sms,
    is_collected=lambda settings: settings.of(SmsSyncSettings).send,
)
