"""A program's own clock against the database's."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from siaga_cloud.platform.db.clock import ahead_seconds
from siaga_cloud.platform.observe.clock_watch import AWAY_SECONDS, EVERY_SECONDS, ClockWatch, complaint

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Answers:
    """A database whose clock says this."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def execute(self, _query: str) -> Any:
        return self

    def fetchone(self) -> dict[str, datetime]:
        return {"at": self._at}


@pytest.mark.parametrize(
    ("database_seconds", "ahead"),
    [(0.5, 0), (0, 0), (1, 0), (-3600, 3600), (61, -60)],
    ids=["between asking and hearing", "as we ask", "as we hear", "we are ahead", "we are behind"],
)
def test_the_travel_there_and_back_is_not_counted(database_seconds: float, ahead: float) -> None:
    ours: Iterator[datetime] = iter([NOON, NOON + timedelta(seconds=1)])
    database: Any = Answers(NOON + timedelta(seconds=database_seconds))
    assert ahead_seconds(database, clock=lambda: next(ours)) == ahead


def test_a_complaint_states_by_how_much_and_in_which_direction() -> None:
    assert "3:00:00 ahead of the database's clock, expected at most 30 s" in (complaint(10_800.2, 30) or "")
    assert "0:00:31 behind" in (complaint(-31, 30) or "")
    assert complaint(30, 30) is complaint(-30, 30) is complaint(9999, 0) is None


class ScriptedWatch:
    """A watch whose database answers what the test says."""

    def __init__(self) -> None:
        self.ahead: float | None = 0.0
        self.ended = 0
        self.registry = CollectorRegistry()
        self.watch = ClockWatch(lambda: self.ahead, self.registry, limit_seconds=30, on_wrong=self._end)

    def look(self, ahead: float | None) -> float:
        self.ahead = ahead
        return self.watch.look()

    def _end(self) -> None:
        self.ended += 1


def test_a_program_whose_clock_is_wrong_from_the_first_answer_on_is_ended() -> None:
    watched = ScriptedWatch()
    assert watched.look(None) == AWAY_SECONDS
    assert watched.ended == 0
    assert watched.look(-600.0) == EVERY_SECONDS
    assert watched.ended == 1
    assert watched.registry.get_sample_value("siaga_clock_ahead_seconds") == -600


def test_one_that_runs_logs_so_once_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    watched = ScriptedWatch()
    for ahead in (0.0, 600.0, 601.0, None, 0.0):
        assert watched.look(ahead) == EVERY_SECONDS
    assert watched.ended == 0
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
