"""`siaga-cloud admin trace`: one event's whole way, from the record that each station left."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.support.cloud_core import NOW, a_delivery, a_jpeg, deliver, event_message, evidence_message
from tests.support.http_api import Api
from typer.testing import CliRunner

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.cli import app
from siaga_cloud.incidents.service.matching import process_signal
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_core.wire.messages import Hazard

NODE = "pintu-manggarai"  # the owner of cam-manggarai in the demo's city


def traced(api: Api, wanted: object, *options: str, code: int = 0) -> str:
    done = CliRunner().invoke(
        app, ["trace", str(wanted), *options], env={"SIAGA_DATABASE_URL": api.parts.settings.database_url}
    )
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def event_id(api: Api) -> UUID:
    """A flood that a camera saw 40 s ago, in the cloud three seconds after it was decided, with its picture."""
    outbox = uuid4()
    seen = NOW - timedelta(seconds=40)
    event = event_message(
        outbox_id=outbox, at=NOW - timedelta(seconds=3), began_at=seen, hazard=Hazard.FLOODING, seq=7, node=NODE
    )
    image = evidence_message(a_jpeg(), event_id=event.event_id, outbox_id=outbox, seq=8, at=seen, node=NODE)
    with api.connection() as conn:
        prepare_stages(conn)
        with conn.transaction():
            store(conn, sort([deliver(event, at=NOW), a_delivery(*image)]), media=api.parts.media, now=NOW)
        process_signal(conn, event.event_id, areas=api.parts.of(AreaLookup), now=NOW + timedelta(seconds=1))
        conn.commit()
    return event.event_id


def test_each_step_of_an_event_is_reported_with_its_lag(api: Api, event_id: UUID) -> None:
    steps: list[dict[str, Any]] = json.loads(traced(api, event_id, "--json"))
    names = [step["step"] for step in steps]
    assert names[:3] == ["began", "decided", "sent"]
    assert {"received", "picture", "joined", "incident", "task", "move"} <= set(names)
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    by_name = {step["step"]: step for step in steps}
    assert by_name["began"]["who"] == "camera cam-manggarai"
    assert by_name["decided"]["ids"].endswith("seq 7")
    assert str(event_id) in by_name["joined"]["ids"]

    table = traced(api, event_id).splitlines()
    began = next(line for line in table if " began " in line)
    received = next(line for line in table if " received " in line)
    assert "0.000 s" in began
    assert " 40.000 s " in received
    assert "received   ingest: stored with its batch [message " in received


def test_every_name_of_an_event_leads_to_the_same_trace(api: Api, event_id: UUID) -> None:
    with api.connection() as conn:
        row = conn.execute(
            "SELECT incident.id AS incident, incident.number, task.id AS task, task.number AS task_number"
            " FROM incident JOIN task ON task.incident_id = incident.id"
        ).fetchone()
    assert row is not None
    whole = traced(api, event_id)
    for name in (row["incident"], row["task"], f"incident:{row['number']}", f"task#{row['task_number']}"):
        assert traced(api, name) == whole


def test_an_unknown_name_is_reported_as_not_on_record(api: Api) -> None:
    for unknown in (uuid4(), "1001", "task:99", "nonsense"):
        assert "expected an event, report, incident or task that is stored" in traced(api, unknown, code=2)


def test_a_report_in_no_incident_yet_is_shown_as_far_as_it_came(api: Api) -> None:
    from siaga_cloud.reports.service import reports

    new = reports.NewReport(channel="web", category="flooding", body="Air", lat=-6.21, lon=106.85, reporter="ani")
    with api.connection() as conn:
        accepted = reports.file_report(conn, new, areas=api.parts.of(AreaLookup), now=NOW)
        conn.commit()
    message = traced(api, accepted.report_id)
    assert "reported" in message
    assert "it belongs to no incident" in message
