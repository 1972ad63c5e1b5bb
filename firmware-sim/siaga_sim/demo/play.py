"""One run of the demo: everything is started, the story is played, and everything ends."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import typer

from siaga_sim.actors.wire_node import BrokerAccess
from siaga_sim.city import City
from siaga_sim.demo import accounts, preparing
from siaga_sim.demo.breaking import Breaker
from siaga_sim.demo.catcher import Catcher, running_catcher
from siaga_sim.demo.cloud import DATABASE, Cloud, sources_of
from siaga_sim.demo.controls import StoryControls
from siaga_sim.demo.edge_nodes import Devices, EdgeNodes
from siaga_sim.demo.keys import listen
from siaga_sim.demo.layout import DemoError, Layout
from siaga_sim.demo.people import People
from siaga_sim.demo.story import PeopleOfStory, cast_of, chapters_of, scenes_of
from siaga_sim.demo.summary import BEGINNING, summarise, table
from siaga_sim.demo.thief import STOLEN_NODE
from siaga_sim.demo.watching import PageWatcher
from siaga_sim.scenario import Scenario
from siaga_sim.stack.child import Child, ServiceError
from siaga_sim.story import StoryClock, World

PROGRESS_SECONDS = 10.0
CHECK_SECONDS = 1.0


class Play:
    """One run, from nothing to nothing."""

    def __init__(
        self,
        layout: Layout,
        scenario: Scenario,
        city: City,
        people: PeopleOfStory,
        stop: threading.Event,
        *,
        ends: bool,
        retains_data: bool = False,
    ) -> None:
        self._layout, self._scenario, self._city, self._people = layout, scenario, city, people
        self._stop, self._ends, self._retains_data = stop, ends, retains_data
        self._began = time.monotonic()
        self._since = BEGINNING
        self._clock = StoryClock()
        self._forecasts: Child | None = None

    def play(self) -> None:
        """Run the demo to its end; raise DemoError or ServiceError where it cannot go on."""
        with ExitStack() as after:
            devices = Devices(layout=self._layout, story=self._scenario.name, seconds=self._scenario.seconds)
            after.callback(devices.stop)
            names = [*(node.name for node in self._scenario.node), STOLEN_NODE]
            catcher = after.enter_context(running_catcher())
            self._catcher_url = catcher.url
            past = preparing.begin_past(self._layout, self._scenario)
            after.callback(past.stop)
            cloud = Cloud(
                layout=self._layout,
                nodes=names,
                river_speed=self._scenario.river_speed,
                more=accounts.settings(
                    river_speed=self._scenario.river_speed, console_url=catcher.url, story_file=self._layout.story
                ),
                retains_data=self._retains_data,
                log_line=self._log,
            )
            after.callback(cloud.stop)
            after.callback(self._stop_fitting)
            edge_nodes = self._bring_up(cloud, devices, catcher, past)
            after.callback(edge_nodes.stop)
            breaker = self._breaker(cloud, edge_nodes)
            catcher.actions = breaker.actions
            actors, watcher = self._let_people_in(cloud, catcher)
            after.callback(watcher.stop)
            after.callback(actors.stop)
            self._begin(catcher, devices)
            self._wait(cloud, lambda: self._check_all(cloud, devices, edge_nodes, breaker))
            breaker.end()
            self._tear_down(cloud, devices, edge_nodes, actors, watcher)
        self._log("All programs have stopped.")

    def _bring_up(self, cloud: Cloud, devices: Devices, catcher: Catcher, past: Child) -> EdgeNodes:
        cloud.start_services()
        for kind, engine in cloud.engines().items():
            self._log(f"{kind}: {engine}")
        self._go_on()
        cloud.prepare()
        self._prepared = preparing.make_keys(cloud, catcher)
        self._go_on()
        cloud.start_programs()
        self._log(f"The pages are served at {cloud.url}")
        self._go_on()
        cloud.load_city()
        cloud.assign_sources(sources_of(self._scenario.node))
        self._go_on()
        self._forecasts = preparing.load(cloud, catcher, past, self._log)
        cloud.start_program("feeds")
        self._go_on()
        state = devices.start()
        self._control = Path(state["control"])
        self._log(f"{len(state['cameras'])} cameras (RTSP) and {len(state['gauges'])} gauges (Modbus) are running")
        edge_nodes = EdgeNodes(
            layout=self._layout,
            nodes=state["nodes"],
            broker_port=cloud.broker.port,
            passwords=cloud.node_passwords,
            fleet_key=self._prepared.fleet_key,
        )
        edge_nodes.start()
        return edge_nodes

    def _let_people_in(self, cloud: Cloud, catcher: Catcher) -> tuple[People, PageWatcher]:
        self._since = datetime.now(UTC)
        tokens = cloud.tokens(self._people.users)
        watcher = PageWatcher(url=cloud.url, token=tokens[self._people.operator.user])
        watcher.start()
        actors = People(
            url=cloud.url,
            tokens=tokens,
            channel_secrets=self._prepared.channel_secrets,
            catcher=catcher,
            scenes=scenes_of(self._people, self._scenario, self._city),
            city=self._city,
            world=World(self._scenario, self._city),
            length_seconds=self._scenario.seconds,
            stolen_access=BrokerAccess(
                host="127.0.0.1", port=cloud.broker.port, password=cloud.node_passwords[STOLEN_NODE]
            ),
            clock=self._clock,
            log_line=self._log,
        )
        actors.start(cast_of(self._people, self._scenario))
        self._log(f"The story “{self._scenario.title}” starts" + ("" if self._ends else "; Ctrl-C stops it"))
        speed = self._scenario.river_speed
        self._log("(the river runs in real time)" if speed == 1 else f"(the river runs {speed:.0f} times faster)")
        typer.echo(f"\n{accounts.entry_table(cloud.url)}")
        typer.echo(f"  messages that were sent, the story's clock, things to break: {self._catcher_url}\n")
        return actors, watcher

    def _begin(self, catcher: Catcher, devices: Devices) -> None:
        """Rivers, cameras and people begin together; from now on a visitor may set their clock."""
        controls = StoryControls(
            clock=self._clock,
            control=self._control,
            chapters=chapters_of(self._people, self._scenario),
            length_seconds=self._scenario.seconds,
            can_run_faster=self._scenario.is_real_time,
            file=self._layout.story,
            log_line=self._log,
        )
        self._clock.begin()
        devices.begin()
        controls.write_state()
        catcher.story = controls
        listen(controls, self._log)

    def _go_on(self) -> None:
        """Ctrl-C while it comes up need not wait for the rest."""
        if self._stop.is_set():
            raise DemoError("stopped")

    def _breaker(self, cloud: Cloud, edge_nodes: EdgeNodes) -> Breaker:
        cameras = {name: node.name for node in self._scenario.node for name in node.cameras}
        camera = "cam-pluit" if "cam-pluit" in cameras else next(iter(cameras))
        return Breaker(
            cloud=cloud,
            edge_nodes=edge_nodes,
            control=self._control,
            camera=camera,
            node=cameras[camera],
            log_line=self._log,
        )

    def _check_all(self, cloud: Cloud, devices: Devices, edge_nodes: EdgeNodes, breaker: Breaker) -> None:
        self._look_at_fitting()
        breaker.repair_due()
        children = [*cloud.children(), *devices.children(), *edge_nodes.children.values()]
        try:
            check_all([child for child in children if not breaker.is_expected(child)])
        except DemoError as error:  # said before everything else is stopped, which takes longer
            self._log(f"{str(error).splitlines()[0]}; the demo stops")
            raise

    def _look_at_fitting(self) -> None:
        """Say once how the fitting of the forecasts ended; a story goes on without them."""
        fitting = self._forecasts
        if fitting is None or fitting.is_running:
            return
        ended = "are fitted" if fitting.returncode == 0 else f"could not be fitted (log: {fitting.log})"
        self._log(f"The forecasts of all gauges {ended}")
        self._forecasts = None

    def _stop_fitting(self) -> None:
        if self._forecasts is not None:
            self._forecasts.stop()

    def _wait(self, cloud: Cloud, check: Callable[[], None]) -> None:
        whole = self._scenario.seconds
        stall, next_line = self._people.stall, 0.0
        while not self._stop.is_set() and (passed := self._clock.seconds()) < whole:
            check()
            if stall and passed >= stall.at * whole:
                self._stall_ingest(cloud, stall.lasts_seconds)
                stall = None
            if time.monotonic() >= next_line and self._clock.rate:
                self._log(_progress(cloud.counts(self._since), passed, whole))
                next_line = time.monotonic() + PROGRESS_SECONDS
            self._stop.wait(min(CHECK_SECONDS, max(0.05, whole - passed)))
        if not self._ends and not self._stop.is_set():
            self._log(f"The story is over. The city goes on: look around at {cloud.url}; Ctrl-C ends the demo.")
            while not self._stop.wait(CHECK_SECONDS):
                check()

    def _stall_ingest(self, cloud: Cloud, seconds: float) -> None:
        self._log(f"Ingest is suspended for {seconds:g} s; the nodes must send their messages again")
        ingest = cloud.programs["ingest"]
        ingest.freeze()
        self._stop.wait(seconds)
        ingest.thaw()

    def _tear_down(
        self, cloud: Cloud, devices: Devices, edge_nodes: EdgeNodes, actors: People, watcher: PageWatcher
    ) -> None:
        reason = "The demo is stopping" if self._stop.is_set() else "The story has ended"
        self._log(f"{reason}; waiting until the cloud has stored all messages")
        actors.stop()
        edge_nodes.stop()
        devices.stop()
        sent = edge_nodes.sent()
        watcher.stop()
        cloud.programs["ingest"].stop()
        cloud.programs["worker"].stop()
        summary = summarise(cloud.postgres.url(DATABASE), sent, watcher.delays_ms, cloud.engines(), since=self._since)
        self._layout.summary.write_text(json.dumps(summary, indent=2) + "\n")
        typer.echo(f"\n{table(summary)}\n")
        self._log(f"The summary is in {self._layout.summary.relative_to(self._layout.root.parent)}")
        if self._retains_data:
            self._log(f"The database stays in {cloud.postgres.folder} until the next demo in this folder starts")

    def _log(self, words: str) -> None:
        typer.echo(f"[{time.monotonic() - self._began:6.1f} s] {words}")


def check_all(children: Sequence[Child]) -> None:
    """Raise DemoError with the log of the first program that has ended."""
    for child in children:
        try:
            child.check()
        except ServiceError as error:
            raise DemoError(f"a program of the demo has ended: {error}") from None


def _progress(counts: Mapping[str, int], passed: float, whole: float) -> str:
    words = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{passed:4.0f} of {whole:.0f} s: {words}"
