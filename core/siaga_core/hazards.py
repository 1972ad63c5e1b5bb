"""The registry of hazards: what the city watches for, as data that wire, rules, edge and cloud read.

A hazard is what one event, report or check is about. Its category is what an incident is about: a gauge's
`water_level` and a camera's `flooding` both speak for incidents of the category `flooding`. The hazard whose id equals
the category defines the category: its names, its icon and the defaults for matching and for deadlines.

To add a hazard, add one entry to `_HAZARDS`. A hazard that nodes detect also needs a member of
`siaga_core.wire.messages.Hazard`, so that the documentation of the wire lists it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

ZoneKind: TypeAlias = Literal["no_stopping", "watch", "road"]
RecheckKind: TypeAlias = Literal["spot", "zone", "water"]
SensorKind: TypeAlias = Literal["camera", "gauge"]
SeverityName: TypeAlias = Literal["minor", "moderate", "severe"]


class UnknownHazardError(LookupError):
    """An id that no hazard or category of the registry has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """One name in Indonesian and in English."""

    indonesian: str
    english: str

    def in_language(self, language: str) -> str:
        """Return the Indonesian name for `id` and the English name for every other language."""
        return self.indonesian if language == "id" else self.english


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchDefaults:
    """How near in space and time two signals of a category are the same incident; a city may set its own."""

    radius_m: float
    window_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaDefaults:
    """How many hours each step of a task may take; a city may set its own."""

    acknowledge_hours: float
    first_action_hours: float
    resolve_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """One entry of the registry.

    `category` is None for what is never an incident. `report_name` is what a citizen chooses; None: citizens can't
    report it. `sensors` are the kinds of device that detect it, and `details` is the `kind` of the details that its
    events carry. `zone` is the kind of zone in which a camera looks for it. `recheck` says how a camera checks that it
    is gone: at its spot, anywhere in the zone, or by the water on the road; None: a camera can't. `is_reviewed` says
    whether people's verdicts on its events tune the detector's threshold. `severity` is that of a signal whose source
    names none, such as a report. `urgency` is how much sooner an operator should look at an incident of the category
    than at others that are as severe and as certain. `is_historic`: only the past of a city has it; it is imported and
    counted, and nobody can report it now.
    """

    id: str
    category: str | None
    name: Names
    icon: str
    report_name: Names | None = None
    open311_code: str | None = None
    open311_group: Names | None = None
    match: MatchDefaults | None = None
    sla: SlaDefaults | None = None
    sensors: frozenset[SensorKind] = frozenset()
    details: str | None = None
    zone: ZoneKind | None = None
    recheck: RecheckKind | None = None
    is_reviewed: bool = False
    severity: SeverityName = "minor"
    urgency: float = 1.0
    is_historic: bool = False

    @property
    def defines_category(self) -> bool:
        """Whether the names and defaults of this entry are those of its category."""
        return self.id == self.category

    @property
    def is_sensed(self) -> bool:
        """Whether nodes send events about it."""
        return bool(self.sensors)

    @property
    def is_reported(self) -> bool:
        """Whether citizens can report it."""
        return self.report_name is not None


_WATER: Final = Names(indonesian="Air", english="Water")
_CLEANLINESS: Final = Names(indonesian="Kebersihan", english="Cleanliness")
_ROADS: Final = Names(indonesian="Jalan", english="Roads")
_TREES: Final = Names(indonesian="Pohon", english="Trees")
_NEIGHBOURHOOD: Final = Names(indonesian="Lingkungan", english="Neighbourhood")
_CAMERA: Final[frozenset[SensorKind]] = frozenset({"camera"})
_GAUGE: Final[frozenset[SensorKind]] = frozenset({"gauge"})


def _reported(
    hazard_id: str,
    name: Names,
    group: Names,
    *,
    report_name: Names | None = None,
    match: MatchDefaults | None = None,
    urgency: float = 1.0,
) -> Hazard:
    """Return a hazard that only citizens and other systems report; its id is its icon, code and category."""
    return Hazard(
        id=hazard_id,
        category=hazard_id,
        name=name,
        icon=hazard_id,
        report_name=report_name or name,
        open311_code=hazard_id,
        open311_group=group,
        match=match,
        urgency=urgency,
    )


