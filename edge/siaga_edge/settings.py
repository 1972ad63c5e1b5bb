"""The one reader of configuration: NODE.toml of a box, and SITE.toml of a replay.

Every description below is what a complaint says was expected, so the two cannot drift apart.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeAlias, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from siaga_core.wire.ids import Name
from siaga_edge import crosschecks
from siaga_edge.complaints import OWN, complaints_of, got
from siaga_edge.outline import Spot, problem_with

MEBIBYTE: Final = 1024 * 1024
MAX_CAMERAS: Final = 64
MAX_GAUGES: Final = 256
VEHICLES: Final = ("car", "truck", "bus", "motorcycle")

_CAMERA_SCHEMES = ("rtsp", "rtsps", "http", "https")
_SIZE = re.compile(r"^\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[KMGT]i?B|B)?\s*$")
_UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}


class ConfigError(ValueError):
    """A configuration that cannot be used; `complaints` has one finished line per problem."""

    def __init__(self, complaints: tuple[str, ...]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


class Section(BaseModel):
    """A table of the file: frozen, and with no keys but those it knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


def _refuse(text: str) -> PydanticCustomError:
    # Braces would be read as places to fill in.
    return PydanticCustomError(OWN, "{text}", {"text": text})


# --- kinds of values -------------------------------------------------------------------------------------------


