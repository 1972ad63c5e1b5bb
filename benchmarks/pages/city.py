"""The city whose pages are photographed: Jakarta in a storm with a past, or one of which nothing was heard yet."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
from benchmarks.pages.river import fill_river
from benchmarks.pages.screenshots import OFFICER_ID, SIGNED_IN
from tests.support import control_seed
from tests.support.admin.city import busy_admin
from tests.support.heads_past import add_crew, add_past
from tests.support.http_api import CITY, Api, SettingsForTests, add_signal, load_demo_city, serve, task_of
from tests.support.pages import give_password
from tests.support.proof_photos import as_photo
from tests.support.redaction import redact_queued

from siaga_cloud.alerts.service import alerts
from siaga_cloud.basemap import of_city
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import flood_states
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.platform.delivery.addresses import AvailableChannels
from siaga_cloud.wiring import register_ports
from siaga_core.rules.flood_state import FloodState
from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street
from siaga_sim.stack.postgres import Postgres

register_ports()
OPERATOR: Final = "operator.balaikota"
PILE: Final = {"at": 15, "size": 0.3, "full_size": 1.0, "full_at": 55, "removed_at": 80}
PILE_AT: Final = (-6.2101, 106.8467)
# Areas and how bad it is there, 1 to 4.
FLOODED: Final = {"Manggarai": 2, "Bukit Duri": 3, "Kampung Melayu": 4, "Bidara Cina": 3, "Cawang": 1}


@contextmanager
def served_city(folder: Path, *, empty: bool = False) -> Iterator[tuple[Api, list[str]]]:
    """A flooded Jakarta, and the addresses of pages of one thing; or one of which nothing was heard yet."""
    shutil.rmtree(folder, ignore_errors=True)
    with Postgres(folder=folder / "cluster", durable=False) as cluster:
        url = cluster.create_database("pages")
        migrate(url)
        tokens = load_demo_city(url)
        if not empty:
            _give_past(url, folder)
        methods = AvailableChannels(email=True, push_hosts=("https://push.example",), push_key="B" * 87)
        of_city.install_drawn_map(CITY, folder / "basemap", report=lambda _: None)
        settings = SettingsForTests(database_url=url, media_dir=folder / "media", basemap_folder=folder / "basemap")
        with serve(settings, tokens, alert_channels=methods) as api:
            for user in SIGNED_IN.values():
                give_password(api, user)
            more = [] if empty else _flood(api)
            if not empty:
                busy_admin(api, folder / "fleet", now=datetime.now(UTC))
            yield api, more
    shutil.rmtree(folder, ignore_errors=True)


def _give_past(url: str, folder: Path) -> None:
    with connect(url) as conn:
        add_past(conn, folder / "past", days=400, per_day=12)
        add_crew(conn)
    fill_river(url, now=datetime.now(UTC))


def _flood(api: Api) -> list[str]:
    with api.connection() as conn:
        _set_states(conn)
        incident = add_signal(conn, source="gauge:manggarai", minutes_ago=20)
        add_signal(conn, source="camera:cam-manggarai", minutes_ago=15)
        add_signal(conn, source="citizen:a", minutes_ago=10, confidence=1)
        add_signal(conn, category="trash", source="citizen:b", place=(-6.1751, 106.8272), severity="minor")
        add_signal(conn, category="illegal_parking", source="citizen:c", place=(-6.2441, 106.7995), severity="moderate")
        task = task_of(conn, incident)
        alerts.refresh(conn, now=datetime.now(UTC))
    control_seed.seed(api)
    with api.client(OPERATOR) as operator:
        _move(operator, task, "assign", to=OFFICER_ID)
        area = operator.get("/api/v1/gauges/manggarai").json()["area_id"]
        number = operator.get(f"/api/v1/incidents/{incident}").json()["incident"]["number"]
    return [
        f"/incidents/{incident}", f"/control?number={number}", f"/officer/tasks/{task}", f"/heads/tasks/{task}",
        f"/areas/{area}", _cleared(api),
    ]  # fmt: skip


def _set_states(conn: Connection) -> None:
    """An operator set the flood states of some kelurahan six hours ago."""
    rows = conn.execute("SELECT id, name FROM area WHERE level = 'kelurahan' AND name = ANY(%s)", (list(FLOODED),))
    at = datetime.now(UTC) - timedelta(hours=6)
    for row in rows.fetchall():
        state = FloodState(FLOODED[row["name"]])
        flood_states.override(conn, row["id"], state, by=OPERATOR, reason="radio", lasting=timedelta(hours=24), now=at)


def _cleared(api: Api) -> str:
    """The page of somebody's own report of rubbish, which an officer has taken away since."""
    form = {
        "category": "trash", "text": "Tumpukan sampah menutup saluran di depan SDN 01, air meluap", "lat": PILE_AT[0],
        "lon": PILE_AT[1],
    }  # fmt: skip
    with api.client() as citizen:
        reported = citizen.post("/api/v1/reports", data=form, files={"photo": ("a.jpg", _pile(70))}).json()
    with api.connection() as conn:
        incident = incidents.process_signal(
            conn, UUID(reported["report_id"]), areas=AreaLookup(), now=datetime.now(UTC)
        )
        if incident is None:
            raise LookupError(f"expected an incident of a report with a photo: {reported}")
        task = task_of(conn, incident)
        conn.commit()
    with api.client(OPERATOR) as operator:
        _move(operator, task, "confirm")
        _move(operator, task, "assign", to=OFFICER_ID)
    with api.client(OFFICER_ID) as officer:
        for verb in ("accept", "arrive"):
            _move(officer, task, verb)
        photo = officer.post(f"/api/v1/tasks/{task}/photos", files={"photo": ("b.jpg", _pile(85))}).json()
        _move(officer, task, "resolve", photo_id=photo["photo_id"])
    redact_queued(api)
    return str(reported["follow"])


def _move(person: httpx.Client, task: UUID, verb: str, **more: str) -> None:
    person.post(f"/api/v1/tasks/{task}/moves", json={"verb": verb, **more}).raise_for_status()


def _pile(at_seconds: float) -> bytes:
    """A photo of a street in which rubbish lies until its 80th second."""
    street = Street(parse({"layout": "market", "seed": 5, "width": 960, "height": 540, "trash": [PILE]}))
    return as_photo(street.frame(at_seconds), at=datetime.now(UTC), place=PILE_AT)
