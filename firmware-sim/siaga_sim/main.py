"""`siaga-sim`: simulates the river, the gauges, the cameras, or the whole city."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from siaga_sim.city import City
from siaga_sim.complaints import BadFileError
from siaga_sim.history.command import history
from siaga_sim.layers.command import layers
from siaga_sim.load.main import load
from siaga_sim.load.passwords import BadPasswordsError, broker_accounts
from siaga_sim.node_files import write_nodes
from siaga_sim.scenario import Scenario, load_scenario
from siaga_sim.story import LOOK_SECONDS, StoryClock, World

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Simulate a city: its river, gauges, cameras, nodes and data."
)

ScenarioName = Annotated[str, typer.Argument(help="Scenario: storm, calm, or the path of a scenario file.")]
SecondsOption = Annotated[
    float | None, typer.Option("--seconds", help="Duration of the story in seconds, instead of the scenario's own.")
]
HostOption = Annotated[str, typer.Option("--host", help="Address to listen on.")]
CameraPortOption = Annotated[
    int, typer.Option("--camera-port", min=0, max=65535, help="Port of the cameras; 0 selects a free one.")
]
GaugePortOption = Annotated[
    int,
    typer.Option(
        "--first-gauge-port",
        min=0,
        max=65000,
        help="Port of the first gauge; the others use the following ports. 0 selects free ones.",
    ),
]
HoldOption = Annotated[bool, typer.Option("--hold", help="Start the story at SIGUSR1 instead of immediately.")]
StateOption = Annotated[
    Path | None, typer.Option("--state-file", help="File to which the latest state line is also written.")
]
ControlOption = Annotated[
    Path | None, typer.Option("--control", help="Control socket of the simulator, if several are running.")
]
RowsOption = Annotated[int, typer.Option("--rows", min=1, max=10_000, help="Number of rows to print.")]
OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", help="Identifier of a device to serve, instead of all. Repeatable.")
]

EXIT_BAD_FILE = 2
EXIT_NOBODY = 3
EXIT_NO_PORT = 1


@app.command()
def river(scenario: ScenarioName = "storm", seconds: SecondsOption = None, rows: RowsOption = 25) -> None:
    """Print the level of every gauge over the story, with a * for each Siaga stage that it has reached."""
    story, city = _load(scenario, seconds)
    world = World(story, city)
    gauges = [gauge.id for gauge in city.gauge]
    typer.echo("second river-h " + " ".join(f"{gauge_id[:10]:>10}" for gauge_id in gauges))
    for row in range(rows):
        at = story.seconds * row / max(1, rows - 1)
        cells = [_cell(city, gauge_id, world.level_cm(gauge_id, at)) for gauge_id in gauges]
        typer.echo(f"{at:6.0f} {world.river_hour(at):7.1f} " + " ".join(f"{cell:>10}" for cell in cells))


@app.command()
def gauges(
    scenario: ScenarioName = "storm",
    seconds: SecondsOption = None,
    host: HostOption = "127.0.0.1",
    first_gauge_port: GaugePortOption = 0,
    hold: HoldOption = False,
    state_file: StateOption = None,
    only: OnlyOption = None,
) -> None:
    """Serve the scenario's gauges as Modbus TCP devices until stopped."""
    story, city = _load(scenario, seconds)
    chosen = _chosen("gauge", [gauge_id for node in story.node for gauge_id in node.gauges], only)
    _serve(story, city, cameras=[], gauges=chosen, ports=(host, 0, first_gauge_port), hold=hold, state_file=state_file)


@app.command()
def cameras(
    scenario: ScenarioName = "storm",
    seconds: SecondsOption = None,
    host: HostOption = "127.0.0.1",
    camera_port: CameraPortOption = 0,
    hold: HoldOption = False,
    state_file: StateOption = None,
    only: OnlyOption = None,
) -> None:
    """Serve the scenario's cameras over RTSP until stopped."""
    story, city = _load(scenario, seconds)
    chosen = _chosen("camera", [camera.id for camera in story.camera], only)
    _serve(story, city, cameras=chosen, gauges=[], ports=(host, camera_port, 0), hold=hold, state_file=state_file)


