"""Figures over a made-up past, against the same sums done over its file."""

from __future__ import annotations

import csv
import gzip
import io
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.http_api import CITY, Api
from typer.testing import CliRunner

from siaga_cloud.figures.service import figures as service
from siaga_cloud.operations.history.cli import load_past
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.db.migrate import migrations
from siaga_sim.main import app as sim

DAYS = 20
UNTIL = datetime(2026, 10, 1, tzinfo=UTC)
SPAN = {"from": "2026-09-01T00:00:00Z", "to": "2026-10-01T00:00:00Z"}


@pytest.fixture(scope="module")
def past(api: Api, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    folder = tmp_path_factory.mktemp("past") / "files"
    options = ["--days", str(DAYS), "--per-day", "80", "--gauges", "0", "--until", f"{UNTIL:%Y-%m-%d}"]
    made = CliRunner().invoke(sim, ["history", str(folder), "--city", str(CITY), *options])
    assert made.exit_code == 0, made.output
    with api.connection() as conn:
        load_past(conn, folder, source="test", report=lambda _: None)
    with gzip.open(folder / "complaints.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def request(api: Api, path: str, user: str | None = None, **query: Any) -> Any:
    with api.client(user) as client:
        answer = client.get(f"/api/v1/{path}", params={**SPAN, **query})
    assert answer.status_code == 200, answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer.text


def firsts(past: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in past if not row["same_as"]]


def hours(row: dict[str, str], key: str) -> float:
    return (datetime.fromisoformat(row[key]) - datetime.fromisoformat(row["reported_at"])) / timedelta(hours=1)


def test_figures_of_agencies_are_those_of_the_file(api: Api, past: list[dict[str, str]]) -> None:
    agencies = request(api, "figures/agencies")
    assert {one["id"] for one in agencies} >= {row["agency"] for row in firsts(past)}
    for reported in agencies:
        own = [row for row in firsts(past) if row["agency"] == reported["id"]]
        outcomes = Counter(row["outcome"] for row in own)
        assert reported["tasks"] == len(own)
        assert reported["verified"] == outcomes["verified"]
        assert reported["resolved"] == outcomes["verified"] + outcomes["resolved"]
        assert reported["dismissed"] == outcomes["dismissed"]
        assert reported["waiting"] + reported["in_hand"] == outcomes["open"]
        assert reported["reopened"] == sum(int(row["reopened"]) > 0 for row in own)
        accepted = sorted(hours(row, "acknowledged_at") for row in own if row["acknowledged_at"])
        assert reported["response_median_seconds"] / 3600 == pytest.approx(statistics.median_low(accepted), abs=0.01)
        done = sorted(hours(row, "resolved_at") for row in own if row["resolved_at"])
        assert reported["resolve_p90_seconds"] / 3600 == pytest.approx(done[-(-9 * len(done) // 10) - 1], abs=0.01)


def test_areas_add_up_over_their_levels(api: Api, past: list[dict[str, str]]) -> None:
    sums = {
        level: (sum(one["tasks"] for one in reported), sum(one["complaints"] for one in reported))
        for level in ("kelurahan", "kecamatan", "city")
        for reported in [request(api, "figures/areas", level=level)]
    }
    assert set(sums.values()) == {(len(firsts(past)), len(past))}


def test_figures_within_an_area_and_of_a_category(api: Api, past: list[dict[str, str]]) -> None:
    own = [row for row in firsts(past) if row["kelurahan"].startswith("31.74.") and row["category"] == "trash"]
    (reported,) = request(api, "figures/categories", area="31.74", category="trash")
    assert (reported["id"], reported["tasks"]) == ("trash", len(own))


def test_kinds_of_an_agency(api: Api, past: list[dict[str, str]]) -> None:
    own = Counter(row["category"] for row in firsts(past) if row["agency"] == "dinas-lh")
    assert {one["id"]: one["tasks"] for one in request(api, "figures/categories", agency="dinas-lh")} == own
    areas = request(api, "figures/areas", agency="dinas-lh", level="city")
    assert sum(one["tasks"] for one in areas) == own.total()
    assert {one["complaints"] for one in areas} == {None}, "complaints belong to no agency"


def test_reporters_within_an_area(api: Api, past: list[dict[str, str]]) -> None:
    cities = [one["id"] for one in request(api, "figures/areas", level="city")]
    assert len(cities) > 3
    within = {city: request(api, "rankings/reporters", limit=500, area=city) for city in cities}
    judged = "SELECT count(*) AS n FROM reporter_fact JOIN incident ON incident.id = incident_id"
    with api.connection() as conn:
        for city, places in within.items():
            assert len(places) < 500
            row = conn.execute(f"{judged} WHERE area_id LIKE %s AND received_at >= %s", (f"{city}.%", SPAN["from"]))
            assert row.fetchone() == {"n": sum(one["cases"] for one in places)}
    assert sum(bool(places) for places in within.values()) > 3


def test_days_are_those_of_the_city(api: Api, past: list[dict[str, str]]) -> None:
    local = Counter(
        f"{datetime.fromisoformat(row['reported_at']) + timedelta(hours=7):%Y-%m-%d}" for row in firsts(past)
    )
    assert {one["id"]: one["tasks"] for one in request(api, "figures/days")} == local


def test_overdue_is_what_was_resolved_after_it_was_due(api: Api, past: list[dict[str, str]]) -> None:
    (reported,) = request(api, "figures/categories", category="illegal_parking")
    own = [row for row in firsts(past) if row["category"] == "illegal_parking" and row["resolved_at"]]
    assert reported["overdue_count"] - reported["overdue"] == sum(hours(row, "resolved_at") > 6 for row in own)


def test_the_fact_of_a_task_follows_the_task(api: Api, past: list[dict[str, str]]) -> None:
    with api.connection() as conn:
        assert drift(conn) == []
        conn.execute(
            "UPDATE task SET escalation = 1, overdue_since = now() WHERE id = (SELECT min(id::text)::uuid FROM task)"
        )
        assert drift(conn) == []


def test_facts_of_before_the_deadlines_are_filled_as_a_change_would_fill_them(
    api: Api, past: list[dict[str, str]]
) -> None:
    filling = next(one.sql for one in migrations() if one.name == "fact_deadlines_filled")
    with api.connection() as conn:
        conn.execute(
            "UPDATE task_fact SET acknowledge_by = NULL, resolve_by = NULL, acknowledged_in_time = NULL,"
            " finished_in_time = NULL"
        )
        assert len(drift(conn)) > len(past) // 2
        marked = conn.execute("SELECT id FROM month_stale ORDER BY id").fetchall()
        conn.commit()
        conn.execute(filling.encode())
        assert conn.execute("SELECT id FROM month_stale ORDER BY id").fetchall() == marked, "no sum of a month changed"
        assert drift(conn) == []
        kinds = conn.execute("SELECT DISTINCT acknowledged_in_time, finished_in_time FROM task_fact").fetchall()
        assert len(kinds) >= 4, "in time, too late and not yet"


def drift(conn: Connection) -> list[Any]:
    return conn.execute(
        "((SELECT * FROM task_fact_now) EXCEPT (SELECT * FROM task_fact))"
        " UNION ALL ((SELECT * FROM task_fact) EXCEPT (SELECT * FROM task_fact_now))"
    ).fetchall()


def test_a_month_that_was_added_up_reports_the_same_as_its_tasks(api: Api, past: list[dict[str, str]]) -> None:
    paths = [f"figures/{group}" for group in ("areas", "agencies", "categories", "days")]
    paths += ["rankings/areas", "rankings/agencies", "figures/categories?category=trash"]
    with api.connection() as conn:
        rolled = conn.execute("SELECT DISTINCT what FROM month_rolled ORDER BY 1").fetchall()
    assert [row["what"] for row in rolled] == ["report", "task"]
    by_month = [request(api, path) for path in paths]
    with api.connection() as conn:
        conn.execute("DELETE FROM month_rolled")
    by_task = [request(api, path) for path in paths]
    assert by_month == by_task
    with api.connection() as conn:
        service.roll_up_all(conn)
    assert [request(api, path) for path in paths] == by_task


def test_a_change_in_a_month_that_was_added_up_is_seen_at_once(api: Api, past: list[dict[str, str]]) -> None:
    def reopened() -> int:
        return sum(one["reopened"] for one in request(api, "figures/categories"))

    before = reopened()
    with api.connection() as conn:
        service.roll_up_all(conn)
        task = conn.execute("SELECT id FROM task WHERE deadline_round = 0 LIMIT 1").fetchone()
        assert task is not None
        conn.execute("UPDATE task SET deadline_round = 1 WHERE id = %(id)s", task)
    assert reopened() == before + 1
    with api.connection() as conn:
        assert service.roll_up(conn, now=datetime.now(UTC)) == 1  # that month alone
        assert service.roll_up(conn, now=datetime.now(UTC)) == 0
    assert reopened() == before + 1
    with api.connection() as conn:
        conn.execute("UPDATE task SET deadline_round = 0 WHERE id = %(id)s", task)
    assert reopened() == before


def test_a_verdict_that_is_undone_leaves_the_ranking_of_reporters(api: Api, past: list[dict[str, str]]) -> None:
    with api.connection() as conn:
        before = reporters_of(conn)
        found = conn.execute("SELECT id, verdict_at FROM incident WHERE verdict = 'confirmed' LIMIT 1").fetchone()
        assert found is not None
        members = conn.execute(
            "SELECT count(DISTINCT source_key) AS n FROM incident_member WHERE incident_id = %(id)s", found
        ).fetchone()
        conn.execute(
            "UPDATE incident SET verdict = NULL, verdict_by = NULL, verdict_at = NULL, updated_at = now()"
            " WHERE id = %(id)s",
            found,
        )
        service.roll_up(conn, now=datetime.now(UTC))
        assert members is not None
        assert before - reporters_of(conn) == members["n"] > 0


def test_a_reporter_who_is_forgotten_is_forgotten_by_the_ranking(api: Api, past: list[dict[str, str]]) -> None:
    with api.connection() as conn:
        before = reporters_of(conn)
        (most,) = conn.execute(
            "SELECT pseudonym, count(*) AS n FROM reporter_fact GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
        ).fetchall()
        conn.execute(
            "UPDATE report SET reporter_hash = 'fresh' WHERE pseudonym_of(reporter_hash) = %(pseudonym)s", most
        )
        fresh = conn.execute("SELECT count(*) AS n FROM reporter_fact WHERE pseudonym = pseudonym_of('fresh')")
        assert fresh.fetchone() == {"n": most["n"]}
        months = conn.execute("SELECT FROM reporter_month WHERE pseudonym = %(pseudonym)s", most).fetchall()
        assert months == []
        assert conn.execute("SELECT FROM reporter_fact WHERE pseudonym = %(pseudonym)s", most).fetchall() == []
        assert reporters_of(conn) == before
        service.roll_up_all(conn)
        assert reporters_of(conn) == before


def reporters_of(conn: Connection) -> int:
    drift = conn.execute(
        "SELECT date_trunc('month', received_at, 'UTC'), pseudonym, count(*) FILTER (WHERE is_confirmed)::int,"
        " count(*) FILTER (WHERE NOT is_confirmed)::int FROM reporter_fact GROUP BY 1, 2"
        " EXCEPT SELECT month, pseudonym, confirmed, refuted FROM reporter_month"
    )
    assert drift.fetchall() == []
    return len(conn.execute("SELECT FROM reporter_fact").fetchall())


def test_a_spreadsheet_and_a_map(api: Api, past: list[dict[str, str]]) -> None:
    rows = list(csv.DictReader(io.StringIO(request(api, "figures/areas", level="city", format="csv"))))
    assert sum(int(row["tasks"]) for row in rows) == len(firsts(past))
    shapes = request(api, "figures/areas", level="city", format="geojson")["features"]
    assert {shape["geometry"]["type"] for shape in shapes} <= {"Polygon", "MultiPolygon"}
    assert shapes[0]["properties"]["tasks"] == int(rows[0]["tasks"])


FIGURES = ("areas", "agencies", "categories", "days", "officers")
RANKINGS = ("areas", "agencies", "reporters", "officers")
ALL = [f"figures/{one}" for one in FIGURES] + [f"rankings/{one}" for one in RANKINGS]


@pytest.mark.parametrize("path", ALL)
def test_every_figure_and_ranking_is_the_same_as_a_spreadsheet_and_as_a_map(
    api: Api, past: list[dict[str, str]], path: str
) -> None:
    reported = request(api, path, "gubernur")
    rows = list(csv.DictReader(io.StringIO(request(api, path, "gubernur", format="csv"))))
    features = request(api, path, "gubernur", format="geojson")["features"]
    assert [one["id"] for one in reported] == [row["id"] for row in rows] == [one["id"] for one in features]
    assert len(reported) > 5
    for one, row, feature in zip(reported, rows, features, strict=True):
        known = {name: value for name, value in one.items() if value is not None}
        assert {name: value for name, value in feature["properties"].items() if value is not None} == known
        assert {name: row[name] for name in known} == {name: str(value) for name, value in known.items()}
        assert (feature["geometry"] is not None) is path.endswith("/areas"), "only areas lie somewhere"


def test_a_name_that_is_a_formula_does_not_run_in_a_spreadsheet(api: Api, past: list[dict[str, str]]) -> None:
    with api.connection() as conn:
        conn.execute("UPDATE agency SET name = '=cmd()' WHERE id = 'dinas-lh'")
    text = request(api, "figures/agencies", format="csv")
    with api.connection() as conn:
        conn.execute("UPDATE agency SET name = 'Dinas Lingkungan Hidup' WHERE id = 'dinas-lh'")
    assert "'=cmd()" in text


def test_rankings_are_sorted_and_named(api: Api, past: list[dict[str, str]]) -> None:
    for path in ("rankings/areas", "rankings/agencies", "rankings/reporters"):
        places = request(api, path)
        assert [place["rank"] for place in places] == sorted(place["rank"] for place in places)
        assert len(places) > 5
    assert request(api, "rankings/areas")[0]["name"] != request(api, "rankings/areas")[0]["id"]


def test_reporters_are_ranked_under_pseudonyms(api: Api, past: list[dict[str, str]]) -> None:
    places = request(api, "rankings/reporters")
    assert all(place["name"].startswith("Warga ") for place in places)
    with api.connection() as conn:
        hashes = [row["reporter_hash"] for row in conn.execute("SELECT DISTINCT reporter_hash FROM report")]
    assert not [place for place in places if any(one[:8].upper() in place["name"] for one in hashes)]


def test_officers_are_shown_to_those_in_charge(api: Api, past: list[dict[str, str]]) -> None:
    for path in ("figures/officers", "rankings/officers"):
        with api.client() as client:
            assert client.get(f"/api/v1/{path}").status_code == 401
        with api.client("petugas.sda") as client:
            assert client.get(f"/api/v1/{path}").status_code == 403
        agency = {one["id"].split(".")[1] for one in request(api, path, "kadis.sda")}
        assert agency == {"dinas-sda"}
        assert len({one["id"].split(".")[1] for one in request(api, path, "gubernur")}) > 5


def test_a_lurah_sees_the_officers_of_the_own_kelurahan_only(api: Api, past: list[dict[str, str]]) -> None:
    own = [row for row in firsts(past) if row["kelurahan"] == "31.74.01.manggarai"]
    reported = request(api, "figures/officers", "lurah.manggarai", area="31.71")
    assert sum(one["tasks"] for one in reported) == len(own)


def test_what_is_unusual_now(api: Api, past: list[dict[str, str]]) -> None:
    now = datetime.now(UTC)
    with api.connection() as conn:
        for number in range(25):
            conn.execute(
                "INSERT INTO report (id, channel, secret_sha256, category, lat, lon, area_id, reporter_hash,"
                " happened_at, received_at) VALUES (gen_random_uuid(), 'web', sha256(%s), 'fallen_tree', -6.2, 106.8,"
                " '31.74.01.manggarai', %s, %s, %s)",
                (f"s{number}".encode(), f"r{number}", now, now - timedelta(minutes=number)),
            )
        for number in range(50):
            conn.execute(
                "INSERT INTO report (id, channel, secret_sha256, category, lat, lon, area_id, reporter_hash,"
                " happened_at, received_at) VALUES (gen_random_uuid(), 'web', sha256(%s), 'beggars', -6.2, 106.8,"
                " '31.74.01.manggarai', %s, %s, %s)",
                (f"b{number}".encode(), f"r{number % 2}", now, now - timedelta(minutes=number)),
            )
    reported = request(api, "trending", hours=24)
    assert reported["categories"][0]["category"] == "fallen_tree"
    assert "beggars" not in {one["category"] for one in reported["categories"] + reported["places"]}, (
        "two people, fifty times"
    )
    assert reported["places"][0]["area_name"] == "Manggarai"
    assert reported["places"][0]["times"] > 10
    rows = list(csv.DictReader(io.StringIO(request(api, "trending", hours=24, format="csv"))))
    assert [(row["category"], row["area_name"]) for row in rows[:1]] == [("fallen_tree", "")]
    assert len(rows) == len(reported["categories"]) + len(reported["places"])
    features = request(api, "trending", hours=24, format="geojson")["features"]
    (place,) = [one for one in features if one["properties"]["area_name"] == "Manggarai"]
    assert (place["properties"]["category"], place["geometry"]["type"]) == ("fallen_tree", "Polygon")


def test_complaints_for_ten_thousand_people(api: Api, past: list[dict[str, str]]) -> None:
    with api.connection() as conn:
        conn.execute("DELETE FROM area_statistic")
        conn.execute(
            "INSERT INTO area_statistic (area_id, name, value, source, as_of)"
            " SELECT id, 'population', 20000, 'made up', '2026-01-01' FROM area WHERE parent_id = '31.74.01'"
        )
        kelurahan = conn.execute("SELECT count(*) AS n FROM area WHERE parent_id = '31.74.01'").fetchone()
    reported = {one["id"]: one for one in request(api, "figures/areas", level="kecamatan")}
    tebet = reported["31.74.01"]
    assert kelurahan is not None
    assert tebet["population"] == 20000 * kelurahan["n"]
    assert tebet["per_10000_people"] == pytest.approx(tebet["complaints"] / tebet["population"] * 10000, abs=0.01)
    assert reported["31.71.01"]["per_10000_people"] is None


@pytest.mark.parametrize("path", ["figures/areas", "rankings/agencies"])
def test_a_span_that_makes_no_sense_is_refused(api: Api, path: str) -> None:
    with api.client() as client:
        answer = client.get(f"/api/v1/{path}", params={"from": "2026-10-01T00:00:00Z", "to": "2026-09-01T00:00:00Z"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"])
def test_a_time_beyond_the_calendar_is_refused(api: Api, at: str) -> None:
    with api.client() as client:
        for path in ("figures/areas", "gauges/manggarai/readings"):
            answer = client.get(f"/api/v1/{path}", params={"to": at})
            assert answer.status_code == 422, answer.text
            assert "expected a year from 1900 to 2200" in answer.text


def test_a_nul_in_an_address_is_refused_and_not_passed_on(api: Api) -> None:
    with api.client() as client:
        assert client.get("/api/v1/figures/agencies?area=a%00b").json()["type"] == "urn:siaga:problem:nul-character"
        assert client.get("/api/v1/gauges/a%00b").status_code == 404
