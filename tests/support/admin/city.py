"""A served city as administrators see it: a box that speaks for a camera, its answers, dead letters."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from PIL import Image
from tests.support.cloud_core import a_reading, readings_message
from tests.support.http_api import Api

from siaga_cloud.cameras.service import drawings
from siaga_cloud.fleet import keys
from siaga_cloud.fleet.service import commands
from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.fleet.store import nodes
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.messages import DeadLetter
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.settings import FleetSettings
from siaga_core.wire import codec, topics
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import ConfigMessage, ConfigState
from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street

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


def show_street(conn: Connection, camera_id: str, *, now: datetime) -> None:
    """The newest picture of a camera: a drawn street."""
    conn.commit()  # drawing can take longer than a transaction may idle
    street = Street(parse({"layout": "market", "width": 1280, "height": 720, "seed": 7}))
    out = io.BytesIO()
    Image.fromarray(street.frame(9.5)[:, :, ::-1]).save(out, "JPEG", quality=85)
    conn.execute(
        "INSERT INTO camera_frame (camera_id, view_id, number, taken_at, received_at, width, height, jpeg)"
        " VALUES (%s, %s, 1, %s, %s, 1280, 720, %s)"
        " ON CONFLICT (camera_id) DO UPDATE SET taken_at = excluded.taken_at, jpeg = excluded.jpeg",
        (camera_id, uuid4(), now, now, out.getvalue()),
    )
    conn.commit()


def busy_admin(api: Api, folder: Path, *, now: datetime) -> None:
    """Things that wait for an administrator: boxes, tokens, letters, a drawing that its box refused."""
    make_fleet(api, folder, now=now)
    road = [[0.02, 0.96], [0.36, 0.44], [0.6, 0.44], [0.98, 0.9], [0.98, 0.96]]
    kerb = [[0.62, 0.46], [0.8, 0.46], [0.98, 0.7], [0.98, 0.86]]
    zones = [
        {"id": "jalan", "kind": "road", "polygon": road},
        {"id": "tepi-kanan", "kind": "no_stopping", "polygon": kerb, "allowed_seconds": 180},
    ]
    with api.client("admin") as admin:
        masks = [[[0.02, 0.03], [0.2, 0.03], [0.2, 0.3], [0.02, 0.3]]]
        drawing = {"zones": zones, "masks": masks}
        admin.put(f"/api/v1/admin/cameras/{CAMERA}/drawing", json=drawing).raise_for_status()
        admin.post("/api/v1/admin/nodes/pintu-karet/enrolment", json={}).raise_for_status()
    with api.connection() as conn:
        key = keys.load_key(folder)
        drawings.build_config(conn, CAMERA, key, now=now)
        version = len(fleet.wanted(conn, NODE))
        node_answers(conn, version, ConfigState.GOOD, running=version, now=now)
        drawings.follow(conn, now=now)
        commands.make_config(conn, key, "pintu-depok", "[health]\nevery_seconds = 30\n", now=now, by="admin")
        nodes.seen(conn, {"pintu-depok": now})
        conn.execute("UPDATE node SET state = 'online', software = '1.0.0' WHERE id IN (%s, 'pintu-depok')", (NODE,))
        show_street(conn, CAMERA, now=now)
        bury(conn, None, b'{"v":1,"id":"not an id"}', b"\xff\xd8\xff\xe0\x00\x10JFIF", now=now)