@app.command()
def city(
    scenario: ScenarioName = "storm",
    seconds: SecondsOption = None,
    host: HostOption = "127.0.0.1",
    camera_port: CameraPortOption = 0,
    first_gauge_port: GaugePortOption = 0,
    hold: HoldOption = False,
    state_file: StateOption = None,
) -> None:
    """Serve the whole simulated city until stopped; a JSON line reports its state and all addresses."""
    story, place = _load(scenario, seconds)
    _serve(
        story,
        place,
        cameras=[camera.id for camera in story.camera],
        gauges=[gauge_id for node in story.node for gauge_id in node.gauges],
        ports=(host, camera_port, first_gauge_port),
        hold=hold,
        state_file=state_file,
    )


@app.command()
def fault(
    device: Annotated[
        str | None,
        typer.Argument(help="Identifier of a camera or gauge; without it, all devices are listed with their faults."),
    ] = None,
    kind: Annotated[str, typer.Argument(help="Kind of fault; none clears it.")] = "none",
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Time in seconds after which the fault is cleared.")
    ] = None,
    control: ControlOption = None,
) -> None:
    """Set or clear a fault of a camera or gauge in a running simulator.

    The simulator is one of the commands city, gauges, cameras, smart, load and demo.
    """
    from siaga_sim.control import ControlError, query

    try:
        answer = query({"name": device, "kind": kind, "seconds": seconds}, control)
    except ControlError as error:
        _refuse([str(error)], EXIT_NOBODY)
    if device is None:
        for name, what in answer["faults"].items():
            typer.echo(f"{name}: {what}")
        return
    typer.echo(f"{device}: {answer['fault']}" + (f" for {seconds:g} s" if seconds else ""))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def demo(context: typer.Context) -> None:
    """Play a story through the real cloud, broker and edge agents; see `siaga-sim demo --help`."""
    # Imported here, because only the demo needs the database and the broker.
    module = importlib.import_module("siaga_sim.demo.main")
    module.app(args=context.args, prog_name="siaga-sim demo")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def siege(context: typer.Context) -> None:
    """Attack the real programs beside an honest storm and measure what they believe; see `siaga-sim siege --help`."""
    module = importlib.import_module("siaga_sim.siege.main")
    module.app(args=context.args, prog_name="siaga-sim siege")


@app.command()
def smart(
    broker: Annotated[str, typer.Option("--broker", help="Host and port of the broker.")],
    passwords: Annotated[
        Path,
        typer.Option("--passwords", help="File with lines NODE:PASSWORD, where NODE is the identifier of the gauge."),
    ],
    scenario: ScenarioName = "storm",
    seconds: SecondsOption = None,
    city_key: Annotated[
        Path | None, typer.Option("--city-key", help="Public key (PEM) of the commands to accept.")
    ] = None,
) -> None:
    """Run smart gauges of the scenario, which connect to the broker themselves: one for each line of --passwords."""
    from siaga_sim.gauges.commands import CommandError, read_key
    from siaga_sim.smart_city import serve, smart_gauges

    story, place = _load(scenario, seconds)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    try:
        accounts = {account.node: account for account in broker_accounts(broker, passwords)}
        _chosen("gauge", [gauge.id for gauge in place.gauge], list(accounts))
        key = None if city_key is None else read_key(city_key)
        clock = StoryClock()
        asyncio.run(serve(smart_gauges(story, place, clock=clock, accounts=accounts, city_key=key), story, clock))
    except (BadPasswordsError, CommandError, OSError) as error:
        _refuse([f"smart: {error}"], EXIT_BAD_FILE)


app.command("nodes")(write_nodes)
app.command()(load)
app.command()(history)
app.command()(layers)


def main() -> None:
    """Run the command line of the simulator."""
    app()


