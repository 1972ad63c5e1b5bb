"""Tasks: what is overdue, with whom, and where it happens most often."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import bargauge, dashboard, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, Frame, board, place_of
from dashboards.boards.city_now import AREA, CATEGORY, LEFT, left_words, number_column
from dashboards.boards.fields import Column, Sql
from dashboards.boards.filters import TODAY, in_area, rows_that_fit
from dashboards.boards.parts import PanelFactory
from dashboards.boards.sentences.tasks import TASK_COLOURS, task_sentence
from dashboards.boards.words import GREEN, GREY, ORANGE, PALE, RED, YELLOW, Text

TASKS = Frame(
    slug="tasks", title=Text("Tugas", "Tasks"), folder=FOLDER_CITY, since="now-30d", refresh="1m", area=True, is_screen=True,
)  # fmt: skip
# What is counted of a set of tasks; a dismissed one was nothing and is left out of shares.
COUNTS: Final = """count(*) AS n, count(*) FILTER (WHERE state IN ('resolved', 'verified')) AS done,
    count(*) FILTER (WHERE is_overdue AND state <> 'dismissed')::float8
        / nullif(count(*) FILTER (WHERE state <> 'dismissed'), 0) AS late_share,
    count(*) FILTER (WHERE state = 'verified')::float8
        / nullif(count(*) FILTER (WHERE state IN ('resolved', 'verified')), 0) AS verified_share,
    count(*) FILTER (WHERE reopened > 0) AS reopened,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY response_seconds)::float8 AS response_seconds,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY resolve_seconds)::float8 AS resolve_seconds"""
OVERDUE_STEPS: Final = ((None, PALE), (0.1, YELLOW), (0.2, ORANGE), (0.35, RED))
FEWEST: Final = 10  # fewer tasks make no share
BARS: Final = 11


def tasks(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the wall of tasks and their deadlines."""
    made = board(factory, TASKS)
    made.with_variable(factory.count("overdue", f"SELECT FROM dashboards.task_open WHERE is_overdue AND {in_area()}"))
    made.with_variable(
        factory.count(
            "agencies",
            f"SELECT DISTINCT agency_id FROM dashboards.task_fact WHERE $__timeFilter(created_at) AND {in_area()}",
        )
    )
    made.with_panel(
        factory.strip(
            task_sentence(factory), TASK_COLOURS, link=place_of("analysis", factory),
            about=Text("Tugas terbuka yang lewat tenggat, yang dibuat dan selesai dalam 7 hari, dan dinas yang dalam 30 hari paling sering terlambat (10 tugas atau lebih).",
                       "Open tasks that are overdue, those made and resolved in 7 days, and the agency that was overdue most often in 30 days (10 tasks or more)."),
        )
    )  # fmt: skip
    made.with_panel(_agencies(factory)).with_panel(_areas(factory))
    return made.with_panel(per_day(factory, size=(12, 13))).with_panel(_overdue(factory))


