"""The HTTP application served for real on a free port, over a database with the demo city, and things to put in it."""

from __future__ import annotations

import io
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from PIL import ExifTags, Image
from tests.support.services import DemoCity

from siaga_cloud.app import create_app
from siaga_cloud.assets import cli as assets
from siaga_cloud.channels.registry import load_settings
from siaga_cloud.city.cli.imports import load_city_folder
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.store import imports as load_city
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.people.service import tokens as access
from siaga_cloud.platform.db.connection import Connection, Database, connect
from siaga_cloud.platform.delivery.addresses import AvailableChannels
from siaga_cloud.platform.http.parts import Parts
from siaga_cloud.platform.http.serve import configured
from siaga_cloud.settings import CapSignature, ChannelSettings, DemoSettings, FleetSettings, OidcSettings, ReadSettings
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalOrigin, SignalRow
from siaga_cloud.streets import cli as streets
from siaga_core.wire.ids import uuid7
from siaga_sim.stack.child import wait_until
from siaga_sim.stack.ports import free_port

CITY = Path(__file__).parents[2] / "city" / "jakarta"
MANGGARAI = (-6.2079, 106.84844)
_numbers = itertools.count(1)


CHANNEL_SECRETS = {
    "SIAGA_TWILIO_AUTH_TOKEN": "twilio-token-of-tests",
    "SIAGA_TELEGRAM_SECRET": "telegram-secret-of-tests",
    "SIAGA_SMSSYNC_SECRET": "smssync-secret-of-tests",
    "SIAGA_FRONTLINESMS_SECRET": "frontline-secret-of-tests",
    "SIAGA_LAPOR_SECRET": "lapor-secret-of-tests",
    "SIAGA_X_CONSUMER_SECRET": "x-consumer-secret-of-tests",
    "SIAGA_FACEBOOK_APP_SECRET": "facebook-app-secret-of-tests",
    "SIAGA_FACEBOOK_VERIFY_TOKEN": "facebook-verify-token-of-tests",
    "SIAGA_WHATSAPP_APP_SECRET": "whatsapp-app-secret-of-tests",
    "SIAGA_WHATSAPP_VERIFY_TOKEN": "whatsapp-verify-token-of-tests",
}


def channels_of(**more: str) -> ChannelSettings:
    """The settings of every channel, each with its secret, and of these variables."""
    return load_settings(
        {"SIAGA_DATABASE_URL": "postgresql://nobody@localhost/none", **CHANNEL_SECRETS, **more}
    ).channels


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsForTests:
    """What the application is told."""

    database_url: str
    media_dir: Path
    server_key: str | None = "server key of the tests, 32 long"
    tile_url: str | None = None
    tile_attribution: str | None = None
    public_url: str = "http://127.0.0.1"
    instance: str | None = None
    review_days: int | None = None
    contacts_retention_days: int = 365
    photos_retention_days: int = 90
    position_decimals: int = 4
    oidc: OidcSettings | None = None
    cors_origins: tuple[str, ...] = ()
    open311_anonymous: bool = False
    channels: ChannelSettings = field(default_factory=channels_of)
    cap_status: Literal["Actual", "Exercise", "Test"] = "Test"
    cap_contact: str | None = "+62 21 112"
    cap_signature: CapSignature | None = None
    road_impassable_cm: int = 30
    gtfs_agency: str | None = None
    gtfs_stops_file: Path | None = None
    passkeys: Literal["offered", "required"] = "offered"
    sta_mqtt_url: str | None = None
    c2pa_trust_file: Path | None = None
    publish_folder: Path | None = None
    basemap_folder: Path | None = None
    demo: DemoSettings | None = None


