"""What a channel of the registry consists of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from siaga_cloud.channels.conversation.service import Answer, DeliveredMessage, IntakeContext
from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.gateways.photos import PhotoSource
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.platform.delivery.ports import Channel
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.settings import ChannelSettings, Settings, SettingsGroup
from siaga_core.hazards import Names

PollUntil: TypeAlias = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingDelivery:
    """One HTTP request of a gateway. `url` is the public address that the gateway sent it to."""

    body: bytes
    headers: Mapping[str, str]
    url: str
    received_at: datetime

    def header(self, name: str) -> str:
        """Return the value of a header, empty where the gateway did not send it."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A message of a delivery, and the answer to it."""

    message: TextMessage
    answer: Answer


def _no_failures(_body: bytes) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """How a service delivers messages by HTTP to /intake/`path`, and how the response answers it.

    `secret` is what a delivery is proved by; the gateway is closed where it is None. `read` verifies and parses a
    delivery; it raises `ProofError` or `DeliveryError`. `proof_headers` are the headers that carry the proof.
    `refused_channel` names the channel that a refusal counts for where one gateway delivers for several. `failures`
    returns why sent messages did not arrive, where the service reports that; they are shown with the connector.
    `routes` are the other requests of the service, such as a challenge.
    """

    path: str
    summary: str
    description: str
    media_type: str
    example: Mapping[str, Any]
    secret: Callable[[ChannelSettings], str | None]
    read: Callable[[IncomingDelivery, str], Sequence[DeliveredMessage]]
    respond: Callable[[Sequence[Exchange]], Response]
    proof_headers: tuple[str, ...] = ()
    response_model: type[BaseModel] | None = None
    refused_channel: Callable[[bytes], str] | None = None
    failures: Callable[[bytes], Sequence[str]] = _no_failures
    routes: APIRouter = field(default_factory=APIRouter)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollContext:
    """What a channel needs to fetch its messages."""

    settings: Settings
    database: Database
    make_context: Callable[[Connection], IntakeContext]
    stop: threading.Event


def _no_answers(_settings: Settings) -> Channel | None:
    return None


def _no_photos(_settings: ChannelSettings) -> PhotoSource | None:
    return None


def _no_polling(_context: PollContext) -> PollUntil | None:
    return None


def _not_collected(_settings: ChannelSettings) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenChannel:
    """One channel that citizens write by.

    `sender_is_phone`: the sender is a phone number. `needs_phone`: an account needs one, though it is not shown.
    `is_set_up` says whether this server can accept its messages. `answers` returns the port that answers go out by
    after the response, `photos` where photos of its messages are fetched, and `polling` what fetches its messages;
    each returns None where it is not set up. `is_collected` says whether its gateway requests the waiting answers.
    """

    id: str
    name: Names
    settings: type[SettingsGroup]
    is_set_up: Callable[[ChannelSettings], bool]
    sender_is_phone: bool = False
    needs_phone: bool = False
    gateway: Gateway | None = None
    answers: Callable[[Settings], Channel | None] = _no_answers
    photos: Callable[[ChannelSettings], PhotoSource | None] = _no_photos
    polling: Callable[[PollContext], PollUntil | None] = _no_polling
    is_collected: Callable[[ChannelSettings], bool] = _not_collected


class DeliveryReceipt(ResponseModel):
    """Counts the messages of a delivery, and how many of them were received before."""

    messages: int
    repeated: int


def plain_answer(exchanges: Sequence[Exchange]) -> Response:
    """Return the answer to the one message of a delivery as plain text."""
    text = "".join(one.answer.text for one in exchanges)
    return Response(text, media_type="text/plain; charset=utf-8")


def receipt(exchanges: Sequence[Exchange]) -> Response:
    """Return the counts of a delivery whose messages are answered by another request."""
    repeated = sum(one.answer.repeated for one in exchanges)
    return JSONResponse({"messages": len(exchanges), "repeated": repeated})
