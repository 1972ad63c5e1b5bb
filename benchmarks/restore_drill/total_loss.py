"""Database and images are lost and come back from the last backup, by the commands of docs/recovery.md."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from benchmarks.bench_figures import CLOUD, run_program
from tests.support.http_api import load_demo_city

from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_sim.stack.postgres import Postgres

READINGS: Final = 1_000_000
IMAGES, IMAGE_BYTES = 1000, 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What the drill came to. `different`: tables and images that are not as before; `seconds` from an empty server to
    a database that programs accept.
    """

    backup_seconds: float
    seconds: float
    tables: int
    rows: int
    images: int
    different: list[str]


def total_loss(folder: Path, *, log: Callable[[str], None]) -> Loss:
    """Fill a city, back it up, delete the server and the images, and restore them."""
    media, backups = folder / "media", folder / "backups"
    with Postgres(folder=folder / "before") as server:
        url = _filled(server, media)
        before, images = _tables(url), _images(media)
        began = time.monotonic()
        run_program(CLOUD, ["admin", "backup", str(backups)], _environment(url, media))
        backup_seconds = time.monotonic() - began
        log(f"backup of {len(before)} tables and {len(images)} images in {backup_seconds:.1f} s; losing both")
    shutil.rmtree(server.folder, ignore_errors=True)
    shutil.rmtree(media)
    (backup,) = backups.glob("siaga-*")
    began = time.monotonic()
    with Postgres(folder=folder / "after") as server:
        url = server.create_database("siaga")
        run_program(CLOUD, ["admin", "restore", str(backup)], _environment(url, media))
        seconds = time.monotonic() - began
        after = _tables(url)
    restored = _images(media)
    different = [name for name in before if before[name] != after.get(name)]
    different += [name for name in images if images[name] != restored.get(name)]
    rows = sum(count for count, _ in before.values())
    return Loss(
        backup_seconds=backup_seconds,
        seconds=seconds,
        tables=len(before),
        rows=rows,
        images=len(images),
        different=different,
    )


def _environment(url: str, media: Path) -> dict[str, str]:
    return {"SIAGA_DATABASE_URL": url, "SIAGA_MEDIA_DIR": str(media)}


def _filled(server: Postgres, media: Path) -> str:
    url, images = server.create_database("siaga"), MediaFolder(media)
    migrate(url)
    load_demo_city(url)
    with connect(url, statement_timeout_seconds=0) as conn:
        conn.execute(
            "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)"
            " SELECT 'manggarai', now() - interval '1 second' * n, n %% 900, 'good', 'box', now()"
            " FROM generate_series(1, %s) AS n",
            (READINGS,),
        )
    for _ in range(IMAGES):
        images.persist(os.urandom(IMAGE_BYTES))
    return url


def _tables(url: str) -> dict[str, tuple[int, str]]:
    """Count and digest of the rows of every table of the product, whatever their sequence; without the request to the
    nodes that `restore` itself makes, and the queue of jobs.
    """
    found: dict[str, tuple[int, str]] = {}
    with psycopg.connect(url) as conn:
        names = conn.execute(
            "SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
            " WHERE nspname = 'public' AND relkind IN ('r', 'p') AND relname NOT LIKE 'procrastinate_%'"
            " AND relname <> 'replay_request' ORDER BY relname"
        ).fetchall()
        for (name,) in names:
            query = f"SELECT count(*), coalesce(sum(hashtextextended(held::text, 0)), 0)::text FROM {name} AS held"  # noqa: S608 - from the catalogue
            row = conn.execute(query.encode()).fetchone()
            found[name] = (int(row[0]), str(row[1])) if row else (0, "")
    return found


def _images(media: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(media.rglob("*")) if path.is_file()
    }
