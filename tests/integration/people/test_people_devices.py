"""Keys of devices: registering, verifying a signed request once, users of a device, and revoking."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.support.http_api import Api
from tests.support.officer.device import SigningDevice

from siaga_cloud.people.service import device_keys
from siaga_cloud.people.service.device_keys import SignedRequest

OFFICER = "petugas.sda"


@pytest.fixture
def device(api: Api) -> Iterator[SigningDevice]:
    """A device whose key is registered."""
    made = SigningDevice()
    with api.client() as client:
        assert made.register(client).status_code == 201
    yield made
    api.forget_limits()


def verified(api: Api, sent: httpx.Request, *, now: datetime | None = None) -> str | None:
    """What the server makes of a request that a report's route would have received."""
    headers = sent.headers
    signed = SignedRequest(
        key_id=headers["X-Siaga-Key"],
        signed_ms=int(headers["X-Siaga-Time"]),
        signature=headers["X-Siaga-Signature"],
        method=sent.method,
        path=sent.url.raw_path.decode(),
        body_sha256=hashlib.sha256(sent.read()).hexdigest(),
    )
    with api.connection() as conn:
        return device_keys.verified_key(conn, signed, now=now or datetime.now(UTC))


def test_a_signed_request_is_verified_once_and_its_replay_is_not(api: Api, device: SigningDevice) -> None:
    with api.client() as client:
        sent = device.request(
            client, "POST", "/api/v1/reports?lang=id", data={"category": "flooding", "text": "banjir"}
        )
    assert verified(api, sent) == device.key_id
    assert verified(api, sent) is None
    with api.connection() as conn:
        facts = device_keys.key_facts(conn, device.key_id)
    assert facts is not None
    assert facts.network == "127.0.0.0/24"
    assert facts.used_at is not None


def test_a_changed_body_another_key_an_old_time_and_a_stranger_give_no_key(api: Api, device: SigningDevice) -> None:
    stranger = SigningDevice()
    with api.client() as client:
        sent = device.request(client, "POST", "/api/v1/reports", data={"text": "banjir"})
        foreign = stranger.request(client, "POST", "/api/v1/reports", data={"text": "banjir"})
        changed = client.build_request("POST", "/api/v1/reports", data={"text": "kering"}, headers=dict(sent.headers))
    assert verified(api, changed) is None
    assert verified(api, foreign) is None
    assert verified(api, sent, now=datetime.now(UTC) + timedelta(minutes=6)) is None
    with api.connection() as conn:
        assert device_keys.verified_key(conn, None, now=datetime.now(UTC)) is None


def test_a_key_is_registered_only_by_whoever_has_its_private_half(api: Api) -> None:
    device, thief = SigningDevice(), SigningDevice()
    with api.client() as client:
        unsigned = client.post("/api/v1/device-keys", json=device.coordinates)
        stolen = thief.send(client, "POST", "/api/v1/device-keys", json=device.coordinates)
        nowhere = {"x": "A" * 43, "y": "A" * 43}
        broken = device.send(client, "POST", "/api/v1/device-keys", json=nowhere)
        assert [one.json()["code"] for one in (unsigned, stolen, broken)] == [
            "device_key_unsigned", "device_key_unsigned", "invalid_device_key",
        ]  # fmt: skip
        late = SigningDevice(ahead_seconds=-3600).register(client)  # a device learns the time by registering
        assert late.status_code == 201, late.text
        assert abs(late.json()["server_ms"] / 1000 - datetime.now(UTC).timestamp()) < 60


def test_a_network_registers_a_bounded_number_of_keys(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_keys, "MOST_PER_NETWORK", 0)
    with api.client() as client:
        answer = SigningDevice().register(client)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_device_keys")


def test_an_officer_sees_the_own_devices_and_a_revoked_key_counts_no_more(api: Api, device: SigningDevice) -> None:
    with api.client(OFFICER) as officer, api.client("lurah.manggarai") as other:
        assert device.register(officer).status_code == 201
        assert [one["key_id"] for one in officer.get("/api/v1/me/devices").json()] == [device.key_id]
        assert other.get("/api/v1/me/devices").json() == []
        path = f"/api/v1/me/devices/{device.key_id}"
        assert other.delete(path).json()["code"] == "device_key_not_found"
        assert officer.delete(path).status_code == 204
        assert officer.get("/api/v1/me/devices").json() == []
        sent = device.request(officer, "POST", "/api/v1/reports", data={"text": "banjir"})
        assert verified(api, sent) is None
        assert device.register(officer).json()["code"] == "device_key_revoked"


def test_an_administrator_revokes_any_key_and_the_audit_log_names_it(api: Api, device: SigningDevice) -> None:
    path = f"/api/v1/admin/device-keys/{device.key_id}"
    with api.client("admin") as admin:
        assert admin.delete(path).status_code == 204
        assert admin.delete(path).status_code == 404
        lines = admin.get("/api/v1/admin/audit", params={"kind": "device_key", "object": device.key_id}).json()
    assert [line["action"] for line in lines] == ["revoke_device"]


def test_keys_that_nobody_uses_and_requests_that_are_stale_are_deleted(api: Api, device: SigningDevice) -> None:
    with api.client() as client:
        sent = device.request(client, "POST", "/api/v1/reports", data={"text": "banjir"})
    assert verified(api, sent) == device.key_id
    unused = SigningDevice()
    with api.client() as client:
        unused.register(client)
    with api.connection() as conn:
        device_keys.forget_old(conn, now=datetime.now(UTC) + timedelta(days=8))
        assert device_keys.key_facts(conn, unused.key_id) is None
        assert device_keys.key_facts(conn, device.key_id) is not None
        assert conn.execute("SELECT count(*) AS n FROM device_key_use").fetchone() == {"n": 0}
