"""Command line of the edge: check a configuration, run a node, try the eyes on files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated

import typer

from siaga_edge.settings import ConfigError, NodeSettings, load_node

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The edge agent of Siaga."
)

# The picture libraries take seconds to load on a small box.
_WITHOUT_IMAGES = (["check"], ["try"], ["run"], ["status"], ["enrol"], ["--version"])

NodeFile = Annotated[Path, typer.Argument(metavar="NODE.toml", help="The node's configuration.")]


@app.command()
def check(node_file: NodeFile) -> None:
    """Say everything that is wrong with NODE.toml, one complaint a line; exit 2 if anything is."""
    settings = _load_or_exit(node_file, complain_on_stderr=False)
    typer.echo(_summary(settings))


@app.command("try")
def try_everything(node_file: NodeFile) -> None:
    """Ask the broker, every camera and every gauge of NODE.toml once whether they answer; exit 1 if any does not."""
    from siaga_edge.adapters.mqtt_check import greet
    from siaga_edge.runtime.delivery import broker_address
    from siaga_edge.runtime.self_check import try_all

    settings, is_well = _load_or_exit(node_file), True
    name = settings.node.name
    for attempted in try_all(settings, greet=lambda: greet(name, broker_address(settings.broker, settings.username))):
        is_well = is_well and attempted.is_well
        typer.echo(f"{'ok  ' if attempted.is_well else 'FAIL'} {attempted.what}: {attempted.result}")
    if not is_well:
        raise typer.Exit(1)


@app.command()
def run(node_file: NodeFile) -> None:
    """Run the node until it is told to stop (Ctrl-C or SIGTERM)."""
    from siaga_edge.runtime.builder import run_node
    from siaga_edge.runtime.errors import CannotStartError

    settings = _load_or_exit(node_file)
    try:
        run_node(settings, node_file)
    except CannotStartError as error:
        typer.echo(f"siaga-edge run: {error}", err=True)
        raise typer.Exit(1) from None


@app.command()
def status(
    node_file: NodeFile,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")] = False,
) -> None:
    """Say what the node's outbox holds, whether the agent runs or not."""
    from siaga_edge.adapters.sqlite_file import OutboxError
    from siaga_edge.adapters.sqlite_status import read_status

    settings = _load_or_exit(node_file)
    try:
        found = read_status(settings.node.data_dir)
    except OutboxError as error:
        typer.echo(f"siaga-edge status: {error}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str))
        return
    oldest = f", the oldest since {found.oldest_at:%Y-%m-%d %H:%M:%S} UTC" if found.oldest_at else ""
    typer.echo(
        f"{found.sent} messages so far: {_count(found.waiting, 'waits', 'wait')} for the cloud "
        f"({found.bytes} bytes{oldest}), {found.evicted} evicted, the rest committed; "
        f"{_count(found.open_events, 'event')} open"
    )


@app.command()
def enrol(
    url: Annotated[str, typer.Option(metavar="CLOUD", help="address of the cloud, https://...")],
    token: Annotated[str, typer.Option(metavar="T", help="of `siaga-cloud admin enrol NODE`; - reads it from stdin")],
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="where the files go")] = Path(),
    ca: Annotated[Path | None, typer.Option(metavar="PEM", help="whom to trust for the cloud's HTTPS")] = None,
) -> None:
    """Trade a one-time token for this box's credentials, and write them with a first NODE.toml."""
    from siaga_edge.fleet.enrolment import EnrolmentError, enrol_node

    try:
        given = sys.stdin.readline().strip() if token == "-" else token  # noqa: S105 - a dash is no secret
        written = enrol_node(url, given, folder, ca_file=ca)
    except EnrolmentError as error:
        typer.echo(f"siaga-edge enrol: {error}", err=True)
        raise typer.Exit(1) from None
    for path in written:
        typer.echo(str(path))


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(metadata.version("siaga"))
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Takes what stands before the command."""


def main() -> None:
    """Run the command line of `siaga-edge`."""
    if sys.argv[1:2] not in _WITHOUT_IMAGES:
        _add_camera_commands()
    app(prog_name="siaga-edge")


def _add_camera_commands() -> None:
    # A node without cameras must run and be checked even where the picture libraries are missing or broken.
    try:
        commands = import_module("siaga_edge.camera.offline.commands")
    except ImportError as error:
        for name in ("detect", "replay", "unseal", "level", "calibrate"):
            app.command(name, hidden=True)(_unavailable(name, error))
        return
    app.command("detect")(commands.detect)
    app.command("replay")(commands.replay)
    app.command("unseal")(commands.unseal)
    app.command("level")(import_module("siaga_edge.camera.offline.level_command").level)
    app.command("calibrate")(import_module("siaga_edge.calibrate.command").calibrate)


def _unavailable(name: str, error: ImportError) -> Callable[[], None]:
    def command() -> None:
        typer.echo(f"siaga-edge {name}: cannot be loaded here: {error}", err=True)
        raise typer.Exit(1)

    return command


def _load_or_exit(node_file: Path, *, complain_on_stderr: bool = True) -> NodeSettings:
    try:
        return load_node(node_file)
    except ConfigError as error:
        for complaint in error.complaints:
            typer.echo(complaint, err=complain_on_stderr)
        raise typer.Exit(2) from None


def _summary(settings: NodeSettings) -> str:
    zones = sum(len(camera.zones) for camera in settings.cameras)
    return (
        f"ok: node {settings.node.name}, {_count(len(settings.cameras), 'camera')} with {_count(zones, 'zone')}, "
        f"{_count(len(settings.gauges), 'gauge')}, broker {settings.broker.host}:{settings.broker.port}"
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


if __name__ == "__main__":
    main()
