"""`siaga-cloud admin grafana sync`: uploads the dashboards to a running Grafana and annotates its time axis."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from siaga_cloud.dashboards.grafana import Note
    from siaga_cloud.dashboards.store import SevereIncident, StageChange
    from siaga_cloud.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Manage the dashboards in Grafana.")


@app.callback()
def _group() -> None:
    """So that `sync` keeps its name while it is alone."""


@app.command("sync")
def sync(
    folder: Annotated[Path, typer.Option("--from", metavar="DIR", help="Folder that `make dashboards` wrote.")] = Path(
        "dashboards/generated"
    ),
    days: Annotated[
        int, typer.Option(min=1, max=90, help="Number of past days for which annotations are written.")
    ] = 7,
    annotations_only: Annotated[
        bool,
        typer.Option("--annotations-only", help="Update only the annotations, for a timer; change no dashboards."),
    ] = False,
) -> None:
    """Update dashboards, folders, teams and playlists, and annotate stage changes and severe incidents."""
    from siaga_cloud.dashboards import grafana
    from siaga_cloud.platform.cli import fail

    settings = _settings()
    if settings.grafana is None:
        fail("SIAGA_GRAFANA_URL: got nothing, expected the address of a Grafana", code=2)
    now = datetime.now(UTC)
    since = now - timedelta(days=days)
    try:
        with grafana.connected(settings.grafana) as api:
            if not annotations_only:
                done = grafana.push_dashboards(api, grafana.read_files(folder), public_url=settings.public_url)
                typer.echo(
                    f"updated {done.dashboards} dashboards and {done.playlists} playlists;"
                    f" created {done.folders} folders and {done.teams} teams"
                )
                if done.from_files:
                    typer.echo(
                        f"{done.from_files} dashboards come from files and stay as they are;"
                        " their links lead to the address in the files"
                    )
            marked = grafana.push_notes(api, _notes(since), since=since, until=now)
    except grafana.GrafanaFilesError as error:
        fail(str(error), code=2)
    except grafana.GrafanaError as error:
        fail(f"Grafana at {settings.grafana.url} rejected a request: {error}", code=1)
    typer.echo(f"{marked.annotations} annotations created or ended, {marked.unchanged} unchanged")


def _settings() -> Settings:
    from siaga_cloud.platform.cli import fail
    from siaga_cloud.settings import SettingsError, load

    try:
        return load(os.environ)
    except SettingsError as error:
        fail(str(error), code=2)


def _notes(since: datetime) -> list[Note]:
    from siaga_cloud.dashboards import store
    from siaga_cloud.platform.cli import database

    with database() as conn:
        changes, incidents = store.stage_changes(conn, since=since), store.severe_incidents(conn, since=since)
    return [*map(_of_change, changes), *map(_of_incident, incidents)]


def _of_change(change: StageChange) -> Note:
    from siaga_cloud.dashboards.grafana import Note

    before = f"Siaga {change.previous_stage} → " if change.previous_stage else ""
    return Note(
        key=f"{change.gauge_id}@{change.at:%Y%m%dT%H%M%S.%f}",
        tag="siaga-stage",
        text=f"{change.name}: {before}Siaga {change.stage} ({change.level_cm:.0f} cm)",
        at=change.at,
    )


def _of_incident(incident: SevereIncident) -> Note:
    from siaga_cloud.dashboards.grafana import Note

    where = f", {incident.area_name}" if incident.area_name else ""
    return Note(
        key=f"incident-{incident.number}",
        tag="siaga-incident",
        text=f"#{incident.number} {incident.category}{where}",
        at=incident.began_at,
        until=incident.closed_at,
    )
