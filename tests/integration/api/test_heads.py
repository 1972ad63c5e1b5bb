"""What heads see and do over HTTP: their own field and nothing of another's, its queue, its people and its figures."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.support.heads_past import CREW, TEBET, add_crew, add_past
from tests.support.http_api import Api, add_signal, task_of

HOME = "31.74.01.manggarai"
ELSEWHERE = (-6.1987, 106.8102)  # Karet, another kecamatan
LURAH, CAMAT, KADIS = "lurah.manggarai", "camat.tebet", "kadis.sda"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededCity:
    """The city and three tasks in it: one of the own area, one of another, and a late one of the own area."""

    api: Api
    own: UUID
    other: UUID
    delayed: UUID

    def query(self, user: str | None, path: str, status: int = 200, **query: Any) -> Any:
        with self.api.client(user) as client:
            answer = client.get(f"/api/v1/heads/{path}", params=query)
        assert answer.status_code == status, answer.text
        return answer.json() if "json" in answer.headers["content-type"] else answer.text

    def move(self, user: str, task: UUID, **wanted: Any) -> tuple[int, Any]:
        with self.api.client(user) as client:
            answer = client.post(f"/api/v1/tasks/{task}/moves", json=wanted)
        return answer.status_code, answer.json()


@pytest.fixture(scope="module")
def city(api: Api, tmp_path_factory: pytest.TempPathFactory) -> SeededCity:
    with api.connection() as conn:
        add_past(conn, tmp_path_factory.mktemp("past") / "files", days=70, per_day=8)
        add_crew(conn)
        own = task_of(conn, add_signal(conn))
        other = task_of(conn, add_signal(conn, source="camera:cam-karet", place=ELSEWHERE))
        delayed = task_of(conn, add_signal(conn, category="illegal_parking"))
        conn.execute("UPDATE task SET acknowledge_by = now() - interval '1 hour' WHERE id = %s", (delayed,))
        conn.commit()
    return SeededCity(api=api, own=own, other=other, delayed=delayed)


def test_a_field_is_the_own_one_and_its_parts(city: SeededCity) -> None:
    lurah, camat = city.query(LURAH, "scope"), city.query(CAMAT, "scope")
    assert [one["name"] for one in lurah["path"]][:3] == ["Manggarai", "Tebet", "Jakarta Selatan"]
    assert (lurah["below"], len(lurah["beside"]), lurah["may_act"]) == ([], 6, True)
    assert sorted(one["id"] for one in camat["below"]) == sorted(TEBET)
    assert city.query(CAMAT, "scope", area=HOME)["name"] == "Manggarai"
    agency = city.query(KADIS, "scope")
    assert (agency["kind"], agency["categories"]) == ("agency", ["asset_check", "drainage", "flooding", "gauge_check"])
    whole = city.query("gubernur", "scope")
    assert (whole["kind"], len(whole["below"]), whole["may_act"]) == ("city", 6, False)


@pytest.mark.parametrize("path", ["scope", "tasks", "officers", "figures", "months", "comparison"])
def test_another_field_is_refused(city: SeededCity, path: str) -> None:
    assert city.query(None, path, 401)["type"] == "urn:siaga:problem:authentication-required"
    assert city.query("petugas.sda", path, 403)["type"] == "urn:siaga:problem:wrong-role"
    assert city.query(LURAH, path, 403, area="31.74.01")["type"] == "urn:siaga:problem:outside-scope"
    assert city.query(CAMAT, path, 403, area="31.71")["type"] == "urn:siaga:problem:outside-scope"
    assert city.query(KADIS, path, 403, agency="dinas-lh")["type"] == "urn:siaga:problem:outside-scope"
    city.query("gubernur", path, 404, area="nowhere")
    city.query(LURAH, path, 200)


def test_the_queue_holds_the_own_tasks_only_with_counts_that_agree(city: SeededCity) -> None:
    reported = city.query(LURAH, "tasks", limit=5000)
    ids = {one["id"] for one in reported["tasks"]}
    assert str(city.own) in ids
    assert str(city.other) not in ids
    assert {one["area_name"] for one in reported["tasks"]} == {"Manggarai"}
    for which, count in reported["counts"].items():
        assert len(city.query(LURAH, "tasks", state_group=which, limit=5000)["tasks"]) == count, which
    delayed = [
        any(c["state"] == "overdue" for c in (t["acknowledge"], t["first_action"], t["resolve"]))
        for t in reported["tasks"]
    ]
    assert delayed == sorted(delayed, reverse=True), "late ones first"
    assert sum(delayed) == reported["counts"]["overdue"]
    assert str(city.delayed) in {
        one["id"] for one in city.query(LURAH, "tasks", state_group="overdue", limit=5000)["tasks"]
    }
    agency = city.query(KADIS, "tasks", limit=5000)["tasks"]
    assert {one["agency_id"] for one in agency} == {"dinas-sda"}
    assert {str(city.own), str(city.other)} <= {one["id"] for one in agency}


def test_the_queue_as_a_file_contains_no_place(city: SeededCity) -> None:
    rows = list(csv.DictReader(io.StringIO(city.query(LURAH, "tasks", format="csv", limit=5000))))
    assert len(rows) == city.query(LURAH, "tasks")["counts"]["running"]
    assert "lat" not in rows[0]
    assert {row["area_name"] for row in rows} == {"Manggarai"}


def test_figures_agree_with_each_other_and_with_the_public_ones(city: SeededCity) -> None:
    now = datetime.now(UTC)
    span: dict[str, Any] = {"from": (now - timedelta(days=40)).isoformat(), "to": now.isoformat()}
    reported = city.query(LURAH, "figures", **span)
    total = reported["total"]
    assert total["tasks"] == sum(one["tasks"] for one in reported["categories"]) > 20
    assert total["tasks"] == total["waiting"] + total["in_hand"] + total["resolved"] + total["dismissed"]
    assert 0 < total["in_time_share"] <= 1
    assert 0 < total["response_share"] <= 1
    with city.api.client() as public:
        known = public.get("/api/v1/figures/areas", params=span).json()
    (same,) = (one for one in known if one["id"] == HOME)
    for name in ("tasks", "waiting", "in_hand", "resolved", "verified", "dismissed", "reopened", "complaints"):
        assert total[name] == same[name], name
    assert total["resolve_median_seconds"] == same["resolve_median_seconds"]
    compared = city.query(LURAH, "comparison", **span)
    assert [one["whose"] for one in compared] == ["own"] + ["beside"] * 6
    assert {**compared[0], "whose": None, "per_10000_people": None} == {**total, "id": HOME, "name": "Manggarai"}
    camat = city.query(CAMAT, "comparison", **span)
    assert camat[0]["tasks"] == sum(one["tasks"] for one in camat if one["whose"] == "below")
    officers = city.query(LURAH, "officers", **span)
    worked = [one["period"] for one in officers if one["period"]]
    assert 0 < sum(one["tasks"] for one in worked) <= total["tasks"]
    assert [one["rank"] for one in worked if one["rank"]] == sorted(one["rank"] for one in worked if one["rank"])


def test_months_are_of_the_calendar_and_a_month_is_one_of_them(city: SeededCity) -> None:
    # The 70 days of the past lie in the latest four months on every day of the year, so the fifth is before them.
    reported = city.query(LURAH, "months", count=5)
    months = {one["id"]: one for one in reported["months"]}
    assert len(months) == 5
    assert reported["counted"] == "complaints"
    for name, one in months.items():
        period = city.query(LURAH, "figures", month=name)
        assert (period["total"]["tasks"], period["total"]["complaints"]) == (one["tasks"], one["complaints"])
        assert one["complaints"] == sum(kind["count"] for kind in reported["kinds"] if kind["month"] == name)
        assert period["period"]["month"] == name
    first, *_, last = months
    assert months[first]["tasks"] == 0, "before the past begins: zeros"
    assert city.query(LURAH, "figures", month=last)["period"]["is_over"] is False
    agency = city.query(KADIS, "months", count=3)
    assert agency["counted"] == "tasks"
    assert {one["category"] for one in agency["kinds"]} <= {"asset_check", "drainage", "flooding", "gauge_check"}


def test_a_new_area_is_reported_as_nothing_instead_of_failing(city: SeededCity) -> None:
    empty: dict[str, Any] = {"area": "31.71.01", "month": "2020-02"}
    reported = city.query("gubernur", "figures", **empty)
    assert (reported["total"]["tasks"], reported["total"]["in_time_share"], reported["categories"]) == (0, None, [])
    assert [one["tasks"] for one in city.query("gubernur", "months", **empty)["months"]] == [0] * 12
    assert city.query("gubernur", "months", **empty)["months"][-1]["id"] == "2020-02"
    assert city.query("gubernur", "tasks", area="31.71.01")["tasks"] == []
    assert {one["tasks"] for one in city.query("gubernur", "comparison", **empty)} == {0}


@pytest.mark.parametrize(
    "query",
    [{"month": "2026-13"}, {"month": "2026-11", "from": "2026-11-01T00:00:00Z"}, {"count": 0}, {"category": "?"}],
)
def test_wrong_questions_are_refused(city: SeededCity, query: dict[str, Any]) -> None:
    reported = city.query(LURAH, "months", 422, **query)
    assert reported["type"].startswith("urn:siaga:problem:")


def test_who_can_be_sent_are_the_own_people_the_ready_ones_first_and_the_look_is_on_record(city: SeededCity) -> None:
    reported = city.query(LURAH, f"tasks/{city.own}/assignees")
    assert [one["user_id"] for one in reported["officers"]] == list(CREW)
    assert 0 < reported["officers"][0]["distance_m"] < 1000
    assert (reported["officers"][1]["distance_m"], reported["officers"][2]["on_duty_since"]) == (None, None)
    assert [one["id"] for one in reported["teams"]] == ["sda-pompa-1"]
    own = city.query(KADIS, f"tasks/{city.own}/assignees")["officers"]
    assert "petugas.sda" in {one["user_id"] for one in own}
    assert {one["agency_name"] for one in own} == {"Dinas Sumber Daya Air"}
    city.query("gubernur", f"tasks/{city.own}/assignees", 403)
    assert city.query(LURAH, f"tasks/{city.other}/assignees", 403)["type"] == "urn:siaga:problem:outside-scope"
    with city.api.connection() as conn:
        row = conn.execute(
            "SELECT details FROM audit WHERE actor = %s AND action = 'look_at_officers' ORDER BY id LIMIT 1", (LURAH,)
        ).fetchone()
    assert row is not None


def test_heads_send_their_own_people_and_nobody_elses(city: SeededCity) -> None:
    status, reported = city.move(LURAH, city.other, verb="assign", to="ppsu.manggarai.1")
    assert (status, reported["type"]) == (403, "urn:siaga:problem:outside-scope")
    status, reported = city.move(LURAH, city.own, verb="assign", to="petugas.sda")
    assert (status, reported["type"]) == (403, "urn:siaga:problem:outside-scope"), "of an agency, not of the area"
    status, reported = city.move(KADIS, city.own, verb="assign", to="petugas.lh")
    assert (status, reported["type"]) == (403, "urn:siaga:problem:outside-scope")
    status, reported = city.move(KADIS, city.own, verb="assign", to="dinas-lh")
    assert (status, reported["type"]) == (403, "urn:siaga:problem:outside-scope"), (
        "that is a hand-over and needs a reason"
    )
    with city.api.client(LURAH) as client:
        many = {"moves": [{"task_id": str(city.own), "verb": "assign", "to": "petugas.sda"}]}
        assert client.post("/api/v1/tasks/bulk-moves", json=many).json()[0]["status"] == 403
    status, reported = city.move(KADIS, city.own, verb="assign", to="sda-pompa-1")
    assert (status, reported["task"]["state"]) == (200, "assigned")
    status, reported = city.move(LURAH, city.own, verb="assign", to="nearest")
    assert (status, reported["task"]["assignee_id"]) == (200, "ppsu.manggarai.1"), "the own crew, of whatever agency"
    status, reported = city.move(LURAH, city.own, verb="assign", to="ppsu.manggarai.1")
    assert (status, reported["task"]["assignee_name"], reported["task"]["agency_id"]) == (200, "Siti Aminah", "ppsu")
