"""`siaga-cloud admin`: imports, tokens, dead letters and the fleet of nodes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siaga_cloud.alerts import cli as alerting
from siaga_cloud.assets import cli as assets
from siaga_cloud.basemap import cli as basemap
from siaga_cloud.dashboards import cli as grafana
from siaga_cloud.fleet.cli import commands as fleet
from siaga_cloud.fleet.cli import replays
from siaga_cloud.forecast import cli as forecasts
from siaga_cloud.forecast import judge_cli as forecast_judge
from siaga_cloud.forecast.inputs import cli as forecast_inputs
from siaga_cloud.operations.cli import backups, deployment, off_site
from siaga_cloud.operations.cli import disk as disk_forecast
from siaga_cloud.operations.new_city import cli as new_city
from siaga_cloud.operations.trace import cli as tracing
from siaga_cloud.people import cli as people
from siaga_cloud.rain import cli as rain
from siaga_cloud.streets import cli as streets
from siaga_cloud.tasks import cli as proof_policy
from siaga_cloud.webhooks import cli as webhooks

if TYPE_CHECKING:
    from siaga_cloud.platform.db.connection import Connection

# Everything heavy is imported by the command that needs it: a command line should answer at once.
app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
imports = typer.Typer(
    no_args_is_help=True, help="Import data from files. Each file is imported completely or not at all."
)
dead_letter_app = typer.Typer(no_args_is_help=True, help="List and replay messages that could not be processed.")
review = typer.Typer(
    no_args_is_help=True, help="Use operators' verdicts: export images for training, propose thresholds for cameras."
)
app.add_typer(imports, name="import")
app.add_typer(dead_letter_app, name="dead-letters")
app.add_typer(review, name="review")

app.add_typer(basemap.app, name="basemap")
app.add_typer(fleet.app, name="fleet")
app.command("fleet-key")(fleet.fleet_key)
app.command("enrol")(fleet.enrol)
app.add_typer(people.app, name="user")
app.command("token")(people.manage_tokens)
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
app.command("send-backup")(off_site.send_backup)
app.command("fetch-backup")(off_site.fetch_backup)
app.command("push-key")(alerting.make_push_key)
app.command("forget-subscriber")(alerting.forget_subscriber)
app.command("secrets")(deployment.make_secrets)
app.command("first-start")(deployment.first_start)
app.command("checklist")(new_city.show_checklist)
app.command("fit-forecasts")(forecasts.fit_forecasts)
app.add_typer(forecast_judge.app, name="forecast")
app.command("proof-policy")(proof_policy.set_proof_policy)
app.command("verify-sampling")(proof_policy.verify_sampling)

imports.command("assets")(assets.import_assets)
imports.command("assets-of-layer")(assets.import_assets_of_layer)
imports.command("asset-states")(assets.import_asset_states)
imports.command("rain-gauges")(rain.import_rain_gauges)
imports.command("rain")(rain.import_rain)
imports.command("streets")(streets.import_streets)
imports.command("forecast-inputs")(forecast_inputs.import_inputs)
app.command("learn-streets")(streets.learn_streets)

File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="Path of the file to import.")]


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
        typer.Option(
            "--map",
            metavar="KEY=PROPERTY",
            help="Property of the file that holds name, code, kind or parent, where it has another name. Repeatable.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="Kind of all features of the file: province, city, kecamatan, kelurahan, rw, river or canal.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Import areas (polygons) and rivers (lines) from GeoJSON with the properties name, code, kind and parent."""
    from siaga_cloud.city.cli import imports as load
    from siaga_cloud.city.files.areas import property_names

    _import(file, lambda conn, path: load.load_areas(conn, path, property_names(names or (), kind)))


@imports.command("agencies")
def import_agencies(file: File) -> None:
    """Import agencies and the categories that they are responsible for (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_agencies)


@imports.command("gauges")
def import_gauges(file: File) -> None:
    """Import gauges with their Siaga limits (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_gauges)


@imports.command("sites")
def import_sites(file: File) -> None:
    """Import sites: cameras with their zones (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_sites)


@imports.command("users")
def import_users(file: File) -> None:
    """Import users and their roles (TOML, without secrets)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_users)


