"""A city with feeds, and a web server that stands for what they read: whatever a test puts under a path, counted."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from siaga_cloud.city.cli.imports import load_city_folder
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.feeds.cli import load_feeds
from siaga_cloud.feeds.service import polling
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store.feeds import Counts
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.platform.db.connection import Database, connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_sim.stack.postgres import Postgres

CITY = Path(__file__).parents[3] / "city" / "jakarta"
MANGGARAI = (-6.2079, 106.84844)
_numbers = itertools.count(1)


@dataclass(slots=True)
class Page:
    """What a path answers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Source:
    """The server. `asked`: (path, headers) of every request."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.requests: list[tuple[str, Mapping[str, str]]] = []
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                source.requests.append((self.path, dict(self.headers)))
                page = source.pages.get(self.path) or source.pages.get(self.path.partition("?")[0], Page(status=404))
                etag = page.headers.get("ETag")
                unchanged = etag is not None and self.headers.get("If-None-Match") == etag
                self.send_response(304 if unchanged else page.status)
                for name, value in page.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0" if unchanged else str(len(page.body)))
                self.end_headers()
                if not unchanged:
                    self.wfile.write(page.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, body: bytes | str, **headers: str) -> None:
        """What is served from now on."""
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = Page(body=data, headers={name.replace("_", "-"): value for name, value in headers.items()})


@dataclass(slots=True)
class FeedCity:
    """The demo city with feeds, polled by hand at a time that a test sets."""

    database: Database
    context: FeedContext
    folder: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    secrets: dict[str, str] = field(default_factory=dict)
    feed_id: str = ""

    def configure(self, text: str) -> None:
        """Imports a feeds.toml."""
        path = self.folder / "feeds.toml"
        path.write_text(text, "utf-8")
        with self.database.transaction() as conn:
            load_feeds(conn, path)

    def begin(self, name: str, text: str, source: Source) -> None:
        """A feed of its own for a test, so that none sees what another has left."""
        self.feed_id = f"{name}-{next(_numbers)}"
        self.configure(text.format(url=source.url, id=self.feed_id))

    def poll(self) -> Counts | None:
        return polling.poll(self.context, self.feed_id)

    def add(self, body: bytes, *, label: str = "") -> Counts:
        return polling.process_body(self.context, self.feed_id, body, label=label)

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        with self.database.transaction() as conn:
            return list(conn.execute(query.encode(), values))

    def settle(self) -> None:
        """Takes waiting signals into incidents, as the worker would."""
        with self.database.transaction() as conn:
            waiting = conn.execute(
                "SELECT id FROM signal WHERE processed_revision < revision ORDER BY received_at"
            ).fetchall()
            for row in waiting:
                incidents.process_signal(conn, row["id"], areas=self.context.areas, now=self.now)

    def health(self) -> dict[str, Any]:
        return self.rows("SELECT * FROM connector_health WHERE channel = %s", f"feed:{self.feed_id}")[0]

    def dead_letters(self) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM dead_letter WHERE topic = %s ORDER BY id", f"feed/{self.feed_id}")


@pytest.fixture(scope="session")
def feed_source() -> Iterator[Source]:
    source = Source()
    yield source
    source.close()


@contextmanager
def open_city(postgres: Postgres, template: str, folder: Path) -> Iterator[FeedCity]:
    """One database with the demo city."""
    name = f"siaga_feeds_{next(_numbers)}"
    url = postgres.create_database(name, template=template)
    with connect(url) as conn:
        load_city_folder(conn, CITY)
        # What feeds report here belongs to no node, so that it is theirs; the city file names those of the demo.
        conn.execute("UPDATE gauge SET node_id = NULL")
        conn.execute("UPDATE camera SET node_id = NULL")
        conn.execute(
            "INSERT INTO rain_gauge (id, name, lat, lon, origin, updated_at)"
            " VALUES ('hujan-katulampa', 'Katulampa', -6.6336, 106.8372, 'test', now())"
        )
    with Database(url, name="siaga-feeds-test") as database:
        media, areas = MediaFolder(folder / "media"), AreaLookup()
        context = FeedContext(
            database=database,
            media=media,
            areas=areas,
            own_sender="siaga@siaga.test",
            secret_of=lambda wanted: city.secrets.get(wanted),
            clock=lambda: city.now,
        )
        city = FeedCity(database, context, folder)
        yield city
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def feed_city(
    postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FeedCity]:
    """For all tests of a module; each configures feeds of its own."""
    with open_city(postgres, migrated_template, tmp_path_factory.mktemp("feeds")) as city:
        yield city