@dataclass(slots=True, kw_only=True)
class Api:
    """A served application. `tokens`: user ids to bearer tokens."""

    url: str
    database_url: str
    media_dir: Path
    parts: Parts
    tokens: dict[str, str]
    app: FastAPI

    def client(self, user: str | None = None, *, address: str | None = None, **headers: str) -> httpx.Client:
        """A client, signed in as a user of the demo city; `address` is one of 127.0.0.0/8 that it comes from."""
        sent = {**headers, **({"Authorization": f"Bearer {self.tokens[user]}"} if user else {})}
        transport = httpx.HTTPTransport(local_address=address) if address else None
        return httpx.Client(base_url=self.url, headers=sent, timeout=20, trust_env=False, transport=transport)

    def renew_token(self, user: str) -> None:
        """Gives a user of the demo city another token, for instance after a new password ended the first."""
        with self.connection() as conn:
            self.tokens[user] = new_token(conn, user)

    def connection(self) -> Connection:
        """A connection of the test's own."""
        return connect(self.database_url)

    def forget_limits(self) -> None:
        """Gives every client its reports and challenges back."""
        self.parts.report_limit._buckets.clear()
        self.parts.address_limit._buckets.clear()
        self.parts.challenge_limit._buckets.clear()
        self.parts.message_limit._buckets.clear()


def load_demo_city(database_url: str) -> dict[str, str]:
    """The demo city with a token for every user."""
    with connect(database_url) as conn:
        load_city_folder(conn, CITY)
        assets.load_of_city(conn, CITY)
        streets.load_of_city(conn, CITY)
        ids = sorted(load_city.known_ids(conn, "app_user"))
        return {user: new_token(conn, user) for user in ids}


def new_token(conn: Connection, user: str) -> str:
    """Return a new token of a user, as `siaga-cloud admin token` makes it."""
    now = datetime.now(UTC)
    expires_at = now + timedelta(days=30)
    return access.create_with_all_scopes(conn, user, name="test", expires_at=expires_at, by="test", now=now)[1]


@contextmanager
def serve(
    settings: SettingsForTests,
    tokens: dict[str, str],
    *,
    port: int | None = None,
    alert_channels: AvailableChannels | None = None,
    fleet: FleetSettings | None = None,
    read_from: ReadSettings | None = None,
    trusted_proxies: Sequence[str] = (),
) -> Iterator[Api]:
    """Runs the application in a thread of its own until the block ends."""
    port = port or free_port()
    database = Database(settings.database_url, name="siaga-api-test")
    app = create_app(settings, database, fleet=fleet, alert_channels=alert_channels, read_from=read_from)
    config = configured(app, host="127.0.0.1", ports=(port, 0), trusted_proxies=trusted_proxies)
    config.ws, config.timeout_graceful_shutdown = "none", 1
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="http-api", daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), seconds=20, what="http api")
        # Routes are built at the first request that passes them, by code that changes the filters of warnings.
        httpx.get(f"http://127.0.0.1:{port}/nowhere", trust_env=False, timeout=60)
        yield Api(
            url=f"http://127.0.0.1:{port}",
            database_url=settings.database_url,
            media_dir=settings.media_dir,
            parts=app.state.parts,
            tokens=tokens,
            app=app,
        )
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the server did not stop"


