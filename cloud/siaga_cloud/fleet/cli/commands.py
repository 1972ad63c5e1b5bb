"""Defines the commands `siaga-cloud admin fleet ...`, `enrol` and `fleet-key`."""

from __future__ import annotations

import getpass
import os
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from siaga_cloud.fleet.cli import blocks, sources

if TYPE_CHECKING:
    from siaga_cloud.settings import Settings
    from siaga_core.wire.fleet import CommandBody, ProgramPackage

app = typer.Typer(
    help="Manage nodes: their configuration, models and drift, and commands to them.", pretty_exceptions_enable=False
)

app.command("release")(sources.release)
app.command("refused")(sources.refused)
app.command("block")(blocks.block)
app.command("unblock")(blocks.unblock)
app.command("blocked")(blocks.blocked)
app.command("broker-files")(blocks.write_files)

Node = Annotated[str, typer.Argument(metavar="NODE", show_default=False, help="Name of the node.")]
Outgoing: TypeAlias = tuple[str, bytes, bool]  # topic, payload, retain
Role = Annotated[Literal["detector", "water"], typer.Argument(show_default=False, help="Role of the model.")]


def fleet_key(
    authority: Annotated[
        bool,
        typer.Option(
            "--authority", help="Create the certificate authority for nodes instead of the key that signs commands."
        ),
    ] = False,
) -> None:
    """Create the city's signing key in SIAGA_FLEET_DIR and print the path of the public key.

    An existing key is never replaced.
    """
    from siaga_cloud.fleet import keys

    with _complaining():
        folder = _settings().fleet.folder
        made = keys.make_authority(folder, now=_now()) if authority else keys.make_key(folder)
    typer.echo(str(made))


def enrol(
    node: Node,
    hours: Annotated[float, typer.Option(min=0.1, max=720, help="Number of hours for which the token is valid.")] = 24,
    qr: Annotated[
        bool, typer.Option("--qr", help="Print also the command for the node, with the token, as a QR code.")
    ] = False,
) -> None:
    """Create a one-time token with which a node of this name obtains its credentials, and print it once."""
    from siaga_cloud.fleet.service.enrolment import make_token
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import SiagaError

    _check_name(node)
    try:
        with database() as conn:
            token = make_token(conn, node, now=_now(), lasts=timedelta(hours=hours))
    except SiagaError as error:
        fail(str(error), code=2)
    typer.echo(token)
    if qr:
        _print_code(token)


def _print_code(token: str) -> None:
    from siaga_cloud.fleet.qr_code import as_text, modules_of
    from siaga_cloud.fleet.service.enrolment import command_with_token

    typer.echo(as_text(modules_of(command_with_token(_settings().public_url, token))))


