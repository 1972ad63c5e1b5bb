"""Tasks and SLA by area and agency; and the performance of officers, under codes."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard, stat, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, FOLDER_HEADS, Frame, board
from dashboards.boards.city_now import AREA, CATEGORY, LEFT, number_column
from dashboards.boards.parts import Column, PanelFactory, Sql, chosen, in_area
from dashboards.boards.words import GREEN, ORANGE, RED, YELLOW, Text

TASKS = Frame(
    slug="tasks", title=Text("Tugas dan SLA", "Tasks and SLA"), folder=FOLDER_CITY, since="now-30d", refresh="5m",
    area=True, agency=True,
)  # fmt: skip
OFFICERS = Frame(
    slug="officers", title=Text("Kinerja petugas", "Officers' performance"), folder=FOLDER_HEADS, since="now-30d",
    refresh="15m", area=True, agency=True,
)  # fmt: skip
CHOSEN: Final = f"{in_area()} AND {chosen('agency', 'agency_id')}"
# What is counted of a set of tasks; a dismissed one was nothing and is left out of shares.
COUNTS: Final = """count(*) AS n, count(*) FILTER (WHERE state IN ('resolved', 'verified')) AS done,
    count(*) FILTER (WHERE is_overdue AND state <> 'dismissed')::float8
        / nullif(count(*) FILTER (WHERE state <> 'dismissed'), 0) AS late_share,
    count(*) FILTER (WHERE state = 'verified')::float8
        / nullif(count(*) FILTER (WHERE state IN ('resolved', 'verified')), 0) AS verified_share,
    count(*) FILTER (WHERE reopened > 0) AS reopened,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY response_seconds)::float8 AS response_seconds,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY resolve_seconds)::float8 AS resolve_seconds"""
_OVERDUE: Final = ((None, GREEN), (0.1, YELLOW), (0.25, ORANGE), (0.5, RED))
COUNTED: Final = (
    Column(name="n", title=Text("Tugas", "Tasks"), width=80),
    Column(name="done", title=Text("Selesai", "Done"), width=80),
    Column(
        name="late_share",
        title=Text("Terlambat", "Late"),
        unit="percentunit",
        decimals=0,
        cell="text",
        steps=_OVERDUE,
        width=90,
    ),
    Column(name="verified_share", title=Text("Terbukti", "Verified"), unit="percentunit", decimals=0, width=90),
    Column(name="reopened", title=Text("Dibuka lagi", "Reopened"), width=90),
    Column(name="response_seconds", title=Text("Diterima, median", "Accepted, median"), unit="dtdurations", width=130),
    Column(name="resolve_seconds", title=Text("Selesai, median", "Resolved, median"), unit="dtdurations", width=130),
)


def tasks(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of tasks and their deadlines."""
    made = board(factory, TASKS)
    for panel in (
        _open(factory),
        _on_time(factory),
        _per_day(factory),
        _overdue_per_day(factory),
        _agencies(factory),
        _areas(factory),
    ):
        made.with_panel(panel)
    return made.with_panel(_deadlines(factory)).with_panel(_states(factory)).with_panel(_proofs(factory))


