"""Defines the command group `siaga-cloud admin`: imports, tokens, dead letters and nodes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siaga_cloud.alerts import cli as alerting
from siaga_cloud.dashboards import cli as grafana
from siaga_cloud.fleet.cli import commands as fleet
from siaga_cloud.fleet.cli import replays
from siaga_cloud.forecast import cli as forecasts
from siaga_cloud.operations.cli import backups, deployment
from siaga_cloud.operations.cli import disk as disk_forecast
from siaga_cloud.operations.trace import cli as tracing
from siaga_cloud.people import cli as people
from siaga_cloud.tasks import cli as proof_policy
from siaga_cloud.webhooks import cli as webhooks

if TYPE_CHECKING:
    from siaga_cloud.platform.db.connection import Connection

# Everything heavy is imported by the command that needs it: a command line should answer at once.
app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
imports = typer.Typer(no_args_is_help=True, help="Load the city from files; each file whole or not at all.")
dead_letter_app = typer.Typer(no_args_is_help=True, help="Messages that could not be read or kept.")
review = typer.Typer(no_args_is_help=True, help="What verdicts teach: pictures for training, thresholds of cameras.")
app.add_typer(imports, name="import")
app.add_typer(dead_letter_app, name="dead-letters")
app.add_typer(review, name="review")

app.add_typer(fleet.app, name="fleet")
app.command("fleet-key")(fleet.fleet_key)
app.command("enrol")(fleet.enrol)
app.add_typer(people.app, name="user")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(grafana.app, name="grafana")
app.command("forget-reporter")(people.forget_reporter)
app.command("audit")(people.export_audit)
app.add_typer(replays.app, name="replay")
app.command("trace")(tracing.trace)
app.command("disk")(disk_forecast.disk)
app.command("backup")(backups.make_backup)
app.command("restore")(backups.restore_backup)
app.command("check-backup")(backups.check_backup)
app.command("backups")(backups.list_backups)
app.command("push-key")(alerting.make_push_key)
app.command("forget-subscriber")(alerting.forget_subscriber)
app.command("secrets")(deployment.make_secrets)
app.command("first-start")(deployment.first_start)
app.command("fit-forecasts")(forecasts.fit_forecasts)
app.command("proof-policy")(proof_policy.set_proof_policy)

File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]


def _import(file: Path, how: Callable[[Connection, Path], str]) -> None:
    from siaga_cloud.platform.cli import database

    with database() as conn:
        done = how(conn, file)
    typer.echo(f"imported {done} from {file}")


@imports.command("areas")
def import_areas(
    file: File,
    names: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="KEY=PROPERTY", help="what the file calls our name, code, kind or parent"),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="of every feature: province, city, kecamatan, kelurahan, rw, river, canal", show_default=False
        ),
    ] = None,
) -> None:
    """Areas (polygons) and rivers (lines) from GeoJSON with the properties name, code, kind and parent."""
    from siaga_cloud.city.cli import imports as load
    from siaga_cloud.city.files.areas import property_names

    _import(file, lambda conn, path: load.load_areas(conn, path, property_names(names or (), kind)))


@imports.command("agencies")
def import_agencies(file: File) -> None:
    """Agencies and which categories go to them (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_agencies)


@imports.command("gauges")
def import_gauges(file: File) -> None:
    """Gauges with their Siaga limits (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_gauges)


@imports.command("sites")
def import_sites(file: File) -> None:
    """Cameras with their zones (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_sites)


@imports.command("users")
def import_users(file: File) -> None:
    """People and their roles (TOML, without secrets)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_users)


@imports.command("policy")
def import_policy(file: File) -> None:
    """What the city decides about tasks, clocks, pauses, routing, notifications and templates (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_policy)


@imports.command("incidents")
def import_incident_rules(file: File) -> None:
    """When signals are one incident, by category, and how far kinds of source are believed (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_incident_rules)


@imports.command("layer")
def import_layer(
    file: File,
    layer_id: Annotated[str, typer.Option("--id", help="such as police-posts; one of that id is replaced")],
    title_id: Annotated[str, typer.Option("--title-id", help="in Indonesian")],
    title_en: Annotated[str, typer.Option("--title-en", help="in English")],
    attribution: Annotated[str, typer.Option(help="whom it comes from")],
    licence: Annotated[str, typer.Option(help="under which it may be shown, such as CC-BY-4.0")],
    style: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML: colour, icon, ...")] = None,
    lat: Annotated[str, typer.Option(help="CSV: the column of the latitude")] = "lat",
    lon: Annotated[str, typer.Option(help="CSV: the column of the longitude")] = "lon",
    delimiter: Annotated[str, typer.Option(help="CSV: what stands between columns")] = ",",
) -> None:
    """A layer of points, lines or polygons, from GeoJSON or CSV, joined to the city's areas."""
    from siaga_cloud.city.cli import layers

    def load(conn: Connection, path: Path) -> str:
        words = {"id": layer_id, "title_id": title_id, "title_en": title_en, "lat": lat, "lon": lon}
        rest = {"attribution": attribution, "licence": licence, "delimiter": delimiter}
        return layers.load_layer(conn, path, layers.table_of(path, style=layers.read_style(style), **words, **rest))

    _import(file, load)


