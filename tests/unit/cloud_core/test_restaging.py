"""In whatever order readings come, the record of stages is that of the order of measurement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from siaga_cloud.gauges.store.readings import GaugeState, ReadingRow, StageChange
from siaga_cloud.ingest.gauge_rows import delayed_spans, gauge
from siaga_cloud.ingest.late_readings import restage
from siaga_core.rules.plausibility import LevelAt, PlausibleLevels, is_confirmed
from siaga_core.rules.stage import StageLimits

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
LIMITS = StageLimits(s3_cm=100, s2_cm=150, s1_cm=200)
PLAUSIBLE = PlausibleLevels(lowest_cm=0, highest_cm=400)
# About the bounds and the hysteresis below them, where the way there decides; None and bad ones decide nothing.
levels = st.sampled_from([None, 40.0, 92.0, 97.0, 100.0, 142.0, 148.0, 150.0, 195.0, 199.0, 200.0, 260.0])


def reading(second: int, level_cm: float | None, quality: str) -> ReadingRow:
    return ReadingRow(
        gauge_id="g",
        measured_at=NOON + timedelta(seconds=second),
        level_cm=level_cm,
        quality="missing" if level_cm is None else quality,
        flags=(),
        spread_cm=None,
        samples=None,
        stage=None,
        node_id="node-a",
        received_at=NOON,
    )


class Cloud:
    """What ingest does with batches of readings, on lists; `is_checked`: levels must be confirmed."""

    def __init__(self, *, is_checked: bool) -> None:
        self.is_checked = is_checked
        self.known = GaugeState(limits=LIMITS, hysteresis_cm=5)
        self.readings: list[ReadingRow] = []
        self.record: list[StageChange] = []

    def store(self, batch: list[ReadingRow]) -> None:
        held = self.known
        self.readings = sorted([*self.readings, *batch], key=lambda row: row.measured_at)
        gauged = gauge(batch, {"g": held}, confirms=self._confirms)
        self.record += gauged.changes
        for newest in gauged.latest:
            self._know(newest.reading.measured_at, newest.stage, newest.stage_since)
        for first, last in delayed_spans(batch, {"g": held}).values():
            self._restage(first, last)

    def _restage(self, first: datetime, last: datetime) -> None:
        usable = [row for row in self.readings if row.quality in ("good", "suspect") and row.measured_at >= first]
        earlier = [one for one in self.record if one.at < first]
        mended = restage(
            "g",
            ((row.measured_at, row.level_cm) for row in usable if row.level_cm is not None),
            [one for one in self.record if one.at >= first],
            before=earlier[-1] if earlier else None,
            known=self.known,
            last_delayed=last,
            confirms=self._confirms,
        )
        stored = [one for one in self.record if one.at not in mended.gone]
        self.record = sorted([*stored, *mended.new], key=lambda one: one.at)
        if self.record:
            self._know(self.known.measured_at, self.record[-1].stage, self.record[-1].at)
        else:
            self._know(self.known.measured_at, None, None)

    def _confirms(self, _gauge_id: str, at: datetime, level_cm: float) -> bool:
        before = [
            LevelAt(row.measured_at, row.level_cm)
            for row in reversed(self.readings)
            if row.measured_at < at and row.quality in ("good", "suspect") and row.level_cm is not None
        ]
        return not self.is_checked or is_confirmed(LevelAt(at, level_cm), before, PLAUSIBLE)

    def _know(self, at: datetime | None, stage: int | None, since: datetime | None) -> None:
        self.known = GaugeState(limits=LIMITS, hysteresis_cm=5, measured_at=at, stage=stage, stage_since=since)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(levels, st.sampled_from(["good", "suspect", "bad"])), min_size=1, max_size=14),
    st.booleans(),
    st.data(),
)
def test_the_sequence_in_which_readings_come_does_not_matter(
    story: list[tuple[float | None, str]], is_checked: bool, data: st.DataObject
) -> None:
    rows = [reading(second, level, quality) for second, (level, quality) in enumerate(story)]
    in_order, mixed = Cloud(is_checked=is_checked), Cloud(is_checked=is_checked)
    for row in rows:
        in_order.store([row])
    left = data.draw(st.permutations(rows))
    while left:
        size = data.draw(st.integers(1, len(left)))
        mixed.store(left[:size])
        left = left[size:]
    assert mixed.record == in_order.record
    assert mixed.known == in_order.known


def test_no_more_readings_are_requested_than_needed() -> None:
    requested = 0

    def endless() -> object:
        nonlocal requested
        for second in range(1, 10_000):
            requested += 1
            yield NOON + timedelta(seconds=second), 40.0

    known = GaugeState(limits=LIMITS, hysteresis_cm=5)
    before = StageChange(gauge_id="g", at=NOON, previous=None, stage=4, level_cm=40)
    restaged = restage("g", endless(), [], before=before, known=known, last_delayed=NOON + timedelta(seconds=1))  # type: ignore[arg-type]
    assert (restaged.gone, restaged.new, requested) == ((), (), 3), "the late one and the two that it could confirm"
