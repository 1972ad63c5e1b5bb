"""The models that look for all cameras of a node: configured ones, ones that took their place, and shadows."""

from __future__ import annotations

import hashlib
import logging
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
from pydantic import ValidationError

from siaga_core.vision.detector import OnnxDetector
from siaga_core.vision.devices import Device
from siaga_core.vision.errors import ModelError, VisionError
from siaga_core.vision.manifest import LoadedModel, ModelRow, Task, read_manifest
from siaga_core.vision.ports import Detector
from siaga_core.vision.self_test import check_detector
from siaga_core.wire import toml
from siaga_core.wire.fleet import ModelRole
from siaga_core.wire.parts import ModelHealth
from siaga_edge.fleet.fleet_store import FleetStore
from siaga_edge.fleet.plan import Shadow
from siaga_edge.fleet.shadow_models import (
    ShadowDetector,
    ShadowRunner,
    ShadowWater,
    compare_detections,
    compare_water,
)
from siaga_edge.settings import ModelsSettings
from siaga_edge.settings.hardware import RuntimeSettings
from siaga_edge.vision.models import VisionModels
from siaga_edge.vision.ports import WaterSegmenter
from siaga_edge.vision.self_test import check_vision_models, check_water
from siaga_edge.vision.shared_models import SharedModels
from siaga_edge.vision.ultralytics_models import UltralyticsDetector
from siaga_edge.vision.water import OnnxWater

log = logging.getLogger(__name__)

