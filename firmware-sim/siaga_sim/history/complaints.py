"""A year of complaints and what became of them: some areas and officers are quick, some are not, all by seed."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from siaga_sim.history.city import Kelurahan, PastCity

OFFICERS_PER_AGENCY = 8
REPORTERS = 6000
SAME_SHARE = 0.18
DISMISSED_SHARE = 0.06
REOPENED_SHARE = 0.05
VERIFIED_SHARE = 0.7
DEGREES_PER_M = 1 / 111_000
UTC_OFFSET_HOURS = 7  # the clock that people of Jakarta live by
# How many complain in each hour of the local day: few at night, most before noon and on the way home.
HOURS = (4, 3, 2, 2, 3, 7, 18, 31, 40, 42, 40, 36, 31, 32, 35, 37, 41, 44, 40, 33, 25, 17, 11, 7)


@dataclass(frozen=True, slots=True)
class Kind:
    """How often a category is complained of, how long it takes (median hours), and what people write."""

    share: float
    hours: float
    severities: tuple[float, float, float]  # minor, moderate, severe
    words: tuple[str, ...]


KINDS = {
    "trash": Kind(0.19, 9, (0.5, 0.4, 0.1), ("Sampah menumpuk di pinggir jalan", "Tumpukan sampah belum diangkut")),
    "illegal_parking": Kind(0.15, 3, (0.4, 0.5, 0.1), ("Parkir liar bikin macet", "Mobil parkir di trotoar")),
    "flooding": Kind(0.07, 6, (0.3, 0.4, 0.3), ("Banjir sebetis depan rumah", "Genangan tidak surut-surut")),
    "congestion": Kind(0.08, 2, (0.5, 0.4, 0.1), ("Macet total dari tadi pagi", "Lampu merah mati, macet")),
    "pothole": Kind(0.11, 40, (0.3, 0.5, 0.2), ("Jalan berlubang, bahaya buat motor", "Aspal rusak parah")),
    "street_light": Kind(0.08, 30, (0.6, 0.3, 0.1), ("Lampu jalan mati sudah seminggu", "PJU padam, gelap")),
    "drainage": Kind(0.07, 26, (0.4, 0.5, 0.1), ("Got mampet", "Saluran air tersumbat sampah")),
    "fallen_tree": Kind(0.03, 5, (0.2, 0.4, 0.4), ("Pohon tumbang menutup jalan", "Dahan patah di kabel")),
    "pavement": Kind(0.05, 60, (0.6, 0.3, 0.1), ("Trotoar rusak", "Trotoar dipakai jualan")),
    "street_vendor": Kind(0.05, 14, (0.6, 0.3, 0.1), ("PKL di badan jalan", "Pedagang menutup trotoar")),
    "public_facility": Kind(0.04, 70, (0.6, 0.3, 0.1), ("Halte rusak", "Bangku taman patah")),
    "disturbance": Kind(0.03, 4, (0.6, 0.3, 0.1), ("Berisik tengah malam", "Ada keributan")),
    "beggars": Kind(0.02, 8, (0.7, 0.3, 0.0), ("Pengemis di lampu merah", "Manusia gerobak di kolong")),
    "other": Kind(0.03, 48, (0.7, 0.2, 0.1), ("Tolong ditindaklanjuti", "Mohon bantuannya")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What became of a complaint; times that have not come are None. `outcome`: open, resolved, verified, dismissed."""

    acknowledged_at: datetime | None = None
    arrived_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    reopened: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One line of complaints.csv. What a citizen said, and of the first of several alike what became of it."""

    number: int
    same_as: int | None
    channel: str
    category: str
    severity: str
    lat: float
    lon: float
    kelurahan: str
    reported_at: datetime
    reporter: str
    words: str
    agency: str
    officer: str
    course: Course


COLUMNS = tuple(field.name for kind in (Complaint, Course) for field in fields(kind) if field.name != "course")


def officers_of(agency: str) -> list[str]:
    """The ids of an agency's made-up officers."""
    return [f"riwayat.{agency}.{number}" for number in range(1, OFFICERS_PER_AGENCY + 1)]