def _agencies(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT agency.name, made.n, coalesce(open.n, 0) AS open, made.late_share, coalesce(open.overdue, 0) AS overdue, made.resolve_seconds
        FROM (SELECT agency_id, {COUNTS} FROM dashboards.task_fact WHERE $__timeFilter(created_at) AND {in_area()} GROUP BY 1) AS made
        JOIN dashboards.agency AS agency USING (agency_id)
        LEFT JOIN (SELECT agency_id, count(*) AS n, count(*) FILTER (WHERE is_overdue) AS overdue FROM dashboards.task_open
            WHERE {in_area()} GROUP BY 1) AS open USING (agency_id)
        ORDER BY made.late_share DESC NULLS LAST, made.n DESC LIMIT {rows_that_fit(13)}"""
    columns = [
        Column(name="name", title=Text("Dinas", "Agency"), link=place_of("analysis", factory)),
        Column(name="n", title=Text("Tugas", "Tasks"), width=80),
        Column(name="open", title=Text("Terbuka", "Open"), width=85),
        Column(name="late_share", title=Text("Bagian terlambat", "Share overdue"), unit="percentunit", decimals=0, cell="gauge",
               range=(0, 1), steps=OVERDUE_STEPS, width=290),
        Column(name="overdue", title=Text("Lewat", "Overdue"), cell="text", steps=((None, PALE), (1, ORANGE), (50, RED)), width=85),
        Column(name="resolve_seconds", title=Text("Selesai (median)", "Resolved (median)"), spoken="duration", width=160, right=True),
    ]  # fmt: skip
    return factory.table(
        Text("Dinas, 30 hari: paling sering terlambat dulu · ${agencies} seluruhnya", "Agencies, 30 days: most often overdue first · ${agencies} in all"),
        Sql(sql), columns, size=(13, 13),
        about=Text("Tugas yang dibuat dalam rentang; tugas yang ditolak tidak dihitung dalam bagian. Lewat: yang kini terbuka dan lewat tenggat.",
                   "Tasks made in the span; dismissed ones count in no share. Overdue: open at present and past the deadline."),
    )  # fmt: skip


def _areas(factory: PanelFactory) -> bargauge.Panel:
    sql = f"""
        SELECT place.kecamatan AS name, count(*) FILTER (WHERE fact.is_overdue)::float8 / count(*) AS value
        FROM dashboards.task_fact AS fact JOIN dashboards.dim_area AS place USING (area_id)
        WHERE $__timeFilter(fact.created_at) AND fact.state <> 'dismissed' AND place.kecamatan IS NOT NULL AND {in_area("fact.area_id")}
        GROUP BY 1 HAVING count(*) >= {FEWEST} ORDER BY 2 DESC, 1 LIMIT {BARS}"""
    value = Column(
        name="value",
        unit="percentunit",
        decimals=0,
        range=(0, 1),
        steps=OVERDUE_STEPS,
        link=place_of("analysis", factory),
    )
    return factory.bars(
        Text(f"{BARS} kecamatan dengan keterlambatan tertinggi, 30 hari", f"The {BARS} kecamatan with the highest share overdue, 30 days"),
        Sql(sql), value, size=(11, 13),
        about=Text("Bagian tugas yang lewat tenggat; hanya kecamatan dengan 10 tugas atau lebih dalam rentang.",
                   "The share of tasks that became overdue; only kecamatan with 10 tasks or more in the span."),
    )  # fmt: skip


def per_day(factory: PanelFactory, *, size: tuple[int, int]) -> timeseries.Panel:
    """Tasks by the day they were made, and what became of them; without the running day, of which half is missing."""
    sql = f"""
        SELECT date_bin('1 day', created_at, {TODAY}) AS time, CASE state WHEN 'verified' THEN 'verified' WHEN 'resolved'
            THEN 'resolved' WHEN 'dismissed' THEN 'dismissed' ELSE 'unfinished' END AS metric, count(*) AS value
        FROM dashboards.task_fact WHERE $__timeFilter(created_at) AND created_at < {TODAY} AND {in_area()}
        GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [
        Column(name="verified", title=words.TASK["verified"].text, colour=GREEN),
        Column(name="resolved", title=Text("Selesai, belum terbukti", "Resolved, not verified"), colour="#96d98d"),
        Column(name="dismissed", title=words.TASK["dismissed"].text, colour=GREY),
        Column(name="unfinished", title=Text("Belum selesai", "Unfinished"), colour=ORANGE),
    ]
    return factory.series(
        Text("Tugas tiap hari, menurut keadaannya kini", "Tasks of each day, by their state at present"),
        [Sql(sql, format="time_series")], unit="short", size=size, columns=columns, bars=True, interval="1d",
        about=Text("Hari dibuatnya tugas, tanpa hari yang sedang berjalan. Hijau tua: terbukti; hijau muda: hanya dilaporkan selesai.",
                   "The day a task was made, without the running day. Dark green: verified; light green: only reported as done."),
    )  # fmt: skip


def _overdue(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT {left_words(factory)}, category, coalesce(area_name, '–') AS area_name, agency_name, escalation, number
        FROM dashboards.task_open WHERE is_overdue AND {in_area()}
        ORDER BY array_position(ARRAY['severe', 'moderate', 'minor'], severity), overdue_since, number LIMIT {rows_that_fit(13)}"""
    columns = [
        LEFT, CATEGORY, AREA,
        Column(name="agency_name", title=Text("Dinas", "Agency"), width=240),
        Column(name="escalation", title=Text("Jenjang", "Escalation"), width=95),
        number_column(Text("No.", "No."), key="task"),
    ]  # fmt: skip
    return factory.table(
        Text("Lewat tenggat, terberat dan terlama dulu · ${overdue} seluruhnya", "Overdue, most severe and oldest first · ${overdue} in all"),
        Sql(sql), columns, size=(12, 13),
        about=Text("Tenggat berikut yang belum dipenuhi. Jenjang: berapa kali naik ke atasan. Tekan nomor untuk membuka tugas.",
                   "The next deadline that is not met. Escalation: how often it went to the next role. Press a number to open the task."),
    )  # fmt: skip
