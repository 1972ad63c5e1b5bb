"""Executes commands: checks, tries, proves or takes back, and says what became of each.

Every step is on disk before it is taken. Whatever ends the agent in a trial, the next start finds the last good plan.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from siaga_core.wire.fleet import (
    AnnounceStorm,
    CommandBody,
    DropModel,
    ModelRole,
    OfferModel,
    SwitchModel,
    UpdateProgram,
    WantedConfig,
    sha256_of,
)
from siaga_core.wire.looks import RecheckCamera
from siaga_core.wire.messages import ConfigState
from siaga_core.wire.parts import CommandHealth
from siaga_core.wire.topics import DownStream, down, parse_model_piece
from siaga_core.wire.views import ShowCamera
from siaga_edge.fleet import plan as plans
from siaga_edge.fleet.command_queue import CommandQueue
from siaga_edge.fleet.fleet_store import FleetStore
from siaga_edge.fleet.model_download import ModelDownloadError, ModelPieces, download
from siaga_edge.fleet.plan import FleetState, Plan, Shadow
from siaga_edge.fleet.program_update import NO_UPDATES, ProgramUpdates
from siaga_edge.fleet.reconfiguration import CannotApplyError
from siaga_edge.fleet.signed_commands import CommandChecker, CommandError, ReplayedCommandError
from siaga_edge.settings import ConfigError, NodeSettings

log = logging.getLogger(__name__)

_MAX_REASON = 500
_NOTHING = "0" * 64


class RunningParts(Protocol):
    """The running node, as commands change it."""

    def apply(
        self, new: NodeSettings, models: Mapping[ModelRole, str], shadows: Mapping[ModelRole, Shadow]
    ) -> tuple[str, ...]:
        """Changes over; raises `CannotApplyError` and then nothing changed."""

    def shadow(self, shadows: Mapping[ModelRole, Shadow]) -> None:
        """Other models look on; raises `CannotApplyError`."""

    def problems(self, touched: tuple[str, ...]) -> list[str]:
        """Describe what of these parts does not work now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPorts:
    """What the agent needs of the node, and who carries out commands that concern other parts of it."""

    settings_for: Callable[[str | None], NodeSettings]
    check_model: Callable[[ModelRole, str], None]
    notify: Callable[[datetime, dict[str, object]], object]
    clock: Callable[[], datetime]
    trial_seconds: float
    cannot: tuple[type[Exception], ...]
    announce_storm: Callable[[datetime], None] = lambda _: None
    recheck: Callable[[RecheckCamera], str] = lambda _: "look: there are no cameras here"
    show: Callable[[ShowCamera], str] = lambda _: "show: there are no cameras here"
    updates: ProgramUpdates = NO_UPDATES
    on_command: Callable[[], None] = lambda: None


