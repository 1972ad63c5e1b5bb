"""Serves the registration of device keys, and the devices of members of staff."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from siaga_cloud.people.auth import KEY_IS_OPTIONAL, Admin, Known, SignedIn
from siaga_cloud.people.request_signature import SignedBy
from siaga_cloud.people.service import device_keys
from siaga_cloud.people.store.device_keys import UserDevice
from siaga_cloud.platform.http.limits import TokenBuckets, client_key, network_key
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals

router = APIRouter(tags=["people"])

_COORDINATE = r"^[A-Za-z0-9_-]{43}$"


class DeviceKeyLimit(TokenBuckets):
    """Limits how many keys a client registers."""


class DeviceKeyCreate(BaseModel):
    """Holds the public key of a device: the coordinates of a P-256 key, as its JWK writes them."""

    x: Annotated[str, Field(pattern=_COORDINATE)]
    y: Annotated[str, Field(pattern=_COORDINATE)]


class DeviceKey(BaseModel):
    """Confirms a registered key. `server_ms` is the server's Unix time, by which the device corrects its own."""

    key_id: str
    server_ms: int


class Device(BaseModel):
    """Describes a device on which a member of staff signed in."""

    key_id: str
    agent: str
    bound_at: datetime
    used_at: datetime | None


@router.post(
    "/device-keys",
    summary="Register the key of this device",
    status_code=201,
    openapi_extra=KEY_IS_OPTIONAL,
    responses=refusals("invalid_device_key", "device_key_unsigned"),
)
def create_device_key(
    parts: PartsOf, request: Request, known: Known, signed: SignedBy, form: DeviceKeyCreate
) -> DeviceKey:
    """The request is signed by the key itself (docs/people.md). A second time changes nothing; who is signed in is
    recorded as a user of the device.
    """
    host, now = request.client.host if request.client else None, datetime.now(UTC)
    _limit(parts, client_key(host))
    person = known.person if known is not None else None
    with parts.transaction(person) as conn:
        key_id = device_keys.register(conn, x=form.x, y=form.y, request=signed, network=network_key(host), now=now)
        if person is not None:
            device_keys.bind(conn, key_id, person.id, agent=request.headers.get("user-agent", ""), now=now)
    return DeviceKey(key_id=key_id, server_ms=round(now.timestamp() * 1000))


@router.get("/me/devices", summary="Devices on which I signed in")
def list_own_devices(parts: PartsOf, me: SignedIn) -> list[Device]:
    """Those whose key was not revoked, the newest first."""
    with parts.transaction(me.person) as conn:
        found = device_keys.devices(conn, me.person.id)
    return [_device(one) for one in found]


@router.delete("/me/devices/{key_id}", summary="Revoke the key of a device of mine", status_code=204)
def delete_own_device(parts: PartsOf, me: SignedIn, key_id: str) -> None:
    """For a phone that was lost. The key cannot be registered again."""
    with parts.transaction(me.person) as conn:
        device_keys.revoke(conn, key_id, owner=me.person.id, by=me.person.id, now=datetime.now(UTC))


@router.delete("/admin/device-keys/{key_id}", summary="Revoke the key of a device (admin)", status_code=204)
def delete_device_key(parts: PartsOf, admin: Admin, key_id: str) -> None:
    """What it signed before stays; requests that it signs from now on count as unsigned."""
    with parts.transaction(admin) as conn:
        device_keys.revoke(conn, key_id, owner=None, by=admin.id, now=datetime.now(UTC))


def _limit(parts: Parts, address: str) -> None:
    wait = math.ceil(parts.of(DeviceKeyLimit).wait_seconds(address))
    if wait:
        raise Problem(429, "too-many-requests", "Too many requests", f"wait {wait} s", retry_after_seconds=wait)


def _device(one: UserDevice) -> Device:
    return Device(key_id=one.key_id, agent=one.agent, bound_at=one.bound_at, used_at=one.used_at)
