"""Accepts the deliveries of gateways: it checks the signature and the form, then processes each message once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from siaga_cloud.channels.conversation.service import Answer, DeliveredMessage, IntakeContext, accept
from siaga_cloud.channels.conversation.understanding import ReportContext
from siaga_cloud.channels.sources.fields import DeliveryError, ProofError
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.gazetteer import GazetteerLookup
from siaga_cloud.connectors import service as connectors
from siaga_cloud.platform.http.parts import Parts
from siaga_cloud.platform.http.problem import Problem

_T = TypeVar("_T")


async def _body(request: Request) -> bytes:
    """Whole, as signatures are over it; the limit on bodies holds before (platform/http/limits.py)."""
    return await request.body()


Body = Annotated[bytes, Depends(_body)]


def accepts(media_type: str, example: Mapping[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI description of a body that is read in its raw form."""
    schema = {"type": "object", "additionalProperties": True, "example": dict(example)}
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


def opened(secret: str | None, channel: str) -> str:
    """Return the secret of a channel; raises Problem 404 where it has none."""
    if secret is None:
        raise Problem(404, "channel-disabled", "This channel is not set up", f"{channel}: its secret is not configured")
    return secret


def proved(parts: Parts, connector: str, read: Callable[[], _T], now: datetime) -> _T:
    """Return what a delivery holds; one that is not proved or cannot be read is counted, and refused with 403 or
    400."""
    try:
        return read()
    except ProofError as error:
        _count_refusal(parts, connector, str(error), now)
        raise Problem(403, "invalid-signature", "The delivery does not prove where it comes from", str(error)) from None
    except DeliveryError as error:
        _count_refusal(parts, connector, str(error), now)
        raise Problem(400, "malformed-message", "The delivery cannot be read", str(error)) from None


def process_all(parts: Parts, messages: Sequence[DeliveredMessage], now: datetime) -> list[Answer]:
    """Takes messages in, one after the other; raises Problem 429 where a sender sends too many."""
    for delivered in messages:
        message = delivered.message
        wait = math.ceil(parts.message_limit.wait_seconds(f"{message.channel} {message.sender}"))
        if wait > 0:
            raise Problem(
                429, "too-many-requests", "Too many messages", f"try again in {wait} s", retry_after_seconds=wait
            )
    # A transaction each: locks on several senders at once could wait for one another.
    return [_process(parts, delivered, now) for delivered in messages]


def _process(parts: Parts, delivered: DeliveredMessage, now: datetime) -> Answer:
    with parts.transaction(None) as conn:
        context = IntakeContext(
            means=ReportContext(media=parts.media, areas=parts.of(AreaLookup)),
            known=parts.of(GazetteerLookup).current(conn),
            public_url=parts.settings.public_url,
        )
        answer = accept(conn, delivered, context, now)
    if answer.category:
        parts.metrics.reports.labels(answer.category).inc()
    return answer


def _count_refusal(parts: Parts, connector: str, error: str, now: datetime) -> None:
    with parts.transaction(None) as conn:
        connectors.count_refusal(conn, connector, error=error, now=now)
