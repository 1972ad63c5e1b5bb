"""Makes cameras only where there are some: a node with gauges alone need not load the image libraries."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from siaga_core.wire.fleet import ModelRole
from siaga_core.wire.parts import ModelHealth
from siaga_edge.camera.runner import CameraRunner
from siaga_edge.camera.staff_gauges.staff_readings import StaffReadings
from siaga_edge.events.drafts import EventSink
from siaga_edge.fleet.fleet_store import FleetStore
from siaga_edge.fleet.plan import FleetState
from siaga_edge.settings import CameraSettings, NodeSettings

if TYPE_CHECKING:
    from siaga_core.vision.ports import Detector
    from siaga_edge.camera.pipeline import CameraPipeline
    from siaga_edge.camera.sealed_originals import SealedFolder
    from siaga_edge.camera.zones.dwell_store import DwellStore
    from siaga_edge.fleet.model_registry import ModelRegistry
    from siaga_edge.runtime.camera_factory import CameraFactory

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class CameraProvider:
    """Makes the cameras of a node with the factory that it loads at the first one; `settings` are the node's own."""

    settings: NodeSettings
    store: FleetStore
    sink: EventSink
    clock: Callable[[], datetime]
    look_rate_factor: Callable[[datetime], float]
    readings: StaffReadings
    _factory: CameraFactory | None = None
    _dwells: list[DwellStore] = field(default_factory=list)
    _sealed: SealedFolder | None = None

    def camera(self, camera: CameraSettings) -> CameraRunner:
        """Make a camera that waits to be started."""
        return self._loaded().camera(camera)

    def pipeline(self, camera: CameraSettings) -> CameraPipeline:
        """Make what analyses a camera's frames."""
        return self._loaded().pipeline(camera)

    def models(self) -> ModelRegistry:
        """Return the models of the node."""
        return self._loaded().registry

    def check_model(self, role: ModelRole, sha256: str) -> None:
        """Raise `ModelError` where a stored model is of no use for a role."""
        self.models().check(role, sha256)

    def health(self) -> Sequence[ModelHealth]:
        """Return the health of the models; none where nothing was loaded."""
        return self._factory.registry.health() if self._factory else ()

    def all_of(self, settings: NodeSettings, state: FleetState) -> list[CameraRunner]:
        """Make every configured camera; raises `VisionError` or OSError."""
        if not settings.cameras:
            return []
        models = self.models()
        models.look_with(models.open(settings.models, state.running.models), state.shadows)
        return [self.camera(camera) for camera in settings.cameras]

    def close(self) -> None:
        """Close the models and the stored dwells, where they were loaded."""
        if self._factory is not None:
            self._factory.registry.close()
        for dwells in self._dwells:
            dwells.close()

    def _loaded(self) -> CameraFactory:
        if self._factory is None:
            from siaga_edge.camera.zones.dwell_store import DwellStore
            from siaga_edge.fleet.model_registry import ModelRegistry
            from siaga_edge.runtime.camera_factory import CameraFactory

            dwells = DwellStore(self.store.dwells)
            self._dwells.append(dwells)
            self._factory = CameraFactory(
                registry=ModelRegistry(self.store, runtime=self.settings.runtime),
                sink=self.sink,
                clock=self.clock,
                views=self.store.views,
                dwells=dwells,
                look_rate_factor=self.look_rate_factor,
                originals=self.originals(),
                posts=self.readings,
                decode=self.settings.decode,
                ring_bytes=self.settings.clips.ring_bytes if self.settings.clips.hazards else None,
            )
        return self._factory

    def detector(self) -> Detector:
        """Return the detector of the node, shared with its cameras."""
        return self.models().lend().detector

    def originals(self) -> SealedFolder | None:
        """Return where originals are sealed; None where no key is configured. The first call says so in the log."""
        if self._sealed is None:
            self._sealed = self._sealed_folder()
        return self._sealed

    def _sealed_folder(self) -> SealedFolder | None:
        own = self.settings.originals
        if own.key_file is None:
            return None
        from siaga_edge.camera.sealed_originals import SealedFolder

        log.warning(
            "evidence originals are stored, sealed with the key %s; legal basis: %s", own.key_file, own.legal_basis
        )
        return SealedFolder(self.settings.node.data_dir / "sealed", own.key_file, max_bytes=own.max_bytes)
