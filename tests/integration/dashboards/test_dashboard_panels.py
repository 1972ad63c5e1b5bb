"""Every query of the dashboards on a real TimescaleDB, as Grafana's role: it answers what its panel needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dashboards.boards.alarms import ALARMS
from dashboards.boards.queries import PanelQuery
from dashboards.query_times import Answer, as_grafana, choices, questions, run_query
from tests.support.dashboards_seed import seed_dashboards
from tests.support.http_api import load_demo_city

from siaga_sim.stack.postgres import Postgres

DOCUMENT = Path(__file__).parents[3] / "docs" / "grafana.md"
ALL_QUESTIONS = list(questions())
Session = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="module")
def board_reader(postgres: Postgres, migrated_template: str) -> Iterator[Session]:
    url = postgres.create_database("siaga_wall_panels", template=migrated_template)
    load_demo_city(url)
    seed_dashboards(url, days=3, cameras=12, nodes=6, past=True)
    with as_grafana(url) as conn:
        yield conn
    postgres.drop_database("siaga_wall_panels")


def answers(board_reader: Session, **chosen: str) -> list[Answer]:
    variables = {**choices(board_reader), **chosen}
    return [run_query(board_reader, one, variables) for one in ALL_QUESTIONS]


def name(one: PanelQuery) -> str:
    return f"{one.dashboard} / {one.panel} / {one.config.get('refId', '')}"


def everything_empty(everything: list[Answer]) -> list[PanelQuery]:
    return [one.panel_query for one in everything if not one.rows]


def test_every_query_answers_what_its_panel_needs_and_finds_something(board_reader: Session) -> None:
    everything = answers(board_reader)
    assert len({one.panel_query.dashboard for one in everything}) == 13
    assert [text for one in everything for text in one.wrong] == []
    # Half a year and a year of whole weeks: the seed has three days.
    empty = {name(one) for one in everything_empty(everything)}
    assert {one for one in empty if "tiap minggu" not in one} == set()


def test_every_query_answers_for_a_chosen_area_agency_and_site(board_reader: Session) -> None:
    some = answers(board_reader, area="31.74", agency="dinas-sda", gauge="manggarai")
    assert [text for one in some for text in one.wrong] == []
    limits = [one for one in some if one.panel_query.config.get("refId") == "L"]
    assert [one.rows for one in limits if one.panel_query.dashboard == "siaga-water-detail"] == [6]


def test_cameras_are_known_suspended_or_not_known_yet(board_reader: Session) -> None:
    found = board_reader.execute("SELECT name, state FROM dashboards.camera_accuracy WHERE hazard = 'trash'").fetchall()
    states: dict[str, str] = dict(found)
    assert (states.pop("Kamera 1"), states.pop("Kamera 2")) == ("known", "suspended")
    assert set(states.values()) == {"not_known"}


def test_the_star_schema_has_the_views_and_columns_that_its_documentation_names(board_reader: Session) -> None:
    section = DOCUMENT.read_text("utf-8").split("## The views as a star schema", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", section, re.MULTILINE)
    assert len(rows) == 11
    for view, cells in rows:
        named = set(re.findall(r"`(\w+)`", cells))
        found = board_reader.execute(f"SELECT * FROM dashboards.{view} LIMIT 1".encode())  # noqa: S608 - of our own page
        assert named - {column.name for column in found.description or ()} == set(), view
    for example in re.findall(r"(?:^    .*\n)+", section, re.MULTILINE):
        assert board_reader.execute(example.encode()).fetchall(), example


def test_a_choice_is_a_value_and_never_sql(board_reader: Session) -> None:
    hostile = answers(board_reader, area="x'; DROP VIEW dashboards.level; --", site="' OR true --")
    assert len(hostile) == len(answers(board_reader)) > 0
    assert [text for one in hostile for text in one.wrong] == []


def test_choosing_an_area_leaves_out_the_others(board_reader: Session) -> None:
    reports = next(one for one in ALL_QUESTIONS if one.panel.endswith("kelurahan teratas"))
    every = run_query(board_reader, reports, choices(board_reader)).rows
    within = run_query(board_reader, reports, {**choices(board_reader), "area": "31.01"}).rows
    assert 0 < within < every


def broken(**changes: str) -> Iterator[PanelQuery]:
    for one in ALL_QUESTIONS:
        sql = one.sql
        for before, after in changes.items():
            sql = sql.replace(before, after)
        if sql != one.sql:
            yield replace(one, sql=sql)


def test_a_renamed_column_fails(board_reader: Session) -> None:
    renamed = broken(chunks="chunks AS pieces")
    found = [text for one in renamed for text in _wrong(board_reader, one)]
    assert any("column pieces has no words" in text for text in found)
    assert any("words for chunks, which the query does not answer" in text for text in found)


def _wrong(board_reader: Session, one: PanelQuery) -> list[str]:
    try:
        return list(run_query(board_reader, one, choices(board_reader)).wrong)
    except psycopg.errors.SyntaxError:
        return []  # where the name stands in an ORDER BY


def test_a_renamed_view_fails(board_reader: Session) -> None:
    for one in broken(gauge_now="gauge_then"):
        with pytest.raises(psycopg.errors.UndefinedTable):
            run_query(board_reader, one, choices(board_reader))


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.uid)
def test_every_alarm_refers_to_one_number(board_reader: Session, alarm: Any) -> None:
    cursor = board_reader.execute(alarm.sql.encode())
    rows = cursor.fetchall()
    assert [column.name for column in cursor.description or ()] == ["value"]
    assert len(rows) == 1
    assert isinstance(rows[0][0], float)


def test_alarms_fire_where_there_is_cause(board_reader: Session) -> None:
    def fires(uid: str) -> bool:
        alarm = next(one for one in ALARMS if one.uid == uid)
        row = board_reader.execute(alarm.sql.encode()).fetchone()
        return bool(row and row[0] > alarm.over)

    for uid in (
        "siaga-shards-free",
        "siaga-dead-letters",
        "siaga-wrong-clocks",
        "siaga-jobs-failed",
        "siaga-messages-missing",
    ):
        assert fires(uid), uid
    for uid in ("siaga-ingest-silent", "siaga-alerts-stuck", "siaga-connections-full", "siaga-ingest-lag"):
        assert not fires(uid), uid
