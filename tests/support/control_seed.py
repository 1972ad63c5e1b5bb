"""What a control room has before it: a box on line, drawn streets as stills, officers on duty, a dead gauge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import cv2
from tests.support.http_api import Api, set_level

from siaga_cloud.cameras.store import views as camera_views
from siaga_cloud.fleet.service import sources
from siaga_cloud.fleet.store.sources import SourceName
from siaga_cloud.people.service.positions import CONSENT_VERSION
from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.views import FrameHeader, FrameMessage
from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street

NODE: Final = "node-a"
DEAD_GAUGE: Final = "karet"
STREETS: Final = {
    "cam-manggarai": {"layout": "market", "seed": 7},
    "cam-kampung-melayu": {"layout": "market", "seed": 11},
    "cam-kemang": {"layout": "market", "seed": 23},
}
OFFICERS: Final = {"petugas.sda": (-6.2110, 106.8460, 2), "petugas.lh": (-6.1990, 106.8330, 45)}


def seed(api: Api) -> None:
    """Puts all of it into the database, as box, ingest and phones would."""
    now = datetime.now(UTC)
    with api.connection() as conn:
        conn.execute(
            "INSERT INTO node (id, state, state_at, last_seen_at) VALUES (%(id)s, 'online', %(now)s, %(now)s)"
            " ON CONFLICT (id) DO UPDATE SET state = 'online', state_at = %(now)s, last_seen_at = %(now)s",
            {"id": NODE, "now": now},
        )
        for camera, script in STREETS.items():
            source = SourceName(kind="camera", id=camera)
            sources.release(conn, source, to=NODE, reason="a test plays this node", by="test", now=now)
            _show(conn, camera, script, now)
        set_level(conn, DEAD_GAUGE, 310, stage=4, at=now - timedelta(hours=5))
        for user, (lat, lon, minutes) in OFFICERS.items():
            _on_duty(conn, user, lat, lon, now - timedelta(minutes=minutes), now)
        conn.commit()


def street(script: dict[str, Any], at: float = 30.0) -> tuple[bytes, dict[str, list[list[float]]]]:
    """A drawn street as JPEG, and its zones."""
    drawn = Street(parse({"width": 640, "height": 360, **script}))
    return cv2.imencode(".jpg", drawn.frame(at))[1].tobytes(), drawn.zones()


def _show(conn: Connection, camera: str, script: dict[str, Any], now: datetime) -> None:
    jpeg, zones = street(script)
    conn.execute(
        "INSERT INTO camera_latest (camera_id, node_id, last_frame_at, at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (camera_id) DO UPDATE SET node_id = excluded.node_id, unknown_since = NULL",
        (camera, NODE, now, now),
    )
    for kind, polygon in zones.items():
        conn.execute(
            "UPDATE camera_zone SET polygon = %s::jsonb WHERE camera_id = %s AND kind = %s",
            (str(polygon), camera, kind),
        )
    view = camera_views.View(
        id=uuid4(), camera_id=camera, node_id=NODE, kind="snapshot", requested_by="operator.balaikota",
        requested_at=now,
        until=now + timedelta(seconds=30), most_frames=1, sent_at=None, frames=0, last_frame_at=None,
    )  # fmt: skip
    camera_views.save(conn, view)
    header = FrameHeader(
        node=NODE, view_id=view.id, camera=camera, number=1, taken_at=now, width=640, height=360, redacted=True
    )
    assert camera_views.store_frames(conn, [FrameMessage(header=header, jpeg=jpeg)], now=now) == 1


def _on_duty(conn: Connection, user: str, lat: float, lon: float, seen_at: datetime, now: datetime) -> None:
    conn.execute(
        "INSERT INTO officer_duty (id, user_id, began_at, consent_version, consent_at, last_lat, last_lon, last_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (uuid4(), user, now - timedelta(hours=3), CONSENT_VERSION, now, lat, lon, seen_at),
    )
