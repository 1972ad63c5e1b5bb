"""Health messages leave the record after a week, and their room on the disk is free again; everything else stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg.errors import InsufficientPrivilege
from tests.support.cloud_core import NOW, a_reading, deliver, health_message, readings_message

from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.operations.service import upkeep
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.platform.media.folder import MediaFolder

NODE_OUTBOX = uuid4()
OLD, YOUNG = NOW - timedelta(days=10), NOW - timedelta(days=2)


def fill(conn: Connection, media: Path, *, at: datetime, first: int, health: int = 3) -> None:
    """What ingest stores of a node at a time: some health messages and a reading."""
    batch = [health_message(outbox_id=NODE_OUTBOX, at=at + timedelta(seconds=n), seq=first + n) for n in range(health)]
    reading = readings_message(a_reading(at=at), outbox_id=NODE_OUTBOX, seq=first + health)
    prepare_stages(conn)
    with conn.transaction():
        sorted_batch = sort([deliver(reading), *map(deliver, batch)])
        store(conn, sorted_batch, media=MediaFolder(media), now=NOW, policy=IngestPolicy(unowned="accept"))


def counted(conn: Connection) -> dict[tuple[str, bool], int]:
    rows = conn.execute(
        "SELECT stream, measured_at < %s AS old, count(*) AS n FROM message GROUP BY 1, 2", (NOW - timedelta(days=7),)
    )
    return {(row["stream"], row["old"]): row["n"] for row in rows}


@pytest.mark.parametrize("has_timescale", [True, False], ids=["hypertable", "plain"])
def test_health_goes_after_a_week_and_nothing_else(
    request: pytest.FixtureRequest, tmp_path: Path, has_timescale: bool
) -> None:
    url = request.getfixturevalue("database_url" if has_timescale else "plain_database_url")
    migrate(url)
    with connect(url) as conn:
        fill(conn, tmp_path, at=OLD, first=1)
        fill(conn, tmp_path, at=YOUNG, first=11)
        before = conn.execute("SELECT id FROM message WHERE stream <> 'health' ORDER BY id").fetchall()
        conn.commit()
        with conn.transaction():
            assert upkeep.forget_health(conn, now=NOW) == 3
        with conn.transaction():
            assert upkeep.forget_health(conn, now=NOW) == 0
        assert counted(conn) == {("health", False): 3, ("readings", True): 1, ("readings", False): 1}
        assert conn.execute("SELECT id FROM message WHERE stream <> 'health' ORDER BY id").fetchall() == before


def test_each_run_deletes_one_chunk_and_its_room_is_free(database_url: str, tmp_path: Path) -> None:
    def size(conn: Connection) -> int:
        row = conn.execute("SELECT hypertable_size('message') AS bytes").fetchone()
        assert row is not None
        return int(row["bytes"])

    with connect(database_url) as conn:
        fill(conn, tmp_path, at=OLD, first=1, health=600)
        fill(conn, tmp_path, at=OLD - timedelta(days=1), first=1001, health=600)
        conn.commit()
        full = size(conn)
        for _ in range(2):
            with conn.transaction():
                assert upkeep.forget_health(conn, now=NOW) == 600
        with conn.transaction():
            assert upkeep.forget_health(conn, now=NOW) == 0
        assert size(conn) < full / 2


def test_while_a_backup_reads_the_chunk_nothing_happens(database_url: str, tmp_path: Path) -> None:
    with connect(database_url) as conn, connect(database_url) as backup:
        fill(conn, tmp_path, at=OLD, first=1)
        conn.commit()
        backup.execute("SELECT count(*) FROM message").fetchall()
        with conn.transaction():
            assert upkeep.forget_health(conn, now=NOW) == 0
        backup.rollback()
        with conn.transaction():
            assert upkeep.forget_health(conn, now=NOW) == 3


def test_the_worker_may_and_the_api_may_not(database_url: str) -> None:
    with connect(database_url) as conn:
        conn.execute("SET ROLE siaga_worker")
        upkeep.forget_health(conn, now=NOW)
        conn.execute("RESET ROLE")
        conn.execute("SET ROLE siaga_api")
        with pytest.raises(InsufficientPrivilege):
            upkeep.forget_health(conn, now=NOW)
