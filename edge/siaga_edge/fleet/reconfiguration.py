"""Turns a running node into one with other settings, touching only the parts that differ."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from siaga_core.wire.fleet import ModelRole
from siaga_core.wire.messages import CameraHealth, GaugeHealth, Source, SourceKind
from siaga_edge.camera.runner import CameraRunner, Pipeline
from siaga_edge.fleet.config_changes import Changes, changes
from siaga_edge.fleet.plan import Shadow
from siaga_edge.gauge.runner import GaugeRunner
from siaga_edge.gauge.watch import GaugeFacts
from siaga_edge.settings import CameraSettings, GaugeSettings, NodeSettings

log = logging.getLogger(__name__)

MOST_ERRORS = 3  # of one part in a trial


class CannotApplyError(RuntimeError):
    """The node goes on as it was; says why."""


class PolledGauge(Protocol):
    """A gauge with its own runner."""

    @property
    def runner(self) -> GaugeRunner:
        """The runner that polls the gauge."""


class ModelRegistry(Protocol):
    """Where models are opened and lent."""

    def open(self, models: Any, instead: Mapping[ModelRole, str]) -> Any:
        """Open models without using them yet."""

    def look_with(self, opened: Any, shadows: Mapping[ModelRole, Shadow]) -> None:
        """Use models that were opened from now on."""

    @property
    def opened(self) -> Any:
        """What looks now; None before the first."""


class RunningNode(Protocol):
    """The node, as far as its parts can be changed."""

    def camera(self, camera_id: str) -> CameraRunner:
        """Return the camera of an id that runs."""

    def gauge(self, gauge_id: str) -> GaugeRunner:
        """Return the gauge of an id that runs."""

    def put_camera(self, camera_id: str, runner: CameraRunner | None) -> None:
        """Ends the one of that id, orphans its events, and starts this one."""

    def put_gauge(self, gauge_id: str, make: Callable[[], Any] | None) -> None:
        """Ends the one of that id, orphans its events, and starts the one that is made then."""

    def errors(self, name: str) -> int:
        """How often a part failed since it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFactories:
    """How parts are made; each may raise what its making can raise."""

    camera: Callable[[CameraSettings], CameraRunner]
    pipeline: Callable[[CameraSettings], Pipeline]
    gauge: Callable[[GaugeSettings], Any]
    facts: Callable[[GaugeSettings], GaugeFacts]
    open_registry: Callable[[], ModelRegistry]
    orphan: Callable[[Source], None]
    update_settings: Callable[[NodeSettings], None]
    cannot: tuple[type[Exception], ...]


@dataclass(slots=True, kw_only=True)
class NodeReconfigurer:
    """Owned by the thread that handles commands."""

    node: RunningNode
    make: PartFactories
    settings: NodeSettings
    models: Mapping[ModelRole, str]
    _errors: dict[str, int] = field(default_factory=dict)

    def apply(
        self, new: NodeSettings, models: Mapping[ModelRole, str], shadows: Mapping[ModelRole, Shadow]
    ) -> tuple[str, ...]:
        """Makes everything new first and changes over then; returns what was touched. Raises `CannotApplyError`."""
        todo = changes(self.settings, new, models=dict(models) != dict(self.models))
        cameras = {each.id: each for each in new.cameras}
        gauges = {each.id: each for each in new.gauges}
        try:
            self._change_models(new, models, shadows, opening=todo.models)
            pipelines = {name: self.make.pipeline(cameras[name]) for name in todo.updated_cameras}
            runners = {name: self.make.camera(cameras[name]) for name in todo.made_cameras}
            # From here on the way back is to apply the old settings.
            self.settings, self.models = new, dict(models)
            self._change_over(todo, cameras, gauges, pipelines, runners)
        except self.make.cannot as error:
            raise CannotApplyError(str(error)) from error
        self.make.update_settings(new)
        self._errors = {name: self.node.errors(name) for name in todo.touched}
        log.info("configuration changed: %s", ", ".join(todo.touched) or "no camera or gauge affected")
        return todo.touched

    def _change_over(
        self,
        todo: Changes,
        cameras: Mapping[str, CameraSettings],
        gauges: Mapping[str, GaugeSettings],
        pipelines: Mapping[str, Pipeline],
        runners: Mapping[str, CameraRunner],
    ) -> None:
        for name, pipeline in pipelines.items():
            self._update_camera(cameras[name], pipeline)
        for name in todo.updated_gauges:
            self.node.gauge(name).update_facts(self.make.facts(gauges[name]))
        for name in todo.gone_cameras | runners.keys():
            self.node.put_camera(name, runners.get(name))
        for name in todo.gone_gauges:
            self.node.put_gauge(name, None)
        for name in todo.made_gauges:
            self.node.put_gauge(name, partial(self.make.gauge, gauges[name]))

    def problems(self, touched: Sequence[str]) -> list[str]:
        """What of the touched parts does not work now, in words."""
        found: list[str] = []
        for name in touched:
            kind, _, each = name.partition(" ")
            health = self.node.camera(each).health() if kind == "camera" else self.node.gauge(each).health()
            problem = problem_of(health)
            if problem:
                found.append(f"{name}: {problem}")
            elif self.node.errors(name) - self._errors.get(name, 0) >= MOST_ERRORS:
                found.append(f"{name}: fails again and again")
        return found

    def _change_models(
        self,
        new: NodeSettings,
        models: Mapping[ModelRole, str],
        shadows: Mapping[ModelRole, Shadow],
        *,
        opening: bool,
    ) -> None:
        if not new.cameras:
            return
        registry = self.make.open_registry()
        if registry.opened is None or opening:
            registry.look_with(registry.open(new.models, models), shadows)

    def shadow(self, shadows: Mapping[ModelRole, Shadow]) -> None:
        """Other models look on beside those that run. Raises `CannotApplyError`."""
        registry = self.make.open_registry()
        if registry.opened is None:
            raise CannotApplyError("no models run on this node, because it has no cameras")
        try:
            registry.look_with(registry.opened, shadows)
        except self.make.cannot as error:
            raise CannotApplyError(str(error)) from error

    def _update_camera(self, camera: CameraSettings, pipeline: Pipeline) -> None:
        source = Source(kind=SourceKind.CAMERA, id=camera.id)
        self.node.camera(camera.id).adopt(
            pipeline,
            unknown_after_seconds=camera.unknown_after_seconds,
            before=lambda: self.make.orphan(source),
        )


def problem_of(health: CameraHealth | GaugeHealth) -> str | None:
    """Why a camera or gauge does not prove its configuration; None where it does."""
    last_at = health.last_frame_at if isinstance(health, CameraHealth) else health.last_reading_at
    if last_at is None:
        return "no image came" if isinstance(health, CameraHealth) else "no reading came"
    if health.unknown_since is not None:
        return f"unknown since {health.unknown_since:%Y-%m-%dT%H:%M:%SZ}"
    return None