TASKS: Mapping[ModelRole, Task] = {"detector": "detect", "water": "segment_water"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenModels:
    """Models that are ready to look. `device` runs them; `refused` says why a better one does not."""

    vision_models: VisionModels
    health: tuple[ModelHealth, ...]
    device: Device = "cpu"
    refused: tuple[str, ...] = ()
    most_wait_seconds: float | None = None


class ModelRegistry:
    """Opens models and lends them. `open` and `look_with` are apart, so that what cannot be opened changes nothing."""

    def __init__(self, store: FleetStore | None, *, runtime: RuntimeSettings | None = None) -> None:
        self._store, self._runtime = store, runtime or RuntimeSettings()
        self._opened: OpenModels | None = None
        self._shadows: dict[ModelRole, ShadowRunner[Any]] = {}
        self._shared: SharedModels | None = None

    def open(self, models: ModelsSettings, instead: Mapping[ModelRole, str]) -> OpenModels:
        """The configured models, or by their SHA-256 those that took their place; raises `ModelError`.

        They run on the first device of the settings on which they answer rightly.
        """
        # Each camera has threads of its own: OpenCV's, one a core, would only take the processor from one another.
        cv2.setNumThreads(1)
        found = {role: self._load(role, models, instead.get(role)) for role in TASKS}
        refused: list[str] = []
        *others, last = self._runtime.candidates(models.engine)
        for device in others:
            try:
                return self._opened_on(device, models, found, instead, refused)
            except VisionError as error:
                refused.append(str(error))
                log.warning("models do not run on %s: %s", device, error)
        return self._opened_on(last, models, found, instead, refused)

    def _opened_on(
        self,
        device: Device,
        models: ModelsSettings,
        found: Mapping[ModelRole, LoadedModel],
        instead: Mapping[ModelRole, str],
        refused: Sequence[str],
    ) -> OpenModels:
        health = [ModelHealth(role=role, name=model.name, sha256=model.row.sha256) for role, model in found.items()]
        detector: Detector = OnnxDetector(found["detector"], engine=models.engine, device=device)
        if models.weights is not None and "detector" not in instead:
            detector = UltralyticsDetector(models.weights)
            sha256 = hashlib.sha256(models.weights.read_bytes()).hexdigest()
            health[0] = ModelHealth(role="detector", name=models.weights.name[:64], sha256=sha256)
        water = OnnxWater(found["water"], engine=models.engine, device=device)
        vision_models = VisionModels(detector=detector, water=water)
        check_vision_models(vision_models)
        log.info("models run on %s with %s", device, models.backend)
        return OpenModels(
            vision_models=vision_models,
            health=tuple(health),
            device=device,
            refused=tuple(refused),
            most_wait_seconds=models.most_wait_seconds,
        )

    def look_with(self, opened: OpenModels, shadows: Mapping[ModelRole, Shadow]) -> None:
        """From the next look on; a shadow that cannot be opened raises `ModelError` and then nothing changed."""
        candidates = {role: self._candidate(role, shadow.sha256) for role, shadow in shadows.items()}
        self._stop_shadows()
        detector: Detector = opened.vision_models.detector
        water: WaterSegmenter = opened.vision_models.water
        for role, candidate in candidates.items():
            shadow = shadows[role]
            if isinstance(candidate, OnnxDetector):
                seeing = ShadowRunner(shadow.sha256, share=shadow.share, compare=compare_detections)
                detector = ShadowDetector(detector, candidate, seeing)
                self._shadows[role] = seeing
            else:
                wetting = ShadowRunner(shadow.sha256, share=shadow.share, compare=compare_water)
                water = ShadowWater(water, candidate, wetting)
                self._shadows[role] = wetting
        for each in self._shadows.values():
            each.start()
        self._opened = opened
        vision_models = VisionModels(detector=detector, water=water)
        if self._shared is None:
            self._shared = SharedModels(vision_models)
        self._shared.vision_models, self._shared.most_wait_seconds = vision_models, opened.most_wait_seconds

    def lend(self) -> VisionModels:
        """Return models for one more camera to share."""
        if self._shared is None:
            raise ModelError("no models are open")
        return self._shared.lend()

    @property
    def opened(self) -> OpenModels | None:
        """The models in use; None before the first ones."""
        return self._opened

    def health(self) -> tuple[ModelHealth, ...]:
        """Which models look, and what their shadows found."""
        if self._opened is None:
            return ()
        shadows = {role: each.health() for role, each in self._shadows.items()}
        return tuple(each.model_copy(update={"shadow": shadows.get(each.role)}) for each in self._opened.health)

    def close(self) -> None:
        """Stop all models, shadow models too."""
        self._stop_shadows()
        if self._shared is not None:
            self._shared.close()

    def check(self, role: ModelRole, sha256: str) -> None:
        """Raises `ModelError` where a stored model cannot be opened for a role, or fails on the known image."""
        candidate = self._candidate(role, sha256)
        if isinstance(candidate, OnnxDetector):
            check_detector(candidate)
        else:
            check_water(candidate)

    def _stop_shadows(self) -> None:
        for shadowing in self._shadows.values():
            shadowing.stop()
        self._shadows = {}

    def _candidate(self, role: ModelRole, sha256: str) -> OnnxDetector | OnnxWater:
        loaded = self._stored(role, sha256)
        return OnnxDetector(loaded) if role == "detector" else OnnxWater(loaded)

    def _load(self, role: ModelRole, models: ModelsSettings, sha256: str | None) -> LoadedModel:
        if sha256 is not None:
            return self._stored(role, sha256)
        detector, water = models.names
        return read_manifest(models.manifest).load(detector if role == "detector" else water, TASKS[role])

    def _stored(self, role: ModelRole, sha256: str) -> LoadedModel:
        if self._store is None:
            raise ModelError(f"{sha256}: this node does not store models of the fleet")
        file = self._store.model_file(sha256)
        try:
            (name, text), weights = self._store.row(sha256), file.read_bytes()
        except OSError as error:
            raise ModelError(f"{file}: expected a model of the fleet: {error.strerror}") from None
        row = read_row(text, sha256)
        if row.task != TASKS[role]:
            raise ModelError(f"{name}: task: got {row.task}, expected {TASKS[role]} for {role}")
        found = hashlib.sha256(weights).hexdigest()
        if found != sha256:
            raise ModelError(f"{file}: got SHA-256 {found}, expected {sha256}")
        return LoadedModel(name=name, row=row, weights=weights)


def read_row(text: str, sha256: str) -> ModelRow:
    """A manifest row that came with a model; its file and hash are the stored file's. Raises `ModelError`."""
    try:
        raw = toml.parsed(text)
        row = ModelRow.model_validate({**raw, "file": f"{sha256}.onnx", "sha256": sha256})
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"row: not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ModelError(f"row: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if row.runtime != "onnxruntime":
        raise ModelError(
            f"row: runtime: got {row.runtime}, expected onnxruntime, because nodes receive models of one file"
        )
    return row
