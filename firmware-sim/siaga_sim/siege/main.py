"""`siaga-sim siege`: starts the real programs, plays an honest storm and an attack, and measures from outside."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import tomli_w
import typer

from siaga_sim.demo.cloud import DATABASE, Cloud, write_private
from siaga_sim.demo.layout import REPOSITORY, DemoError, Layout, fresh_layout
from siaga_sim.siege.arrivals import FalseArrivals
from siaga_sim.siege.control_room import ControlRoom
from siaga_sim.siege.ground import Ground, jakarta
from siaga_sim.siege.hostile import Bots, ForgedMessages
from siaga_sim.siege.plan import LONGEST_SECONDS, SHORTEST_SECONDS, STOLEN_NODE, Case, Plan, Storm, drawn
from siaga_sim.siege.requests import Tally, answer, citizen_client, client, send_report
from siaga_sim.siege.river import Rivers
from siaga_sim.siege.thief import Thief
from siaga_sim.siege.truth import Truth, ranks_gained
from siaga_sim.siege.verdict import Database, Evidence, Verdict, judged, proof_outcomes
from siaga_sim.siege.watching import PublicWatcher
from siaga_sim.siege.wire_node import BrokerAccess, WireNode
from siaga_sim.siege.work import Workforce
from siaga_sim.stack.child import ServiceError, wait_until

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

OPERATOR, LEADER = "operator.balaikota", "gubernur"
PROGRESS_SECONDS, SETTLE_SECONDS = 10.0, 60.0
RANKS_SECONDS = 30.0  # rankings follow the work within some seconds
WORKERS, LIARS = 24, 12
BLOCK_TAKES = timedelta(seconds=2)  # until every replica of ingest has read it


@app.command()
def siege(
    seconds: Annotated[
        float, typer.Option("--seconds", min=SHORTEST_SECONDS, max=LONGEST_SECONDS, help="Duration in seconds.")
    ] = 300,
    seed: Annotated[int, typer.Option("--seed", help="Draws everything that is random.")] = 1,
    run_dir: Annotated[
        Path, typer.Option("--run-dir", help="Folder for the files of the run.", show_default=".run/siege")
    ] = REPOSITORY / ".run" / "siege",
    out: Annotated[
        Path, typer.Option("--out", help="File for the figures, as JSON.", show_default=".run/siege.json")
    ] = REPOSITORY / ".run" / "siege.json",
) -> None:
    """Attack the real programs beside an honest storm; end with 1 if the platform believed a lie or missed a truth."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        with fresh_layout(run_dir) as layout:
            verdict, details = _Siege(layout, drawn(seed, seconds, jakarta()), jakarta()).play()
    except (DemoError, ServiceError) as error:
        typer.echo(f"siege: {error}", err=True)
        raise typer.Exit(2) from None
    _write(out, verdict, details)
    typer.echo(f"\n{verdict.table()}\n")
    raise typer.Exit(0 if verdict.holds else 1)


