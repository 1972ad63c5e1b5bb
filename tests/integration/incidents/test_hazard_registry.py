"""A hazard that is only registered works from end to end: wire, incident, task, categories, Open311, recheck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.support.cloud_core import deliver, event_message
from tests.support.district import AREAS, load_district, task_of
from tests.support.extra_hazards import SINKHOLE, registered
from tests.support.http_api import MANGGARAI, Api
from tests.support.incidents_core import one

from siaga_cloud.city.service.agencies import known_categories
from siaga_cloud.incidents.service import matching
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.tasks.store.rechecks import viewers
from siaga_core.wire.messages import Box, EventMessage, Hazard, Place, Source, SourceKind, TrashDetails

NOW = datetime(2026, 1, 15, 8, tzinfo=UTC)


@pytest.fixture
def sinkholes() -> Iterator[None]:
    with registered(SINKHOLE):
        yield


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        prepare_stages(connection)
        load_district(connection)
        connection.execute("INSERT INTO agency_route VALUES ('sinkhole', NULL, 'dishub')")
        connection.commit()
        yield connection


@pytest.fixture
def media(tmp_path: Path) -> MediaFolder:
    return MediaFolder(tmp_path / "media")


def a_sinkhole(*, camera: str = "cam-1", lat: float = -6.21, seq: int = 1) -> EventMessage:
    box = Box(x1=0.1, y1=0.1, x2=0.3, y2=0.3)
    return event_message(
        outbox_id=UUID(int=1), at=NOW, seq=seq, hazard=Hazard("sinkhole"), place=Place(lat=lat, lon=106.85),
        source=Source(kind=SourceKind.CAMERA, id=camera),
        details=TrashDetails(dwell_seconds=90, allowed_seconds=60, area_share=0.04, box=box),
    )  # fmt: skip


def incident_of(conn: Connection, event: EventMessage, media: MediaFolder) -> UUID:
    with conn.transaction():
        store(conn, sort([deliver(event, at=NOW)]), media=media, now=NOW, policy=IngestPolicy(unowned="accept"))
        found = matching.process_signal(conn, event.event_id, areas=AREAS, now=NOW)
    assert found is not None
    return found


@pytest.mark.usefixtures("sinkholes")
def test_an_event_becomes_an_incident_and_a_task_with_its_deadlines(conn: Connection, media: MediaFolder) -> None:
    first = incident_of(conn, a_sinkhole(), media)
    signal = one(conn, "SELECT category, severity FROM signal")
    assert signal == {"category": "sinkhole", "severity": "moderate"}
    assert one(conn, "SELECT category, state FROM incident") == {"category": "sinkhole", "state": "open"}
    task = task_of(conn, first)
    assert task is not None
    assert (task.category, task.agency_id) == ("sinkhole", "dishub")
    hours = [timedelta(hours=number) for number in (1, 3, 9)]
    assert [task.acknowledge_by, task.first_action_by, task.resolve_by] == [NOW + after for after in hours]
    assert [one.hazard for one in viewers(conn, first)] == ["sinkhole"], "its camera can be asked for a recheck"


@pytest.mark.usefixtures("sinkholes")
def test_two_events_are_one_incident_within_its_radius(conn: Connection, media: MediaFolder) -> None:
    metre = 1 / 111_195
    first = incident_of(conn, a_sinkhole(), media)
    near = incident_of(conn, a_sinkhole(camera="cam-2", lat=-6.21 + 35 * metre, seq=2), media)
    far = incident_of(conn, a_sinkhole(camera="cam-3", lat=-6.21 + 85 * metre, seq=3), media)
    assert near == first != far


def test_it_is_refused_by_the_wire_when_it_is_not_registered(conn: Connection, media: MediaFolder) -> None:
    with registered(SINKHOLE):
        delivery = deliver(a_sinkhole(), at=NOW)
    with conn.transaction():
        store(conn, sort([delivery]), media=media, now=NOW, policy=IngestPolicy(unowned="accept"))
    assert one(conn, "SELECT count(*) AS n FROM signal")["n"] == 0
    assert "hazard" in one(conn, "SELECT reason FROM dead_letter")["reason"]


@pytest.mark.usefixtures("sinkholes")
def test_citizens_can_report_it_by_the_pages_and_by_open311(api: Api) -> None:
    with api.client() as client:
        listed = client.get("/api/v1/categories", params={"lang": "id"}).json()
        services = client.get("/open311/v2/services.json", params={"lang": "en"}).json()
        form = {"category": "sinkhole", "lat": str(MANGGARAI[0]), "lon": str(MANGGARAI[1]), "text": "amblas"}
        made = client.post("/api/v1/reports", data=form, headers={"Idempotency-Key": str(uuid4())})
    assert {"id": "sinkhole", "name": "Tanah ambles", "icon": "pothole"} in listed
    (service,) = [one for one in services if one["service_code"] == "sinkhole"]
    assert (service["service_name"], service["group"]) == ("Sinkhole", "Roads")
    assert made.status_code in (200, 201), made.text
    assert "sinkhole" in known_categories()
    with api.connection() as conn:
        signal = conn.execute("SELECT category, severity FROM signal WHERE category = 'sinkhole'").fetchone()
    assert signal == {"category": "sinkhole", "severity": "minor"}


def test_it_cannot_be_reported_when_it_is_not_registered(api: Api) -> None:
    with api.client() as client:
        form = {"category": "sinkhole", "lat": str(MANGGARAI[0]), "lon": str(MANGGARAI[1]), "text": "amblas"}
        refused = client.post("/api/v1/reports", data=form, headers={"Idempotency-Key": str(uuid4())})
        listed = {one["id"] for one in client.get("/api/v1/categories").json()}
    assert refused.status_code in (400, 422)
    assert "sinkhole" not in listed
    assert "sinkhole" not in known_categories()
