"""A served city as administrators see it: a box that speaks for a camera, its answers, dead letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from tests.support.cloud_core import a_reading, readings_message
from tests.support.http_api import Api

from siaga_cloud.fleet import keys
from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.fleet.store import nodes
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.messages import DeadLetter
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.settings import FleetSettings
from siaga_core.wire import codec, topics
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import ConfigMessage, ConfigState

NODE, CAMERA = "node-manggarai", "cam-manggarai"


def make_fleet(api: Api, folder: Path, *, now: datetime) -> FleetSettings:
    """Gives the city its key, and the camera a box that has spoken."""
    folder.mkdir(parents=True, exist_ok=True)
    keys.make_key(folder)
    place = FleetSettings(folder=folder, broker_host="127.0.0.1", broker_port=1883, broker_ca_file=None)
    api.app.state.parts = replace(api.parts, fleet=place)
    with api.connection() as conn:
        conn.execute("UPDATE camera SET node_id = %s WHERE id = %s", (NODE, CAMERA))
        nodes.seen(conn, {NODE: now})
        conn.commit()
    return place


def node_answers(
    conn: Connection, version: int, state: ConfigState, *, reason: str = "", running: int = 0, now: datetime
) -> None:
    """What the box says of a wanted configuration, kept as ingest keeps it."""
    wanted = next((one.sha256 for one in fleet.wanted(conn, NODE) if one.version == version), "0" * 64)
    answer = ConfigMessage(
        id=uuid7(now), node=NODE, outbox_id=uuid4(), seq=1, measured_at=now, sent_at=now, version=version,
        sha256=wanted, applied=state in (ConfigState.TRIAL, ConfigState.GOOD), reason=reason, state=state,
        running_version=running, running_sha256=wanted if running else None,
    )  # fmt: skip
    nodes.save_config(conn, answer)
    conn.commit()


def bury(conn: Connection, *payloads: bytes | None, now: datetime) -> list[int]:
    """Dead letters with these bytes; None: a reading that a bug of ours could not read. Their numbers."""
    outbox_id = uuid4()
    for seq, payload in enumerate(payloads, start=1):
        reading = a_reading(500, at=now, gauge="marina-ancol")
        good = codec.encode(readings_message(reading, outbox_id=outbox_id, seq=seq))
        message = DeadLetter(
            node_id="node-a", topic=topics.up("node-a", topics.UpStream.READINGS), payload=payload or good,
            reason="a bug of ours" if payload is None else "not JSON", outbox_id=outbox_id, seq=seq, received_at=now,
        )  # fmt: skip
        messages.bury(conn, [message])
    rows = conn.execute("SELECT id FROM dead_letter WHERE outbox_id = %s ORDER BY id", (outbox_id,)).fetchall()
    conn.commit()
    return [row["id"] for row in rows]
