"""The command line of the edge agent."""

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
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The edge agent of Siaga, which runs on a node.",
)

# The image libraries take seconds to load on a small node.
_WITHOUT_IMAGES = (["check"], ["doctor"], ["run"], ["status"], ["enrol"], ["discover"], ["--version"])

NodeFile = Annotated[Path, typer.Argument(metavar="NODE.toml", help="Configuration file of the node.")]


@app.command()
def check(node_file: NodeFile) -> None:
    """Check NODE.toml and print every error on its own line; exit with code 2 if there is one."""
    settings = _load_or_exit(node_file, complain_on_stderr=False)
    typer.echo(_summary(settings))


@app.command("doctor")
def doctor(node_file: NodeFile) -> None:
    """Check that the broker, every camera and every gauge of NODE.toml respond; exit with code 1 if one does not."""
    from siaga_edge.adapters.mqtt_check import greet
    from siaga_edge.runtime.delivery import broker_address
    from siaga_edge.runtime.self_check import check_all

    settings, is_ok = _load_or_exit(node_file), True
    name = settings.node.name
    for checked in check_all(settings, greet=lambda: greet(name, broker_address(settings.broker, settings.username))):
        is_ok = is_ok and checked.is_ok
        typer.echo(f"{'ok' if checked.is_ok else 'failed':<6} {checked.subject}: {checked.detail}")
    if not is_ok:
        raise typer.Exit(1)


@app.command()
def run(node_file: NodeFile) -> None:
    """Run the edge agent until Ctrl-C or SIGTERM."""
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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Print the state of the node's outbox; the agent need not run."""
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
        f"{found.sent} messages in total: {found.waiting} waiting for the cloud ({found.bytes} bytes{oldest}), "
        f"{found.evicted} evicted, the others acknowledged; {_count(found.open_events, 'open event')}"
    )


@app.command()
def enrol(
    url: Annotated[str, typer.Option(metavar="CLOUD", help="Address of the cloud, https://...")],
    token: Annotated[
        str,
        typer.Option(
            metavar="T", help="One-time token of `siaga-cloud admin enrol NODE`; - reads it from standard input."
        ),
    ],
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder to write the files to.")] = Path(),
    ca: Annotated[
        Path | None,
        typer.Option(metavar="PEM", help="Certificate authority (PEM) that issued the cloud's HTTPS certificate."),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder in which the node stores its outbox; by default /var/lib/siaga where FOLDER is /etc/siaga, "
            "else the folder data beside NODE.toml.",
        ),
    ] = None,
) -> None:
    """Enrol this node: exchange a one-time token for its credentials, and write them with an initial NODE.toml."""
    from siaga_edge.fleet.enrolment import EnrolmentError, enrol_node

    try:
        given = sys.stdin.readline().strip() if token == "-" else token  # noqa: S105 - a dash is no secret
        written = enrol_node(url, given, folder, ca_file=ca, data_dir=data_dir)
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
    if sys.argv[1:2] in (["discover"], ["--help"], []):
        _add_discover()
    app(prog_name="siaga-edge")


def _add_camera_commands() -> None:
    # A node without cameras must run and be checked even where the image libraries are missing or broken.
    try:
        commands = import_module("siaga_edge.camera.offline.commands")
    except ImportError as error:
        for name in ("detect", "replay", "judge", "unseal", "level", "calibrate"):
            app.command(name, hidden=True)(_unavailable(name, error))
        return
    app.command("detect")(commands.detect)
    app.command("replay")(commands.replay)
    app.command("judge")(import_module("siaga_edge.camera.offline.judge_command").judge)
    app.command("unseal")(commands.unseal)
    app.command("level")(import_module("siaga_edge.camera.offline.level_command").level)
    app.command("calibrate")(import_module("siaga_edge.calibrate.command").calibrate)


def _add_discover() -> None:
    # The library of ONVIF takes a second to load, and no other command needs it.
    try:
        command = import_module("siaga_edge.onvif.command")
    except ImportError as error:
        app.command("discover")(_unavailable("discover", error))
        return
    app.command("discover")(command.discover_cameras)


def _unavailable(name: str, error: ImportError) -> Callable[[], None]:
    def command() -> None:
        typer.echo(f"siaga-edge {name}: the command cannot be loaded on this node: {error}", err=True)
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
