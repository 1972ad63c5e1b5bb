"""Water in a storm: the six most urgent gauges, each on an axis of its own, with their limits and what is forecast."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import bargauge, dashboard, timeseries

from dashboards.boards.boards import FOLDER_CITY, Frame, board, place_of
from dashboards.boards.city_now import gauge_count, gauges, water_strip
from dashboards.boards.fields import Column, Sql
from dashboards.boards.filters import in_area
from dashboards.boards.parts import PanelFactory
from dashboards.boards.words import ORANGE, PALE, RED, YELLOW, Text

FRAME = Frame(
    slug="water", title=Text("Air saat badai", "Water in a storm"), folder=FOLDER_CITY, since="now-12h", until="now+6h",
    refresh="30s", area=True, is_screen=True,
)  # fmt: skip
PANELS: Final = 6  # as many as one screen has room for
RATES: Final = 8
_LEVEL, _FORECAST = Text("Tinggi", "Level"), Text("Prakiraan", "Forecast")


def water(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of the gauges."""
    made = board(factory, FRAME)
    for place in range(PANELS):
        made.with_variable(factory.hidden(f"gauge{place + 1}", _most_urgent(place)))
    made.with_variable(gauge_count(factory)).with_panel(water_strip(factory))
    for place in range(PANELS):
        made.with_panel(_hydrograph(factory, f"gauge{place + 1}"))
    return made.with_panel(rates(factory, size=(8, 8), rows=RATES)).with_panel(gauges(factory, size=(16, 8)))


def _most_urgent(place: int) -> str:
    return f"""
        SELECT name AS __text, gauge_id AS __value FROM dashboards.gauge_now WHERE {in_area()}
        ORDER BY urgency LIMIT 1 OFFSET {place}"""


def _hydrograph(factory: PanelFactory, variable: str) -> timeseries.Panel:
    return hydrograph(factory, variable, title=Text(f"${{{variable}:text}}", f"${{{variable}:text}}"), size=(8, 9))


def hydrograph(factory: PanelFactory, variable: str, *, title: Text, size: tuple[int, int]) -> timeseries.Panel:
    """One gauge: its level, its own limits over the whole range, and the forecast with its band."""
    one = f"gauge_id = ${{{variable}:sqlstring}}"
    level = f"""
        SELECT $__timeGroup(measured_at, $__interval) AS time, 'level' AS metric, max(level_cm) AS value FROM dashboards.level
        WHERE $__timeFilter(measured_at) AND {one} GROUP BY 1 ORDER BY 1"""
    limits = f"""
        SELECT edge.at AS time, 'siaga_' || bound.stage AS metric, bound.cm AS value
        FROM dashboards.gauge_now AS one CROSS JOIN LATERAL (VALUES (3, one.s3_cm), (2, one.s2_cm), (1, one.s1_cm)) AS bound (stage, cm)
        CROSS JOIN (VALUES ($__timeFrom()::timestamptz), ($__timeTo()::timestamptz)) AS edge (at)
        WHERE one.{one} AND bound.cm IS NOT NULL ORDER BY 1, 2"""
    ahead = f"""
        SELECT ahead.at AS time, line.metric, line.cm AS value FROM dashboards.forecast_now AS ahead
        CROSS JOIN LATERAL (VALUES ('forecast', ahead.level_cm), ('low', ahead.low_cm), ('high', ahead.high_cm)) AS line (metric, cm)
        WHERE $__timeFilter(ahead.at) AND ahead.{one} ORDER BY 1, 2"""
    columns = [
        Column(name="level", title=_LEVEL, colour="#8ab8ff", fill=20),
        Column(name="siaga_3", title=Text("Siaga 3", "Siaga 3"), colour=YELLOW, line="dash"),
        Column(name="siaga_2", title=Text("Siaga 2", "Siaga 2"), colour=ORANGE, line="dash"),
        Column(name="siaga_1", title=Text("Siaga 1", "Siaga 1"), colour=RED, line="dash"),
        Column(name="forecast", title=_FORECAST, colour="#ffffff", line="dot"),
        Column(name="low", title=Text("Terendah", "Lowest"), colour=PALE),
        Column(name="high", title=Text("Tertinggi", "Highest"), colour=PALE, below_to="low"),
    ]
    queries = [Sql(sql, format="time_series", ref=ref) for ref, sql in (("A", level), ("L", limits), ("F", ahead))]
    return factory.series(
        title, queries, unit="suffix:cm", size=size, columns=columns, interval="1m", legend=False,
        about=Text("Garis biru: tinggi muka air, yang tertinggi tiap langkah; putus-putus: batas Siaga pos ini; titik putih: prakiraan, dengan jalur yang memuat 9 dari 10 kenyataan.",
                   "Blue: the level, the highest of each step; dashed: the limits of this gauge; white dots: the forecast, with the band in which 9 of 10 true levels lay."),
    )  # fmt: skip


def rates(factory: PanelFactory, *, size: tuple[int, int], rows: int) -> bargauge.Panel:
    """The gauges that rise fastest, by name."""
    sql = f"""
        SELECT one.name, rise.rise_cm_per_hour AS value FROM dashboards.gauge_now AS one JOIN dashboards.gauge_rise AS rise USING (gauge_id)
        WHERE {in_area("one.area_id")} AND rise.rise_cm_per_hour IS NOT NULL ORDER BY rise.rise_cm_per_hour DESC LIMIT {rows}"""
    value = Column(
        name="value",
        decimals=0,
        range=(0, 100),
        steps=((None, PALE), (10, YELLOW), (30, ORANGE), (60, RED)),
        link=place_of("water-detail", factory),
    )
    return factory.bars(
        Text(f"Laju naik, cm per jam: {rows} tercepat", f"Rate of rise, cm per hour: the {rows} fastest"), Sql(sql), value, size=size,
        about=Text("Dari bacaan terbaru dan yang setengah jam sebelumnya; hanya pos yang tingginya diketahui.",
                   "From the newest reading and the one half an hour before; only gauges whose level is known."),
    )  # fmt: skip
