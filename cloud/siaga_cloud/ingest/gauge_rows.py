"""Compares new readings with the state of their gauges: newest values, stages and hours to recompute; the functions are
pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TypeAlias

from siaga_cloud.gauges.store.readings import UNCONFIRMED, GaugeState, Latest, ReadingRow, StageChange
from siaga_cloud.ingest.fast_readings import QuickReadings
from siaga_core.rules import stage as rules
from siaga_core.wire.messages import Quality, ReadingsMessage

# What decides a stage. A bad level is stored and shown, but no alarm hangs on it.
_USABLE = frozenset({str(Quality.GOOD), str(Quality.SUSPECT)})
_HOUR = timedelta(hours=1)
_measured_at = attrgetter("measured_at")


# Whether a level that would change the stage of a gauge then is confirmed by the readings before it.
Confirms: TypeAlias = Callable[[str, datetime, float], bool]


def believes_all(_gauge_id: str, _at: datetime, _level_cm: float) -> bool:
    """Confirm every level of every gauge."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeChanges:
    """Holds what the readings of a batch change. `doubted` are readings that would change a stage, unconfirmed."""

    latest: tuple[Latest, ...]
    changes: tuple[StageChange, ...]
    doubted: frozenset[tuple[str, datetime]]
    hours: frozenset[tuple[str, datetime]]


def rows_of(message: ReadingsMessage | QuickReadings, received_at: datetime) -> list[ReadingRow]:
    """Return the readings of a message as they are stored, in UTC: times of one zone compare many times as fast."""
    return [
        ReadingRow(
            reading.gauge,
            reading.measured_at if reading.measured_at.tzinfo is UTC else reading.measured_at.astimezone(UTC),
            reading.level_cm,
            reading.quality if type(reading.quality) is str else str(reading.quality),
            reading.flags,
            reading.spread_cm,
            reading.samples,
            None if reading.stage is None else int(reading.stage),
            message.node,
            received_at,
        )
        for reading in message.readings
    ]


def gauge(
    rows: Iterable[ReadingRow], held: Mapping[str, GaugeState], *, confirms: Confirms = believes_all
) -> GaugeChanges:
    """Decides the stage of record reading by reading, in the order of measurement; for older readings see
    `late_readings`. A stage changes only where `confirms` believes the level.
    """
    by_gauge: dict[str, list[ReadingRow]] = defaultdict(list)
    for row in rows:
        by_gauge[row.gauge_id].append(row)
    latest: list[Latest] = []
    changes: list[StageChange] = []
    hours: set[tuple[str, datetime]] = set()
    doubted: set[tuple[str, datetime]] = set()
    for gauge_id, own in by_gauge.items():
        known = held.get(gauge_id, GaugeState(limits=None, hysteresis_cm=0))
        own.sort(key=_measured_at)
        hours.update((gauge_id, hour) for hour in _hours(own))
        newer = own if _is_newer(own[0], known) else [row for row in own if _is_newer(row, known)]
        if newer:
            latest.append(_newest(newer, known, confirms, changes, doubted))
    return GaugeChanges(
        latest=tuple(latest), changes=tuple(changes), doubted=frozenset(doubted), hours=frozenset(hours)
    )


def delayed_spans(rows: Iterable[ReadingRow], held: Mapping[str, GaugeState]) -> dict[str, tuple[datetime, datetime]]:
    """Return the first and the last delayed usable moment of each gauge with limits that has any."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for row in rows:
        known = held.get(row.gauge_id)
        if known is None or known.limits is None or not _is_usable(row):
            continue
        if known.measured_at is not None and row.measured_at < known.measured_at:
            first, last = spans.get(row.gauge_id, (row.measured_at, row.measured_at))
            spans[row.gauge_id] = min(first, row.measured_at), max(last, row.measured_at)
    return spans


def _newest(
    newer: Sequence[ReadingRow],
    known: GaugeState,
    confirms: Confirms,
    changes: list[StageChange],
    doubted: set[tuple[str, datetime]],
) -> Latest:
    usable = next((row for row in reversed(newer) if _is_usable(row)), None)
    if known.limits is None:
        return Latest(reading=newer[-1], known=usable, stage=None, stage_since=None)
    is_first = known.stage is None
    watch = rules.StageWatch(stage=known.stage or rules.NORMAL, since=known.stage_since, measured_at=known.measured_at)
    for row in newer:
        level = row.level_cm if _is_usable(row) else None
        after, change = rules.step(
            watch, level, at=row.measured_at, limits=known.limits, hysteresis_cm=known.hysteresis_cm
        )
        # A first reading that is normal needs no second one; an alarm and the end of one do.
        if level is not None and change and not confirms(row.gauge_id, row.measured_at, level):
            doubted.add((row.gauge_id, row.measured_at))
            continue
        watch = after
        if level is not None and (is_first or change):
            changes.append(_change(row, watch, level, previous=None if is_first else change))
            is_first = False
    newest = _flagged(newer[-1]) if (newer[-1].gauge_id, newer[-1].measured_at) in doubted else newer[-1]
    stage = None if is_first else watch.stage
    return Latest(reading=newest, known=usable, stage=stage, stage_since=watch.since)


def _is_usable(row: ReadingRow) -> bool:
    return row.level_cm is not None and row.quality in _USABLE


def _flagged(row: ReadingRow) -> ReadingRow:
    return row._replace(flags=(*row.flags, UNCONFIRMED))


def _change(
    row: ReadingRow, watch: rules.StageWatch, level_cm: float, *, previous: rules.StageChanged | None
) -> StageChange:
    return StageChange(
        gauge_id=row.gauge_id,
        at=row.measured_at,
        previous=previous.previous if previous else None,
        stage=watch.stage,
        level_cm=level_cm,
    )


def _is_newer(row: ReadingRow, known: GaugeState) -> bool:
    return known.measured_at is None or row.measured_at > known.measured_at


def _hours(own: Iterable[ReadingRow]) -> Iterator[datetime]:
    """Yield the hours in which readings lie that are in the order of measurement."""
    end = None
    for row in own:
        if end is None or row.measured_at >= end:
            began = row.measured_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            end = began + _HOUR
            yield began