# In the order in which people choose from them. The defaults of a category without `match` or `sla` are
# `siaga_core.rules.incident.OTHER_MATCH` and `siaga_core.rules.sla.OTHER_SLA`.
_HAZARDS: Final = (
    Hazard(
        id="flooding",
        category="flooding",
        name=Names(indonesian="Banjir", english="Flooding"),
        icon="flooding",
        report_name=Names(indonesian="Banjir atau genangan", english="Flooding"),
        open311_code="flooding",
        open311_group=_WATER,
        match=MatchDefaults(radius_m=150, window_hours=3),
        sla=SlaDefaults(acknowledge_hours=0.5, first_action_hours=1, resolve_hours=24),
        sensors=_CAMERA,
        details="flooding",
        zone="road",
        recheck="water",
        severity="moderate",
        urgency=4.0,
    ),
    Hazard(
        id="trash",
        category="trash",
        name=Names(indonesian="Sampah", english="Trash"),
        icon="trash",
        report_name=Names(indonesian="Sampah", english="Trash"),
        open311_code="trash",
        open311_group=_CLEANLINESS,
        match=MatchDefaults(radius_m=30, window_hours=72),
        sensors=_CAMERA,
        details="trash",
        zone="watch",
        recheck="zone",
        is_reviewed=True,
    ),
    Hazard(
        id="illegal_parking",
        category="illegal_parking",
        name=Names(indonesian="Parkir liar", english="Illegal parking"),
        icon="illegal_parking",
        report_name=Names(indonesian="Parkir liar", english="Illegal parking"),
        open311_code="illegal_parking",
        open311_group=_ROADS,
        match=MatchDefaults(radius_m=25, window_hours=2),
        sla=SlaDefaults(acknowledge_hours=0.5, first_action_hours=2, resolve_hours=6),
        sensors=_CAMERA,
        details="illegal_parking",
        zone="no_stopping",
        recheck="spot",
        is_reviewed=True,
    ),
    Hazard(
        id="water_level",
        category="flooding",
        name=Names(indonesian="Tinggi muka air", english="Water level"),
        icon="gauge",
        sensors=_GAUGE,
        details="water_level",
    ),
    Hazard(
        id="view_lost",
        category=None,
        name=Names(indonesian="Tidak melihat", english="View lost"),
        icon="camera",
        sensors=_CAMERA | _GAUGE,
        details="view_lost",
    ),
    _reported("congestion", Names(indonesian="Kemacetan", english="Congestion"), _ROADS, urgency=1.5),
    _reported(
        "pothole",
        Names(indonesian="Jalan rusak", english="Pothole"),
        _ROADS,
        match=MatchDefaults(radius_m=15, window_hours=30 * 24),
    ),
    _reported("street_light", Names(indonesian="Lampu jalan mati", english="Street light out"), _ROADS),
    _reported(
        "beggars",
        Names(indonesian="Pengemis", english="Beggars"),
        _NEIGHBOURHOOD,
        report_name=Names(indonesian="Pengemis dan gelandangan", english="Beggars"),
    ),
    _reported("drainage", Names(indonesian="Saluran tersumbat", english="Blocked drain"), _WATER, urgency=1.5),
    _reported("fallen_tree", Names(indonesian="Pohon tumbang", english="Fallen tree"), _TREES, urgency=2.0),
    _reported(
        "pavement",
        Names(indonesian="Trotoar rusak", english="Broken pavement"),
        _ROADS,
        report_name=Names(indonesian="Trotoar rusak atau terhalang", english="Broken or blocked pavement"),
    ),
    _reported("street_vendor", Names(indonesian="Pedagang liar", english="Street vendors"), _NEIGHBOURHOOD),
    _reported(
        "public_facility", Names(indonesian="Fasilitas umum rusak", english="Broken public facility"), _NEIGHBOURHOOD
    ),
    _reported("disturbance", Names(indonesian="Gangguan ketertiban", english="Disturbance"), _NEIGHBOURHOOD),
    _reported("other", Names(indonesian="Lainnya", english="Something else"), _NEIGHBOURHOOD),
    Hazard(
        id="gauge_check",  # a gauge that contradicts many reports (siaga_core.rules.contradiction)
        category="gauge_check",
        name=Names(indonesian="Periksa pos pantau", english="Inspect the gauge"),
        icon="gauge_check",
        match=MatchDefaults(radius_m=100, window_hours=24),
    ),
    Hazard(
        id="asset_check",  # a pump or gate that does not do what the water calls for (siaga_core.rules.assets)
        category="asset_check",
        name=Names(indonesian="Periksa pompa atau pintu air", english="Inspect the pump or gate"),
        icon="asset_check",
        match=MatchDefaults(radius_m=20, window_hours=24),
        sla=SlaDefaults(acknowledge_hours=0.5, first_action_hours=1, resolve_hours=24),
        urgency=3.0,
    ),
    Hazard(
        id="three_in_one_jockey",  # Jakarta's rule of three people in a car ended in 2016
        category="three_in_one_jockey",
        name=Names(indonesian="Joki 3-in-1", english="3-in-1 jockeys"),
        icon="congestion",
        is_historic=True,
    ),
)


