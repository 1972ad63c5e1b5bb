"""Performs what is needed once before the programs start; it may be repeated with every update."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg

from siaga_cloud.assets import cli as assets
from siaga_cloud.city.cli.imports import load_city_folder
from siaga_cloud.city.store import imports as load_city
from siaga_cloud.operations.setup.logins import make_logins
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.rain import cli as rain
from siaga_cloud.streets import cli as streets

BETWEEN_TRIES_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


def first_start(
    url: str, secrets: Path, city: Path | None, *, wait_seconds: float, report: Callable[[str], None]
) -> None:
    """Waits for the database, migrates it, makes the login roles, and loads a city where there is none yet."""
    _wait_for(url, wait_seconds)
    done = migrate(url)
    report(f"{len(done.applied)} migrations applied; time series in {done.storage}; jobs by {done.jobs}")
    with connect(url) as conn:
        report(f"created login roles: {', '.join(make_logins(conn, secrets))}")
    if city is None:
        return
    with connect(url, statement_timeout_seconds=120) as conn:
        if load_city.known_ids(conn, "area"):
            report("the database contains a city; it is left unchanged")
            return
        for line in [
            *load_city_folder(conn, city),
            *assets.load_of_city(conn, city),
            *rain.load_of_city(conn, city),
            *streets.load_of_city(conn, city, with_schematic=False),
        ]:
            report(f"imported {line}")


def _wait_for(url: str, seconds: float) -> None:
    """Returns once it lets us in; raises the last psycopg.OperationalError after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        try:
            connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(BETWEEN_TRIES_SECONDS)
        else:
            return