def _load(scenario: str, seconds: float | None) -> tuple[Scenario, City]:
    try:
        return load_scenario(scenario, seconds=seconds)
    except BadFileError as error:
        _refuse(error.lines, EXIT_BAD_FILE)


def _chosen(kind: str, known: list[str], only: list[str] | None) -> list[str]:
    unknown = [name for name in only or () if name not in known]
    if unknown:
        _refuse([f"--only: got {kind} {unknown[0]!r}, expected one of {', '.join(known)}"], EXIT_BAD_FILE)
    return only or known


def _refuse(lines: Sequence[str], code: int) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)


def _cell(city: City, gauge_id: str, level_cm: float) -> str:
    limits = city.gauge_by_id(gauge_id).limits
    passed = sum(limit is not None and level_cm >= limit for limit in (limits.s3_cm, limits.s2_cm, limits.s1_cm))
    return f"{level_cm:.0f}{'*' * passed}"


def _serve(
    story: Scenario,
    city: City,
    *,
    cameras: Sequence[str],
    gauges: Sequence[str],
    ports: tuple[str, int, int],
    hold: bool,
    state_file: Path | None,
) -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(_run(story, city, cameras, gauges, ports, hold=hold, state_file=state_file))
        except OSError as error:
            _refuse([str(error)], EXIT_NO_PORT)


async def _run(
    story: Scenario,
    city: City,
    cameras: Sequence[str],
    gauges: Sequence[str],
    ports: tuple[str, int, int],
    *,
    hold: bool,
    state_file: Path | None,
) -> None:
    # The drawing and its libraries load only for what serves.
    from siaga_sim.control import listening as obeying
    from siaga_sim.nodes import city_nodes
    from siaga_sim.running import ListenAddresses, running_city

    host, camera_port, gauge_port = ports
    listening = ListenAddresses(host=host, camera_port=camera_port, first_gauge_port=gauge_port)
    stop, begin = _signals(asyncio.get_running_loop())
    async with (
        running_city(story, city, camera_ids=cameras, gauge_ids=gauges, listening=listening) as running,
        obeying(running) as control,
    ):
        camera_urls, addresses = running.camera_urls, running.gauge_addresses
        facts = {"scenario": story.name, "seconds": story.seconds, "river_speed": round(story.river_speed, 3)}
        where = {
            "cameras": camera_urls,
            "gauges": {name: {"host": at[0], "port": at[1], "unit": 1} for name, at in addresses.items()},
            "control": str(control),
            "nodes": city_nodes(story, city, camera_urls=camera_urls, gauge_addresses=addresses),
        }
        _write_state({"state": "ready", **facts, **where}, state_file)
        if not hold:
            begin.set()
        if await _either(begin, stop):
            running.clock.begin()
            _write_state({"state": "running", **facts, **where}, state_file)
            await _ended(stop, running.clock, story.seconds)
            _write_state({"state": "over", **facts, **where}, state_file)
            await stop.wait()
    drawn = {feed.camera_id: feed.counts.as_dict() for feed in running.feeds}
    _write_state({"state": "stopped", **facts, "drawn": drawn}, state_file)


def _signals(loop: asyncio.AbstractEventLoop) -> tuple[asyncio.Event, asyncio.Event]:
    stop, begin = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, begin.set)
    return stop, begin


async def _either(begin: asyncio.Event, stop: asyncio.Event) -> bool:
    waits = [asyncio.create_task(begin.wait()), asyncio.create_task(stop.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return not stop.is_set()


async def _ended(stop: asyncio.Event, clock: StoryClock, seconds: float) -> None:
    while clock.seconds() < seconds and not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)


def _write_state(state: dict[str, Any], state_file: Path | None) -> None:
    line = json.dumps(state)
    if state_file is not None:
        # In one move, so that whoever waits for the file never reads half of it.
        unfinished = state_file.with_name(state_file.name + ".new")
        unfinished.write_text(line + "\n", encoding="utf-8")
        unfinished.replace(state_file)
    typer.echo(line)
    sys.stdout.flush()
