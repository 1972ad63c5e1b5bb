"""Stores the answers of cameras to looks, requested by a proof (`camera_recheck`) or an operator (`camera_look`)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.looks import LookAnswerMessage


def note(
    conn: Connection,
    requested_in: Literal["camera_recheck", "camera_look"],
    answer: LookAnswerMessage,
    *,
    received_at: datetime,
) -> bool:
    """Store the first answer of the requested node; return False for any other."""
    done = conn.execute(
        f"UPDATE {requested_in} SET answered_at = %s, seen_at = %s, state = %s, reason = %s, frames = %s,"  # noqa: S608
        " seen_share = %s, water_share = %s"
        " WHERE id = %s AND node_id = %s AND camera_id = %s AND answered_at IS NULL".encode(),
        (
            received_at,
            answer.measured_at,
            str(answer.state),
            answer.reason,
            answer.frames,
            answer.seen_share,
            answer.water_share,
            answer.look_id,
            answer.node,
            answer.camera,
        ),
    )
    return done.rowcount > 0