def officers(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of the officers' performance."""
    made = board(factory, OFFICERS)
    made.with_panel(
        factory.note(
            Text(
                "Petugas tampil dengan kode, yang hanya berlaku di sini. Siapa orangnya terlihat oleh atasannya di ruang kendali."
                " Penutupan tanpa bukti tidak menaikkan angka: bandingkan kolom Terbukti dan Dibuka lagi.",
                "Officials are shown by codes that are used nowhere else. Those in charge see who it is in the control room."
                " Closing without proof does not pay: compare Verified and Reopened.",
            ),
            size=(24, 2),
        )
    )
    return made.with_panel(_best(factory)).with_panel(_spread(factory)).with_panel(_slow(factory))


def _open(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT count(*) AS n, count(*) FILTER (WHERE is_overdue) AS overdue,
            count(*) FILTER (WHERE state = 'review') AS review, count(*) FILTER (WHERE agency_id IS NULL) AS nobodys
        FROM dashboards.task_open WHERE {CHOSEN}"""
    columns = [
        Column(name="n", title=Text("Terbuka", "Open"), steps=((None, "#3d4148"),)),
        Column(name="overdue", title=Text("Lewat tenggat", "Overdue"), steps=((None, GREEN), (1, RED))),
        Column(name="review", title=Text("Ditinjau", "In review"), steps=((None, GREEN), (1, YELLOW))),
        Column(name="nobodys", title=Text("Tanpa dinas", "Without an agency"), steps=((None, GREEN), (1, RED))),
    ]
    return factory.stat(Text("Sekarang", "Now"), Sql(sql), columns, size=(12, 4))


def _on_time(factory: PanelFactory) -> stat.Panel:
    sql = f"SELECT {COUNTS} FROM dashboards.task_fact WHERE $__timeFilter(created_at) AND {CHOSEN}"
    columns = [
        Column(name="n", title=Text("Tugas", "Tasks"), steps=((None, "#3d4148"),)),
        Column(name="done", title=Text("Selesai", "Done"), steps=((None, "#3d4148"),)),
        Column(name="late_share", title=Text("Terlambat", "Late"), unit="percentunit", decimals=0, steps=_OVERDUE),
        Column(
            name="verified_share",
            title=Text("Terbukti", "Verified"),
            unit="percentunit",
            decimals=0,
            steps=((None, "#3d4148"),),
        ),
        Column(name="reopened", title=Text("Dibuka lagi", "Reopened"), steps=((None, "#3d4148"),)),
        Column(
            name="response_seconds", title=Text("Diterima", "Accepted"), unit="dtdurations", steps=((None, "#3d4148"),)
        ),
        Column(
            name="resolve_seconds", title=Text("Selesai", "Resolved"), unit="dtdurations", steps=((None, "#3d4148"),)
        ),
    ]
    return factory.stat(Text("Dibuat dalam rentang", "Made in the span"), Sql(sql), columns, size=(12, 4))


def _per_day(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(created_at, '1d') AS time, state AS metric, count(*) AS value FROM dashboards.task_fact
        WHERE $__timeFilter(created_at) AND {CHOSEN} GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [Column(name=code, title=word.text, colour=word.colour) for code, word in words.TASK.items()]
    query = [Sql(sql, format="time_series")]
    title = Text("Tugas tiap hari, menurut keadaan kini", "Tasks of each day, by state now")
    return factory.series(title, query, unit="short", size=(12, 9), columns=columns, bars=True, interval="1d")


def _overdue_per_day(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(created_at, '1d') AS time, category AS metric,
            count(*) FILTER (WHERE is_overdue)::float8 / count(*) AS value
        FROM dashboards.task_fact WHERE $__timeFilter(created_at) AND state <> 'dismissed' AND {CHOSEN}
            AND category IN (SELECT category FROM dashboards.task_fact WHERE created_at > now() - interval '7 days'
                GROUP BY category ORDER BY count(*) DESC LIMIT 6)
        GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [Column(name=code, title=word.text) for code, word in words.CATEGORY.items()]
    query = [Sql(sql, format="time_series")]
    title = Text("Bagian yang terlambat", "Share that is late")
    return factory.series(title, query, unit="percentunit", size=(12, 9), columns=columns, interval="1d")


def _agencies(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT coalesce(agency.name, '–') AS name, fact.* FROM (SELECT agency_id, {COUNTS} FROM dashboards.task_fact
            WHERE $__timeFilter(created_at) AND {CHOSEN} GROUP BY agency_id) AS fact
        LEFT JOIN dashboards.agency AS agency USING (agency_id) ORDER BY late_share DESC NULLS LAST"""
    columns = [
        Column(name="name", title=Text("Dinas", "Agency")), Column(name="agency_id", hidden=True), *COUNTED,
    ]  # fmt: skip
    return factory.table(Text("Menurut dinas", "By agency"), Sql(sql), columns, size=(12, 11))


def _areas(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT kecamatan.name, kecamatan.parent_name, fact.* FROM (
            SELECT coalesce(area.parent_id, fact.area_id) AS district_id, {COUNTS} FROM dashboards.task_fact AS fact
            JOIN dashboards.area AS area USING (area_id)
            WHERE $__timeFilter(fact.created_at) AND {in_area("fact.area_id")} AND {chosen("agency", "agency_id")} GROUP BY 1
        ) AS fact JOIN dashboards.area AS kecamatan ON kecamatan.area_id = fact.district_id
        ORDER BY late_share DESC NULLS LAST LIMIT 60"""
    columns = [
        Column(name="name", title=Text("Kecamatan", "Kecamatan")),
        Column(name="parent_name", title=Text("Kota", "City")),
        Column(name="district_id", hidden=True),
        *COUNTED,
    ]
    return factory.table(Text("Menurut kecamatan", "By kecamatan"), Sql(sql), columns, size=(12, 11))


def _deadlines(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT number, category, state, agency_name, area_name, escalation, left_seconds FROM dashboards.task_open
        WHERE state <> 'paused' AND {CHOSEN} ORDER BY due_at LIMIT 100"""
    columns = [
        number_column(Text("Tugas", "Task"), key="task"), CATEGORY,
        Column(name="state", title=Text("Keadaan", "State"), words=words.TASK, cell="background", width=110),
        Column(name="agency_name", title=Text("Dinas", "Agency")), AREA,
        Column(name="escalation", title=Text("Jenjang", "Escalation"), width=80), LEFT,
    ]  # fmt: skip
    return factory.table(Text("Tenggat terdekat", "The nearest deadlines"), Sql(sql), columns, size=(12, 10))


def _states(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT coalesce(agency_name, '–') AS name, count(*) AS n,
            count(*) FILTER (WHERE state IN ('review', 'open')) AS waiting,
            count(*) FILTER (WHERE state = 'assigned') AS assigned, count(*) FILTER (WHERE state = 'accepted') AS accepted,
            count(*) FILTER (WHERE state = 'on_site') AS on_site, count(*) FILTER (WHERE state = 'paused') AS paused,
            count(*) FILTER (WHERE is_overdue) AS overdue
        FROM dashboards.task_open WHERE {CHOSEN} GROUP BY 1 ORDER BY overdue DESC, n DESC"""
    columns = [
        Column(name="name", title=Text("Dinas", "Agency")),
        Column(name="n", title=Text("Terbuka", "Open"), width=70),
        Column(name="waiting", title=Text("Menunggu", "Waiting"), width=80),
        *(
            Column(name=code, title=words.TASK[code].text, width=80)
            for code in ("assigned", "accepted", "on_site", "paused")
        ),
        Column(name="overdue", title=Text("Lewat", "Overdue"), cell="text", steps=((None, GREEN), (1, RED)), width=70),
    ]
    return factory.table(Text("Tugas terbuka menurut keadaan", "Open tasks by state"), Sql(sql), columns, size=(7, 10))


def _proofs(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT method, coalesce(outcome, 'waiting') AS outcome, count(*) AS n,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY decide_seconds) AS decide_seconds
        FROM dashboards.proof WHERE $__timeFilter(resolved_at) AND {CHOSEN} GROUP BY 1, 2 ORDER BY 1, 2"""
    method_names = {
        "camera": words.Word(Text("Kamera", "Camera")), "reporter": words.Word(Text("Pelapor", "Reporter")),
        "operator": words.Word(Text("Operator", "Operator")), "checks": words.Word(Text("Pemeriksaan foto", "Photo checks")),
    }  # fmt: skip
    columns = [
        Column(name="method", title=Text("Dengan", "By"), words=method_names),
        Column(name="outcome", title=Text("Hasil", "Outcome"), words=words.PROOF, cell="text"),
        Column(name="n", title=Text("Jumlah", "Number"), width=70),
        Column(name="decide_seconds", title=Text("Dalam, median", "Within, median"), unit="dtdurations", width=110),
    ]
    return factory.table(Text("Bukti", "Proofs"), Sql(sql), columns, size=(5, 10))


def _by_officer(order: str) -> str:
    return f"""
        SELECT fact.officer, agency.name AS agency_name, fact.n, fact.done, fact.late_share, fact.verified_share,
            fact.reopened, fact.response_seconds, fact.resolve_seconds
        FROM (SELECT officer, agency_id, {COUNTS} FROM dashboards.task_fact
            WHERE $__timeFilter(created_at) AND officer IS NOT NULL AND {CHOSEN} GROUP BY officer, agency_id
            HAVING count(*) >= 5) AS fact
        LEFT JOIN dashboards.agency AS agency USING (agency_id) ORDER BY {order} LIMIT 100"""


_OFFICER: Final = (
    Column(name="officer", title=Text("Petugas", "Officer"), width=100),
    Column(name="agency_name", title=Text("Dinas", "Agency")),
    *COUNTED,
)


def _best(factory: PanelFactory) -> table.Panel:
    sql = _by_officer("fact.late_share, fact.verified_share DESC NULLS LAST, fact.n DESC")
    title = Text("Tepat waktu dan terbukti (5 tugas atau lebih)", "In time and verified (5 tasks or more)")
    return factory.table(title, Sql(sql), _OFFICER, size=(14, 16))


def _spread(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(fact.created_at, '7d') AS time, coalesce(agency.name, '–') AS metric,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY fact.resolve_seconds)::float8 AS value
        FROM dashboards.task_fact AS fact LEFT JOIN dashboards.agency AS agency USING (agency_id)
        WHERE $__timeFilter(fact.created_at) AND fact.resolve_seconds IS NOT NULL
            AND {in_area("fact.area_id")} AND {chosen("agency", "fact.agency_id")}
        GROUP BY 1, 2 ORDER BY 1, 2"""
    title = Text("Waktu selesai tiap minggu, median", "Time to resolve by week, median")
    query = [Sql(sql, format="time_series")]
    return factory.series(title, query, unit="dtdurations", size=(10, 16), interval="7d").span_nulls(True)


def _slow(factory: PanelFactory) -> table.Panel:
    sql = _by_officer("fact.late_share DESC NULLS LAST, fact.n DESC")
    title = Text("Yang paling sering terlambat: beban atau masalah?", "Late most often: load, or trouble?")
    return factory.table(title, Sql(sql), _OFFICER, size=(24, 12))
