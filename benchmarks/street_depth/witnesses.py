"""Simulates who tells of a flood: cameras with marks, people who name a part of the body, a gauge and its forecast."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from benchmarks.street_depth.floods import PLACES, STEP_SECONDS, STEPS, Flood, Street

from siaga_core.rules.forecast import ForecastPoint
from siaga_core.rules.streets.depth import GaugeLevel
from siaga_core.rules.streets.evidence import NINE_OF_TEN, Evidence, EvidenceKind
from siaga_core.rules.streets.relation import Pair, Relation, learn

BEGINS: Final = datetime(2026, 1, 10, tzinfo=UTC)
_BODY: Final = ((0.13, 15.0), (0.38, 45.0), (0.62, 90.0), (0.80, 120.0), (2.0, 160.0))  # up to a share of the height
_MISNAMED_SHARE: Final = 0.07
_MARK_WRONG_SHARE: Final = 0.03
_GAUGE_NOISE_CM: Final = 2.0
_SURVEY_ERROR_CM: Final = 8.0


@dataclass(slots=True)
class Witnesses:
    """Those who see one street. Marks, places and the error of the survey stay the same in all its floods."""

    street: Street
    dice: random.Random
    _camera_place: int = field(init=False)
    _marks: list[float] = field(init=False)
    _survey_error: float = field(init=False)

    def __post_init__(self) -> None:
        self._camera_place = self.dice.randrange(PLACES)
        self._marks = _marks(self.dice)
        self._survey_error = self.dice.gauss(0, _SURVEY_ERROR_CM)

    def camera(self, flood: Flood, step: int, *, ago: int) -> Evidence | None:
        """What the camera saw some minutes before a step; None where it saw no water on a mark."""
        seen = step - ago
        depth = self.street.depth_at(self._camera_place, flood.depth_cm[seen])
        wet = [one for one in self._marks if one <= depth]
        if self.dice.random() < _MARK_WRONG_SHARE:
            wet = wet[:-1]
        if not wet:
            return None
        return Evidence(kind=EvidenceKind.CAMERA, source="cam", observed_at=moment(seen), depth_cm=max(wet))

    def people(self, flood: Flood, step: int, *, count: int, longest_ago: int) -> list[Evidence]:
        """What people reported within some minutes before a step; who stands dry reports nothing."""
        stated = (self._person(flood, step, number, longest_ago) for number in range(count))
        return [one for one in stated if one is not None]

    def level(self, flood: Flood, step: int, relation: Relation, *, ago: int) -> GaugeLevel:
        """The level some minutes before a step."""
        return GaugeLevel(
            gauge_id="gauge",
            level_cm=self._measured(flood, step - ago),
            measured_at=moment(step - ago),
            relation=relation,
        )

    def surveyed(self) -> Relation:
        """The relation by a height of the road that was measured."""
        return Relation(road_cm=self.street.road_cm + self._survey_error)

    def learned(self, floods: list[Flood]) -> Relation | None:
        """The relation that former floods taught, by what cameras and people stated in them."""
        return learn([pair for number, flood in enumerate(floods) for pair in self._pairs(flood, number)])

    def forecast(self, flood: Flood, step: int, hours: int) -> ForecastPoint | None:
        """The level so many hours ahead, with a band that holds nine of ten; None after the end of the flood."""
        there = step + hours * 60
        if there >= STEPS:
            return None
        error = 6.0 + 6.0 * hours
        miss = self.dice.gauss(0, error)
        stated = flood.level_cm[there] + miss
        band = NINE_OF_TEN * error
        return ForecastPoint(at=moment(there), level_cm=stated, low_cm=stated - band, high_cm=stated + band)

    def _pairs(self, flood: Flood, number: int) -> list[Pair]:
        found = []
        for step in range(60, STEPS, 45):
            stated = self.people(flood, step, count=1, longest_ago=10) if self.dice.random() < 0.4 else []
            camera = self.camera(flood, step, ago=2)
            for one in [*stated, *([camera] if camera else [])]:
                depth = (one.depth_cm or 0.0) + (8.0 if one.kind is EvidenceKind.CAMERA else 0.0)
                at = one.observed_at + timedelta(days=3 * number)
                found.append(Pair(at, self._measured(flood, step), depth))
        return found

    def _person(self, flood: Flood, step: int, number: int, longest_ago: int) -> Evidence | None:
        ago = self.dice.randrange(longest_ago + 1)
        depth = self.street.depth_at(self.dice.randrange(PLACES), flood.depth_cm[step - ago])
        if depth < 3:
            return None
        return Evidence(
            kind=EvidenceKind.REPORT,
            source=f"person {number}",
            observed_at=moment(step - ago),
            depth_cm=self._named(depth),
            distance_m=self.dice.uniform(0, 40),
        )

    def _named(self, depth: float) -> float:
        share = depth / self.dice.gauss(160, 9)
        place = next(index for index, (up_to, _) in enumerate(_BODY) if share <= up_to)
        if self.dice.random() < _MISNAMED_SHARE:
            place = min(max(place + self.dice.choice((-1, 1)), 0), len(_BODY) - 1)
        return _BODY[place][1]

    def _measured(self, flood: Flood, step: int) -> float:
        return flood.level_cm[step] + self.dice.gauss(0, _GAUGE_NOISE_CM)


def moment(step: int) -> datetime:
    """The time of a step."""
    return BEGINS + timedelta(seconds=step * STEP_SECONDS)


def _marks(dice: random.Random) -> list[float]:
    """Marks as operators draw them: a kerb, then wheels, bumpers and doors at heights of their own."""
    found, height = [], dice.uniform(8, 15)
    while height < 150:
        found.append(height)
        height += dice.uniform(10, 24)
    return found
