"""A gauge whose readings another program appends to a CSV file with the columns measured_at and level_cm."""

from __future__ import annotations

import csv
import logging
import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from siaga_edge.gauge.registers import Sample
from siaga_edge.gauge.runner import GaugeUnreachableError

log = logging.getLogger(__name__)

_MOST_ROWS_A_READ = 500


class Cursors(Protocol):
    """Remembers over restarts how far a file was read."""

    def cursor(self, name: str) -> str | None:
        """Return what was stored last under a name."""

    def set_cursor(self, name: str, value: str) -> None:
        """Record how far a file was read."""


class CsvGauge:
    """Gives each row once, also over restarts; an empty level is no reading. Rows must be in order of time."""

    def __init__(self, gauge: str, path: Path, *, cursors: Cursors) -> None:
        self._path, self._cursors = path, cursors
        self._name = f"csv:{gauge}"
        remembered = cursors.cursor(self._name)
        self._after = datetime.fromisoformat(remembered) if remembered else None
        self._times: dict[int, datetime] = {}
        self._complained = 0

    def read(self, now: datetime) -> Sequence[Sample]:
        """Rows that are new, at most 500; raises `GaugeUnreachableError` when the file cannot be read."""
        self._times.clear()
        samples: list[Sample] = []
        before = self._after
        for measured_at, level_cm in self._rows():
            if self._after is not None and measured_at <= self._after:
                before = measured_at
                continue
            samples.append(_sample(measured_at, level_cm, now=now, before=before))
            self._times[samples[-1].number] = before = measured_at
            if len(samples) >= _MOST_ROWS_A_READ:
                break
        return samples

    def mark_read(self, sample: Sample) -> None:
        """Remembers that this row is done."""
        self._after = self._times.get(sample.number, self._after)
        if self._after is not None and sample.number == max(self._times, default=0):
            self._cursors.set_cursor(self._name, self._after.isoformat())

    def close(self) -> None:
        """Do nothing: the file is opened for each reading only."""

    def _rows(self) -> Iterator[tuple[datetime, float | None]]:
        try:
            with self._path.open(newline="", encoding="utf-8") as file:
                for number, row in enumerate(csv.DictReader(file), start=2):
                    try:
                        yield _parsed(row)
                    except (KeyError, ValueError, AttributeError, TypeError) as error:
                        self._complain_once(number, error)
        except OSError as error:
            raise GaugeUnreachableError(f"{self._path}: {error.strerror}") from error

    def _complain_once(self, number: int, error: Exception) -> None:
        if number > self._complained:
            self._complained = number
            log.warning("%s line %d skipped: expected measured_at,level_cm: %s", self._path, number, error)


def _parsed(row: dict[str, str]) -> tuple[datetime, float | None]:
    measured_at = datetime.fromisoformat(row["measured_at"])
    level = row["level_cm"].strip()
    if measured_at.tzinfo is None:
        raise ValueError(f"{row['measured_at']} has no offset from UTC")
    if level and not math.isfinite(float(level)):
        raise ValueError(f"{level} is not a level")
    return measured_at, float(level) if level else None


def _sample(measured_at: datetime, level_cm: float | None, *, now: datetime, before: datetime | None) -> Sample:
    interval = measured_at - before if before else timedelta(0)
    return Sample(
        number=int(measured_at.timestamp() * 1000),
        age_seconds=(now - measured_at).total_seconds(),
        level_cm=level_cm,
        report_interval_seconds=interval.total_seconds(),
    )
