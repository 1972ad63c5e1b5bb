"""The demo's people, each through the public API and nothing else: citizens, an operator, officers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from siaga_sim.actors.wire_node import BrokerAccess
from siaga_sim.city import City
from siaga_sim.demo.catcher import Catcher
from siaga_sim.demo.citizens import CitizenReport, Citizens, Subscriber
from siaga_sim.demo.control_room import Operator
from siaga_sim.demo.gate_keepers import GateKeepers
from siaga_sim.demo.officers import Officer, OfficerPlan, WorkLedger
from siaga_sim.demo.scenes import Scenes
from siaga_sim.demo.thief import Guard, Thief
from siaga_sim.story import StoryClock, World

STOP_SECONDS = 30.0
ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who acts in a story."""

    reports: Sequence[CitizenReport]
    subscribers: Sequence[Subscriber]
    officers: Sequence[OfficerPlan]
    operator: str
    stolen_at_seconds: float | None = None


@dataclass(slots=True, kw_only=True)
class People:
    """Threads that act until `stop()`; a failed request is logged, counted and tried again with the next look."""

    url: str
    tokens: Mapping[str, str] = field(repr=False)
    channel_secrets: Mapping[str, str] = field(repr=False)
    catcher: Catcher
    scenes: Scenes
    city: City
    world: World
    length_seconds: float
    stolen_access: BrokerAccess
    clock: StoryClock
    log_line: Callable[[str], None]
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, cast: Cast) -> None:
        """Begins to act, by the clock of the story."""
        ledger = WorkLedger()
        citizens = Citizens(
            url=self.url,
            secrets=self.channel_secrets,
            catcher=self.catcher,
            scenes=self.scenes,
            stop=self._stop,
            clock=self.clock,
        )
        room = Operator(url=self.url, token=self.tokens[cast.operator], ledger=ledger, stop=self._stop)
        self._run("subscribers", lambda: citizens.subscribe(cast.subscribers))
        self._run("citizens", lambda: citizens.run(cast.reports, self._run))
        self._run("operator", room.run)
        keepers = GateKeepers(
            url=self.url,
            token=self.tokens[cast.operator],
            city=self.city,
            level_cm=lambda gauge_id: self.world.level_cm(gauge_id, self.clock.seconds()),
            stop=self._stop,
        )
        self._run("gate keepers", keepers.run)
        for plan in cast.officers:
            officer = Officer(
                plan=plan,
                url=self.url,
                token=self.tokens[plan.user],
                scenes=self.scenes,
                ledger=ledger,
                stop=self._stop,
                clock=self.clock,
                length_seconds=self.length_seconds,
            )
            self._run(plan.user, officer.run)

        if cast.stolen_at_seconds is not None:
            thief = Thief(
                access=self.stolen_access, begins_at_seconds=cast.stolen_at_seconds, clock=self.clock, stop=self._stop
            )
            guard = Guard(url=self.url, token=self.tokens[ADMIN], stop=self._stop, log_line=self.log_line)
            self._run("thief", thief.run)
            self._run("administrator", guard.run)

    def stop(self) -> None:
        """Stop everybody who acts in the demo."""
        self._stop.set()
        for thread in tuple(self._threads):
            thread.join(STOP_SECONDS)

    def _run(self, name: str, act: Callable[[], None]) -> None:
        thread = threading.Thread(target=act, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