@imports.command("policy")
def import_policy(file: File) -> None:
    """Import the policy for tasks: deadlines, pauses, routing, notifications and message templates (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_policy)


@imports.command("incidents")
def import_incident_rules(file: File) -> None:
    """Import, by category, when signals belong to one incident, and the reliability of kinds of source (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_incident_rules)


@imports.command("layer")
def import_layer(
    file: File,
    layer_id: Annotated[
        str, typer.Option("--id", help="Identifier of the layer, such as police-posts; an existing layer is replaced.")
    ],
    title_id: Annotated[str, typer.Option("--title-id", help="Title of the layer in Indonesian.")],
    title_en: Annotated[str, typer.Option("--title-en", help="Title of the layer in English.")],
    attribution: Annotated[str, typer.Option(help="Organisation that publishes the data.")],
    licence: Annotated[str, typer.Option(help="Licence of the data, such as CC-BY-4.0.")],
    style: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML file with the style: colour, icon and so on.")
    ] = None,
    lat: Annotated[str, typer.Option(help="Name of the latitude column of a CSV file.")] = "lat",
    lon: Annotated[str, typer.Option(help="Name of the longitude column of a CSV file.")] = "lon",
    delimiter: Annotated[str, typer.Option(help="Character that separates the columns of a CSV file.")] = ",",
) -> None:
    """Import a layer of points, lines or polygons from GeoJSON or CSV, and match its features to the city's areas."""
    from siaga_cloud.city.cli import layers

    def load(conn: Connection, path: Path) -> str:
        words = {"id": layer_id, "title_id": title_id, "title_en": title_en, "lat": lat, "lon": lon}
        rest = {"attribution": attribution, "licence": licence, "delimiter": delimiter}
        return layers.load_layer(conn, path, layers.table_of(path, style=layers.read_style(style), **words, **rest))

    _import(file, load)


@imports.command("layers")
def import_layers(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", show_default=False, help="Folder with layers.toml and its files.")
    ],
) -> None:
    """Import every layer that layers.toml of the folder lists, all or none."""
    from siaga_cloud.city.cli import layers

    _import(folder, lambda conn, path: "\nimported ".join(layers.load_layers(conn, path)))


@imports.command("statistics")
def import_statistics(file: File) -> None:
    """Import statistics of areas, such as population, from CSV.

    The columns are name, value, as_of and source, and for the area either code or both area and parent.
    """
    from siaga_cloud.city.cli import statistics

    _import(file, statistics.load_statistics)


@app.command("remove-layer")
def remove_layer(
    layer_id: Annotated[str, typer.Argument(metavar="ID", show_default=False, help="Identifier of the layer.")],
) -> None:
    """Delete a layer and its features."""
    from siaga_cloud.city.store import layers
    from siaga_cloud.platform.cli import database, fail

    with database() as conn:
        removed = layers.remove(conn, layer_id)
    if not removed:
        fail(f"layer: got {layer_id!r}, expected the id of an imported layer", code=2)
    typer.echo(f"removed layer {layer_id}")


@imports.command("gazetteer")
def import_gazetteer(file: File) -> None:
    """Import the place names that are recognised in messages (CSV); they replace all earlier ones."""
    from siaga_cloud.city.cli.gazetteer import load_gazetteer

    _import(file, load_gazetteer)


@imports.command("words")
def import_words(file: File) -> None:
    """Import a word list of the city, by which messages in its language are understood (TOML)."""
    from siaga_cloud.city.cli import imports as load

    _import(file, load.load_words)


@imports.command("feeds")
def import_feeds(file: File) -> None:
    """Import the list of feeds with their options (TOML, without secrets); it replaces the earlier list."""
    from siaga_cloud.feeds.cli import load_feeds

    _import(file, load_feeds)


@imports.command("lapor")
def import_lapor(file: File) -> None:
    """Import complaints exported from LAPOR! (CSV), each one once; unclear ones go to the operators' inbox."""
    from siaga_cloud.channels.cli import load_lapor
    from siaga_cloud.platform.cli import media_dir

    folder = media_dir()
    _import(file, lambda conn, path: load_lapor(conn, path, media_dir=folder, now=datetime.now(UTC)))


