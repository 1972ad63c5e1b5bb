"""Refused sources, the release of a source and the block of a node over the API: who may, and what follows."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from tests.support.cloud_core import a_delivery, a_reading, deliver, readings_message, utc_now
from tests.support.http_api import Api

from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire.topics import UpStream, up

THIEF, ADMIN, OPERATOR = "posko-utara", "admin", "operator.balaikota"
RELEASE = "/api/v1/admin/sources/gauge/katulampa/release"
BLOCK = f"/api/v1/admin/nodes/{THIEF}/block"


def test_a_stolen_node_is_seen_blocked_and_its_claim_is_handed_over(api: Api, tmp_path: Path) -> None:
    now = utc_now()
    lie = readings_message(a_reading(260, at=now, gauge="katulampa"), node=THIEF, outbox_id=uuid4())
    junk = [a_delivery(up(THIEF, UpStream.READINGS), f"junk {n}".encode(), at=now) for n in range(3)]
    with api.connection() as conn:
        prepare_stages(conn)
        policy = IngestPolicy(dead_letters_per_hour=2)
        store(conn, sort([deliver(lie, at=now), *junk]), media=MediaFolder(tmp_path), now=now, policy=policy)
        conn.commit()

    with api.client(ADMIN) as admin, api.client(OPERATOR) as operator, api.client("petugas.sda") as officer:
        (refused,) = operator.get("/api/v1/admin/sources/refused").json()
        assert (refused["id"], refused["node_id"], refused["owner"]) == ("katulampa", THIEF, "hulu-ciliwung")
        (hour,) = admin.get("/api/v1/admin/dead-letters/over-room").json()
        assert (hour["sender"], hour["stored"], hour["counted"]) == (THIEF, 2, 2)

        update = {"blocked": True, "reason": "stolen at night"}
        for client in (operator, officer):
            assert client.post(BLOCK, json=update).status_code == 403
            assert client.post(RELEASE, json={"reason": "because"}).status_code == 403
        assert officer.get("/api/v1/admin/sources/refused").status_code == 403

        assert admin.post(BLOCK, json=update).json() == {
            "blocked": True, "revoked_certificates": 0, "is_broker_written": False,
        }  # fmt: skip
        assert admin.post(BLOCK, json=update).json()["code"] == "node_blocked"
        (block,) = operator.get("/api/v1/admin/nodes/blocked").json()
        assert (block["node_id"], block["blocked_by"], block["reason"]) == (THIEF, ADMIN, "stolen at night")
        nodes = admin.get("/api/v1/admin/nodes", params={"q": THIEF}).json()["nodes"]
        assert nodes[0]["blocked_because"] == "stolen at night"

        released = admin.post(RELEASE, json={"reason": "replaced", "to": "hulu-baru"}).json()
        assert released == {"kind": "gauge", "id": "katulampa", "before": "hulu-ciliwung", "owner": "hulu-baru"}
        assert admin.post("/api/v1/admin/sources/gauge/nowhere/release", json={"reason": "abc"}).status_code == 404
        lines = admin.get("/api/v1/admin/audit", params={"sort": "-id", "limit": 2}).json()
        assert [line["action"] for line in lines] == ["release_source", "block_node"]
        assert admin.post(BLOCK, json={"blocked": False, "reason": "found again"}).json()["blocked"] is False
        assert operator.get("/api/v1/admin/nodes/blocked").json() == []
