"""A scenario file: what rains, what each camera shows and when, and which nodes look after what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, Field, model_validator

from siaga_sim import river
from siaga_sim.city import City, Id, Place, Positive, Table, load_city
from siaga_sim.complaints import BadFileError, load_toml
from siaga_sim.faults import Fault, GaugeFault
from siaga_sim.scene.script import Parker, StreetScript

SCENARIOS = Path(__file__).parent / "scenarios"
LONGEST_SECONDS = 86_400.0

BeatT = TypeVar("BeatT", bound=BaseModel)
Seconds = Annotated[float, Field(ge=0, le=LONGEST_SECONDS)]


class Rain(Table):
    """A cloudburst."""

    on: tuple[Id, ...] = Field(min_length=1)
    starts_hour: float
    hours: Positive
    peak_mm_per_hour: Positive


class FirmwareTable(Table):
    """The gauges' firmware in wall-clock seconds. A story runs faster than a river, so these are short."""

    echoes: int = Field(default=7, ge=3, le=31)
    gap_seconds: Positive = 0.15
    measure_every_seconds: Positive = 60
    calm_report_seconds: Positive = 900
    brisk_report_seconds: Positive = 60
    brisk_hold_seconds: Positive = 1800
    change_mm: int = Field(default=20, gt=0)


class Surge(Table):
    """Water that comes over a street and drains again, in seconds of the story: for a river that runs in real time."""

    rises_at: Seconds
    full_at: Seconds
    falls_at: Seconds
    dry_at: Seconds

    @model_validator(mode="after")
    def _chronological(self) -> Self:
        moments = [self.rises_at, self.full_at, self.falls_at, self.dry_at]
        if moments != sorted(set(moments)):
            raise ValueError("expected rises_at < full_at < falls_at < dry_at")
        return self

    def share(self, at_seconds: float) -> float:
        """How much of the depth stands on the street, 0 to 1."""
        if at_seconds <= self.full_at:
            return max(0.0, (at_seconds - self.rises_at) / (self.full_at - self.rises_at))
        return min(1.0, max(0.0, (self.dry_at - at_seconds) / (self.dry_at - self.falls_at)))


class StreetWater(Table):
    """Water on a street: a pond's, what a gauge stands over its bank, or a surge."""

    pond: Id | None = None
    gauge: Id | None = None
    bank_cm: float | None = None
    surge: Surge | None = None
    street_cm_per_cm: Positive = 1.0
    max_cm: Positive = 60

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = {"pond": self.pond, "gauge": self.gauge, "surge": self.surge}
        named = [name for name, source in sources.items() if source is not None]
        if len(named) != 1:
            raise ValueError(f"got {' and '.join(named) or 'nothing'}, expected exactly one of pond, gauge, surge")
        if (self.gauge is None) != (self.bank_cm is None):
            raise ValueError(f"got gauge {self.gauge!r} and bank_cm {self.bank_cm!r}, expected both or none")
        return self


class ZoneTable(Table):
    """A part of the image that is watched; the scene says where in the image it lies."""

    id: Id
    kind: Literal["no_stopping", "watch", "road"]
    allowed_seconds: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _check_allowed_dwell(self) -> Self:
        if (self.kind == "road") != (self.allowed_seconds is None):
            wanted = "none for a road" if self.kind == "road" else f"a number of seconds for {self.kind}"
            raise ValueError(f"got allowed_seconds {self.allowed_seconds!r}, expected {wanted}")
        return self


class CameraFault(Table):
    """A camera that is broken for a while."""

    kind: Fault
    at: Seconds
    until: Seconds


class GaugeFaultTable(Table):
    """A gauge that is broken for a while; a reboot is over by itself."""

    gauge: Id
    kind: GaugeFault
    at: Seconds
    until: Seconds

    @model_validator(mode="after")
    def _chronological(self) -> Self:
        if self.until < self.at:
            raise ValueError(f"got until {self.until:g} before at {self.at:g}, expected it after")
        return self