class Past:
    """Draws a city's past. The same seed and city give the same complaints."""

    def __init__(self, city: PastCity, *, seed: int, per_day: float, until: datetime) -> None:
        self._dice = random.Random(seed)
        self._city = city
        self._until = until
        self._per_day = per_day
        self._number = 0
        self._busy = [self._dice.lognormvariate(0, 0.7) for _ in city.kelurahan]
        self._slow_area = {one.code: self._dice.lognormvariate(0, 0.45) for one in city.kelurahan}
        agencies = sorted(set(city.agency_of.values()))
        self._slow_officer = {name: self._dice.lognormvariate(0, 0.5) for one in agencies for name in officers_of(one)}
        self._kinds = [kind for kind in KINDS if kind in city.agency_of]

    def day(self, midnight: datetime) -> Iterator[Complaint]:
        """The complaints of a day, those of one incident together."""
        season = 1 + 0.35 * math.cos(2 * math.pi * (midnight.timetuple().tm_yday - 25) / 365)
        left = round(self._per_day * season * self._dice.uniform(0.8, 1.2))
        while left > 0:
            made = list(self._incident(midnight))
            left -= max(1, len(made))  # what would come after the end of the past is left out
            yield from made

    def _incident(self, midnight: datetime) -> Iterator[Complaint]:
        dice = self._dice
        (area,) = dice.choices(self._city.kelurahan, self._busy)
        (category,) = dice.choices(self._kinds, [KINDS[kind].share for kind in self._kinds])
        (hour,) = dice.choices(range(24), HOURS)
        at = midnight + timedelta(hours=(hour - UTC_OFFSET_HOURS) % 24, seconds=dice.uniform(0, 3600))
        if at >= self._until:
            return
        first = self._first(area, category, at)
        yield first
        while dice.random() < SAME_SHARE:
            yield self._same(first)

    def _first(self, area: Kelurahan, category: str, at: datetime) -> Complaint:
        dice = self._dice
        agency = self._city.agency_of[category]
        officer = dice.choice(officers_of(agency))
        kind = KINDS[category]
        self._number += 1
        slow = self._slow_area[area.code] * self._slow_officer[officer]
        return Complaint(
            number=self._number,
            same_as=None,
            channel=dice.choice(("web", "qlue", "lapor-1708", "jaki", "jaki")),
            category=category,
            severity=dice.choices(("minor", "moderate", "severe"), kind.severities)[0],
            lat=round(area.lat + dice.gauss(0, 300) * DEGREES_PER_M, 6),
            lon=round(area.lon + dice.gauss(0, 300) * DEGREES_PER_M, 6),
            kelurahan=area.code,
            reported_at=at,
            reporter=self._reporter(),
            words=dice.choice(kind.words),
            agency=agency,
            officer=officer,
            course=self._course(at, hours=kind.hours * slow * dice.lognormvariate(0, 0.8)),
        )

    def _course(self, at: datetime, *, hours: float) -> Course:
        """What became of it; what lies after the end of the past has not happened yet."""
        dice = self._dice
        resolved = at + timedelta(hours=hours)
        acknowledged = at + (resolved - at) * dice.uniform(0.03, 0.25)
        arrived = acknowledged + (resolved - acknowledged) * dice.uniform(0.3, 0.9)
        closed = resolved + timedelta(hours=dice.uniform(0.2, 8))
        if closed >= self._until:
            return Course(
                acknowledged_at=acknowledged if acknowledged < self._until else None,
                arrived_at=arrived if arrived < self._until else None,
                outcome="open",
            )
        outcome = "dismissed" if dice.random() < DISMISSED_SHARE else "resolved"
        if outcome == "resolved" and dice.random() < VERIFIED_SHARE:
            outcome = "verified"
        return Course(
            acknowledged_at=acknowledged,
            arrived_at=arrived,
            resolved_at=None if outcome == "dismissed" else resolved,
            closed_at=closed,
            outcome=outcome,
            reopened=int(outcome != "dismissed" and dice.random() < REOPENED_SHARE),
        )

    def _same(self, first: Complaint) -> Complaint:
        dice = self._dice
        self._number += 1
        at = min(first.reported_at + timedelta(minutes=dice.uniform(1, 90)), self._until - timedelta(seconds=1))
        return replace(
            first,
            number=self._number,
            same_as=first.number,
            lat=round(first.lat + dice.gauss(0, 8) * DEGREES_PER_M, 6),
            lon=round(first.lon + dice.gauss(0, 8) * DEGREES_PER_M, 6),
            reported_at=max(at, first.reported_at),
            reporter=self._reporter(),
            words=dice.choice(KINDS[first.category].words),
            course=Course(),
        )

    def _reporter(self) -> str:
        # A few people complain a lot, most once or twice.
        return f"warga-{int(REPORTERS * self._dice.random() ** 3):05d}"
