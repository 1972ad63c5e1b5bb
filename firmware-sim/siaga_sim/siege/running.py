"""One siege in its phases: a calm storm, a storm under attack, and what is read from outside when both are over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from siaga_sim.actors.requests import Tally, client
from siaga_sim.actors.wire_node import WireNode
from siaga_sim.siege.arrivals import FalseArrivals
from siaga_sim.siege.city import OPERATOR, SiegeCity
from siaga_sim.siege.control_room import ControlRoom
from siaga_sim.siege.ground import Ground
from siaga_sim.siege.hostile import Bots, ForgedMessages
from siaga_sim.siege.plan import STOLEN_NODE, Case, Plan, Storm
from siaga_sim.siege.river import Rivers
from siaga_sim.siege.thief import Thief
from siaga_sim.siege.truth import Truth
from siaga_sim.siege.verdict import Evidence, Ranking, proof_outcomes, ranks_of
from siaga_sim.siege.watching import PublicWatcher
from siaga_sim.siege.witnesses import Witnesses
from siaga_sim.siege.work import Workforce

PROGRESS_SECONDS, SETTLE_SECONDS = 10.0, 60.0
RANKS_SECONDS = 30.0  # rankings follow the work within some seconds
BLOCK_DELAY = timedelta(seconds=2)  # until every replica of ingest has read it
WORKERS, LIARS, OTHERS = 24, 12, 8
ENDLESS = 2  # the watcher and the operator never end by themselves


class Siege:
    """Everybody who acts, each in a thread of its own. A context that stops them all."""

    def __init__(self, city: SiegeCity, plan: Plan, ground: Ground, log_line: Callable[[str], None]) -> None:
        self.tally = Tally()
        self._city, self._plan, self._ground, self._log = city, plan, ground, log_line
        self._stop, self._attack_over = threading.Event(), threading.Event()
        self._after, self._running = ExitStack(), list[Future[None]]()
        self._rivers = Rivers(plan=plan, ground=ground, nodes=city.nodes)
        self._watcher = PublicWatcher(url=city.url, tally=self.tally, stop=self._stop)
        self._workforce = Workforce(plan=plan, url=city.url, tokens=city.tokens, tally=self.tally, stop=self._stop)
        self._workers, self._liars, self._others = (
            self._after.enter_context(ThreadPoolExecutor(size)) for size in (WORKERS, LIARS, OTHERS)
        )
        for stop in (self._rivers.stop, self._attack_over.set, self._stop.set):
            self._after.callback(stop)
        self._began = time.monotonic()

    def play(self) -> Evidence:
        """The whole siege; returns what was read from outside."""
        with self._after:
            before = self._calm()
            blocked_at = self._attack()
            truth = self._settle()
            return self._evidence(truth, before, blocked_at)

    def _calm(self) -> Ranking:
        room = ControlRoom(
            url=self._city.url,
            user_token=self._city.tokens[OPERATOR],
            workforce=self._workforce,
            tally=self.tally,
            stop=self._stop,
        )
        self._log(f"calm: {self._plan.calm_seconds:.0f} s with a storm and without an attack")
        self._began = time.monotonic()
        self._rivers.start()
        self._running += [self._others.submit(act) for act in (self._watcher.run, room.run)]
        self._begin_work(self._plan.storms[0], is_calm=True, began=self._began)
        self._pass(self._plan.calm_seconds)
        return self._wait_for_ranks()

    def _begin_work(self, storm: Storm, *, is_calm: bool, began: float) -> None:
        cases = [case for case in self._plan.cases if case.is_calm == is_calm]
        witnesses = Witnesses(storm=storm, url=self._city.url, tally=self.tally, stop=self._stop)
        self._running += [self._workers.submit(self._workforce.run, case, began) for case in sorted(cases, key=_moment)]
        self._running.append(self._others.submit(witnesses.run, began))

    def _wait_for_ranks(self) -> Ranking:
        """The officers' ranking, as soon as everybody is in it or after a while."""
        deadline = time.monotonic() + RANKS_SECONDS
        while True:
            ranking = self._city.ranking()
            ranked = ranks_of(ranking)
            if all(one.user in ranked for one in self._plan.officers) or time.monotonic() > deadline:
                return ranking
            self._stop.wait(1.0)

    def _attack(self) -> datetime:
        """The second storm under attack; returns from when on the stolen node is blocked."""
        plan = self._plan
        later = self._rivers.later_seconds = max(0.0, time.monotonic() - self._began - plan.calm_seconds)
        self._log(f"attack: {len(plan.bots)} bots, {len(plan.corrupt)} corrupt officers and the node {STOLEN_NODE}")
        self._begin_work(plan.storms[1], is_calm=False, began=self._began + later)
        self._begin_lies(self._began + later)
        self._pass(plan.blocked_at + later)
        block = self._others.submit(self._block)
        self._pass(plan.seconds + later)
        self._attack_over.set()
        return block.result()

    def _begin_lies(self, began: float) -> None:
        url = self._city.url
        bots = Bots(plan=self._plan, url=url, tally=self.tally, stop=self._attack_over)
        messages = ForgedMessages(plan=self._plan, url=url, tally=self.tally, stop=self._attack_over)
        arrivals = FalseArrivals(
            plan=self._plan, url=url, tokens=self._city.tokens, tally=self.tally, stop=self._attack_over
        )
        bots.prepare()
        self._running += [self._others.submit(act) for act in (self._thief().run, arrivals.run)]
        self._running.append(self._others.submit(messages.run, began))
        self._running += [
            self._liars.submit(bots.post_lie, number, lie, began) for number, lie in enumerate(self._plan.lies)
        ]

    def _thief(self) -> Thief:
        honest = self._city.nodes[STOLEN_NODE]
        honest.stop()
        stolen = WireNode(honest.node, self._city.access(STOLEN_NODE))
        return Thief(plan=self._plan, ground=self._ground, wire=stolen, tally=self.tally, stop=self._attack_over)

    def _block(self) -> datetime:
        """An administrator ends the stolen node; from when on nothing of it may be stored."""
        self._city.cloud.admin("admin", "fleet", "block", STOLEN_NODE, "--reason", "stolen from its pole")
        self._log(f"the node {STOLEN_NODE} is blocked")
        return datetime.now(UTC) + BLOCK_DELAY

    def _pass(self, until: float) -> None:
        while (passed := time.monotonic() - self._began) < until:
            counts = ", ".join(f"{count} {name}" for name, count in self._city.cloud.counts().items())
            posts = f"{self.tally['posts']} hostile posts"
            self._log(f"{passed:4.0f} of {self._plan.seconds:.0f} s: {counts}, {posts}")
            self._stop.wait(max(0.05, min(PROGRESS_SECONDS, until - passed)))

    def _settle(self) -> Truth:
        """Until every case has ended and every truth was published, or for so long; then everybody stops."""
        self._log("the attack is over; waiting for what is still under way")
        warned, deadline = self._city.database.warned(), time.monotonic() + SETTLE_SECONDS
        while not self._is_settled(truth := self._truth(warned)) and time.monotonic() < deadline:
            self._stop.wait(1.0)
        self._stop.set()
        for one in self._running:
            one.result()
        return truth

    def _is_settled(self, truth: Truth) -> bool:
        seen = list(self._watcher.alerts.values())
        unfinished = sum(not one.done() for one in self._running) - ENDLESS
        return unfinished <= 0 and all(truth.delay_seconds(event, seen) is not None for event in truth.events)

    def _truth(self, warned: dict[str, list[str]]) -> Truth:
        cameras = self._ground.cameras.values()
        return Truth(
            first_stages=dict(self._rivers.first_stages),
            events=list(self._rivers.events),
            warned=warned,
            camera_areas={one.id: frozenset({one.area, self._ground.area_of(one.place) or ""}) for one in cameras},
        )

    def _evidence(self, truth: Truth, before: Ranking, blocked_at: datetime) -> Evidence:
        ended, database, after = time.monotonic() - self._began, self._city.database, self._city.ranking()
        with client(self._city.url, token=self._city.tokens[OPERATOR]) as http:
            proofs = proof_outcomes(http, self._workforce.records.values())
        node = self._city.nodes[STOLEN_NODE].node
        return Evidence(
            plan=self._plan,
            truth=truth,
            published=database.alerts(),
            seen=list(self._watcher.alerts.values()),
            ended_after_seconds=ended,
            ranking_before=before,
            ranking_after=after,
            proofs=proofs,
            foreign=database.count_foreign(node.name, node.gauges, node.cameras),
            after_block=database.count_readings_after(node.name, blocked_at),
            messenger_reports=database.count_messenger_reports(),
            forged_messages=self.tally["forged messages"],
            posts=self.tally["posts"],
        )


def _moment(case: Case) -> float:
    return case.at_seconds