@imports.command("layers")
def import_layers(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", show_default=False)],
) -> None:
    """Every layer that the folder's layers.toml names, all or none."""
    from siaga_cloud.city.cli import layers

    _import(folder, lambda conn, path: "\nimported ".join(layers.load_layers(conn, path)))


@imports.command("statistics")
def import_statistics(file: File) -> None:
    """Older data of areas, such as population (CSV: code, or area and parent; name, value, as_of, source)."""
    from siaga_cloud.city.cli import statistics

    _import(file, statistics.load_statistics)


@app.command("remove-layer")
def remove_layer(layer_id: Annotated[str, typer.Argument(metavar="ID", show_default=False)]) -> None:
    """Take a layer away."""
    from siaga_cloud.city.store import layers
    from siaga_cloud.platform.cli import database, fail

    with database() as conn:
        removed = layers.remove(conn, layer_id)
    if not removed:
        fail(f"layer: got {layer_id!r}, expected the id of an imported layer", code=2)
    typer.echo(f"removed layer {layer_id}")


@imports.command("gazetteer")
def import_gazetteer(file: File) -> None:
    """Streets and landmarks as people call them (CSV), for places in messages; replaces those from before."""
    from siaga_cloud.city.cli.gazetteer import load_gazetteer

    _import(file, load_gazetteer)


@imports.command("feeds")
def import_feeds(file: File) -> None:
    """Which other systems are read, and how (TOML, without secrets); replaces those from before."""
    from siaga_cloud.feeds.cli import load_feeds

    _import(file, load_feeds)


@imports.command("lapor")
def import_lapor(file: File) -> None:
    """Complaints exported from LAPOR! (CSV); each is taken once, the unsure ones go to the operators' inbox."""
    from siaga_cloud.channels.cli import load_lapor
    from siaga_cloud.platform.cli import media_dir

    folder = media_dir()
    _import(file, lambda conn, path: load_lapor(conn, path, media_dir=folder, now=datetime.now(UTC)))


@imports.command("city")
def import_city(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", show_default=False)],
) -> None:
    """A whole folder: areas and rivers .geojson, agencies, gauges, sites, users, policy, incidents .toml, as there."""
    from siaga_cloud.city.cli import imports as load
    from siaga_cloud.platform.cli import database

    with database() as conn:
        done = load.load_city_folder(conn, folder)
    typer.echo("\n".join(f"imported {line}" for line in done))


@app.command("token")
def make_token(user: Annotated[str, typer.Argument(help="the user's id", show_default=False)]) -> None:
    """Make a new bearer token for a user and print it, once; an older one stops working."""
    from siaga_cloud.city.store import imports as load_city
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.db.callers import token_hash

    token = secrets.token_urlsafe(32)
    with database() as conn:
        made = load_city.set_token(conn, user_id=user, token_sha256=token_hash(token), now=datetime.now(UTC))
    if not made:
        fail(f"user: got {user!r}, expected the id of an imported, active user", code=2)
    typer.echo(token)


@imports.command("history")
def import_history(
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False)],
    source: Annotated[str, typer.Option(help="the system it comes from; loading it twice adds nothing")] = "history",
) -> None:
    """A past: users.toml, gauges.toml, statistics.csv, complaints.csv(.gz) with outcomes, readings-*.csv(.gz)."""
    from siaga_cloud.operations.history.cli import load_past

    _import(folder, lambda conn, path: load_past(conn, path, source=source, report=typer.echo))


@dead_letter_app.command("list")
def list_dead_letters(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="at most so many, the oldest first")] = 50,
    feed: Annotated[str | None, typer.Option(metavar="ID", help="only those of this feed")] = None,
) -> None:
    """Letters that wait, the oldest first."""
    from siaga_cloud.dead_letters import cli as dead_letters

    dead_letters.show(limit, feed)


@dead_letter_app.command("replay")
def replay_dead_letters(
    ids: Annotated[list[int] | None, typer.Argument(help="numbers from `list`", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="every letter that waits (10000 at most)")] = False,
    feed: Annotated[str | None, typer.Option(metavar="ID", help="every letter of this feed that waits")] = None,
) -> None:
    """Replay dead letters, each once; those that are still unreadable stay, and the exit code is 1."""
    from siaga_cloud.dead_letters import cli as dead_letters

    if sum((bool(ids), everything, feed is not None)) != 1:
        typer.echo("siaga-cloud admin: expected numbers from `list`, or --all, or --feed", err=True)
        raise typer.Exit(2)
    raise typer.Exit(1 if dead_letters.replay_many(ids or (), feed) else 0)


@review.command("export")
def export_review(
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False, help="a new or empty folder")],
    val_share: Annotated[float, typer.Option(min=0, max=0.9, help="of the cameras, kept from training")] = 0.2,
    marked: Annotated[bool, typer.Option("--marked", help="also pictures with the alarm's box drawn on them")] = False,
) -> None:
    """Write the review set in YOLO format, split by camera; the export is on record."""
    from siaga_cloud.review import cli as command

    command.export(folder, val_share=val_share, marked=marked)


@review.command("thresholds")
def show_thresholds(
    camera: Annotated[str | None, typer.Option(metavar="ID", help="only this camera", show_default=False)] = None,
    apply: Annotated[bool, typer.Option("--apply", help="order what is proposed, after showing it")] = False,
) -> None:
    """Show which thresholds the verdicts propose, and what each would have cost and spared."""
    from siaga_cloud.review import cli as command

    command.thresholds(camera, send=apply)
