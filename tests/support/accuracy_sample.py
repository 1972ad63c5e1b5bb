"""A frame in the accuracy sample."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.cloud_core import a_jpeg
from tests.support.http_api import Api

from siaga_cloud.accuracy import service
from siaga_cloud.cameras.service import views
from siaga_core.wire.views import FrameHeader, FrameMessage


def draw_a_frame(api: Api, camera: str) -> None:
    """Store a frame of a requested snapshot in the sample, as if the secret had drawn it."""
    now = datetime.now(UTC)
    with api.connection() as conn:
        conn.execute(
            "INSERT INTO node (id, state) VALUES ('node-a', 'online') ON CONFLICT (id) DO UPDATE SET state = 'online'"
        )
        conn.execute("UPDATE camera SET node_id = 'node-a' WHERE id = %s", (camera,))
        assert views.request_snapshots(conn, [camera], by="operator.balaikota", now=now) == 1
        view = conn.execute("SELECT id FROM camera_view WHERE camera_id = %s", (camera,)).fetchone()
        assert view is not None
        header = FrameHeader(
            node="node-a", view_id=view["id"], camera=camera, number=1, taken_at=now, width=64, height=48, redacted=True
        )
        assert service.draw_frames(conn, [FrameMessage(header=header, jpeg=a_jpeg())], now=now, share=1.0) == 1
