"""`siaga-sim demo`: starts all programs, plays a story, prints a summary and stops everything."""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from siaga_sim.complaints import BadFileError
from siaga_sim.demo.cloud import DATABASE, Cloud, sources_of
from siaga_sim.demo.edge_nodes import Devices, EdgeNodes
from siaga_sim.demo.layout import REPOSITORY, DemoError, Layout, fresh_layout
from siaga_sim.demo.people import People
from siaga_sim.demo.story import PeopleOfStory, load_people, officers_of, reports_of
from siaga_sim.demo.summary import summarise, table
from siaga_sim.demo.watching import PageWatcher
from siaga_sim.scenario import Scenario, load_scenario
from siaga_sim.stack.child import ServiceError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

PROGRESS_SECONDS = 10.0
STOPPED_EARLY = 130  # the exit code of shells for Ctrl-C


@app.command()
def demo(
    story: Annotated[str, typer.Option("--story", help="Story to play: storm, two-storms or calm.")] = "storm",
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Duration in seconds; without it, the demo runs until Ctrl-C.")
    ] = None,
    run_dir: Annotated[
        Path, typer.Option("--run-dir", help="Folder for the files of the run.", show_default=".run of the repository")
    ] = REPOSITORY / ".run",
) -> None:
    """Play a story in Jakarta through the real database, broker, cloud and edge agents on this machine."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stop = threading.Event()
    try:
        scenario, _ = load_scenario(story, seconds=seconds)
        people = load_people(story)
        with fresh_layout(run_dir) as layout, _set_on_signals(stop):
            _Play(layout, scenario, people, stop, ends=seconds is not None).play()
    except (DemoError, ServiceError, BadFileError) as error:
        if stop.is_set():  # Ctrl-C also reaches the programs that prepare the run, which then fail
            typer.echo("demo: stopped before the story started; all programs have ended", err=True)
            raise typer.Exit(STOPPED_EARLY) from None
        typer.echo(f"demo: {error}", err=True)
        raise typer.Exit(1) from None


class _Play:
    """One run, from nothing to nothing."""

    def __init__(
        self, layout: Layout, scenario: Scenario, people: PeopleOfStory, stop: threading.Event, *, ends: bool
    ) -> None:
        self._layout, self._scenario, self._people = layout, scenario, people
        self._stop, self._ends = stop, ends
        self._began = time.monotonic()

    def play(self) -> None:
        with ExitStack() as after:
            devices = Devices(layout=self._layout, story=self._scenario.name, seconds=self._scenario.seconds)
            after.callback(devices.stop)
            names = [node.name for node in self._scenario.node]
            cloud = Cloud(layout=self._layout, nodes=names, river_speed=self._scenario.river_speed)
            after.callback(cloud.stop)
            edge_nodes = self._bring_up(cloud, devices)
            after.callback(edge_nodes.stop)
            actors, watcher = self._let_people_in(cloud)
            after.callback(watcher.stop)
            after.callback(actors.stop)
            devices.begin()
            self._wait(cloud)
            self._tear_down(cloud, devices, edge_nodes, actors, watcher)
        self._log("All programs have stopped.")

    def _bring_up(self, cloud: Cloud, devices: Devices) -> EdgeNodes:
        cloud.start_services()
        for kind, engine in cloud.engines().items():
            self._log(f"{kind}: {engine}")
        for step in (cloud.prepare, cloud.start_programs):
            self._go_on()
            step()
        self._log(f"The pages are served at {cloud.url}")
        self._go_on()
        cloud.load_city()
        cloud.assign_sources(sources_of(self._scenario.node))
        self._go_on()
        state = devices.start()
        self._log(f"{len(state['cameras'])} cameras (RTSP) and {len(state['gauges'])} gauges (Modbus) are running")
        edge_nodes = EdgeNodes(
            layout=self._layout,
            nodes=state["nodes"],
            broker_port=cloud.broker.port,
            passwords=cloud.node_passwords,
        )
        edge_nodes.start()
        return edge_nodes

    def _let_people_in(self, cloud: Cloud) -> tuple[People, PageWatcher]:
        tokens = cloud.tokens(self._people.users)
        watcher = PageWatcher(url=cloud.url, token=tokens[self._people.operator.user])
        watcher.start()
        actors = People(url=cloud.url, tokens=tokens)
        actors.start(
            reports_of(self._people, self._scenario),
            self._people.operator.user,
            officers_of(self._people, self._scenario),
        )
        self._log(f"The story “{self._scenario.title}” starts" + ("" if self._ends else "; Ctrl-C stops it"))
        self._log(f"(the river runs {self._scenario.river_speed:.0f} times faster than real time)")
        return actors, watcher

    def _go_on(self) -> None:
        """Ctrl-C while it comes up need not wait for the rest."""
        if self._stop.is_set():
            raise DemoError("stopped")

    def _wait(self, cloud: Cloud) -> None:
        began = time.monotonic()
        stall = self._people.stall
        stall_at = began + stall.at * self._scenario.seconds if stall else None
        while not self._stop.is_set():
            passed = time.monotonic() - began
            if self._ends and passed >= self._scenario.seconds:
                return
            if stall and stall_at and time.monotonic() >= stall_at:
                self._stall_ingest(cloud, stall.lasts_seconds)
                stall_at = None
            self._log(_progress(cloud, passed, self._scenario.seconds))
            self._stop.wait(_until_next(passed, self._scenario.seconds if self._ends else None))

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
        summary = summarise(cloud.postgres.url(DATABASE), sent, watcher.delays_ms, cloud.engines())
        self._layout.summary.write_text(json.dumps(summary, indent=2) + "\n")
        typer.echo(f"\n{table(summary)}\n")
        self._log(f"The summary is in {self._layout.summary.relative_to(self._layout.root.parent)}")

    def _log(self, words: str) -> None:
        typer.echo(f"[{time.monotonic() - self._began:6.1f} s] {words}")


@contextmanager
def _set_on_signals(stop: threading.Event) -> Iterator[None]:
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _until_next(passed: float, whole: float | None) -> float:
    rest = PROGRESS_SECONDS if whole is None else min(PROGRESS_SECONDS, max(0.0, whole - passed))
    return max(0.05, rest)


def _progress(cloud: Cloud, passed: float, whole: float) -> str:
    counts: dict[str, Any] = cloud.counts()
    words = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{passed:4.0f} of {whole:.0f} s: {words}"