@app.command("list")
def show(
    drift: Annotated[
        bool, typer.Option("--drift", help="List only nodes whose configuration differs from the wanted one.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List nodes with the wanted and the running configuration, and the differences."""
    from siaga_cloud.fleet.service import drift as report
    from siaga_cloud.fleet.store import commands as fleet
    from siaga_cloud.platform.cli import database

    with database() as conn:
        nodes = [node for node in fleet.drift(conn) if node.differs or not drift]
    typer.echo(report.as_json(nodes) if as_json else report.as_table(nodes))


@app.command("config")
def send_config(
    node: Node,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", show_default=False, help="Configuration with the tables of NODE.toml."),
    ],
) -> None:
    """Sign a configuration, store it as the wanted one and send it to the node as a retained message."""
    from siaga_cloud.fleet import keys
    from siaga_cloud.fleet.service import commands
    from siaga_cloud.platform.cli import database, fail

    _check_name(node)
    with _complaining():
        settings = _settings()
        key = keys.load_key(settings.fleet.folder)
        body = file.read_text("utf-8")
    try:
        with database() as conn:
            message = commands.make_config(conn, key, node, body, now=_now(), by=getpass.getuser())
    except commands.CommandFileError as error:
        fail(f"{file}: {error}", code=2)
    typer.echo(f"{node}: version {message.version} ({message.sha256[:12]}) is the wanted configuration")
    _send(settings, _configs([message.node]))


@app.command("publish")
def publish_all() -> None:
    """Send the wanted configuration of every node that is not blocked again, after the broker lost its retained
    messages.
    """
    from siaga_cloud.fleet.store import blocks as block_store
    from siaga_cloud.fleet.store import commands as fleet
    from siaga_cloud.platform.cli import database

    with database() as conn:
        blocked = block_store.blocked(conn)
        names = [config.node_id for config in fleet.wanted(conn) if config.node_id not in blocked]
    _send(_settings(), _configs(names))


@app.command("model")
def offer_model(
    node: Node,
    role: Role,
    file: Annotated[Path, typer.Argument(metavar="MODEL.onnx", show_default=False, help="File of the model to offer.")],
    row: Annotated[
        str, typer.Option(metavar="MANIFEST:NAME", help="Path of manifest.toml and name of the model in it.")
    ],
    url: Annotated[
        str | None,
        typer.Option(help="Address from which the node downloads the model; without it, MQTT messages carry it."),
    ] = None,
    share: Annotated[float, typer.Option(min=0, max=1, help="Share of frames that the shadow model processes.")] = 0.1,
) -> None:
    """Offer a model to a node, which downloads it and runs it as a shadow model beside the active one."""
    from siaga_cloud.fleet.service.commands import pieces
    from siaga_core.wire import topics
    from siaga_core.wire.fleet import OfferModel, sha256_of

    _check_name(node)
    with _complaining():
        data = file.read_bytes()
        name, text = _row(row)
    sha256 = sha256_of(data)
    offer = OfferModel(role=role, name=name, sha256=sha256, size_bytes=len(data), row=text, url=url, shadow_share=share)
    parts = [] if url else pieces(data)
    more = ((topics.model_piece(node, sha256, index), piece, False) for index, piece in enumerate(parts))
    _command(node, offer, more)
    typer.echo(f"{node}: {role} {name} {sha256} offered")


@app.command("switch")
def switch_model(
    node: Node,
    role: Role,
    sha256: Annotated[str, typer.Argument(show_default=False, help="SHA-256 hash of the shadow model.")],
) -> None:
    """Make the shadow model the active one; the node reverts to the previous model if the new one fails."""
    from siaga_core.wire.fleet import SwitchModel

    _command(node, SwitchModel(role=role, sha256=sha256), ())


@app.command("drop")
def drop_model(node: Node, role: Role) -> None:
    """Stop the shadow model, or return to the configured model."""
    from siaga_core.wire.fleet import DropModel

    _command(node, DropModel(role=role), ())


@app.command("program")
def update_program(
    node: Node,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="PACKAGE.deb", show_default=False, help="Package siaga-edge_VERSION_ARCHITECTURE.deb to install."
        ),
    ],
    url: Annotated[str, typer.Option(help="Address from which the node downloads the package.")],
    previous: Annotated[
        Path | None,
        typer.Option(
            metavar="PACKAGE.deb", help="Package of the version that the node runs, for a node that was never updated."
        ),
    ] = None,
    previous_url: Annotated[str | None, typer.Option(help="Address of that package.")] = None,
) -> None:
    """Install a version of the agent on a node, which reverts to the previous version if the new one fails."""
    from siaga_core.wire.fleet import UpdateProgram

    with _complaining():
        package = _package(file, url)
        if (previous is None) != (previous_url is None):
            raise ValueError("--previous and --previous-url: got one of them, expected both or none")
        before = _package(previous, previous_url) if previous is not None and previous_url is not None else None
        body = UpdateProgram(package=package, previous=before)
    _command(node, body, ())


def _package(file: Path, url: str) -> ProgramPackage:
    from siaga_core.wire.fleet import ProgramPackage, sha256_of

    name, _, rest = file.name.partition("_")
    version, _, architecture = rest.partition("_")
    if name != "siaga-edge" or not architecture.endswith(".deb"):
        raise ValueError(f"{file.name}: expected a name such as siaga-edge_1.2.0_amd64.deb")
    data = file.read_bytes()
    return ProgramPackage(version=version, sha256=sha256_of(data), size_bytes=len(data), url=url)