class FleetAgent:
    """Carries out what arrives in `commands`; all methods belong to the thread that calls `tick`."""

    def __init__(
        self, node: str, checker: CommandChecker, store: FleetStore, around: FleetPorts, *, commands: CommandQueue
    ) -> None:
        self._node, self._checker, self._store, self._around = node, checker, store, around
        self._commands = commands
        self._state = store.load()
        self._parts: RunningParts | None = None
        self._pieces: ModelPieces | None = None
        self._refused: tuple[int, str] | None = None
        self._stopping = False
        ours = (CommandError, CannotApplyError, ModelDownloadError, ConfigError, OSError)
        self._failures: tuple[type[Exception], ...] = (*ours, *around.cannot)

    @property
    def state(self) -> FleetState:
        """What runs, is tried, and is known."""
        return self._state

    @property
    def is_following(self) -> bool:
        """Whether anything that was ordered runs; else the node's own file alone."""
        return self._state.running != Plan() or bool(self._state.shadows)

    def starting_plan(self) -> NodeSettings:
        """What to start with: the plan of before, or the last good one where that one ended in its trial."""
        now = self._around.clock()
        if plans.ended_in_trial(self._state):
            self._roll_back("the agent ended in the trial without being asked to")
        elif self._state.trial is not None:
            self._save(plans.resumed(self._state, at=now))
        try:
            return self._settings(self._state.running)
        except (ConfigError, OSError, ValueError) as error:
            return self.without_commands(str(error))

    def without_commands(self, reason: str) -> NodeSettings:
        """Forgets what was applied, because it cannot be started; the node's own file counts alone."""
        log.error("configuration %d cannot be applied: %s", self._state.running.version, reason)
        was = self._state.running
        self._save(self._state.model_copy(update={"good": Plan(), "trial": None, "shadows": {}}))
        self._publish(ConfigState.ROLLED_BACK, was.version, was.sha256 or _NOTHING, reason)
        return self._around.settings_for(None)

    def begin(self, parts: RunningParts) -> None:
        """The node runs; commands may come. Says what runs."""
        self._parts = parts
        running = self._state.running
        if running.version:
            state = ConfigState.TRIAL if self._state.trial else ConfigState.GOOD
            self._publish(state, running.version, running.sha256 or _NOTHING)
        if self._state.fetching is not None:
            self._await_pieces(self._state.fetching)

    def close(self) -> None:
        """The node stops in good order."""
        self._stopping = True
        if self._state.trial is not None:
            self._save(plans.paused(self._state))

    def tick(self, wait_seconds: float = 0.25) -> None:
        """Handles one command, if there is one, and looks after a trial."""
        self._look_after_trial()
        self._look_after_update()
        queued = self._commands.next(wait_seconds)
        if queued is None:
            return
        topic, payload = queued
        if topic == down(self._node, DownStream.CONFIG):
            self._receive_config(payload)
        elif topic == down(self._node, DownStream.COMMAND):
            self._receive_command(payload)
        elif (piece := parse_model_piece(self._node, topic)) is not None:
            self._receive_piece(*piece, payload)

    def _running_parts(self) -> RunningParts:
        if self._parts is None:
            raise CannotApplyError("the node does not run yet")
        return self._parts

    # --- configurations ------------------------------------------------------------------------------------------

    def _receive_config(self, payload: bytes) -> None:
        if not payload:
            return  # a retained command that was taken back
        try:
            wanted = self._checker.config(payload)
            if plans.is_known(self._state, wanted):
                return
        except CommandError as error:
            self._refuse(_claimed_version(payload), sha256_of(payload), str(error))
            return
        self._save(plans.seen(self._state, wanted))
        try:
            settings = self._around.settings_for(wanted.body)
        except ConfigError as error:
            self._refuse(wanted.version, wanted.sha256, "; ".join(error.complaints))
            return
        self._try_config(wanted, settings)

    def _try_config(self, wanted: WantedConfig, settings: NodeSettings) -> None:
        self._store.store_config(wanted.version, wanted.body)
        plan = Plan(version=wanted.version, sha256=wanted.sha256, models=self._state.good.models)
        problem = self._try(plan, settings, what="config")
        if problem is not None:
            self._refuse(wanted.version, wanted.sha256, problem)
            return
        log.warning("configuration %d is on trial for %g s", wanted.version, self._around.trial_seconds)
        self._publish(ConfigState.TRIAL, wanted.version, wanted.sha256)

    def _try(
        self, plan: Plan, settings: NodeSettings, *, what: Any, shadows: Mapping[ModelRole, Shadow] | None = None
    ) -> str | None:
        """Runs a plan on trial; or goes on as before and returns why."""
        before, parts = self._state, self._running_parts()
        after = before if shadows is None else before.model_copy(update={"shadows": shadows})
        self._save(plans.attempted(after, plan, what=what, at=self._around.clock()))
        try:
            touched = parts.apply(settings, plan.models, self._state.shadows)
        except CannotApplyError as error:
            self._save(before)
            parts.apply(self._settings(before.running), before.running.models, before.shadows)
            return str(error)
        self._save(plans.attempted(self._state, plan, what=what, at=self._around.clock(), touched=touched))
        return None

    def _look_after_trial(self) -> None:
        state = self._state
        trial, now = state.trial, self._around.clock()
        if trial is None or not plans.is_over(state, now=now, trial_seconds=self._around.trial_seconds):
            return
        parts = self._running_parts()
        problems = parts.problems(trial.touched)
        if not problems:
            self._save(plans.passed(state))
            log.info("configuration %d passed its trial", trial.plan.version)
            self._report_trial(trial, ConfigState.GOOD, "")
            return
        reason = "; ".join(problems)
        self._roll_back(reason)
        good = self._state.running
        parts.apply(self._settings(good), good.models, self._state.shadows)

    def _roll_back(self, reason: str) -> None:
        trial = self._state.trial
        if trial is None:
            return
        log.error("configuration %d was rolled back: %s", trial.plan.version, reason)
        self._save(plans.rolled_back(self._state))
        self._report_trial(trial, ConfigState.ROLLED_BACK, reason)

    def _report_trial(self, trial: plans.Trial, state: ConfigState, reason: str) -> None:
        if trial.what == "model":
            self._answer(self._state.command.number, reason or "the new model passed its trial", done=not reason)
            return
        self._publish(state, trial.plan.version, trial.plan.sha256 or _NOTHING, reason)

    def _refuse(self, version: int, sha256: str, reason: str) -> None:
        if (version, sha256) == self._refused:
            return  # a retained command comes with every connection; it is answered once
        self._refused = (version, sha256)
        log.error("configuration %d was rejected: %s", version, reason)
        self._publish(ConfigState.REFUSED, version, sha256, reason)

    def _publish(self, state: ConfigState, version: int, sha256: str, reason: str = "") -> None:
        running = self._state.running
        fields = {
            "version": version,
            "sha256": sha256,
            "applied": state in {ConfigState.TRIAL, ConfigState.GOOD},
            "reason": reason.replace("\x00", "")[:_MAX_REASON],
            "state": state,
            "running_version": running.version,
            "running_sha256": running.sha256,
        }
        self._around.notify(self._around.clock(), fields)

    def _settings(self, plan: Plan) -> NodeSettings:
        return self._around.settings_for(self._store.config(plan))

    def _save(self, state: FleetState) -> None:
        self._store.save(state)
        self._state = state

    # --- commands and models -------------------------------------------------------------------------------------

    def _receive_command(self, payload: bytes) -> None:
        above = self._state.command.number
        try:
            number, body = self._checker.command(payload, above=above, now=self._around.clock())
        except ReplayedCommandError as error:
            log.warning("a command was rejected: %s", error)
            return
        except CommandError as error:
            self._answer(above, f"a command was refused: {error}", done=False)
            return
        self._answer(number, f"{body.kind}: under way", done=False)
        try:
            text = self._do(body, payload)
        except self._failures as error:
            self._answer(number, f"{body.kind}: {error}", done=False)
        else:
            self._answer(number, text, done=not _goes_on(body))

    def _do(self, body: CommandBody, payload: bytes) -> str:
        match body:
            case UpdateProgram():
                return self._around.updates.begin(body, payload, is_stopping=lambda: self._stopping)
            case OfferModel():
                return self._offered(body)
            case SwitchModel():
                return self._switch(body)
            case DropModel():
                return self._drop(body)
            case RecheckCamera():
                return self._around.recheck(body)
            case ShowCamera():
                return self._around.show(body)
            case AnnounceStorm():
                self._around.announce_storm(body.until)
                return f"storm until {body.until.isoformat(timespec='seconds')}"

    def _offered(self, offer: OfferModel) -> str:
        self._store.store_row(offer.sha256, name=offer.name, row=offer.row)
        self._save(self._state.model_copy(update={"fetching": offer}))
        if offer.url is None:
            self._await_pieces(offer)
            return f"{offer.name}: waits for pieces"
        try:
            download(offer, self._store.model_file(offer.sha256), is_stopping=lambda: self._stopping)
        except ModelDownloadError:
            self._save(self._state.model_copy(update={"fetching": None}))
            raise
        return self._shadow(offer)

    def _await_pieces(self, offer: OfferModel) -> None:
        self._pieces = ModelPieces(offer, self._store.model_file(offer.sha256))

    def _receive_piece(self, sha256: str, index: int, data: bytes) -> None:
        offer = self._state.fetching
        if offer is None or self._pieces is None or offer.sha256 != sha256:
            return
        number = self._state.command.number
        try:
            if self._pieces.add(index, data):
                self._pieces = None
                self._answer(number, self._shadow(offer), done=True)
        except self._failures as error:
            self._pieces = None
            self._save(self._state.model_copy(update={"fetching": None}))
            self._answer(number, f"{offer.name}: {error}", done=False)

    def _shadow(self, offer: OfferModel) -> str:
        """The model is here: it looks on from now."""
        shadow = Shadow(sha256=offer.sha256, share=offer.shadow_share)
        shadows = {**self._state.shadows, offer.role: shadow}
        try:
            self._around.check_model(offer.role, offer.sha256)
            self._running_parts().shadow(shadows)
        except self._failures:
            self._save(self._state.model_copy(update={"fetching": None}))
            raise
        self._save(self._state.model_copy(update={"fetching": None, "shadows": shadows}))
        return f"{offer.role}: shadow run of {offer.name} began"

    def _switch(self, body: SwitchModel) -> str:
        shadow = self._state.shadows.get(body.role)
        if shadow is None or shadow.sha256 != body.sha256:
            raise CommandError(f"{body.role}: expected that model to run in shadow first")
        shadows = {role: each for role, each in self._state.shadows.items() if role != body.role}
        return self._run_models({**self._state.running.models, body.role: body.sha256}, shadows)

    def _drop(self, body: DropModel) -> str:
        shadows = {role: each for role, each in self._state.shadows.items() if role != body.role}
        models = {role: each for role, each in self._state.running.models.items() if role != body.role}
        if len(shadows) != len(self._state.shadows):
            self._running_parts().shadow(shadows)
            self._save(self._state.model_copy(update={"shadows": shadows}))
            return f"{body.role}: shadow run ended"
        if models == dict(self._state.running.models):
            raise CommandError(f"{body.role}: nothing to drop")
        return self._run_models(models, shadows)

    def _run_models(self, models: Mapping[ModelRole, str], shadows: Mapping[ModelRole, Shadow]) -> str:
        if self._state.trial is not None:
            raise CommandError(f"configuration {self._state.trial.plan.version} is on trial; try again when it is over")
        plan = self._state.good.model_copy(update={"models": models})
        problem = self._try(plan, self._settings(plan), what="model", shadows=shadows)
        if problem is not None:
            raise CannotApplyError(problem)
        return f"on trial for {self._around.trial_seconds:g} s"

    def _look_after_update(self) -> None:
        """Reports what became of an update, which another program finished."""
        outcome = self._around.updates.outcome(self._state.command)
        if outcome is not None:
            self._answer(outcome.number, outcome.text, done=outcome.done)

    def _answer(self, number: int, text: str, *, done: bool) -> None:
        answer = CommandHealth(number=number, done=done, text=text.replace("\x00", "")[:_MAX_REASON])
        self._save(self._state.model_copy(update={"command": answer}))
        log.info("command %d: %s", number, text)
        self._around.on_command()


def _goes_on(body: CommandBody) -> bool:
    """Whether a command that was begun is not done yet."""
    return isinstance(body, UpdateProgram) or (isinstance(body, OfferModel) and body.url is None)


def _claimed_version(payload: bytes) -> int:
    """What a command that is not believed says of itself; only for the report."""
    try:
        claimed = WantedConfig.model_validate_json(payload)
    except ValueError:
        return 0
    return claimed.version
