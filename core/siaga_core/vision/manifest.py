"""Which weights may be loaded: rows of manifest.toml, and the bytes only if their SHA-256 is the row's."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from siaga_core.vision.errors import ModelError
from siaga_core.wire import toml

Score = Annotated[float, Field(ge=0, le=1)]
Sha256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Task = Literal["detect", "segment_water"]
Runtime = Literal["onnxruntime", "openvino"]

_PACKAGED = Path(__file__).parents[1] / "weights" / "manifest.toml"
_IN_REPOSITORY = Path(__file__).parents[3] / "models" / "weights" / "manifest.toml"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelInput(_Row):
    """What a model is fed: size in pixels, range of values, the grey of the padding."""

    width: int = Field(ge=32, le=4096, multiple_of=32)
    height: int = Field(ge=32, le=4096, multiple_of=32)
    channels: Literal["RGB"]
    scale: Literal["0..1", "0..255"]
    fit: Literal["letterbox"]
    pad: int = Field(ge=0, le=255)


class ModelRow(_Row):
    """One model. A model for OpenVINO has a second file with its weights; ONNX files are for every runtime.

    The rest (`bytes`, `opset`, `provenance`, `figures`) is what `models/export.py` found, for people.
    """

    file: str
    sha256: Sha256Hex
    runtime: Runtime = "onnxruntime"
    weights_file: str | None = None
    weights_sha256: Sha256Hex | None = None
    task: Task
    classes: tuple[str, ...] = Field(min_length=1)
    input: ModelInput
    thresholds: dict[str, Score]
    nms_iou: Score = 0.6
    licence: str
    card: str
    bytes: int | None = None
    opset: int | None = None
    provenance: str = ""
    figures: dict[str, Any] = {}

    @model_validator(mode="after")
    def _every_class_has_a_threshold(self) -> Self:
        missing = set(self.classes) ^ set(self.thresholds)
        if missing:
            raise ValueError(f"thresholds: expected one for each of classes, differs by {', '.join(sorted(missing))}")
        return self

    @model_validator(mode="after")
    def _two_files_for_openvino(self) -> Self:
        if {self.runtime == "openvino"} != {self.weights_file is not None, self.weights_sha256 is not None}:
            raise ValueError("expected weights_file and weights_sha256 with runtime openvino, and only there")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A row with the bytes that were checked against it; `second` are those of its `weights_file`."""

    name: str
    row: ModelRow
    weights: bytes
    second: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All rows of one manifest file."""

    path: Path
    rows: dict[str, ModelRow]

    def load(self, name: str, task: Task) -> LoadedModel:
        """Bytes of a model for a task; raises `ModelError` if there is none or its hash differs."""
        row = self.rows.get(name)
        fitting = sorted(other for other, found in self.rows.items() if found.task == task)
        if row is None or row.task != task:
            raise ModelError(f"{self.path}: got model {name!r}, expected one for {task}: {', '.join(fitting)}")
        weights = _checked(self.path, name, row.file, row.sha256)
        second = b""
        if row.weights_file is not None and row.weights_sha256 is not None:
            second = _checked(self.path, name, row.weights_file, row.weights_sha256)
        return LoadedModel(name=name, row=row, weights=weights, second=second)


def default_manifest() -> Path:
    """Where the shipped manifest lies: in the installed package, or in a checkout's models/weights."""
    return _PACKAGED if _PACKAGED.is_file() else _IN_REPOSITORY


def read_manifest(path: Path | None = None) -> Manifest:
    """The rows of a manifest, the shipped one by default; raises `ModelError` for what is wrong in it."""
    path = path or default_manifest()
    try:
        rows = TypeAdapter(dict[str, ModelRow]).validate_python(toml.parsed(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ModelError(f"{path}: expected a manifest of weights: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: expected TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ModelError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return Manifest(path=path, rows=rows)


def _checked(manifest: Path, name: str, named: str, sha256: str) -> bytes:
    file = manifest.parent / named
    try:
        weights = file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file}: expected the weights of {name}: {error.strerror}") from None
    found = hashlib.sha256(weights).hexdigest()
    if found != sha256:
        raise ModelError(
            f"{file}: got SHA-256 {found}, expected {sha256} as in {manifest} [{name}];"
            " it is damaged or not the shipped file"
        )
    return weights
