"""What a device signs, how its key is named, and the digest of a body that is read in pieces."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tests.support.officer.device import SigningDevice

from siaga_cloud.people.service import device_keys
from siaga_cloud.people.service.device_keys import SignedRequest
from siaga_cloud.platform.http.digest import DigestBody, body_digest

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


def request_of(device: SigningDevice, *, at: datetime = NOW, body: str = "ab" * 32) -> SignedRequest:
    bare = SignedRequest(
        key_id=device.key_id, signed_ms=round(at.timestamp() * 1000), signature="", method="POST",
        path="/api/v1/reports?lang=id", body_sha256=body,
    )  # fmt: skip
    return SignedRequest(
        key_id=bare.key_id, signed_ms=bare.signed_ms, signature=device.sign(bare.message()), method=bare.method,
        path=bare.path, body_sha256=bare.body_sha256,
    )  # fmt: skip


def test_a_key_is_named_by_its_thumbprint() -> None:
    one, other = SigningDevice(), SigningDevice()
    assert len(one.key_id) == 43
    assert one.key_id != other.key_id


def test_a_signature_belongs_to_one_message_and_one_key() -> None:
    device, other = SigningDevice(), SigningDevice()
    signed = request_of(device)
    assert device_keys.is_signed(device.point, signed.message(), signed.signature)
    assert not device_keys.is_signed(other.point, signed.message(), signed.signature)
    assert not device_keys.is_signed(device.point, request_of(device, body="cd" * 32).message(), signed.signature)


@pytest.mark.parametrize("broken", ["", "A", "x" * 86, "~" * 86, "é" * 86, "A" * 300, "A" * 84])
def test_what_is_no_signature_is_none(broken: str) -> None:
    device = SigningDevice()
    assert not device_keys.is_signed(device.point, request_of(device).message(), broken)


@pytest.mark.parametrize(("apart", "fresh"), [(-301, False), (-299, True), (0, True), (299, True), (301, False)])
def test_a_request_is_fresh_for_five_minutes_before_and_after(apart: int, fresh: bool) -> None:
    assert request_of(SigningDevice(), at=NOW + timedelta(seconds=apart)).is_fresh(NOW) is fresh


async def _read(request: Request) -> PlainTextResponse:
    await request.body()
    return PlainTextResponse(body_digest(request) or "none")


async def _ignore(request: Request) -> PlainTextResponse:
    return PlainTextResponse(body_digest(request) or "none")


def test_the_digest_is_of_the_whole_body_and_only_of_signed_requests() -> None:
    asyncio.run(_digests())


async def _digests() -> None:
    app = Starlette(routes=[Route("/read", _read, methods=["POST"]), Route("/ignore", _ignore, methods=["POST"])])
    app.add_middleware(DigestBody)
    signed = {"X-Siaga-Signature": "any"}

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    whole = hashlib.sha256(b"one two").hexdigest()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.post("/read", content=pieces(), headers=signed)).text == whole
        assert (await client.post("/read", content=b"one two")).text == "none"
        assert (await client.post("/ignore", content=b"one two", headers=signed)).text == "none"
        assert (await client.post("/ignore", headers=signed)).text == hashlib.sha256(b"").hexdigest()
