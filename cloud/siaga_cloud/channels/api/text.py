"""Receives the deliveries of text gateways and responds in the format that each gateway expects."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID
from xml.sax.saxutils import escape

from fastapi import APIRouter, Header, Query, Request, Response

from siaga_cloud.channels.api.deliveries import Body, accepts, opened, process_all, proved
from siaga_cloud.channels.conversation.service import Answer, DeliveredMessage
from siaga_cloud.channels.sources import text as text_sources
from siaga_cloud.connectors import service as connectors
from siaga_cloud.notifications.service import reading as notifications
from siaga_cloud.people.service import scope
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import Parts, PartsOf

router = APIRouter(tags=["text channels"])

SMS_AT_ONCE = 50


_FORM = "application/x-www-form-urlencoded"
_TWILIO = {"From": "whatsapp:+628120000001", "Body": "banjir di Kampung Melayu", "MessageSid": "SM1", "To": "+1"}
_SMS = {"secret": "...", "from": "+628120000001", "message": "banjir di Kampung Melayu"}
_UPDATE = {"update_id": 1, "message": {"chat": {"id": 7}, "date": 1795500000, "text": "banjir di Kampung Melayu"}}


@router.post("/intake/twilio", summary="SMS and WhatsApp by Twilio", openapi_extra=accepts(_FORM, _TWILIO))
def receive_twilio(
    parts: PartsOf, request: Request, body: Body, x_twilio_signature: Annotated[str, Header()] = ""
) -> Response:
    """Signed by X-Twilio-Signature over this server's public address; answered in TwiML."""
    token, now = opened(parts.settings.text_channels.twilio_auth_token, "twilio"), datetime.now(UTC)
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{parts.settings.public_url}{request.url.path}{query}"

    def read() -> DeliveredMessage:
        return text_sources.read_twilio(body, url=url, signature=x_twilio_signature, token=token, now=now)

    # Not proved yet, this only says among which of the two a refusal is counted.
    answer = _accepted(parts, text_sources.twilio_channel(body), read, now)
    response_body = f"<Message>{escape(answer.text)}</Message>" if answer else ""
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{response_body}</Response>',
        media_type="text/xml; charset=utf-8",
    )


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


@router.get("/intake/smssync", summary="SMSSync: what its phone shall send")
def list_smssync_outgoing(
    parts: PartsOf,
    secret: Annotated[str, Query(max_length=200)] = "",
    task: Annotated[Literal["send"], Query(description="the one task that is asked for so")] = "send",
) -> OutgoingPayload:
    """Answers and news to those who wrote by SMSSync, each handed out once; with SIAGA_SMSSYNC_SEND=on, else none."""
    settings, now = parts.settings.text_channels, datetime.now(UTC)
    known = opened(settings.smssync_secret, "smssync")
    proved(parts, "smssync", lambda: text_sources.prove_secret(secret, known), now)
    # Handing out changes what waits, although it is requested by GET.
    with parts.database.transaction() as conn:
        scope.act_for(conn, None, writes=True)
        connectors.count_poll(conn, "smssync", now=now)
        since = now - notifications.COLLECTED_WITHIN
        found = (
            notifications.collect(conn, "smssync", since=since, limit=SMS_AT_ONCE, now=now)
            if settings.smssync_send
            else []
        )
    messages = [OutgoingSms(to=one.address, message=one.text, uuid=one.message_id) for one in found]
    return OutgoingPayload(payload=OutgoingTask(secret=known, messages=messages))


@router.post("/intake/smssync", summary="SMS by SMSSync", openapi_extra=accepts(_FORM, _SMS))
def receive_smssync(parts: PartsOf, body: Body) -> Response:
    """With the secret that SMSSync was given; the answer goes back by its `send` task."""
    secret, now = opened(parts.settings.text_channels.smssync_secret, "smssync"), datetime.now(UTC)
    to: list[str] = []

    def read() -> DeliveredMessage:
        found = text_sources.read_smssync(body, secret=secret, now=now)
        to.append(found.message.sender)
        return found

    answer = _accepted(parts, "smssync", read, now)
    messages = [{"to": to[0], "message": answer.text}] if answer and not answer.repeated else []
    payload = {"success": True, "error": None, "task": "send", "messages": messages}
    return Response(json.dumps({"payload": payload}), media_type="application/json")


@router.post("/intake/frontlinesms", summary="SMS by FrontlineSMS", openapi_extra=accepts(_FORM, _SMS))
def receive_frontlinesms(parts: PartsOf, body: Body) -> Response:
    """With the secret of its web connection; the answer is the body, for its auto-reply."""
    secret, now = opened(parts.settings.text_channels.frontlinesms_secret, "frontlinesms"), datetime.now(UTC)
    answer = _accepted(parts, "frontlinesms", lambda: text_sources.read_frontlinesms(body, secret=secret, now=now), now)
    return Response(answer.text if answer else "", media_type="text/plain; charset=utf-8")


@router.post("/intake/telegram", summary="Telegram bot", openapi_extra=accepts("application/json", _UPDATE))
def receive_telegram(
    parts: PartsOf, body: Body, x_telegram_bot_api_secret_token: Annotated[str, Header()] = ""
) -> Response:
    """With the secret token of setWebhook; answered by a method in the response, as the Bot API allows."""
    secret, now = opened(parts.settings.text_channels.telegram_secret, "telegram"), datetime.now(UTC)
    chat: list[str] = []

    def read() -> DeliveredMessage | None:
        found = text_sources.read_telegram(body, given=x_telegram_bot_api_secret_token, secret=secret, now=now)
        chat.extend([found.message.sender] if found else [])
        return found

    answer = _accepted(parts, "telegram", read, now)
    reply = {"method": "sendMessage", "chat_id": int(chat[0]), "text": answer.text} if answer else {}
    return Response(json.dumps(reply), media_type="application/json")


def _accepted(
    parts: Parts, connector: str, read: Callable[[], DeliveredMessage | None], now: datetime
) -> Answer | None:
    """Takes a delivery in; None for one that holds no message."""
    delivered = proved(parts, connector, read, now)
    return process_all(parts, [delivered], now)[0] if delivered else None
