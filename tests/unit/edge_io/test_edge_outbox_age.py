"""What becomes too old is given up and counted; damaged files are counted and few are kept."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.edge.parcels import alert, evidence, health, readings

from siaga_edge.adapters.sqlite_file import MOST_BROKEN_FILES
from siaga_edge.adapters.sqlite_outbox import FILE_NAME, SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import Lane

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AGEING = Budget(
    max_messages=1000,
    max_bytes=10**9,
    min_free_bytes=0,
    max_age_seconds={Lane.HEALTH: 3600, Lane.READINGS: 86_400, Lane.ALERTS: 1},
)


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def opened(folder: Path, clock: Clock) -> SqliteOutbox:
    return SqliteOutbox(folder, node="node-a", budget=AGEING, clock=clock)


def lanes(outbox: SqliteOutbox) -> dict[Lane, int]:
    return {lane: len(found) for lane in Lane if (found := outbox.after(lane, 0, 1000))}


def test_what_is_too_old_goes_lane_by_lane_and_alerts_never(tmp_path: Path) -> None:
    clock = Clock(NOW)
    with closing(opened(tmp_path, clock)) as outbox:
        outbox.save([alert(), evidence(), readings(), health()])
        clock.at += timedelta(hours=2)
        outbox.save([health()])
        assert lanes(outbox) == {Lane.ALERTS: 1, Lane.EVIDENCE: 1, Lane.READINGS: 1, Lane.HEALTH: 1}
        clock.at += timedelta(days=400)
        outbox.save([alert()])
        assert lanes(outbox) == {Lane.ALERTS: 2, Lane.EVIDENCE: 1}
        assert (outbox.health().waiting, outbox.health().evicted) == (3, 3)


def test_messages_stored_before_the_node_had_a_clock_do_not_look_old(tmp_path: Path) -> None:
    clock = Clock(datetime(1970, 1, 1, 0, 1, tzinfo=UTC))
    with closing(opened(tmp_path, clock)) as outbox:
        outbox.save([readings(at=NOW)])
        clock.at = NOW
        outbox.save([alert()])
        assert lanes(outbox) == {Lane.ALERTS: 1, Lane.READINGS: 1}


def test_damaged_files_are_reported_and_the_oldest_of_many_go(tmp_path: Path) -> None:
    clock = Clock(NOW)
    for number in range(MOST_BROKEN_FILES + 2):
        clock.at = NOW + timedelta(minutes=number)
        (tmp_path / FILE_NAME).write_bytes(b"no database " * 1000)
        with closing(opened(tmp_path, clock)) as outbox:
            assert outbox.health().broken == min(number + 1, MOST_BROKEN_FILES)
    assert not (tmp_path / f"{FILE_NAME}.broken-20260101T000000").exists()