def _bytes_from(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _SIZE.match(value)
    if found is None:
        raise _refuse(f"got {got(value)}, expected a number of bytes, or text such as 500MB or 1GiB")
    unit = found["unit"] or "B"
    step = 1024 if "i" in unit else 1000
    return int(float(found["number"]) * step ** _UNITS.get(unit[0], 0))


def _in_folder(value: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    return folder / value.expanduser() if folder else value.expanduser()


def _existing_file(value: Path, info: ValidationInfo) -> Path:
    path = _in_folder(value, info)
    if info.context is not None and not path.is_file():
        raise _refuse(f"got {got(str(value))}, expected a file that exists (looked for {path})")
    return path


def _folder(value: Path, info: ValidationInfo) -> Path:
    path = _in_folder(value, info)
    if path.exists() and not path.is_dir():
        raise _refuse(f"got {got(str(value))}, expected a folder, but {path} is a file")
    return path


def _stream_url(value: str, info: ValidationInfo) -> str:
    parts = urlsplit(value)
    if "://" not in value:
        return str(_existing_file(Path(value), info))
    if parts.scheme not in _CAMERA_SCHEMES or not parts.hostname:
        wanted = ", ".join(f"{scheme}://host/..." for scheme in _CAMERA_SCHEMES)
        raise _refuse(f"got {got(value)}, expected {wanted} or the path of a file")
    return value


def _outline(value: tuple[Spot, ...]) -> tuple[Spot, ...]:
    if len(value) > 1 and value[0] == value[-1]:
        value = value[:-1]  # closed by hand, as GeoJSON does; ours close themselves
    problem = problem_with(value)
    if problem is not None:
        raise _refuse(problem)
    return value


def _clock_time(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d(:00)?", value):
        hour, minute = int(value[:2]), int(value[3:5])
        if (hour, minute) == (24, 0):
            return time(0)
        if hour < 24 and minute < 60:
            return time(hour, minute)
    elif isinstance(value, time):
        return value
    raise _refuse(f"got {got(value)}, expected a time of day as HH:MM, 00:00 to 24:00")


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise _refuse(f"got {got(value)}, expected an IANA time zone such as Asia/Jakarta") from None
    return value


_NAME = 'a name of 2 to 48 letters a-z, digits and "-", beginning with a letter or digit'

Bytes: TypeAlias = Annotated[int, BeforeValidator(_bytes_from)]
ExistingFile: TypeAlias = Annotated[Path, AfterValidator(_existing_file)]
Folder: TypeAlias = Annotated[Path, AfterValidator(_folder)]
StreamUrl: TypeAlias = Annotated[str, AfterValidator(_stream_url)]
Outline: TypeAlias = Annotated[tuple[Spot, ...], AfterValidator(_outline)]
ClockTime: TypeAlias = Annotated[time, BeforeValidator(_clock_time)]
Timezone: TypeAlias = Annotated[str, AfterValidator(_timezone)]
Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]


class PlaceSettings(Section):
    """A spot on the ground, WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90, description="a number of degrees of latitude from -90 to 90")
    lon: float = Field(ge=-180, le=180, description="a number of degrees of longitude from -180 to 180")


_PLACE = "a place such as { lat = -6.2, lon = 106.8 }"


# --- cameras ---------------------------------------------------------------------------------------------------


class HoursSettings(Section):
    """Hours of the day, in the zone's time zone; they may pass midnight."""

    from_: ClockTime = Field(alias="from", description="a time of day as HH:MM, 00:00 to 24:00")
    to: ClockTime = Field(description="a time of day as HH:MM, 00:00 to 24:00")

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.from_ == self.to and self.from_ != time(0):
            raise _refuse(f"got from and to both {self.from_:%H:%M}, expected two different times")
        return self

    def covers(self, local: time) -> bool:
        """Whether a time of day lies inside; `from` does, `to` does not."""
        if self.from_ < self.to:
            return self.from_ <= local < self.to
        return local >= self.from_ or local < self.to


class ZoneSettings(Section):
    """A part of a camera's picture that is watched for one thing."""

    id: Name = Field(description=_NAME)
    kind: Literal["no_stopping", "watch", "road"] = Field(description='"no_stopping", "watch" or "road"')
    polygon: Outline = Field(description="3 to 64 points [x, y], shares of width and height from 0 to 1")
    place: PlaceSettings | None = Field(default=None, description=_PLACE)
    allowed_seconds: float = Field(
        default_factory=lambda data: 60.0 if data.get("kind") == "watch" else 180.0,
        gt=0,
        le=86_400,
        description="a number of seconds above 0 and at most 86400",
    )
    labels: tuple[str, ...] = Field(
        default_factory=lambda data: ("trash",) if data.get("kind") == "watch" else VEHICLES,
        min_length=1,
        max_length=16,
        description="1 to 16 labels of the detector in quotes",
    )
    min_area_share: float = Field(default=0.0, ge=0, le=1, description="a share of the zone from 0 to 1")
    flooded_share: float = Field(default=0.25, gt=0, le=1, description="a share above 0 and at most 1")
    clear_share: float = Field(default=0.12, ge=0, lt=1, description="a share from 0 to below flooded_share")
    active: tuple[HoursSettings, ...] = Field(
        default=(), max_length=8, description='up to 8 spans such as { from = "06:00", to = "22:00" }'
    )
    timezone: Timezone = Field(default="Asia/Jakarta", description="an IANA time zone such as Asia/Jakarta")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        only_for = {"allowed_seconds": "no_stopping or watch", "labels": "no_stopping or watch"}
        if self.kind != "road":
            only_for = {"flooded_share": "road", "clear_share": "road"}
        for key in self.model_fields_set & only_for.keys():
            raise _refuse(f"got {key} in a zone of kind {self.kind}, expected it only with kind {only_for[key]}")
        if self.clear_share >= self.flooded_share:
            raise _refuse(
                f"got clear_share {self.clear_share:g} and flooded_share {self.flooded_share:g}, "
                "expected clear_share below flooded_share"
            )
        return self

    def is_active(self, at: datetime) -> bool:
        """Whether the zone is watched at an aware time; without `active` it always is."""
        local = at.astimezone(ZoneInfo(self.timezone)).time()
        return not self.active or any(hours.covers(local) for hours in self.active)


class CameraSettings(Section):
    """One camera and its zones."""

    id: Name = Field(description=_NAME)
    url: StreamUrl = Field(description="an rtsp:// URL or the path of a file")
    place: PlaceSettings = Field(description=_PLACE)
    fps: float = Field(default=5.0, gt=0, le=60, description="a number of frames a second above 0 and at most 60")
    detect_every_seconds: float = Field(
        default=0.5, ge=0, le=3600, description="a number of seconds from 0 (every frame) to 3600 between detections"
    )
    water_every_seconds: float = Field(
        default=5.0, gt=0, le=3600, description="a number of seconds above 0 and at most 3600 between looks for water"
    )
    unknown_after_seconds: float = Field(
        default=10.0, gt=0, le=3600, description="a number of seconds above 0 and at most 3600 without a frame"
    )
    zones: tuple[ZoneSettings, ...] = Field(
        default=(), alias="zone", max_length=32, description="up to 32 [[camera.zone]] tables"
    )


class SiteCameraSettings(CameraSettings):
    """A camera whose pictures come from a clip, so that it needs no URL."""

    url: str = Field(default="", description="text; a replay does not open it")


# --- gauges ----------------------------------------------------------------------------------------------------


class LimitsSettings(Section):
    """Where Siaga 3, 2 and 1 begin, in cm over the gauge's zero; leave out what the city has not set."""

    s3_cm: float = Field(description="a number of cm over the gauge's zero where Siaga 3 begins")
    s2_cm: float | None = Field(default=None, description="a number of cm over the gauge's zero where Siaga 2 begins")
    s1_cm: float | None = Field(default=None, description="a number of cm over the gauge's zero where Siaga 1 begins")

    @model_validator(mode="after")
    def _rising(self) -> Self:
        known = {name: value for name, value in self if value is not None}
        if list(known.values()) != sorted(known.values()):
            shown = ", ".join(f"{name} {value:g}" for name, value in known.items())
            raise _refuse(f"got {shown}, expected s3_cm <= s2_cm <= s1_cm")
        return self


class QualitySettings(Section):
    """What makes a reading doubtful. Doubtful readings are marked, never dropped."""

    min_cm: float = Field(default=-100.0, description="a number of cm, the lowest level that can be true")
    max_cm: float = Field(default=3000.0, description="a number of cm, the highest level that can be true")
    spike_cm: float = Field(default=30.0, gt=0, description="a number of cm above 0 that one reading may stand out")
    rate_cm_per_minute: float = Field(
        default=25.0, gt=0, description="a number of cm a minute above 0 that water may rise or fall"
    )
    spread_cm: float = Field(default=10.0, gt=0, description="a number of cm above 0 that a burst may scatter")
    stuck_seconds: float = Field(
        default=10_800.0, gt=0, description="a number of seconds above 0 without the least change"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_cm >= self.max_cm:
            raise _refuse(f"got min_cm {self.min_cm:g} and max_cm {self.max_cm:g}, expected min_cm below max_cm")
        return self


class ModbusTcpSource(Section):
    """A gauge that speaks Modbus TCP with the register map of docs/gauge-registers.md."""

    kind: Literal["modbus_tcp"]
    host: str = Field(min_length=1, description="a host name or address")
    port: Port = Field(default=502, description="a port from 1 to 65535")
    unit: int = Field(default=1, ge=0, le=247, description="a Modbus unit from 0 to 247")


class FileSource(Section):
    """A gauge played from a CSV file with the columns measured_at and level_cm."""

    kind: Literal["file"]
    path: ExistingFile = Field(description="the path of a CSV file with measured_at,level_cm")


class GaugeSettings(Section):
    """One water-level gauge."""

    id: Name = Field(description=_NAME)
    place: PlaceSettings = Field(description=_PLACE)
    limits: LimitsSettings = Field(description="limits such as { s3_cm = 750, s2_cm = 850, s1_cm = 950 }")
    hysteresis_cm: float = Field(default=5.0, ge=0, le=100, description="a number of cm from 0 to 100")
    poll_seconds: float = Field(default=1.0, gt=0, le=3600, description="a number of seconds above 0 and at most 3600")
    stale_seconds: float = Field(
        default=30.0, gt=0, le=86_400, description="a number of seconds above 0 and at most 86400"
    )
    datum_cm: float = Field(default=0.0, description="a number of cm that are added to what the gauge says")
    quality: QualitySettings = Field(default=QualitySettings(), description="a table of quality limits")
    source: ModbusTcpSource | FileSource = Field(
        discriminator="kind", description='a source of kind "modbus_tcp" or "file"'
    )

    @model_validator(mode="after")
    def _stale_after_poll(self) -> Self:
        if self.stale_seconds < self.poll_seconds:
            raise _refuse(
                f"got stale_seconds {self.stale_seconds:g} and poll_seconds {self.poll_seconds:g}, "
                "expected stale_seconds >= poll_seconds"
            )
        return self


# --- the node --------------------------------------------------------------------------------------------------


class IdentitySettings(Section):
    """Who this box is and where it keeps its data."""

    name: Name = Field(description=_NAME)
    data_dir: Folder = Field(description="the path of a folder for outbox.sqlite")


class BrokerSettings(Section):
    """The MQTT broker. `password` is read from the variable or file that is named, never from this file."""

    host: str = Field(min_length=1, description="a host name or address")
    ca_file: ExistingFile | None = Field(default=None, description="the path of a PEM file")
    port: Port = Field(
        default_factory=lambda data: 8883 if data.get("ca_file") else 1883, description="a port from 1 to 65535"
    )
    username: str | None = Field(default=None, min_length=1, description="text; node.name when left out")
    password_env: str | None = Field(default=None, description="the name of an environment variable")
    password_file: ExistingFile | None = Field(default=None, description="the path of a file with the password")
    cert_file: ExistingFile | None = Field(default=None, description="the path of a PEM file")
    key_file: ExistingFile | None = Field(default=None, description="the path of a PEM file")

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        if self.password_env and self.password_file:
            raise _refuse("got password_env and password_file, expected one of them")
        if (self.cert_file is None) != (self.key_file is None):
            raise _refuse("got one of cert_file and key_file, expected both or neither")
        if self.cert_file and self.ca_file is None:
            raise _refuse("got cert_file without ca_file, expected ca_file too")
        environment = (info.context or {}).get("environment")
        if environment is not None and self.password_env and not environment.get(self.password_env):
            raise _refuse(f"got password_env {got(self.password_env)}, expected an environment variable that is set")
        return self

    def password(self, environment: Mapping[str, str] = os.environ) -> SecretStr | None:
        """The password, or None where the broker asks for none; OSError when its file cannot be read."""
        if self.password_env:
            return SecretStr(environment[self.password_env])
        if self.password_file:
            return SecretStr(self.password_file.read_text(encoding="utf-8").strip())
        return None


class ModelsSettings(Section):
    """Which weights to load, by their names in the manifest."""

    detector: str = Field(default="detector_416", min_length=1, description="the name of a detector in the manifest")
    water: str = Field(default="water", min_length=1, description="the name of a water model in the manifest")
    manifest: ExistingFile = Field(
        default_factory=lambda: default_manifest(), description="the path of a manifest.toml with its weights beside it"
    )


class OutboxSettings(Section):
    """How much may wait for the cloud, and how it is sent again."""

    max_messages: int = Field(default=200_000, ge=100, description="a number of messages, 100 or more")
    max_bytes: Bytes = Field(default=1024 * MEBIBYTE, ge=MEBIBYTE, description="a size of 1MiB or more")
    min_free_bytes: Bytes = Field(default=256 * MEBIBYTE, ge=0, description="a size such as 256MiB that stays free")
    resend_after_seconds: float = Field(
        default=15.0, ge=0.5, le=3600, description="a number of seconds from 0.5 to 3600"
    )
    replay_per_second: float = Field(
        default=200.0, gt=0, le=100_000, description="a number of messages a second above 0"
    )


class HealthSettings(Section):
    """How often the node says how it is."""

    every_seconds: float = Field(default=60.0, ge=1, le=3600, description="a number of seconds from 1 to 3600")


class NodeSettings(Section):
    """NODE.toml."""

    node: IdentitySettings = Field(description="a [node] table with name and data_dir")
    broker: BrokerSettings = Field(description="a [broker] table with host and port")
    models: ModelsSettings = Field(default_factory=ModelsSettings, description="a [models] table")
    outbox: OutboxSettings = Field(default=OutboxSettings(), description="an [outbox] table")
    health: HealthSettings = Field(default=HealthSettings(), description="a [health] table")
    cameras: tuple[CameraSettings, ...] = Field(
        default=(), alias="camera", max_length=MAX_CAMERAS, description=f"up to {MAX_CAMERAS} [[camera]] tables"
    )
    gauges: tuple[GaugeSettings, ...] = Field(
        default=(), alias="gauge", max_length=MAX_GAUGES, description=f"up to {MAX_GAUGES} [[gauge]] tables"
    )

    @property
    def username(self) -> str:
        """The broker's user name: the node's name where none is given."""
        return self.broker.username or self.node.name


class SiteSettings(Section):
    """SITE.toml: what a replayed clip shows."""

    camera: SiteCameraSettings = Field(description="one [camera] table")
    start_at: AwareDatetime = Field(
        default=datetime(2026, 1, 1, tzinfo=UTC),
        description="a time with offset such as 2026-01-01T00:00:00Z, of the clip's first frame",
    )


# --- reading ---------------------------------------------------------------------------------------------------

Model = TypeVar("Model", bound=Section)


def default_manifest() -> Path:
    """The manifest of the shipped weights: inside an installed package, else in the repository."""
    here = Path(__file__).resolve().parent
    packaged = here / "weights" / "manifest.toml"
    return packaged if packaged.is_file() else here.parents[1] / "models" / "weights" / "manifest.toml"


def load_node(path: Path, *, environment: Mapping[str, str] = os.environ) -> NodeSettings:
    """NODE.toml with all paths resolved against its folder; raises `ConfigError` with every complaint there is."""
    raw = _read_toml(path)
    found = list(crosschecks.of_node(raw))
    settings = _validate(NodeSettings, path, raw, found, environment)
    found = list(crosschecks.of_labels(raw, settings.models.manifest, settings.models.detector, settings.models.water))
    if found:
        raise ConfigError(tuple(f"{path}: {text}" for text in found))
    return settings


def load_site(path: Path) -> SiteSettings:
    """SITE.toml; raises `ConfigError` with every complaint there is."""
    raw = _read_toml(path)
    found = list(crosschecks.of_site(raw))
    return _validate(SiteSettings, path, raw, found, {})


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError((f"{path}: cannot be read: {error.strerror}",)) from None
    except UnicodeDecodeError as error:
        raise ConfigError((f"{path}: not UTF-8 text at byte {error.start}",)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((f"{path}: not valid TOML: {error}",)) from None


def _validate(
    model: type[Model], path: Path, raw: dict[str, Any], found: list[str], environment: Mapping[str, str]
) -> Model:
    context = {"folder": path.resolve().parent, "environment": environment}
    try:
        # As JSON, because strict JSON knows lists, paths and times as text but never "5" for 5.
        settings = model.model_validate_json(
            json.dumps(raw, default=_as_text), strict=True, by_alias=True, by_name=False, context=context
        )
    except ValidationError as error:
        found = [*complaints_of(error, model, raw), *found]
    if found:
        raise ConfigError(tuple(f"{path}: {text}" for text in found))
    return settings


def _as_text(value: Any) -> str:
    return str(value.isoformat())
