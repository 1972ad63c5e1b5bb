"""Subscribes a browser to the messages of its user's inbox."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siaga_cloud.notifications.store import push as staff_push
from siaga_cloud.people.auth import Staff
from siaga_cloud.platform.delivery import addresses
from siaga_cloud.platform.delivery.addresses import AvailableChannels, DeliveryAddress
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import refusals
from siaga_core.wire.ids import uuid7

router = APIRouter(tags=["notifications"])

Endpoint = Annotated[str, Field(min_length=9, max_length=1000)]


class PushKeys(BaseModel):
    """Holds the `keys` of a browser's PushSubscription."""

    p256dh: Annotated[str, Field(max_length=200)]
    auth: Annotated[str, Field(max_length=100)]


class BrowserEndpoint(BaseModel):
    """Holds the endpoint of a browser's PushSubscription."""

    endpoint: Endpoint


class PushSubscriptionCreate(BrowserEndpoint):
    """Holds a browser's PushSubscription and the language of its messages."""

    keys: PushKeys
    language: Literal["id", "en"] = "id"


class PushState(BaseModel):
    """States whether this browser is subscribed."""

    on: bool


@router.post(
    "/me/push",
    summary="Send my messages to this browser (staff)",
    responses=refusals("channel_not_configured", "push_host_unknown", "invalid_push_keys"),
)
def create_push_subscription(parts: PartsOf, staff: Staff, form: PushSubscriptionCreate) -> PushState:
    """A person has at most ten browsers; the oldest one is removed."""
    place = DeliveryAddress(channel="webpush", address=form.endpoint, keys=form.keys.model_dump())
    checked = addresses.check_address(place, parts.of(AvailableChannels))
    now = datetime.now(UTC)
    with parts.transaction(staff) as conn:
        staff_push.save(
            conn, uuid7(now), staff.id, endpoint=checked.address, keys=dict(checked.keys or {}),
            language=form.language, now=now,
        )  # fmt: skip
    return PushState(on=True)


@router.post("/me/push/state", summary="Whether this browser receives my messages (staff)")
def get_push_state(parts: PartsOf, staff: Staff, form: BrowserEndpoint) -> PushState:
    """A POST, because the endpoint is a secret and must not stand in addresses."""
    with parts.transaction(staff) as conn:
        return PushState(on=staff_push.has(conn, staff.id, form.endpoint))


@router.post("/me/push/unsubscribe", summary="Stop sending messages to this browser (staff)")
def delete_push_subscription(parts: PartsOf, staff: Staff, form: BrowserEndpoint) -> PushState:
    """A second time changes nothing."""
    with parts.transaction(staff) as conn:
        staff_push.forget(conn, staff.id, form.endpoint)
    return PushState(on=False)
