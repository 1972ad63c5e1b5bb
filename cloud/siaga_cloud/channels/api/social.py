"""Receives the deliveries of X, Facebook and LAPOR 1708. Answers to X and Facebook go through their own interfaces."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from siaga_cloud.channels.api.deliveries import Body, accepts, opened, process_all, proved
from siaga_cloud.channels.sources import social as social_sources
from siaga_cloud.channels.sources import text as text_sources
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf

router = APIRouter(tags=["text channels"])

_JSON = "application/json"
_ACTIVITY: dict[str, Any] = {"for_user_id": "1", "direct_message_events": []}
_ENTRY: dict[str, Any] = {"object": "page", "entry": []}
_SMS = {"secret": "...", "id": "1", "from": "+628120000001", "message": "JKT banjir di Kampung Melayu"}


class CrcAnswer(ResponseModel):
    """Proves that this server knows the consumer secret."""

    response_token: str


class DeliveryReceipt(ResponseModel):
    """Counts the messages of a delivery, and how many of them were received before."""

    messages: int
    repeated: int


@router.get("/intake/x", summary="X: the challenge of its webhook")
def verify_x_webhook(parts: PartsOf, crc_token: Annotated[str, Query(min_length=1, max_length=500)]) -> CrcAnswer:
    """Asked when the webhook is set, and each hour."""
    secret = opened(parts.settings.text_channels.x_consumer_secret, "x")
    return CrcAnswer(response_token=social_sources.x_response(crc_token, secret))


@router.post("/intake/x", summary="X: direct messages and mentions", openapi_extra=accepts(_JSON, _ACTIVITY))
def receive_x(
    parts: PartsOf, body: Body, x_twitter_webhooks_signature: Annotated[str, Header()] = ""
) -> DeliveryReceipt:
    """Signed by x-twitter-webhooks-signature; answered by direct message."""
    secret, now = opened(parts.settings.text_channels.x_consumer_secret, "x"), datetime.now(UTC)
    signature = x_twitter_webhooks_signature
    found = proved(parts, "x", lambda: social_sources.read_x(body, signature=signature, secret=secret, now=now), now)
    answers = process_all(parts, found, now)
    return DeliveryReceipt(messages=len(answers), repeated=sum(one.repeated for one in answers))


@router.get("/intake/facebook", summary="Facebook: the challenge of its webhook", response_class=Response)
def verify_facebook_webhook(
    parts: PartsOf,
    mode: Annotated[str, Query(alias="hub.mode", max_length=100)] = "",
    verify_token: Annotated[str, Query(alias="hub.verify_token", max_length=500)] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=500)] = "",
) -> Response:
    """Asked once, when the webhook is set."""
    token, now = opened(parts.settings.text_channels.facebook_verify_token, "facebook"), datetime.now(UTC)
    answer = proved(
        parts,
        "facebook",
        lambda: social_sources.facebook_challenge(mode, verify_token, challenge, verify_token=token),
        now,
    )
    return Response(answer, media_type="text/plain; charset=utf-8")


@router.post("/intake/facebook", summary="Facebook: messages to the page", openapi_extra=accepts(_JSON, _ENTRY))
def receive_facebook(
    parts: PartsOf,
    body: Body,
    x_hub_signature_256: Annotated[str, Header()] = "",
    x_hub_signature: Annotated[str, Header()] = "",
) -> DeliveryReceipt:
    """Signed by X-Hub-Signature-256 (or the older X-Hub-Signature); answered by the Send API."""
    secret, now = opened(parts.settings.text_channels.facebook_app_secret, "facebook"), datetime.now(UTC)
    found = proved(
        parts,
        "facebook",
        lambda: social_sources.read_facebook(
            body, signature=x_hub_signature_256, old_signature=x_hub_signature, secret=secret, now=now
        ),
        now,
    )
    answers = process_all(parts, found, now)
    return DeliveryReceipt(messages=len(answers), repeated=sum(one.repeated for one in answers))


@router.post(
    "/intake/lapor", summary="LAPOR 1708: SMS", openapi_extra=accepts("application/x-www-form-urlencoded", _SMS)
)
def receive_lapor(parts: PartsOf, body: Body) -> Response:
    """With the secret of the gateway; the answer is the body."""
    secret, now = opened(parts.settings.text_channels.lapor_secret, "lapor"), datetime.now(UTC)
    found = proved(parts, "lapor", lambda: text_sources.read_lapor(body, secret=secret, now=now), now)
    (answer,) = process_all(parts, [found], now)
    return Response(answer.text, media_type="text/plain; charset=utf-8")
