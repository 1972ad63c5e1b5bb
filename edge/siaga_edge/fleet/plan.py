"""What a node runs, what it tries, and what it would go back to. Pure: states in, states out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from siaga_core.wire.fleet import ModelRole, OfferModel, WantedConfig
from siaga_core.wire.parts import CommandHealth
from siaga_edge.fleet.signed_commands import CommandError


class _StoredModel(BaseModel):
    """Read back from the node's own disk."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Plan(_StoredModel):
    """A configuration (version 0 is the node's NODE.toml alone), and models that replace the configured ones."""

    version: int = 0
    sha256: str | None = None
    models: Mapping[ModelRole, str] = {}


class Trial(_StoredModel):
    """A plan that runs until it has proved itself. `what` says for whom: a configuration or a model."""

    plan: Plan
    what: Literal["config", "model"]
    began_at: AwareDatetime
    touched: tuple[str, ...] = ()
    paused: bool = False


class Shadow(_StoredModel):
    """A shadow model and its share of looks."""

    sha256: str
    share: float


class FleetState(_StoredModel):
    """All that must outlive a restart."""

    layout: Literal[1] = 1
    highest_version: int = 0
    highest_sha256: str | None = None
    command: CommandHealth = CommandHealth(number=0, done=True)
    good: Plan = Plan()
    trial: Trial | None = None
    shadows: Mapping[ModelRole, Shadow] = {}
    fetching: OfferModel | None = None

    @property
    def running(self) -> Plan:
        """The plan that runs now: the one on trial, else the last good one."""
        return self.trial.plan if self.trial else self.good


def is_known(state: FleetState, wanted: WantedConfig) -> bool:
    """Whether this very configuration was answered before; raises `CommandError` for an older or altered one."""
    if wanted.version < state.highest_version:
        raise CommandError(f"version: got {wanted.version}, expected one above {state.highest_version}")
    if wanted.version > state.highest_version:
        return False
    if wanted.sha256 != state.highest_sha256:
        raise CommandError(f"version: got {wanted.version} again with another content, expected a higher one")
    return True


def seen(state: FleetState, wanted: WantedConfig) -> FleetState:
    """This configuration counts as known from now on, whatever becomes of it."""
    return state.model_copy(update={"highest_version": wanted.version, "highest_sha256": wanted.sha256})


def attempted(
    state: FleetState, plan: Plan, *, what: Literal["config", "model"], at: datetime, touched: tuple[str, ...] = ()
) -> FleetState:
    """The plan runs on trial; what was good stays good."""
    trial = Trial(plan=plan, what=what, began_at=at, touched=touched)
    return state.model_copy(update={"trial": trial})


def passed(state: FleetState) -> FleetState:
    """The plan on trial is the good one from now on."""
    return state.model_copy(update={"good": state.running, "trial": None})


def rolled_back(state: FleetState) -> FleetState:
    """Return the state in which the last good plan runs again."""
    return state.model_copy(update={"trial": None})


def paused(state: FleetState) -> FleetState:
    """The node is stopped in good order; the trial goes on with the next start."""
    return _with_trial(state, paused=True)


def resumed(state: FleetState, *, at: datetime) -> FleetState:
    """The trial of before the stop has its whole time again."""
    return _with_trial(state, paused=False, began_at=at)


def ended_in_trial(state: FleetState) -> bool:
    """At a start: whether the agent ended in a trial without being asked to (a crash, a kill, a power cut)."""
    return state.trial is not None and not state.trial.paused


def is_over(state: FleetState, *, now: datetime, trial_seconds: float) -> bool:
    """Whether a trial has run its time."""
    return state.trial is not None and now - state.trial.began_at >= timedelta(seconds=trial_seconds)


def _with_trial(state: FleetState, **changes: object) -> FleetState:
    if state.trial is None:
        return state
    return state.model_copy(update={"trial": state.trial.model_copy(update=changes)})