def registry_of(entries: Iterable[Hazard]) -> Mapping[str, Hazard]:
    """Return the entries by id, in order; raises ValueError for an id or a code that is there twice."""
    listed = tuple(entries)
    by_id = {one.id: one for one in listed}
    codes = [one.open311_code for one in listed if one.open311_code is not None]
    if len(by_id) < len(listed) or len(set(codes)) < len(codes):
        raise ValueError(
            f"expected every id and Open311 code once, got {[(one.id, one.open311_code) for one in listed]}"
        )
    for one in listed:
        _check_category(one, by_id)
    return MappingProxyType(by_id)


def _check_category(one: Hazard, by_id: Mapping[str, Hazard]) -> None:
    if one.category is not None and (one.category not in by_id or not by_id[one.category].defines_category):
        raise ValueError(f"{one.id}: expected a category that a hazard defines, got {one.category!r}")


# The tests put another mapping in its place; every function below reads it when it is called.
_registry: Mapping[str, Hazard] = registry_of(_HAZARDS)


def all_hazards() -> tuple[Hazard, ...]:
    """Return every hazard, in the order of the registry."""
    return tuple(_registry.values())


def find_hazard(hazard_id: str) -> Hazard | None:
    """Return the hazard of an id, None where there is none."""
    return _registry.get(hazard_id)


def hazard(hazard_id: str) -> Hazard:
    """Return the hazard of an id; raises `UnknownHazardError`."""
    found = find_hazard(hazard_id)
    if found is None:
        raise UnknownHazardError(f"hazard: got {hazard_id!r}, expected one of {', '.join(_registry)}")
    return found


def sensed_hazards() -> tuple[Hazard, ...]:
    """Return the hazards that nodes send events about."""
    return tuple(one for one in all_hazards() if one.is_sensed)


def reported_hazards() -> tuple[Hazard, ...]:
    """Return the hazards that citizens can report, in the order in which they are offered."""
    return tuple(one for one in all_hazards() if one.is_reported)


def camera_hazards() -> tuple[Hazard, ...]:
    """Return the hazards that cameras detect in a zone."""
    return tuple(one for one in all_hazards() if one.zone is not None)


def rechecked_hazards() -> tuple[Hazard, ...]:
    """Return the hazards of which a camera can check that they are gone."""
    return tuple(one for one in all_hazards() if one.recheck is not None)


def reviewed_hazards() -> tuple[Hazard, ...]:
    """Return the hazards whose detector is tuned by people's verdicts."""
    return tuple(one for one in all_hazards() if one.is_reviewed)


def all_categories() -> tuple[Hazard, ...]:
    """Return the hazard that defines each category in use, in the order of the registry; historic ones are left out."""
    return tuple(one for one in all_hazards() if one.defines_category and not one.is_historic)


def category(category_id: str) -> Hazard:
    """Return the hazard that defines a category; raises `UnknownHazardError`."""
    found = find_hazard(category_id)
    if found is None or not found.defines_category:
        expected = ", ".join(one.id for one in all_categories())
        raise UnknownHazardError(f"category: got {category_id!r}, expected one of {expected}")
    return found


def reported_only_categories() -> tuple[Hazard, ...]:
    """Return the categories that citizens report and no sensor detects."""
    sensed = {one.category for one in sensed_hazards()}
    return tuple(one for one in all_categories() if one.is_reported and one.id not in sensed)


def by_category(category_id: str) -> tuple[Hazard, ...]:
    """Return every hazard that speaks for incidents of a category; empty for a category that nobody knows."""
    return tuple(one for one in all_hazards() if one.category == category_id)


def by_open311_code(code: str) -> Hazard | None:
    """Return the hazard of an Open311 service code, None where there is none."""
    return next((one for one in all_hazards() if one.open311_code == code), None)
