"""The story of one flood: a camera, three citizens and Waze tell of it, and it is one incident with its ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.support.cloud_core import NOW
from tests.support.http_api import Api
from tests.support.incidents_core import a_signal, because, one, process

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import merging, undoing
from siaga_cloud.incidents.service.matching import process_signal
from siaga_cloud.reports.service import reports
from siaga_cloud.reports.service.reports import NewReport
from siaga_cloud.signals.store import SignalOrigin


def at(minutes: float) -> dict[str, Any]:
    moment = NOW + timedelta(minutes=minutes)
    return {"began_at": moment, "last_at": moment, "measured_at": moment, "received_at": moment}


def report(conn: Any, api: Api, who: str, channel: str, minutes: float) -> Any:
    """A citizen's report by the service, and the worker's part; the incident's id."""
    moment = NOW + timedelta(minutes=minutes)
    new = NewReport(
        channel=channel, category="flooding", body="Air naik", lat=-6.2105, lon=106.85, reporter=who,
        origin=SignalOrigin(network=f"network of {who}"),
    )  # fmt: skip
    accepted = reports.file_report(conn, new, areas=api.parts.of(AreaLookup), now=moment)
    incident_id = process_signal(conn, accepted.report_id, areas=api.parts.of(AreaLookup), now=moment)
    conn.commit()
    return incident_id


def test_a_camera_three_citizens_and_waze_make_one_flood_incident_with_the_ledger(api: Api) -> None:
    with api.connection() as conn:
        camera = process(conn, a_signal(source_key="camera:cam-manggarai", confidence=0.9, **at(0)))
        citizens = [report(conn, api, who, "web", minutes) for who, minutes in (("ani", 6), ("budi", 8), ("cici", 9))]
        again = report(conn, api, "ani", "email", 10)
        waze = process(
            conn,
            a_signal(id=uuid4(), kind="feed", source_key="feed:waze", confidence=0.8, metres=-40, **at(11)),
        )
        assert {camera, *citizens, again, waze} == {camera}
        operator = one(conn, "SELECT id FROM app_user WHERE role = 'operator' LIMIT 1")["id"]
    with api.client(operator) as client:
        reported = client.get(f"/api/v1/incidents/{camera}").json()
    held, ledger = reported["incident"], reported["members"]
    assert (held["sources"], held["mixed"], held["source_kinds"]) == (5, True, ["camera", "citizen", "feed"])
    # Three citizens without proof weigh 0.49 together, as the city's policy has it.
    expected = 1 - (1 - 0.75 * 0.9) * (1 - 0.49) * (1 - 0.5 * 0.8)
    assert held["certainty"] == "observed"
    assert held["confidence"] == pytest.approx(expected, abs=1e-4)
    counted = [line for line in ledger if line["counted"]]
    assert (len(ledger), len(counted)) == (6, 5), "the reporter who wrote twice counts once"
    doubt = 1.0
    for line in counted:
        whole = line["confidence"] * line["reliability"]
        assert line["weight"] == pytest.approx(1 - 0.51 ** (1 / 3) if line["grade"] == "unverified" else whole)
        doubt *= 1 - line["weight"]
    assert 1 - doubt == pytest.approx(held["confidence"], abs=1e-4), "the ledger explains the figure"
    first = ledger[0]
    assert (first["source_kind"], first["lead_over_others_seconds"], first["lead_over_task_seconds"]) == (
        "camera", 360, 0,
    )  # fmt: skip
    assert {line["lead_over_others_seconds"] for line in ledger[1:]} == {-360, -480, -540, -660}
    assert first["belief"] == {
        "prior_mean": 0.75, "prior_strength": 10, "confirmed": 0, "refuted": 0, "mean": 0.75,
    }  # fmt: skip


def test_a_merge_is_undone(api: Api) -> None:
    with api.connection() as conn:
        here = process(conn, a_signal(source_key="camera:cam-x", metres=3000, **at(0)))
        there = process(conn, a_signal(source_key="camera:cam-y", metres=3400, **at(1)))
        change = merging.merge(conn, there, here, because())
        assert one(conn, "SELECT sources FROM incident WHERE id = %s", here)["sources"] == 2
        undoing.undo(conn, change.id, because("two streets"))
        conn.commit()
        rows = conn.execute("SELECT state, sources FROM incident WHERE id = ANY(%s)", ([here, there],)).fetchall()
        assert [tuple(row.values()) for row in rows] == [("open", 1), ("open", 1)]
        tasks = conn.execute("SELECT state FROM task WHERE incident_id = ANY(%s)", ([here, there],)).fetchall()
        assert [row["state"] for row in tasks] == ["open", "open"]


def test_a_reporter_whose_incident_was_merged_reads_the_number_of_the_other(api: Api) -> None:
    with api.connection() as conn:
        numbers, ids = [], []
        for who, lat in (("near", -6.30), ("far", -6.31)):
            new = NewReport(
                channel="web", category="pothole", body="Lubang", lat=lat, lon=106.85, reporter=who,
                origin=SignalOrigin(network=f"network of {who}"),
            )  # fmt: skip
            filed = reports.file_report(conn, new, areas=api.parts.of(AreaLookup), now=NOW)
            incident_id = process_signal(conn, filed.report_id, areas=api.parts.of(AreaLookup), now=NOW)
            assert incident_id is not None
            ids.append(incident_id)
            numbers.append(one(conn, "SELECT number FROM incident WHERE id = %s", incident_id)["number"])
        change = merging.merge(conn, ids[1], ids[0], because())
        undoing.undo(conn, change.id, because("two holes", now=NOW + timedelta(minutes=1)))
        bodies = [
            one(conn, "SELECT body FROM notification WHERE kind = %s ORDER BY id DESC LIMIT 1", kind)["body"]
            for kind in ("report_merged", "report_unmerged")
        ]
        conn.commit()
    assert [body["incident"] for body in bodies] == [numbers[0]] * 2
