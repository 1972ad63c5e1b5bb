"""For those in charge: today beside the same day of four weeks, the worst areas and agencies."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import bargauge, dashboard, stat, table, timeseries

from dashboards.boards.boards import FOLDER_HEADS, Frame, board, place_of
from dashboards.boards.city_now import water_strip
from dashboards.boards.fields import Column, Sql
from dashboards.boards.filters import THIS_WEEK, TODAY, in_area
from dashboards.boards.parts import PanelFactory
from dashboards.boards.tasks import FEWEST, OVERDUE_STEPS
from dashboards.boards.words import DARK, ORANGE, YELLOW, Text

LEADERS = Frame(
    slug="leaders", title=Text("Pimpinan", "Leaders"), folder=FOLDER_HEADS, since="now-30d", refresh="5m", area=True
)
BARS: Final = 8


def leaders(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of leaders, for a tablet."""
    made = board(factory, LEADERS)
    made.with_panel(water_strip(factory)).with_panel(_proof_tiles(factory)).with_panel(_today(factory))
    made.with_panel(_worst(factory, "agency")).with_panel(_worst(factory, "kecamatan"))
    return made.with_panel(_per_week(factory)).with_panel(_shares_per_week(factory))


def _proof_tiles(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT count(*) AS n, count(*) FILTER (WHERE state IN ('resolved', 'verified')) AS done,
            count(*) FILTER (WHERE state = 'verified') AS verified,
            count(*) FILTER (WHERE state = 'verified')::float8
                / nullif(count(*) FILTER (WHERE state IN ('resolved', 'verified')), 0) AS verified_share,
            count(*) FILTER (WHERE is_overdue AND state <> 'dismissed')::float8
                / nullif(count(*) FILTER (WHERE state <> 'dismissed'), 0) AS late_share,
            count(*) FILTER (WHERE reopened > 0) AS reopened
        FROM dashboards.task_fact WHERE $__timeFilter(created_at) AND {in_area()}"""
    tasks, analysis = place_of("tasks", factory), place_of("analysis", factory)
    columns = [
        Column(name="n", title=Text("Tugas dibuat", "Tasks made"), link=tasks),
        Column(name="done", title=Text("Selesai", "Resolved"), link=tasks),
        Column(name="verified", title=Text("Terbukti", "Verified"), link=analysis),
        Column(name="verified_share", title=Text("Terbukti dari selesai", "Verified of resolved"), unit="percentunit", decimals=0, link=analysis),
        Column(name="late_share", title=Text("Terlambat", "Overdue"), unit="percentunit", decimals=0,
               steps=((None, DARK), (0.2, YELLOW), (0.35, ORANGE)), link=analysis),
        Column(name="reopened", title=Text("Dibuka lagi", "Reopened"), link=analysis),
    ]  # fmt: skip
    return factory.stat(
        None, Sql(sql), columns, size=(24, 4), sizes=(16, 36),
        about=Text("Tugas yang dibuat dalam rentang. Selesai adalah laporan petugas; terbukti adalah konfirmasi yang lepas darinya.",
                   "Tasks made in the span. Resolved is what officers report; verified is an independent confirmation."),
    )  # fmt: skip


_MEASURES: Final = (
    (Text("Laporan warga", "Citizens' reports"), "dashboards.report", "received_at", "true"),
    (Text("Laporan tentang banjir", "Reports about floods"), "dashboards.report", "received_at", "category = 'flooding'"),
    (Text("Tugas dibuat", "Tasks made"), "dashboards.task_fact", "created_at", "true"),
    (Text("Tugas yang terlambat", "Tasks that became overdue"), "dashboards.task_fact", "created_at", "is_overdue"),
    (Text("Insiden", "Incidents"), "dashboards.incident", "began_at", "state IN ('open', 'closed')"),
    (Text("Insiden berat", "Severe incidents"), "dashboards.incident", "began_at", "severity = 'severe' AND state IN ('open', 'closed')"),
)  # fmt: skip


def _today(factory: PanelFactory) -> table.Panel:
    day = TODAY
    weeks = ", ".join(
        f"count(*) FILTER (WHERE at >= {day} - interval '{7 * n} days' AND at < now() - interval '{7 * n} days') AS n{n}"
        for n in range(5)
    )
    one = " UNION ALL ".join(
        f"SELECT {place} AS place, '{factory.translate(title).replace(chr(39), chr(39) * 2)}' AS measure, {weeks}"
        f" FROM (SELECT {at} AS at FROM {view} WHERE {at} >= {day} - interval '28 days' AND {condition} AND {in_area()}) AS fact"
        for place, (title, view, at, condition) in enumerate(_MEASURES)
    )
    sql = f"""
        SELECT measure, n0, round((n1 + n2 + n3 + n4) / 4.0, 1) AS usual, least(n1, n2, n3, n4) AS lowest, greatest(n1, n2, n3, n4) AS highest,
            CASE WHEN n1 + n2 + n3 + n4 > 0 THEN n0 * 4.0 / (n1 + n2 + n3 + n4) - 1 END AS change_share FROM ({one}) AS fact ORDER BY place"""
    columns = [
        Column(name="measure", title=Text("Sejak tengah malam", "Since midnight"), link=place_of("analysis", factory)),
        Column(name="n0", title=Text("Hari ini", "Today"), width=110),
        Column(name="usual", title=Text("Rata-rata 4 minggu", "Mean of 4 weeks"), decimals=1, width=185),
        Column(name="lowest", title=Text("Terendah", "Lowest"), width=110),
        Column(name="highest", title=Text("Tertinggi", "Highest"), width=110),
        Column(name="change_share", title=Text("Beda", "Change"), unit="percentunit", decimals=0, width=110),
    ]  # fmt: skip
    return factory.table(
        Text("Hari ini dan hari yang sama dari empat minggu", "Today and the same day of four weeks"), Sql(sql), columns, size=(24, 9),
        about=Text("Dari tengah malam sampai jam ini, hari ini dan pada hari yang sama dari empat minggu terakhir.",
                   "From midnight to this hour, today and on the same day of the last four weeks."),
    )  # fmt: skip


def _worst(factory: PanelFactory, kind: str) -> bargauge.Panel:
    if kind == "agency":
        name, joined = "agency.name", "JOIN dashboards.agency AS agency USING (agency_id)"
        title = Text("Dinas yang paling sering terlambat", "Agencies that are most often overdue")
    else:
        name, joined = "place.kecamatan", "JOIN dashboards.dim_area AS place USING (area_id)"
        title = Text("Kecamatan yang paling sering terlambat", "Kecamatan that are most often overdue")
    sql = f"""
        SELECT {name} || ' (' || count(*) || ')' AS name, count(*) FILTER (WHERE fact.is_overdue)::float8 / count(*) AS value
        FROM dashboards.task_fact AS fact {joined}
        WHERE $__timeFilter(fact.created_at) AND fact.state <> 'dismissed' AND {name} IS NOT NULL AND {in_area("fact.area_id")}
        GROUP BY {name} HAVING count(*) >= {FEWEST} ORDER BY 2 DESC, 1 LIMIT {BARS}"""
    value = Column(
        name="value",
        unit="percentunit",
        decimals=0,
        range=(0, 1),
        steps=OVERDUE_STEPS,
        link=place_of("analysis", factory),
    )
    return factory.bars(
        title, Sql(sql), value, size=(12, 9),
        about=Text("Bagian tugas dalam rentang yang lewat tenggat, dengan jumlah tugasnya; 10 tugas atau lebih.",
                   "The share of tasks of the span that became overdue, with their number; 10 tasks or more."),
    )  # fmt: skip


_WEEK: Final = f"date_bin('7 days', created_at, {THIS_WEEK})"
_WHOLE_WEEKS: Final = f"created_at < {THIS_WEEK}"


def _per_week(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT {_WEEK} AS time, 'tasks' AS metric, count(*) AS value FROM dashboards.task_fact
        WHERE $__timeFilter(created_at) AND {_WHOLE_WEEKS} AND {in_area()} GROUP BY 1 ORDER BY 1"""
    columns = [Column(name="tasks", title=Text("Tugas", "Tasks"), colour="#5794f2")]
    return factory.series(
        Text("Tugas tiap minggu, setengah tahun", "Tasks of each week, half a year"), [Sql(sql, format="time_series")],
        unit="short", size=(12, 9), columns=columns, bars=True, interval="7d",
        about=Text("Minggu mulai hari Senin; minggu yang sedang berjalan tidak digambar, karena nilainya baru sebagian.",
                   "Weeks begin on Monday; the running week is not drawn, because its value is a part."),
    ).time_from("182d")  # fmt: skip


def _shares_per_week(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT time, metric, value FROM (SELECT {_WEEK} AS time, count(*) FILTER (WHERE is_overdue AND state <> 'dismissed')::float8
                / nullif(count(*) FILTER (WHERE state <> 'dismissed'), 0) AS late,
            count(*) FILTER (WHERE state = 'verified')::float8
                / nullif(count(*) FILTER (WHERE state IN ('resolved', 'verified')), 0) AS verified
            FROM dashboards.task_fact WHERE $__timeFilter(created_at) AND {_WHOLE_WEEKS} AND {in_area()} GROUP BY 1) AS week
        CROSS JOIN LATERAL (VALUES ('late', late), ('verified', verified)) AS line (metric, value) ORDER BY 1, 2"""
    columns = [
        Column(name="late", title=Text("Terlambat", "Overdue"), colour=ORANGE),
        Column(name="verified", title=Text("Terbukti dari selesai", "Verified of resolved"), colour="#73bf69"),
    ]
    return factory.series(
        Text("Bagian tiap minggu, setengah tahun", "Shares of each week, half a year"), [Sql(sql, format="time_series")],
        unit="percentunit", size=(12, 9), columns=columns, interval="7d",
        about=Text("Menurut minggu dibuatnya tugas. Minggu terakhir belum sempat terbukti: bacalah bersama jumlahnya.",
                   "By the week a task was made. The last weeks had little time to be verified: read them with their number."),
    ).time_from("182d").span_nulls(True)  # fmt: skip
