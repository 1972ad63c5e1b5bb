"""Two areas with a marker in every secret, the people who may see them, and values to ask every endpoint with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from tests.support.http_api import Api

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.reports.service.reports import NewReport, file_report
from siaga_cloud.reports.store import reports
from siaga_cloud.reports.store.reports import Contact, Media
from siaga_core.wire.ids import uuid7

PLACES: Final = {"A": (-6.2079131, 106.8484732), "B": (-6.1987163, 106.8102894)}
DIGITS: Final = {"A": ("2079131", "8484732"), "B": ("1987163", "8102894")}
POST: Final = {"A": (-6.2081777, 106.8486777), "B": (-6.1989333, 106.8104333)}  # where the officers are
AGENCIES: Final = {"A": "dinas-sda", "B": "dinas-lh"}
OFFICERS: Final = {"A": "petugas.sda", "B": "petugas.lh"}
PEOPLE: Final = (
    None, "citizen.some", "petugas.sda", "petugas.lh", "lurah.manggarai", "lurah.other", "camat.tebet", "kadis.sda",
    "kadis.other", "operator.balaikota", "gubernur", "admin",
)  # fmt: skip
HOME: Final = {
    "petugas.sda": "A", "lurah.manggarai": "A", "camat.tebet": "A", "kadis.sda": "A", "petugas.lh": "B",
    "lurah.other": "B", "kadis.other": "B",
}  # fmt: skip
CITY_WIDE: Final = ("operator.balaikota", "gubernur", "admin")
HEADS: Final = ("lurah.manggarai", "camat.tebet", "lurah.other", "kadis.sda", "kadis.other")
KINDS: Final = ("text", "contact", "place", "photo", "note", "verdict", "officer", "position", "account")
MARKERS: Final = {(area, kind): f"mark-{kind}-{area}-{ord(area) * 7919}" for area in PLACES for kind in KINDS}
# What no marker can be put into is told apart by digits.
SEEN_AS: Final = {
    **{key: (mark,) for key, mark in MARKERS.items()},
    **{(area, "place"): digits for area, digits in DIGITS.items()},
    ("A", "position"): ("2081777", "8486777"), ("B", "position"): ("1989333", "8104333"),
}  # fmt: skip

# --- what the matrix must be told of ---------------------------------------------------------------------------
# Streams do not end; what they show is the public form (tests/integration/api/test_api_live.py).
SKIPPED: Final = {"/api/v1/live", "/api/v1/session/oidc", "/api/v1/session/oidc/callback"}
# Values for path parameters; {x} of the seeded areas where it names a seeded thing.
PARAMETERS: Final = {
    "task_id": ["{A.task}", "{B.task}"],
    "incident_id": ["{A.incident}", "{B.incident}"],
    "media_id": ["{A.photo}", "{B.photo}", "{A.proof}", "{B.proof}"],
    "report_id": ["{A.report}", "{B.report}"],
    "photo_id": ["{A.proof}", "{B.proof}"],
    "area_id": ["{A.area}", "{B.area}"],
    "layer_id": ["police-posts"],
    "user_id": ["petugas.sda", "petugas.lh"],
    "agency_id": ["dinas-sda", "dinas-lh"],
    "gauge_id": ["manggarai"],
    "asset_id": ["pintu-manggarai"],
    "rain_gauge_id": ["hujan-katulampa"],
    "street_id": ["jalan-jatinegara-barat-1"],
    "site_id": ["manggarai", "cam-manggarai"],
    "kind": ["gauge"],
    "camera_id": ["cam-manggarai"],
    "node_id": ["node-a"],
    "secret": ["not-the-secret-of-any"],
    "token": ["not-the-token-of-any"],
    "item_id": ["{none}"],
    "day": ["2026-01-01"],
    "key_id": ["{none}"],
    "passkey_id": ["{none}"],
    "sample_id": ["{none}"],
    "source_id": ["cam-manggarai"],
    "session_id": ["{none}"],
    "token_id": ["{none}"],
    "change_id": ["{none}"],
    "signal_id": ["{A.report}", "{B.report}"],
    "finding_id": ["{none}"],
    "look_id": ["{none}"],
    "alert_id": ["{none}"],
    "message_id": ["{none}"],
    "dead_letter_id": ["1"],
    "notice_id": ["{none}"],
    "subscription_id": ["{none}"],
    "number": ["1"],
    "category": ["pothole"],
    "item": ["barrier_set"],
    "team_id": ["team-a"],
    "fmt": ["json", "xml"],
    "service_code": ["pothole"],
    "request_id": ["{A.report}", "{B.report}"],
    "dataset": ["gauges", "stages", "incidents", "tasks", "cameras", "areas", "waterways", "alerts", "agencies"],
    "suffix": ["csv", "geojson", "json"],
    "entity_urn": ["urn:ngsi-ld:FloodMonitoring:siaga:manggarai"],
    "webhook_id": ["{none}"],
    "delivery_id": ["{none}"],
    "entity_set": ["Things", "Locations", "Datastreams", "Sensors", "Observations", "FeaturesOfInterest"],
    "entity_id": ["manggarai"],
    "identifier": ["siaga-00000000-0000-0000-0000-000000000007-1-0"],
}
# Values for query parameters that an endpoint cannot do without.
QUERIES: Final = {
    "reason": "a test of who may",
    "q": "mark",
    "lat": "-6.2079",
    "lon": "106.8484",
    "locationIds": "manggarai",
    "year": "2026",
    "category": "pothole",
    "crc_token": "challenge",
    "at": datetime.now(UTC).isoformat(),
    "type": "Alert",
}
# Values for query parameters that narrow or shape an answer, where an endpoint has them: nobody widens it by them.
OPTIONS: Final = {
    "area": ["{A.area}", "{B.area}"],
    "agency": ["dinas-sda", "dinas-lh"],
    "state": ["accepted", "open"],
    "mine": ["true"],
    "format": ["csv", "geojson"],
}


@dataclass(slots=True)
class World:
    api: Api
    seeded: dict[str, dict[str, str]]
    people: dict[str, Person]

    def fill(self, value: str) -> str:
        """{A.task} and the like as the id."""
        if value == "{none}":
            return str(uuid4())
        found = re.fullmatch(r"\{([AB])\.(\w+)\}", value)
        return self.seeded[found[1]][found[2]] if found else value


def may_see(person: str | None, area: str, kind: str) -> bool:
    """The rule in one place, written apart from the program's own."""
    if person is None or person == "citizen.some":
        return False
    if kind == "contact":
        return person in ("operator.balaikota", "admin") or (person in HEADS and HOME[person] == area)
    if kind == "position":
        # Officers belong to agencies here, so that area heads are not in charge of these.
        # The leader sees those who agreed to the text that names the leader.
        in_charge = ({"A": "kadis.sda", "B": "kadis.other"}[area], OFFICERS[area])
        return person in ("operator.balaikota", "gubernur", "admin", *in_charge)
    if kind == "account":
        return person in ("admin", "operator.balaikota") or (person.startswith("kadis") and HOME[person] == area)
    return person in CITY_WIDE or HOME.get(person) == area


