"""The routes that gateways of text channels deliver to, made from the registry of channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from siaga_cloud.channels import registry
from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.deliveries import Body, accepts, opened, process_all, proved
from siaga_cloud.channels.kinds.channel import CitizenChannel, Exchange, Gateway, IncomingDelivery
from siaga_cloud.connectors import service as connectors
from siaga_cloud.platform.http.parts import Parts, PartsOf


def gateway_routes() -> APIRouter:
    """Return the routes of every gateway of the registry."""
    router = APIRouter(tags=["text channels"])
    for channel, gateway in registry.gateways():
        router.include_router(gateway.routes)
        router.add_api_route(
            f"/intake/{gateway.path}",
            _endpoint(channel, gateway),
            methods=["POST"],
            name=f"receive_{gateway.path.replace('-', '_')}",
            summary=gateway.summary,
            description=gateway.description,
            response_model=gateway.response_model,
            openapi_extra=_described(gateway),
        )
    return router


def _endpoint(channel: CitizenChannel, gateway: Gateway) -> Callable[..., Response]:
    def accept_delivery(parts: PartsOf, request: Request, body: Body) -> Response:
        return _accept(parts, _delivery(parts, request, body), channel, gateway)

    return accept_delivery


def _accept(parts: Parts, delivery: IncomingDelivery, channel: CitizenChannel, gateway: Gateway) -> Response:
    secret = opened(gateway.secret(parts.settings.channels), gateway.path)
    # A delivery is not proved yet when its refusal is counted.
    refused = gateway.refused_channel(delivery.body) if gateway.refused_channel else channel.id
    found = proved(parts, refused, lambda: gateway.read(delivery, secret), delivery.received_at)
    _record_failures(parts, refused, gateway.failures(delivery.body), delivery.received_at)
    messages = [_with_contact(one) for one in found]
    answers = process_all(parts, messages, delivery.received_at)
    pairs = zip(messages, answers, strict=True)
    return gateway.respond([Exchange(message=one.message, answer=answer) for one, answer in pairs])


def _record_failures(parts: Parts, channel_id: str, failures: Sequence[str], now: datetime) -> None:
    if failures:
        with parts.transaction(None) as conn:
            connectors.note_error(conn, channel_id, error="; ".join(failures[:3]), now=now)


def _with_contact(delivered: DeliveredMessage) -> DeliveredMessage:
    channel = delivered.message.channel
    message = replace(
        delivered.message,
        sender_is_phone=channel in registry.phone_channels(),
        is_account_proven=channel in registry.proving_channels(),
    )
    return replace(delivered, message=message)


def _delivery(parts: Parts, request: Request, body: bytes) -> IncomingDelivery:
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{parts.settings.public_url}{request.url.path}{query}"
    return IncomingDelivery(body=body, headers=request.headers, url=url, received_at=datetime.now(UTC))


def _described(gateway: Gateway) -> dict[str, Any]:
    headers = [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string", "default": ""}}
        for name in gateway.proof_headers
    ]
    return {**accepts(gateway.media_type, gateway.example), **({"parameters": headers} if headers else {})}