@imports.command("city")
def import_city(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", show_default=False, help="Folder with the files of a city.")
    ],
) -> None:
    """Import the folder of a city.

    The files are areas and rivers (.geojson), agencies, gauges, sites, users, policy and incidents (.toml), pumps and
    gates (assets.csv), rain gauges (rain-gauges.csv), and segments of streets (streets.geojson); files that the folder
    does not contain are skipped. A drawn map (basemap.toml) becomes the basemap where there is none.
    """
    from siaga_cloud.city.cli import imports as load
    from siaga_cloud.platform.cli import database

    with database() as conn:
        done = load.load_city_folder(conn, folder)
        done += assets.load_of_city(conn, folder) + rain.load_of_city(conn, folder)
        done += streets.load_of_city(conn, folder)
    typer.echo("\n".join(f"imported {line}" for line in done))
    basemap.install_drawn_map(folder)


@imports.command("history")
def import_history(
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False, help="Folder with the historical data.")],
    source: Annotated[
        str, typer.Option(help="Name of the system that the data comes from; complaints of one system are stored once.")
    ] = "history",
) -> None:
    """Import historical data of another system.

    The files are users.toml, gauges.toml, statistics.csv, complaints.csv(.gz) with the outcomes, and
    readings-*.csv(.gz). The import may be repeated; it then adds only what is missing.
    """
    from siaga_cloud.operations.history.cli import load_past

    _import(folder, lambda conn, path: load_past(conn, path, source=source, report=typer.echo))


@dead_letter_app.command("list")
def list_dead_letters(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number of dead letters to list.")] = 50,
    feed: Annotated[str | None, typer.Option(metavar="ID", help="List only the dead letters of this feed.")] = None,
) -> None:
    """List the dead letters that have not been replayed, oldest first."""
    from siaga_cloud.dead_letters import cli as dead_letters

    dead_letters.show(limit, feed)


@dead_letter_app.command("replay")
def replay_dead_letters(
    ids: Annotated[
        list[int] | None,
        typer.Argument(help="Numbers of the dead letters, as printed by `list`.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Replay every dead letter, 10000 at most.")] = False,
    feed: Annotated[str | None, typer.Option(metavar="ID", help="Replay every dead letter of this feed.")] = None,
) -> None:
    """Process dead letters again as if they had just arrived.

    A dead letter that still cannot be processed stays in the list, and the command exits with code 1.
    """
    from siaga_cloud.dead_letters import cli as dead_letters

    if sum((bool(ids), everything, feed is not None)) != 1:
        typer.echo("siaga-cloud admin: expected either numbers from `list`, or --all, or --feed", err=True)
        raise typer.Exit(2)
    raise typer.Exit(1 if dead_letters.replay_many(ids or (), feed) else 0)


@review.command("export")
def export_review(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", show_default=False, help="Folder to write to; it must be new or empty.")
    ],
    val_share: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of the cameras that is reserved for validation.")
    ] = 0.2,
    marked: Annotated[
        bool, typer.Option("--marked", help="Include images on which the bounding box of the event is drawn.")
    ] = False,
) -> None:
    """Export the review set in YOLO format, split by camera; the audit log records the export."""
    from siaga_cloud.review import cli as command

    command.export(folder, val_share=val_share, marked=marked)


@review.command("clips")
def export_judged_clips(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", show_default=False, help="Folder to write to; it must be new or empty.")
    ],
) -> None:
    """Export the clips of events with a verdict, labelled for `siaga-edge judge`; the audit log records the export."""
    from siaga_cloud.review import cli as command

    command.clips(folder)


@review.command("thresholds")
def show_thresholds(
    camera: Annotated[str | None, typer.Option(metavar="ID", help="Show only this camera.", show_default=False)] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Print the proposal, then send it to the nodes as configuration.")
    ] = False,
) -> None:
    """Propose thresholds from verdicts, with the true alarms lost and the false alarms avoided by each."""
    from siaga_cloud.review import cli as command

    command.thresholds(camera, send=apply)
