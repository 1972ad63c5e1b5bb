"""The performance of officers, under codes that are used nowhere else."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard, table, timeseries

from dashboards.boards.boards import FOLDER_HEADS, Frame, board
from dashboards.boards.fields import Column, Sql
from dashboards.boards.filters import THIS_WEEK, chosen, in_area
from dashboards.boards.parts import PanelFactory
from dashboards.boards.tasks import COUNTS, OVERDUE_STEPS
from dashboards.boards.words import PALE, Text

OFFICERS = Frame(
    slug="officers", title=Text("Kinerja petugas", "Performance of officers"), folder=FOLDER_HEADS, since="now-30d",
    refresh="15m", area=True, agency=True,
)  # fmt: skip
CHOSEN: Final = f"{in_area()} AND {chosen('agency', 'agency_id')}"
COUNTED: Final = (
    Column(name="n", title=Text("Tugas", "Tasks"), width=80),
    Column(name="done", title=Text("Selesai", "Resolved"), width=90),
    Column(name="late_share", title=Text("Terlambat", "Overdue"), unit="percentunit", decimals=0, cell="text", steps=OVERDUE_STEPS, width=95),
    Column(name="verified_share", title=Text("Terbukti", "Verified"), unit="percentunit", decimals=0, width=90),
    Column(name="reopened", title=Text("Dibuka lagi", "Reopened"), width=105),
    Column(name="response_seconds", title=Text("Diterima, median", "Accepted, median"), spoken="duration", width=150),
    Column(name="resolve_seconds", title=Text("Selesai, median", "Resolved, median"), spoken="duration", width=150),
)  # fmt: skip


def officers(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of the officers' performance."""
    note = Text(
        "Petugas tampil dengan kode, yang hanya berlaku di sini. Siapa orangnya terlihat oleh atasannya di ruang kendali."
        " Penutupan tanpa bukti tidak menaikkan angka: bandingkan kolom Terbukti dan Dibuka lagi.",
        "Officers are shown by codes that are used nowhere else. Those in charge see who it is in the control room."
        " Closing without proof does not pay: compare Verified and Reopened.",
    )
    made = board(factory, OFFICERS)
    made.with_panel(factory.note(factory.translate(note), size=(24, 2), about=note))
    return made.with_panel(_best(factory)).with_panel(_spread(factory)).with_panel(_slow(factory))


def _by_officer(order: str) -> str:
    return f"""
        SELECT fact.officer, agency.name AS agency_name, fact.n, fact.done, fact.late_share, fact.verified_share,
            fact.reopened, fact.response_seconds, fact.resolve_seconds
        FROM (SELECT officer, agency_id, {COUNTS} FROM dashboards.task_fact
            WHERE $__timeFilter(created_at) AND officer IS NOT NULL AND {CHOSEN} GROUP BY officer, agency_id
            HAVING count(*) >= 5) AS fact
        LEFT JOIN dashboards.agency AS agency USING (agency_id) ORDER BY {order} LIMIT 100"""


_OFFICER: Final = (
    Column(name="officer", title=Text("Petugas", "Officer"), width=110, link="${siaga}/heads/officers"),
    Column(name="agency_name", title=Text("Dinas", "Agency")),
    *COUNTED,
)


def _best(factory: PanelFactory) -> table.Panel:
    sql = _by_officer("fact.late_share, fact.verified_share DESC NULLS LAST, fact.n DESC")
    title = Text("Tepat waktu dan terbukti (5 tugas atau lebih)", "In time and verified (5 tasks or more)")
    return factory.table(
        title, Sql(sql), _OFFICER, size=(24, 14),
        about=Text("Petugas yang paling jarang terlambat dulu, lalu yang hasilnya paling sering terbukti.",
                   "Officers who are least often overdue first, then those whose results are most often verified."),
    )  # fmt: skip


def _spread(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT date_bin('7 days', fact.created_at, {THIS_WEEK}) AS time, line.metric,
            (percentile_cont(line.share) WITHIN GROUP (ORDER BY fact.resolve_seconds) / 3600)::float8 AS value
        FROM dashboards.task_fact AS fact CROSS JOIN (VALUES ('half', 0.5), ('most', 0.9)) AS line (metric, share)
        WHERE $__timeFilter(fact.created_at) AND fact.created_at < {THIS_WEEK} AND fact.resolve_seconds IS NOT NULL
            AND {in_area("fact.area_id")} AND {chosen("agency", "fact.agency_id")}
        GROUP BY 1, 2, line.share ORDER BY 1, 2"""
    columns = [
        Column(name="half", title=Text("Setengah dari tugas", "Half of the tasks"), colour="#5794f2"),
        Column(name="most", title=Text("90 % dari tugas", "90 % of the tasks"), colour=PALE),
    ]
    unit = factory.translate(Text("suffix:jam", "suffix:h"))
    return factory.series(
        Text("Waktu selesai tiap minggu", "Time to resolve by week"), [Sql(sql, format="time_series")], unit=unit,
        size=(24, 9), columns=columns, interval="7d",
        about=Text("Dalam berapa jam setengah dan 90 % dari tugas selesai; untuk dinas yang dipilih.",
                   "Within how many hours half and 90 % of the tasks were resolved; of the chosen agency."),
    ).span_nulls(True)  # fmt: skip


def _slow(factory: PanelFactory) -> table.Panel:
    sql = _by_officer("fact.late_share DESC NULLS LAST, fact.n DESC")
    title = Text("Yang paling sering terlambat: beban atau masalah?", "Overdue most often: load, or trouble?")
    return factory.table(
        title, Sql(sql), _OFFICER, size=(24, 12),
        about=Text("Bandingkan dengan jumlah tugas: yang terlambat mungkin hanya terlalu banyak bebannya.",
                   "Compare with the number of tasks: who is overdue may only have too many."),
    )  # fmt: skip
