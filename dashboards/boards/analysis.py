"""Analysis: one measure by one dimension, this period beside the one before, over a year, and by hour and weekday."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders import dashboard, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_HEADS, Frame, board
from dashboards.boards.fields import Column, Sql
from dashboards.boards.filters import THIS_WEEK, in_area
from dashboards.boards.parts import PanelFactory
from dashboards.boards.words import CITY_ZONE, Text

FRAME = Frame(
    slug="analysis", title=Text("Analisis", "Analysis"), folder=FOLDER_HEADS, since="now-90d", refresh="15m", area=True,
    agency=True,
)  # fmt: skip
MEASURES: Final = (
    ("late", Text("terlambat (%)", "overdue (%)")),
    ("reports", Text("laporan", "reports")),
    ("tasks", Text("tugas", "tasks")),
    ("verified", Text("terbukti dari selesai (%)", "verified of resolved (%)")),
    ("close", Text("waktu selesai (jam median)", "time to close (hours median)")),
    ("level", Text("puncak air (% dari Siaga 1)", "water peak (% of Siaga 1)")),
)
DIMENSIONS: Final = (
    ("agency", Text("dinas", "agency")),
    ("kecamatan", Text("kecamatan", "kecamatan")),
    ("kelurahan", Text("kelurahan", "kelurahan")),
    ("category", Text("jenis", "category")),
    ("channel", Text("kanal", "channel")),
)
FIGURES: Final = "${siaga}/heads/figures"  # the same figures for those in charge, with their tasks
_MEASURE: Final = "${measure:sqlstring}"
_BY: Final = "${by:sqlstring}"
_WEEKDAYS: Final = Text(
    "Senin,Selasa,Rabu,Kamis,Jumat,Sabtu,Minggu", "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday"
)
_NUMBER: Final = f"""CASE WHEN {_MEASURE} IN ('reports', 'tasks') THEN count(*)::float8
    WHEN {_MEASURE} IN ('late', 'verified') THEN 100.0 * avg(hit::integer)::float8 ELSE max(amount) END"""
_MEDIAN: Final = "percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)"


def valued(keys: Sequence[str], rows: str) -> str:
    """SQL: one number of each set of facts, by the measure, and `n` that it rests on.

    The median apart: it needs its rows sorted, which the other measures must not wait for.
    """
    places, named = ", ".join(str(place + 1) for place in range(len(keys))), ", ".join(keys)
    return f"""
        SELECT {named}, {_NUMBER} AS value, count(*) AS n FROM {rows} WHERE {_MEASURE} <> 'close' GROUP BY {places}
        UNION ALL SELECT {named}, {_MEDIAN} AS value, count(*) AS n FROM {rows} WHERE {_MEASURE} = 'close' GROUP BY {places}"""


def facts(since: str, until: str) -> str:
    """SQL: the facts of the chosen measure, with what they are counted by; the other measures read nothing."""
    place = f"{in_area()} AND (${{agency:sqlstring}} = '*' OR agency_id = ${{agency:sqlstring}})"
    of_task = f"""CASE {_MEASURE} WHEN 'late' THEN state <> 'dismissed' WHEN 'verified' THEN state IN ('resolved', 'verified')
        WHEN 'close' THEN resolve_seconds IS NOT NULL ELSE true END"""
    return f"""
        SELECT received_at AS at, NULL AS agency_id, area_id, category, channel, NULL::boolean AS hit, NULL::float8 AS amount
        FROM dashboards.report WHERE {_MEASURE} = 'reports' AND received_at >= {since} AND received_at < {until} AND {in_area()}
        UNION ALL SELECT created_at, agency_id, area_id, category, NULL,
            CASE {_MEASURE} WHEN 'late' THEN is_overdue ELSE state = 'verified' END, resolve_seconds / 3600.0
        FROM dashboards.task_fact WHERE {_MEASURE} IN ('tasks', 'late', 'verified', 'close') AND created_at >= {since} AND created_at < {until}
            AND {of_task} AND {place}
        UNION ALL SELECT bucket, NULL, area_id, NULL, NULL, NULL, 100.0 * max_cm / s1_cm FROM dashboards.fact_level
        WHERE {_MEASURE} = 'level' AND bucket >= {since} AND bucket < {until} AND s1_cm > 0 AND {in_area()}"""


def analysis(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of analysis."""
    made = board(factory, FRAME)
    made.with_variable(factory.choice("measure", Text("Ukuran", "Measure"), MEASURES))
    made.with_variable(factory.choice("by", Text("Menurut", "By"), DIMENSIONS))
    return made.with_panel(_compared(factory)).with_panel(_trend(factory)).with_panel(_heat(factory))