@app.command("storm")
def announce_storm(
    node: Node,
    minutes: Annotated[
        float, typer.Option(min=0, max=2880, help="Duration of storm mode in minutes from now; 0 ends it.")
    ] = 120.0,
) -> None:
    """Put a node into storm mode: for a limited time it analyses its cameras and reads its gauges more often."""
    from siaga_core.wire.fleet import AnnounceStorm

    _command(node, AnnounceStorm(until=_now() + timedelta(minutes=minutes)), ())


def _command(node: str, body: CommandBody, more: Iterable[Outgoing]) -> None:
    from siaga_cloud.fleet import keys
    from siaga_cloud.fleet.service import commands
    from siaga_cloud.platform.cli import database, fail
    from siaga_core.wire import topics
    from siaga_core.wire.codec import encode

    _check_name(node)
    with _complaining():
        settings = _settings()
        key = keys.load_key(settings.fleet.folder)
    try:
        with database() as conn:
            message = commands.make_command(conn, key, node, body, now=_now(), by=getpass.getuser())
    except commands.CommandFileError as error:
        fail(str(error), code=2)
    message_to_send = (topics.down(node, topics.DownStream.COMMAND), encode(message), False)
    _send(settings, _chained(message_to_send, more))
    typer.echo(f"{node}: command {message.number} {body.kind} sent")


def _chained(first: tuple[str, bytes, bool], more: Iterable[Outgoing]) -> Iterator[tuple[str, bytes, bool]]:
    yield first
    yield from more


def _configs(names: Iterable[str]) -> list[Outgoing]:
    """Return the newest of each, so that two commands at once cannot leave the older one retained."""
    from siaga_cloud.fleet.service.commands import message_of
    from siaga_cloud.fleet.store import commands as fleet
    from siaga_cloud.platform.cli import database
    from siaga_core.wire import topics
    from siaga_core.wire.codec import encode

    with database() as conn:
        found = [config for name in names for config in fleet.wanted(conn, name)]
    return [(topics.down(each.node_id, topics.DownStream.CONFIG), encode(message_of(each)), True) for each in found]


def _send(settings: Settings, messages: Iterable[Outgoing]) -> None:
    from siaga_cloud.fleet.publisher import PublishError, publish
    from siaga_cloud.platform.cli import fail

    try:
        sent = publish(settings.broker, messages)
    except PublishError as error:
        fail(f"stored, but not sent: {error}; send configurations again with siaga-cloud admin fleet publish", code=1)
    typer.echo(f"sent {sent} messages to the broker", err=True)


def _row(text: str) -> tuple[str, str]:
    """Name and TOML of a manifest row, without what belongs to the file there."""
    import tomli_w

    path, _, name = text.rpartition(":")
    rows = tomllib.loads(Path(path).read_text("utf-8"))
    if name not in rows:
        raise ValueError(f"--row {text}: expected MANIFEST:NAME with one of {', '.join(sorted(rows))}")
    tables_toml = {key: value for key, value in rows[name].items() if key not in {"file", "sha256"}}
    return name, tomli_w.dumps(tables_toml)


def _check_name(node: str) -> None:
    import re

    from siaga_cloud.platform.cli import fail
    from siaga_core.wire.ids import NAME_PATTERN

    if not re.fullmatch(NAME_PATTERN, node):
        fail(f"NODE: got {node!r}, expected a name that matches {NAME_PATTERN}", code=2)


@contextmanager
def _complaining() -> Iterator[None]:
    from siaga_cloud.fleet.keys import FleetKeyError
    from siaga_cloud.platform.cli import fail
    from siaga_cloud.settings import SettingsError

    try:
        yield
    except (FleetKeyError, SettingsError, OSError, ValueError) as error:
        fail(str(error), code=2)


def _settings() -> Settings:
    from siaga_cloud.settings import load

    return load(os.environ)


def _now() -> datetime:
    return datetime.now(UTC)