def seed(conn: Connection, api: Api, area: str) -> dict[str, str]:
    """A citizen's report with contact and photo, its incident with a verdict's note, its task with people in it."""
    now, (lat, lon) = datetime.now(UTC), PLACES[area]
    mark = {kind: MARKERS[area, kind] for kind in KINDS}
    photo, proof = (an_image(api, f"{mark['photo']}-{name}", now) for name in ("report", "proof"))
    accepted = file_report(
        conn,
        NewReport(
            channel="web", category="pothole", body=mark["text"], lat=lat, lon=lon, reporter=f"phone of {area}",
            photos=(photo,), contact=Contact(name=mark["contact"], email=f"{mark['contact']}@x.example", phone="0812"),
        ),
        areas=AreaLookup(), now=now,
    )  # fmt: skip
    incident_id = incidents.process_signal(conn, accepted.report_id, areas=AreaLookup(), now=now)
    row = conn.execute("SELECT id, area_id FROM task WHERE incident_id = %s", (incident_id,)).fetchone()
    assert row is not None, "a citizen's report of a pothole must become a task"
    officer = OFFICERS[area]
    conn.execute("UPDATE app_user SET name = %s WHERE id = %s", (mark["officer"], officer))
    conn.execute(
        "UPDATE task SET agency_id = %s, assignee_id = %s, state = 'accepted' WHERE id = %s",
        (AGENCIES[area], officer, row["id"]),
    )
    conn.execute(
        "INSERT INTO task_move (task_id, verb, from_state, to_state, actor, note, to_user, at)"
        " VALUES (%s, 'accept', 'open', 'accepted', %s, %s, %s, %s)",
        (row["id"], officer, mark["note"], officer, now),
    )
    reports.save_media(conn, proof, now=now)
    conn.execute(
        "INSERT INTO task_photo (task_id, media_id, uploaded_by, at) VALUES (%s, %s, %s, %s)",
        (row["id"], proof.id, officer, now),
    )
    conn.execute("UPDATE incident SET verdict_note = %s WHERE id = %s", (mark["verdict"], incident_id))
    seed_duty(conn, officer, POST[area], now)
    return {
        "report": str(accepted.report_id), "incident": str(incident_id), "task": str(row["id"]),
        "area": row["area_id"], "photo": str(photo.id), "proof": str(proof.id),
    }  # fmt: skip


def seed_duty(conn: Connection, officer: str, place: tuple[float, float], now: datetime) -> None:
    conn.execute(
        "INSERT INTO officer_duty (id, user_id, began_at, consent_version, consent_at, last_lat, last_lon, last_at)"
        " VALUES (%s, %s, %s, 'x', %s, %s, %s, %s)",
        (uuid7(now), officer, now - timedelta(hours=1), now, *place, now),
    )
    conn.execute(
        "INSERT INTO officer_position (user_id, measured_at, received_at, lat, lon) VALUES (%s, %s, %s, %s, %s)",
        (officer, now, now, *place),
    )


def an_image(api: Api, marker: str, now: datetime) -> Media:
    content = b"\xff\xd8\xff\xfe" + marker.encode() + b"\xff\xd9"
    return Media(
        id=uuid7(now), sha256=api.parts.media.persist(content), kind="report", mime="image/jpeg",
        size_bytes=len(content), width=4, height=4,
    )  # fmt: skip