class CameraTable(Table):
    """One camera. `street` is what the scene draws; its moments are seconds of the story."""

    id: Id
    name: str
    place: Place
    street: StreetScript
    zone: tuple[ZoneTable, ...] = ()
    water: StreetWater | None = None
    fault: tuple[CameraFault, ...] = ()


class WatchSettings(Table):
    """How a node looks at its cameras."""

    detect_every_seconds: float = Field(default=0.5, ge=0)
    water_every_seconds: Positive = 5
    unknown_after_seconds: Positive = 10


class NodeTable(Table):
    """A node and its devices."""

    name: Id
    cameras: tuple[Id, ...] = ()
    gauges: tuple[Id, ...] = ()
    watching: WatchSettings = WatchSettings()


class Scenario(Table):
    """A whole story. `seconds` is how long it takes when nobody says otherwise.

    `starts_hour`: the hour of the river at which the story begins; what the river did before is the past of the city.
    `is_real_time`: the river runs as fast as the wall's clock, however long the story takes, and goes on after it.
    """

    name: Id
    title: str
    city: Id
    seconds: float = Field(gt=0, le=LONGEST_SECONDS)
    shortest_seconds: Positive = 60
    river_hours: float = Field(gt=0, le=240)
    starts_hour: float = Field(default=0, ge=0, le=240)
    is_real_time: bool = False
    seed: int = 1
    rain: tuple[Rain, ...] = ()
    firmware: FirmwareTable = FirmwareTable()
    camera: tuple[CameraTable, ...] = ()
    gauge_fault: tuple[GaugeFaultTable, ...] = ()
    node: tuple[NodeTable, ...] = ()

    @property
    def river_speed(self) -> float:
        """Seconds on the river for each second on the wall."""
        return 1.0 if self.is_real_time else (self.river_hours - self.starts_hour) * 3600 / self.seconds

    def bursts(self) -> tuple[river.Cloudburst, ...]:
        """The rain as the river knows it."""
        return tuple(river.Cloudburst(**rain.model_dump()) for rain in self.rain)

    def camera_by_id(self, camera_id: str) -> CameraTable:
        """Raises KeyError for a camera that the scenario does not have."""
        for camera in self.camera:
            if camera.id == camera_id:
                return camera
        raise KeyError(camera_id)


def scenario_path(name_or_path: str) -> Path:
    """`storm` is ours; anything with a suffix or a slash is a file of yours."""
    path = Path(name_or_path)
    return path if path.suffix or "/" in name_or_path else SCENARIOS / f"{name_or_path}.toml"


def load_scenario(name_or_path: str, *, seconds: float | None = None) -> tuple[Scenario, City]:
    """A scenario with its city, stretched or squeezed to `seconds`. Raises BadFileError."""
    path = scenario_path(name_or_path)
    if path.parent == SCENARIOS and not path.is_file():
        ours = " or ".join(sorted(one.stem for one in SCENARIOS.glob("*.toml")))
        raise BadFileError([f"story: got {name_or_path!r}, expected {ours}, or the path of a scenario file"])
    scenario = load_toml(path, Scenario)
    city = load_city(scenario.city)
    lines = _misfits(scenario, city)
    if lines:
        raise BadFileError([f"{path}: {line}" for line in lines])
    if seconds is None:
        return scenario, city
    if not scenario.shortest_seconds <= seconds <= LONGEST_SECONDS:
        low, high = scenario.shortest_seconds, LONGEST_SECONDS
        raise BadFileError([f"{path}: seconds: got {seconds:g}, expected {low:g} to {high:g} for this story"])
    return stretched(scenario, seconds), city


def stretched(scenario: Scenario, seconds: float) -> Scenario:
    """The same story told in `seconds`: every beat moves; what is allowed only gets shorter, never longer."""
    factor = seconds / scenario.seconds
    cameras = tuple(_stretched_camera(camera, factor) for camera in scenario.camera)
    faults = tuple(_stretched_moments(fault, ("at", "until"), factor) for fault in scenario.gauge_fault)
    return scenario.model_copy(update={"seconds": seconds, "camera": cameras, "gauge_fault": faults})