class _Siege:
    """One run, from nothing to nothing."""

    def __init__(self, layout: Layout, plan: Plan, ground: Ground) -> None:
        self._layout, self._plan, self._ground = layout, plan, ground
        self._tally, self._stop, self._attack_over = Tally(), threading.Event(), threading.Event()
        self._first = self._began = self._attack_began = time.monotonic()
        self._after = ExitStack()

    def play(self) -> tuple[Verdict, Mapping[str, int]]:
        with self._after:
            cloud = self._bring_up()
            nodes = self._nodes(cloud)
            tokens = cloud.tokens([OPERATOR, LEADER, *(one.user for one in self._plan.officers)])
            return self._play(cloud, nodes, tokens), self._tally.as_dict()

    def _bring_up(self) -> Cloud:
        fleet = self._layout.root / "fleet"
        fleet.mkdir(mode=0o700)
        more = {**_settings(), "SIAGA_FLEET_DIR": str(fleet)}
        cloud = Cloud(layout=self._layout, nodes=[node.name for node in self._ground.nodes], more=more)
        self._after.callback(cloud.stop)
        self._log(f"seed {self._plan.seed}: starting database, broker and cloud")
        cloud.start_services()
        cloud.prepare()
        cloud.load_city()
        users = write_private(self._layout.root / "users.toml", tomli_w.dumps({"user": _users(self._plan)}))
        cloud.admin("admin", "import", "users", str(users))
        cloud.start_programs()
        return cloud

    def _nodes(self, cloud: Cloud) -> dict[str, WireNode]:
        nodes = {node.name: WireNode(node, self._access(cloud, node.name)) for node in self._ground.nodes}
        for node in nodes.values():
            self._after.callback(node.stop)
            node.start()
        wait_until(lambda: all(node.is_up for node in nodes.values()), seconds=30, what="nodes")
        return nodes

    def _access(self, cloud: Cloud, name: str) -> BrokerAccess:
        return BrokerAccess(host="127.0.0.1", port=cloud.broker.port, password=cloud.node_passwords[name])

    def _play(self, cloud: Cloud, nodes: dict[str, WireNode], tokens: Mapping[str, str]) -> Verdict:
        plan, ground, tally, url = self._plan, self._ground, self._tally, cloud.url
        rivers = Rivers(plan=plan, ground=ground, nodes=nodes)
        watcher = PublicWatcher(url=url, tally=tally, stop=self._stop)
        workforce = Workforce(plan=plan, url=url, tokens=tokens, tally=tally, stop=self._stop)
        room = ControlRoom(url=url, user_token=tokens[OPERATOR], workforce=workforce, tally=tally, stop=self._stop)
        bots = Bots(plan=plan, url=url, tally=tally, stop=self._attack_over)
        messages = ForgedMessages(plan=plan, url=url, tally=tally, stop=self._attack_over)
        bots.prepare()
        workers = self._after.enter_context(ThreadPoolExecutor(WORKERS, thread_name_prefix="case"))
        liars = self._after.enter_context(ThreadPoolExecutor(LIARS, thread_name_prefix="lie"))
        others = self._after.enter_context(ThreadPoolExecutor(8, thread_name_prefix="actor"))
        for event in (self._stop, self._attack_over):
            self._after.callback(event.set)
        self._after.callback(rivers.stop)
        self._began = time.monotonic()
        rivers.start()
        running: list[Future[None]] = [others.submit(act) for act in (watcher.run, room.run)]
        running += [workers.submit(workforce.run, one, self._began) for one in _in_time(plan) if one.is_calm]
        running.append(others.submit(self._witness, url, plan.storms[0], self._began))
        self._log(f"calm: {plan.calm_seconds:.0f} s with a storm and without an attack")
        self._pass(plan.calm_seconds, cloud)
        ranks = self._wait_for_ranks(url, tokens[LEADER])
        rivers.later_seconds = max(0.0, time.monotonic() - self._began - plan.calm_seconds)
        self._attack_began = self._began + rivers.later_seconds
        running += [workers.submit(workforce.run, one, self._attack_began) for one in _in_time(plan) if not one.is_calm]
        running.append(others.submit(self._witness, url, plan.storms[1], self._attack_began))
        self._log(f"attack: {len(plan.bots)} bots, {len(plan.corrupt)} corrupt officers and the node {STOLEN_NODE}")
        nodes[STOLEN_NODE].stop()
        stolen = WireNode(nodes[STOLEN_NODE].node, self._access(cloud, STOLEN_NODE))
        thief = Thief(plan=plan, ground=ground, wire=stolen, tally=tally, stop=self._attack_over)
        running.append(others.submit(thief.run))
        arrivals = FalseArrivals(plan=plan, url=url, tokens=tokens, tally=tally, stop=self._attack_over)
        running.append(others.submit(arrivals.run))
        running.append(others.submit(messages.run, self._attack_began))
        running += [liars.submit(bots.post_lie, n, lie, self._attack_began) for n, lie in enumerate(plan.lies)]
        self._pass(plan.blocked_at + rivers.later_seconds, cloud)
        block = others.submit(self._block, cloud)
        self._pass(plan.seconds + rivers.later_seconds, cloud)
        self._attack_over.set()
        self._log("the attack is over; waiting for what is still under way")
        truth = self._settle(cloud, rivers, watcher, running)
        ended = time.monotonic() - self._began
        with client(url, token=tokens[OPERATOR]) as http:
            proofs = proof_outcomes(http, workforce.records.values())
        database = Database(url=cloud.postgres.url(DATABASE))
        ranks_after = _ranks(url, tokens[LEADER])
        for officer in plan.corrupt:
            self._tally.add(f"rank of {officer.user} before", ranks.get(officer.user, 0))
            self._tally.add(f"rank of {officer.user} after", ranks_after.get(officer.user, 0))
        evidence = Evidence(
            plan=plan,
            truth=truth,
            published=database.alerts(),
            seen=list(watcher.alerts.values()),
            ended_after_seconds=ended,
            unranked=[one.user for one in plan.corrupt if one.user not in ranks],
            ranks_gained=ranks_gained(ranks, ranks_after, [one.user for one in plan.corrupt]),
            proofs=proofs,
            foreign=database.count_foreign(STOLEN_NODE, thief.node.gauges, thief.node.cameras),
            after_block=database.count_readings_after(STOLEN_NODE, block.result()),
            messenger_reports=database.count_messenger_reports(),
            forged_messages=tally["forged messages"],
            posts=tally["posts"],
        )
        return judged(evidence)

    def _block(self, cloud: Cloud) -> datetime:
        """An administrator ends the stolen node; from when on nothing of it may be stored."""
        cloud.admin("admin", "fleet", "block", STOLEN_NODE, "--reason", "stolen from its pole")
        self._log(f"the node {STOLEN_NODE} is blocked")
        return datetime.now(UTC) + BLOCK_TAKES

    def _wait_for_ranks(self, url: str, token: str) -> dict[str, int]:
        """The officers' ranking, as soon as everybody is in it or after a while."""
        deadline = time.monotonic() + RANKS_SECONDS
        while True:
            ranks = _ranks(url, token)
            if all(one.user in ranks for one in self._plan.officers) or time.monotonic() > deadline:
                return ranks
            self._stop.wait(1.0)

    def _witness(self, url: str, storm: Storm, began: float) -> None:
        """Citizens who stand in real water report it."""
        for at, citizen, spot in sorted(storm.witnesses, key=lambda one: one[0]):
            if self._stop.wait(max(0.0, began + at - time.monotonic())):
                return
            try:
                with citizen_client(url, citizen) as http:
                    text = "Jalan tergenang, air sebetis"
                    answer(
                        send_report(
                            http, category="flooding", text=text, lat=spot.lat, lon=spot.lon, reporter=citizen.name
                        )
                    )
            except httpx.HTTPError:
                self._tally.add("witnesses refused")

    def _pass(self, until: float, cloud: Cloud) -> None:
        while (passed := time.monotonic() - self._began) < until:
            counts = ", ".join(f"{count} {name}" for name, count in cloud.counts().items())
            self._log(f"{passed:4.0f} of {self._plan.seconds:.0f} s: {counts}, {self._tally['posts']} hostile posts")
            self._stop.wait(max(0.05, min(PROGRESS_SECONDS, until - passed)))

    def _settle(self, cloud: Cloud, rivers: Rivers, watcher: PublicWatcher, running: list[Future[None]]) -> Truth:
        """Until every case has ended and every truth was published, or for so long; then everybody stops."""
        warned = Database(url=cloud.postgres.url(DATABASE)).warned()
        areas = {
            one.id: frozenset({one.area, self._ground.area_of(one.place) or one.area})
            for one in self._ground.cameras.values()
        }
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            truth = Truth(
                first_stages=dict(rivers.first_stages), events=list(rivers.events), warned=warned, camera_areas=areas
            )
            seen = list(watcher.alerts.values())
            is_known = all(truth.delay_seconds(event, seen) is not None for event in truth.events)
            # The watcher and the operator never end by themselves.
            if (is_known and sum(not one.done() for one in running) <= 2) or time.monotonic() > deadline:
                break
            self._stop.wait(1.0)
        self._stop.set()
        for one in running:
            one.result()
        return truth

    def _log(self, words: str) -> None:
        typer.echo(f"[{time.monotonic() - self._first:6.1f} s] {words}")