@pytest.fixture(scope="module")
def api(demo_city: DemoCity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One served city for all tests of a module."""
    name = f"siaga_http_{next(_numbers)}"
    url, tokens = demo_city.copy(name)
    with serve(SettingsForTests(database_url=url, media_dir=tmp_path_factory.mktemp("media")), tokens) as served:
        yield served
    demo_city.postgres.drop_database(name)


def a_photo(
    *, size: tuple[int, int] = (320, 240), gps: tuple[float, float] | None = None, fmt: str = "JPEG", **exif_text: str
) -> bytes:
    """A picture with colours in it, and an EXIF directory where asked for."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretPhone"
    exif[ExifTags.Base.Orientation] = 1
    if exif_text:
        details = exif.get_ifd(ExifTags.IFD.Exif)
        for name, text in exif_text.items():
            details[ExifTags.Base[name]] = text
    if gps is not None:
        exif[ExifTags.IFD.GPSInfo] = _gps_directory(*gps)
    out = io.BytesIO()
    image.save(out, fmt, exif=exif)
    return out.getvalue()


def _gps_directory(lat: float, lon: float) -> dict[int, Any]:
    return {
        ExifTags.GPS.GPSLatitudeRef: "S" if lat < 0 else "N",
        ExifTags.GPS.GPSLatitude: _degrees_minutes_seconds(abs(lat)),
        ExifTags.GPS.GPSLongitudeRef: "W" if lon < 0 else "E",
        ExifTags.GPS.GPSLongitude: _degrees_minutes_seconds(abs(lon)),
    }


def _degrees_minutes_seconds(degrees: float) -> tuple[float, float, float]:
    whole = int(degrees)
    minutes = int((degrees - whole) * 60)
    return float(whole), float(minutes), round(((degrees - whole) * 60 - minutes) * 60, 4)


def add_signal(
    conn: Connection,
    *,
    category: str = "flooding",
    source: str = "camera:cam-manggarai",
    place: tuple[float, float] = MANGGARAI,
    minutes_ago: float = 5,
    confidence: float = 0.95,
    severity: str = "severe",
    note: str = "",
    now: datetime | None = None,
) -> UUID:
    """A signal that the incidents have taken in; the incident's id."""
    at = (now or datetime.now(UTC)) - timedelta(minutes=minutes_ago)
    signal = SignalRow(
        id=uuid7(at), kind="report" if source.startswith("citizen") else "event", category=category,
        source_key=source, confidence=confidence, severity=severity, lat=place[0], lon=place[1], began_at=at,
        last_at=at, ended_at=None, measured_at=at, received_at=at, note=note,
    )  # fmt: skip
    signals.save(conn, [signal])
    if signal.kind == "report":  # by a channel that proves its senders
        signals.save_origin(conn, signal.id, SignalOrigin(is_account=True), received_at=at)
    incident_id = incidents.process_signal(conn, signal.id, areas=AreaLookup(), now=datetime.now(UTC))
    conn.commit()
    assert incident_id is not None
    return incident_id


def task_of(conn: Connection, incident_id: UUID) -> UUID:
    """The newest task of an incident."""
    row = conn.execute("SELECT id FROM task WHERE incident_id = %s ORDER BY created_at DESC", (incident_id,)).fetchone()
    assert row is not None
    found: UUID = row["id"]
    return found


def set_level(conn: Connection, gauge: str, level_cm: float, *, stage: int, at: datetime | None = None) -> None:
    """Writes a reading as ingest would, and tells the listeners."""
    measured_at = at or datetime.now(UTC)
    conn.execute(
        "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)"
        " VALUES (%s, %s, %s, 'good', 'node-a', %s)",
        (gauge, measured_at, level_cm, measured_at),
    )
    conn.execute(
        "INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, level_cm, quality, stage, stage_since)"
        " VALUES (%(gauge)s, 'node-a', %(at)s, %(at)s, %(level)s, 'good', %(stage)s, %(at)s)"
        " ON CONFLICT (gauge_id) DO UPDATE SET measured_at = %(at)s, level_cm = %(level)s, stage = %(stage)s,"
        " stale_since = NULL",
        {"gauge": gauge, "at": measured_at, "level": level_cm, "stage": stage},
    )
    note = json.dumps({"kind": "gauge", "id": gauge, "at": measured_at.isoformat()})
    conn.execute("SELECT pg_notify('siaga_live', %s)", (note,))
    conn.commit()


@dataclass(slots=True)
class EventReader:
    """Reads server-sent events from a stream."""

    lines: Iterator[str]

    def next(self, wanted: Callable[[str], bool], *, seconds: float = 15) -> tuple[str, Any]:
        """The next event whose name is wanted."""
        deadline = time.monotonic() + seconds
        name = ""
        for line in self.lines:
            assert time.monotonic() < deadline, "the event did not come"
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and wanted(name):
                return name, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended")