def _stretched_camera(camera: CameraTable, factor: float) -> CameraTable:
    zones = tuple(_stretched_zone(zone, min(1.0, factor)) for zone in camera.zone)
    faults = tuple(f.model_copy(update={"at": f.at * factor, "until": f.until * factor}) for f in camera.fault)
    water = camera.water
    if water is not None and water.surge is not None:
        moments = ("rises_at", "full_at", "falls_at", "dry_at")
        water = water.model_copy(update={"surge": _stretched_moments(water.surge, moments, factor)})
    street = _stretched_street(camera.street, factor)
    return camera.model_copy(update={"zone": zones, "fault": faults, "street": street, "water": water})


def _stretched_zone(zone: ZoneTable, factor: float) -> ZoneTable:
    if zone.allowed_seconds is None:
        return zone
    return zone.model_copy(update={"allowed_seconds": zone.allowed_seconds * factor})


def _stretched_street(street: StreetScript, factor: float) -> StreetScript:
    moved = {
        "seconds": street.seconds * factor,
        "parkers": tuple(_stretched_parker(parker, factor) for parker in street.parkers),
        "trash": tuple(_stretched_moments(trash, ("at", "full_at", "removed_at"), factor) for trash in street.trash),
        "passers": tuple(_stretched_moments(passer, ("at",), factor) for passer in street.passers),
        "water": tuple((at * factor, level_cm) for at, level_cm in street.water),
    }
    return street.model_copy(update=moved)


def _stretched_parker(parker: Parker, factor: float) -> Parker:
    # A car takes its time to drive in, however fast the story goes.
    drives_in = parker.stops_at - parker.enters_at
    stops_at = max(parker.stops_at * factor, drives_in)
    moved = _stretched_moments(parker, ("leaves_at",), factor)
    return moved.model_copy(update={"stops_at": stops_at, "enters_at": stops_at - drives_in})


def _stretched_moments(beat: BeatT, moments: tuple[str, ...], factor: float) -> BeatT:
    found = {name: getattr(beat, name) for name in moments}
    return beat.model_copy(update={name: at * factor for name, at in found.items() if at is not None})


def _misfits(scenario: Scenario, city: City) -> list[str]:
    gauges = [gauge.id for gauge in city.gauge]
    cameras = [camera.id for camera in scenario.camera]
    lines: list[str] = []
    for number, rain in enumerate(scenario.rain):
        lines += _unknown(f"rain[{number}].on", rain.on, [catchment.id for catchment in city.catchment])
    for number, camera in enumerate(scenario.camera):
        if camera.water and camera.water.pond:
            lines += _unknown(f"camera[{number}].water.pond", (camera.water.pond,), [pond.id for pond in city.pond])
        if camera.water and camera.water.gauge:
            lines += _unknown(f"camera[{number}].water.gauge", (camera.water.gauge,), gauges)
    for number, fault in enumerate(scenario.gauge_fault):
        lines += _unknown(f"gauge_fault[{number}].gauge", (fault.gauge,), gauges)
    for number, node in enumerate(scenario.node):
        lines += _unknown(f"node[{number}].cameras", node.cameras, cameras)
        lines += _unknown(f"node[{number}].gauges", node.gauges, gauges)
    lines += _twice("camera id", cameras)
    lines += _twice("node name", [node.name for node in scenario.node])
    lines += _twice("node camera", [camera for node in scenario.node for camera in node.cameras])
    lines += _twice("node gauge", [gauge for node in scenario.node for gauge in node.gauges])
    return lines


def _unknown(key: str, names: tuple[str, ...], known: list[str]) -> list[str]:
    return [f"{key}: got {name!r}, expected one of {', '.join(known)}" for name in names if name not in known]


def _twice(what: str, names: list[str]) -> list[str]:
    return [
        f"{what}: got {name!r} twice, expected it once" for name in sorted({n for n in names if names.count(n) > 1})
    ]