def _in_time(plan: Plan) -> list[Case]:
    return sorted(plan.cases, key=lambda case: case.at_seconds)


def _ranks(url: str, token: str) -> dict[str, int]:
    """The officers' ranking as their leader reads it."""
    with client(url, token=token) as http:
        return {one["id"]: one["rank"] for one in answer(http.get("/api/v1/rankings/officers"))}


def _users(plan: Plan) -> list[dict[str, str]]:
    return [
        {"id": one.user, "name": one.user.replace(".", " ").title(), "role": "officer", "agency": one.agency}
        for one in plan.officers
    ]


# The rivers of a siege rise as real ones do, so that the limits of real ones hold.
_RIVERS = {"SIAGA_JUMP_CM": "30", "SIAGA_RATE_CM_PER_MINUTE": "25"}


def _settings() -> dict[str, str]:
    """Channels that are open, with secrets that nobody can guess."""
    names = ("SIAGA_X_CONSUMER_SECRET", "SIAGA_SMSSYNC_SECRET", "SIAGA_TELEGRAM_SECRET")
    return {**_RIVERS, **{name: secrets.token_urlsafe(24) for name in names}}


def _write(path: Path, verdict: Verdict, details: Mapping[str, int]) -> None:
    lines = [{"what": one.name, "got": one.got, "target": one.target, "holds": one.holds} for one in verdict.lines]
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {**verdict.figures, "holds": verdict.holds, "checks": lines, "counted": dict(details)}
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
