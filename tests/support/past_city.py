"""A city whose levels come through the ingest and whose minute can be waited for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from tests.support.cloud_core import a_reading, deliver, eventually, readings_message
from tests.support.http_api import Api

from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages

_OUTBOX = uuid4()
_SEQ = count(1)


def send_levels(api: Api, gauge: str, levels: Sequence[float], *, until: datetime | None = None) -> None:
    """Let the ingest store levels of a gauge, ten seconds apart, the last of them now."""
    last_at = until or datetime.now(UTC)
    readings = [
        a_reading(level, at=last_at - timedelta(seconds=10 * (len(levels) - 1 - number)), gauge=gauge)
        for number, level in enumerate(levels)
    ]
    with api.connection() as conn:
        prepare_stages(conn)
        owner = conn.execute("SELECT node_id FROM gauge WHERE id = %s", (gauge,)).fetchone()
        assert owner is not None
        message = readings_message(*readings, node=owner["node_id"] or "node-a", outbox_id=_OUTBOX, seq=next(_SEQ))
        result = store(conn, sort([deliver(message, at=last_at)]), media=api.parts.media, now=last_at)
        assert result.dead == 0
        conn.commit()


def next_minute() -> datetime:
    """The first minute that begins after everything until now."""
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)


def wait_for_minute(minute: datetime) -> None:
    """Wait until a minute has begun, which is at most one away."""
    eventually(lambda: datetime.now(UTC) > minute, seconds=65, what=f"{minute} begins")
