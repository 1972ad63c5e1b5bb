"""The one reader of configuration: NODE.toml of a box, and SITE.toml of a replay.

Every description below is what a complaint says was expected, so the two cannot drift apart.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar

from pydantic import (
    AwareDatetime,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from siaga_core.vision.devices import Engine
from siaga_core.vision.manifest import default_manifest
from siaga_core.wire import toml
from siaga_core.wire.ids import Name
from siaga_edge.settings import cloud_drawings, cloud_sites, cross_checks
from siaga_edge.settings.cameras import CameraSettings, SiteCameraSettings
from siaga_edge.settings.clips import ClipsSettings
from siaga_edge.settings.errors import complaints_of, got
from siaga_edge.settings.fleet import FleetSettings, StatusSettings
from siaga_edge.settings.gauges import (
    GaugeSettings,
    SiteGaugeSettings,
)
from siaga_edge.settings.hardware import DecodeSettings, RuntimeSettings
from siaga_edge.settings.home_assistant import HomeAssistantSettings
from siaga_edge.settings.kinds import NAME_TEXT, Bytes, ExistingFile, Folder, Port, Section, refuse

INT8: Final = "_int8"  # behind a model's name: its twin in eight bits, as models/export.py calls it
MEBIBYTE: Final = 1024 * 1024
MAX_CAMERAS: Final = 64
MAX_GAUGES: Final = 256


Backend: TypeAlias = Literal["onnxruntime", "openvino", "ultralytics"]


class ConfigError(ValueError):
    """A configuration that cannot be used; `complaints` has one finished line per problem."""

    def __init__(self, complaints: tuple[str, ...]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


# --- the node --------------------------------------------------------------------------------------------------


class IdentitySettings(Section):
    """The identity of this node and the folder of its data."""

    name: Name = Field(description=NAME_TEXT)
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
            raise refuse("got password_env and password_file, expected one of them")
        if (self.cert_file is None) != (self.key_file is None):
            raise refuse("got one of cert_file and key_file, expected both or neither")
        if self.cert_file and self.ca_file is None:
            raise refuse("got cert_file without ca_file, expected ca_file too")
        environment = (info.context or {}).get("environment")
        if environment is not None and self.password_env and not environment.get(self.password_env):
            raise refuse(f"got password_env {got(self.password_env)}, expected an environment variable that is set")
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
    backend: Backend = Field(default="onnxruntime", description='"onnxruntime", "openvino" or "ultralytics"')
    precision: Literal["full", "int8"] = Field(default="full", description='"full" or "int8"')
    weights: ExistingFile | None = Field(
        default=None, description="the path of a .pt, .onnx or .engine file, only with backend ultralytics"
    )
    most_wait_seconds: float | None = Field(
        default=None,
        gt=0,
        le=8,
        description="a number of seconds above 0 and at most 8: a look that would wait longer is given up and counted; "
        "left out, it waits",
    )
    manifest: ExistingFile = Field(
        default_factory=default_manifest, description="the path of a manifest.toml with its weights beside it"
    )

    @property
    def names(self) -> tuple[str, str]:
        """What the detector and the water model to load are called in the manifest."""
        if self.precision == "full":
            return self.detector, self.water
        return self.detector.removesuffix(INT8) + INT8, self.water.removesuffix(INT8) + INT8

    @property
    def engine(self) -> Engine:
        """What runs the models of the manifest."""
        return "openvino" if self.backend == "openvino" else "onnxruntime"

    @model_validator(mode="after")
    def _int8_with_openvino(self) -> Self:
        if self.precision == "int8" and self.backend != "openvino":
            raise refuse(f"got precision int8 with backend {self.backend}, expected backend openvino")
        return self

    @model_validator(mode="after")
    def _weights_with_ultralytics(self) -> Self:
        if (self.weights is not None) != (self.backend == "ultralytics"):
            has = "weights" if self.weights is not None else "no weights"
            raise refuse(f"got {has} with backend {self.backend}, expected weights with backend ultralytics only")
        return self


class StormSettings(Section):
    """How a node looks while a storm is announced to it, or while one of its gauges stands at Siaga 3 or worse."""

    times_as_often: float = Field(default=2.5, ge=1, le=20, description="a number from 1 to 20")
    calm_after_seconds: float = Field(
        default=1800.0, ge=0, le=86_400, description="a number of seconds from 0 to 86400 below Siaga 3"
    )


class OriginalsSettings(Section):
    """Whether originals of evidence, people and plates readable, are kept on the box, sealed to a key; never sent."""

    key_file: ExistingFile | None = Field(
        default=None, description="the path of a PEM file with an X25519 public key; without it none are stored"
    )
    legal_basis: str = Field(
        default="", max_length=500, description="the law or regulation that allows originals to be stored, in words"
    )
    max_bytes: Bytes = Field(default=256 * MEBIBYTE, ge=MEBIBYTE, description="a size of 1MiB or more")

    @model_validator(mode="after")
    def _allowed(self) -> Self:
        if self.key_file is not None and not self.legal_basis.strip():
            raise refuse("got key_file without legal_basis, expected the law or regulation that allows originals")
        return self


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
    replay_spread_seconds: float = Field(
        default=10.0, ge=0, le=600, description="a number of seconds from 0 to 600 by which nodes spread their replays"
    )
    evidence_hours: float = Field(default=720.0, gt=0, description="a number of hours above 0 that images may wait")
    readings_hours: float = Field(default=2160.0, gt=0, description="a number of hours above 0 that readings may wait")
    health_hours: float = Field(default=48.0, gt=0, description="a number of hours above 0 that health may wait")
    retain_acked_hours: float = Field(
        default=24.0,
        ge=0,
        le=8760,
        description="a number of hours from 0 to 8760 for which acknowledged messages are retained",
    )


class HealthSettings(Section):
    """How often the node says how it is."""

    every_seconds: float = Field(default=60.0, ge=1, le=3600, description="a number of seconds from 1 to 3600")


class NodeSettings(Section):
    """Everything that NODE.toml holds, validated."""

    node: IdentitySettings = Field(description="a [node] table with name and data_dir")
    broker: BrokerSettings = Field(description="a [broker] table with host and port")
    models: ModelsSettings = Field(default_factory=ModelsSettings, description="a [models] table")
    runtime: RuntimeSettings = Field(default=RuntimeSettings(), description="a [runtime] table")
    decode: DecodeSettings = Field(default=DecodeSettings(), description="a [decode] table")
    storm: StormSettings = Field(default=StormSettings(), description="a [storm] table")
    originals: OriginalsSettings = Field(default=OriginalsSettings(), description="an [originals] table")
    clips: ClipsSettings = Field(default=ClipsSettings(), description="a [clips] table")
    outbox: OutboxSettings = Field(default=OutboxSettings(), description="an [outbox] table")
    health: HealthSettings = Field(default=HealthSettings(), description="a [health] table")
    fleet: FleetSettings = Field(default=FleetSettings(), description="a [fleet] table")
    status: StatusSettings = Field(default=StatusSettings(), description="a [status] table")
    home_assistant: HomeAssistantSettings = Field(
        default=HomeAssistantSettings(), description="a [home_assistant] table"
    )
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
    gauges: tuple[SiteGaugeSettings, ...] = Field(
        default=(), alias="gauge", max_length=16, description="up to 16 [[gauge]] tables of kind camera"
    )


# --- reading ---------------------------------------------------------------------------------------------------

Model = TypeVar("Model", bound=Section)


def load_node(
    path: Path, *, environment: Mapping[str, str] = os.environ, instead: Mapping[str, Any] | None = None
) -> NodeSettings:
    """NODE.toml with all paths resolved against its folder; raises `ConfigError` with every complaint there is.

    Top-level keys of `instead` take the place of the file's own; its `camera_site`, `gauge_site` and `drawing` are laid
    over cameras and gauges.
    """
    wanted = dict(instead or {})
    drawn = wanted.pop(cloud_drawings.KEY, [])
    sites = [wanted.pop(key, []) for key in (cloud_sites.CAMERA_KEY, cloud_sites.GAUGE_KEY)]
    placed, wrong = cloud_sites.laid({**_read_toml(path), **wanted}, *sites)
    raw, found = cloud_drawings.laid(placed, drawn)
    found += [*wrong, *cross_checks.of_node(raw)]
    settings = _validate(NodeSettings, path, raw, found, environment)
    found = list(cross_checks.of_labels(raw, settings.models.manifest, *settings.models.names))
    _complain(path, found)
    return settings


def load_site(path: Path) -> SiteSettings:
    """SITE.toml; raises `ConfigError` with every complaint there is."""
    raw = _read_toml(path)
    found = list(cross_checks.of_site(raw))
    settings = _validate(SiteSettings, path, raw, found, {})
    models = ModelsSettings()
    as_node = {"camera": [raw["camera"]]}
    _complain(path, list(cross_checks.of_labels(as_node, models.manifest, *models.names)))
    return settings


def _complain(path: Path, found: list[str]) -> None:
    if found:
        raise _config_error(path, found)


def _config_error(path: Path, found: list[str]) -> ConfigError:
    return ConfigError(tuple(f"{path}: {text}" for text in found))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return toml.parsed(path.read_text(encoding="utf-8"))
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
        raise _config_error(path, found) from None
    _complain(path, found)
    return settings


def _as_text(value: Any) -> str:
    return str(value.isoformat())
