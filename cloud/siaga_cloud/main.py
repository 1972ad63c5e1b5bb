"""The composition root and command line of the cloud: the only place that builds its outer parts."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from types import FrameType

import typer

from siaga_cloud.settings import Settings, SettingsError, load

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="Siaga's cloud: one program, several roles."
)


def _settings() -> Settings:
    try:
        return load(os.environ)
    except SettingsError as error:
        typer.echo(f"siaga-cloud: {error}", err=True)
        raise typer.Exit(2) from None


def _log_to_stderr() -> None:
    logging.basicConfig(
        level=os.environ.get("SIAGA_LOG_LEVEL", "INFO").upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's schema (forward only; safe to run twice or in parallel)."""
    from siaga_cloud.db.migrate import MigrationError, migrate

    settings = _settings()
    try:
        done = migrate(settings.database_url)
    except MigrationError as error:
        typer.echo(f"siaga-cloud migrate: {error}", err=True)
        raise typer.Exit(1) from None
    for name in done.applied:
        typer.echo(f"applied {name}")
    typer.echo(f"{len(done.applied)} migrations applied; time series in {done.storage}; jobs by {done.jobs}")


@app.command("ingest")
def ingest_command() -> None:
    """Take messages from the broker into the database, until SIGTERM."""
    from siaga_cloud.ingest.run import run_ingest

    _log_to_stderr()
    raise typer.Exit(run_ingest(_settings(), stop=_stop_on_signals()))


@app.command("api")
def api_command() -> None:
    """Serve the HTTP API and the pages."""
    import uvicorn

    from siaga_cloud.http.app import create_app

    _log_to_stderr()
    settings = _settings()
    uvicorn.run(
        create_app(settings),
        host=settings.http_host,
        port=settings.http_port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )


@app.command("worker")
def worker_command() -> None:
    """Do the jobs: signals into incidents, rollups, clocks, retention; until SIGTERM."""
    from siaga_cloud.worker import run_worker

    _log_to_stderr()
    run_worker(_settings())


def _mount_admin() -> None:
    from siaga_cloud.admin.commands import app as admin

    app.add_typer(admin, name="admin", help="Imports, tokens, dead letters.")


def main() -> None:
    """The console script."""
    _mount_admin()
    app()