def _compared(factory: PanelFactory) -> table.Panel:
    since, until = "$__timeFrom()::timestamptz", "$__timeTo()::timestamptz"
    before = f"({since} - ({until} - {since}))"
    coded = ", ".join(
        f"('{by}', '{code}', '{factory.translate(word.text)}')"
        for by, of in (("category", words.CATEGORY), ("channel", words.CHANNEL))
        for code, word in of.items()
    )
    name = f"coalesce(named.name, CASE WHEN {_BY} IN ('category', 'channel') THEN key END, '–') AS name"
    # Counted by key before keys become names; only a median needs every row.
    sql = f"""
        WITH fact AS NOT MATERIALIZED (SELECT CASE {_BY} WHEN 'agency' THEN agency_id WHEN 'category' THEN category WHEN 'channel' THEN channel
                ELSE area_id END AS key, at >= {since} AS is_now, hit, amount FROM ({facts(before, until)}) AS all_facts),
        named AS (SELECT agency_id AS key, name FROM dashboards.agency WHERE {_BY} = 'agency'
            UNION ALL SELECT area_id, CASE {_BY} WHEN 'kecamatan' THEN kecamatan ELSE kelurahan END FROM dashboards.dim_area
                WHERE {_BY} IN ('kecamatan', 'kelurahan')
            UNION ALL SELECT code, text FROM (VALUES {coded}) AS word (dimension, code, text) WHERE dimension = {_BY}),
        counted AS (SELECT key, is_now, count(*) AS n, count(hit) AS judged, count(*) FILTER (WHERE hit) AS hits, max(amount) AS highest
            FROM fact WHERE {_MEASURE} <> 'close' GROUP BY 1, 2),
        summed AS (SELECT {name}, is_now, CASE WHEN {_MEASURE} IN ('reports', 'tasks') THEN sum(n)::float8 WHEN {_MEASURE} = 'level' THEN max(highest)
                ELSE 100.0 * sum(hits)::float8 / nullif(sum(judged), 0)::float8 END AS value, sum(n) AS n
            FROM counted LEFT JOIN named USING (key) GROUP BY 1, 2
            UNION ALL SELECT {name}, is_now, {_MEDIAN}, count(*) FROM fact LEFT JOIN named USING (key) WHERE {_MEASURE} = 'close' GROUP BY 1, 2)
        SELECT name, now_of.value / nullif(max(now_of.value) OVER (), 0) AS of_highest, now_of.value, before_of.value AS before, now_of.value - before_of.value AS difference, now_of.n, before_of.n AS n_before
        FROM (SELECT * FROM summed WHERE is_now) AS now_of FULL JOIN (SELECT * FROM summed WHERE NOT is_now) AS before_of USING (name)
        ORDER BY now_of.value DESC NULLS LAST, name LIMIT 300"""
    columns = [
        Column(name="name", title=Text("Menurut", "By"), link=FIGURES),
        Column(
            name="of_highest",
            title=Text("Dibanding yang tertinggi", "Beside the highest"),
            cell="bar",
            range=(0, 1),
            steps=((None, "#5794f2"),),
            width=200,
        ),
        Column(name="value", title=Text("Rentang ini", "This period"), decimals=1, width=120),
        Column(name="before", title=Text("Sebelumnya", "Before"), decimals=1, width=120),
        Column(name="difference", title=Text("Beda", "Difference"), decimals=1, width=110),
        Column(name="n", title=Text("Jumlah", "Number"), width=95),
        Column(name="n_before", title=Text("Jumlah dulu", "Number before"), width=140),
    ]
    return factory.table(
        Text("${measure:text} menurut ${by:text}: rentang ini dan sebelumnya", "${measure:text} by ${by:text}: this period and before"),
        Sql(sql), columns, size=(14, 13),
        about=Text("Rentang sebelumnya sama panjang. Jumlah: yang menjadi dasar nilai. – : tidak tercatat untuk ukuran ini. Unduh sebagai CSV: menu panel, Inspect, Data.",
                   "The period before has the same length. Number: what a value rests on. –: not recorded for this measure. Download as CSV: menu of the panel, Inspect, Data."),
    )  # fmt: skip


def _trend(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        WITH fact AS NOT MATERIALIZED ({facts("$__timeFrom()::timestamptz", THIS_WEEK)}),
        week AS ({valued([f"date_bin('7 days', at, {THIS_WEEK}) AS time"], "fact")})
        SELECT time, 'value' AS metric, value FROM week ORDER BY 1"""
    columns = [Column(name="value", title=Text("${measure:text}", "${measure:text}"), colour="#8ab8ff", fill=20)]
    return factory.series(
        Text("${measure:text} tiap minggu, setahun", "${measure:text} of each week, a year"), [Sql(sql, format="time_series")],
        unit="none", size=(10, 13), columns=columns, interval="7d", legend=False,
        about=Text("Minggu mulai hari Senin; minggu yang sedang berjalan tidak digambar.",
                   "Weeks begin on Monday; the running week is not drawn."),
    ).time_from("365d").span_nulls(True)  # fmt: skip


def _heat(factory: PanelFactory) -> table.Panel:
    hours = range(24)
    local = f"(at AT TIME ZONE '{CITY_ZONE}')"
    rows = f"({facts('$__timeFrom()::timestamptz', '$__timeTo()::timestamptz')}) AS fact"
    cells = valued([f"extract(isodow FROM {local}) AS place", f"extract(hour FROM {local}) AS hour"], rows)
    pivot = ", ".join(f"max(value) FILTER (WHERE hour = {hour}) AS h{hour:02d}" for hour in hours)
    sql = f"""
        SELECT weekday.name AS weekday, {pivot}, coalesce(sum(n), 0) AS n
        FROM unnest(string_to_array('{factory.translate(_WEEKDAYS)}', ',')) WITH ORDINALITY AS weekday (name, place)
        LEFT JOIN ({cells}) AS cell USING (place)
        GROUP BY weekday.name, weekday.place ORDER BY weekday.place"""
    columns = [
        Column(name="weekday", title=Text("Hari", "Day"), link=FIGURES),
        *(Column(name=f"h{hour:02d}", title=Text(f"{hour:02d}", f"{hour:02d}"), decimals=0, width=68, cell="heat") for hour in hours),
        Column(name="n", title=Text("Jumlah", "Number"), width=85),
    ]  # fmt: skip
    return factory.table(
        Text("${measure:text}: hari dan jam", "${measure:text}: day and hour"), Sql(sql), columns, size=(24, 10),
        about=Text("Jam menurut waktu kota. Kotak kosong: tidak ada data pada jam itu. Jumlah: berapa yang dihitung pada hari itu.",
                   "Hours of the city's time. An empty cell: nothing in that hour. Number: how many were counted on that day."),
    )  # fmt: skip
