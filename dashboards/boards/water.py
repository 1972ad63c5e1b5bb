"""Water: levels with their limits and what is forecast, how fast they rise, from upstream to downstream."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, dashboard, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, Frame, board
from dashboards.boards.city_now import gauge_columns, stage_timeline
from dashboards.boards.parts import Column, PanelFactory, Sql, chosen, in_area
from dashboards.boards.words import GREEN, ORANGE, PURPLE, RED, YELLOW, Text

FRAME = Frame(
    slug="water",
    title=Text("Air", "Water"),
    folder=FOLDER_CITY,
    since="now-24h",
    until="now+6h",
    refresh="30s",
    area=True,
)
GAUGES = f"SELECT name AS __text, gauge_id AS __value FROM dashboards.gauge_now WHERE {in_area()} ORDER BY river, name"
CHOSEN = f"{in_area('one.area_id')} AND {chosen('site', 'one.gauge_id')}"
# The most urgent ones: a city has more gauges than a panel has room for.
SHOWN = f"SELECT one.gauge_id FROM dashboards.gauge_now AS one WHERE {CHOSEN} ORDER BY one.urgency LIMIT 8"


def water(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of the gauges."""
    made = board(factory, FRAME).with_variable(factory.pick("site", Text("Pos pantau", "Gauge"), GAUGES))
    made.with_panel(_hydrograph(factory)).with_panel(_rise(factory))
    made.with_panel(_downstream(factory)).with_panel(_forecasts(factory))
    made.with_panel(
        stage_timeline(
            factory, CHOSEN, size=(24, 10),
            order="(one.river, (SELECT steps FROM dashboards.gauge_order AS place WHERE place.gauge_id = one.gauge_id), one.name)",
        )
    )  # fmt: skip
    made.with_panel(_month(factory)).with_panel(_skill(factory))
    return made.with_panel(_alerts(factory)).with_panel(_doubtful(factory))


def _hydrograph(factory: PanelFactory) -> timeseries.Panel:
    level = f"""
        SELECT $__timeGroup(measured_at, $__interval) AS time, name AS metric, avg(level_cm) AS value FROM dashboards.level
        WHERE $__timeFilter(measured_at) AND gauge_id IN ({SHOWN}) GROUP BY 1, 2 ORDER BY 1, 2"""
    forecast = [
        f"""
        SELECT at AS time, name || ' · {factory.translate(word)}' AS metric, {column} AS value FROM dashboards.forecast_now
        WHERE $__timeFilter(at) AND gauge_id IN ({SHOWN}) ORDER BY at, name"""
        for word, column in ((FORECAST, "level_cm"), (LOW, "low_cm"), (HIGH, "high_cm"))
    ]
    limits = """
        SELECT edge.at AS time, 'Siaga ' || bound.stage AS metric, bound.cm AS value
        FROM dashboards.gauge_now AS one CROSS JOIN LATERAL (VALUES (3, one.s3_cm), (2, one.s2_cm), (1, one.s1_cm)) AS bound (stage, cm)
        CROSS JOIN (VALUES ($__timeFrom()::timestamptz), ($__timeTo()::timestamptz)) AS edge (at)
        WHERE one.gauge_id = ${site:sqlstring} AND bound.cm IS NOT NULL ORDER BY 1, 2"""
    columns = [
        Column(name=f"/· ({FORECAST.id}|{FORECAST.en})$/", like=True, dashed=True),
        Column(name=f"/· ({LOW.id}|{LOW.en}|{HIGH.id}|{HIGH.en})$/", like=True, dashed=True, colour="#8e8e8e"),
        *(Column(name=f"/^Siaga {code}$/", like=True, colour=words.SIAGA[code].colour) for code in "123"),
    ]
    queries = [Sql(level, format="time_series"), Sql(limits, format="time_series", ref="L")]
    queries += [Sql(sql, format="time_series", ref=ref) for ref, sql in zip("FGH", forecast, strict=True)]
    return factory.series(
        Text("Tinggi muka air dan prakiraan", "Water level and forecast"), queries, unit="lengthcm", size=(17, 14),
        columns=columns, interval="5m",
        about=Text("Delapan pos paling genting, atau yang dipilih: dengan batas Siaga. Jalur prakiraan memuat 9 dari 10 kenyataan.",
                   "The eight most urgent gauges, or the chosen one with its limits. 9 of 10 true levels lay within the band."),
    )  # fmt: skip


FORECAST, LOW, HIGH = Text("prakiraan", "forecast"), Text("terendah", "low"), Text("tertinggi", "high")


def _rise(factory: PanelFactory) -> bargauge.Panel:
    sql = f"""
        SELECT one.name, rise.rise_cm_per_hour FROM dashboards.gauge_now AS one JOIN dashboards.gauge_rise AS rise USING (gauge_id)
        WHERE {CHOSEN} AND rise.rise_cm_per_hour IS NOT NULL ORDER BY rise.rise_cm_per_hour DESC LIMIT 15"""
    columns = [
        Column(name="rise_cm_per_hour", title=Text("cm/jam", "cm/h"), decimals=1,
               steps=((None, GREEN), (5, YELLOW), (20, ORANGE), (50, RED))),
    ]  # fmt: skip
    return factory.bars(Text("Laju naik, cm per jam", "Rate of rise, cm per hour"), Sql(sql), columns, size=(7, 14))


def _downstream(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT one.river, place.steps, one.name, one.state, one.level_cm, rise.rise_cm_per_hour, one.margin_cm,
            one.age_seconds, below.name AS downstream, one.travel_minutes * 60 AS travel_seconds
        FROM dashboards.gauge_now AS one JOIN dashboards.gauge_order AS place USING (gauge_id)
        LEFT JOIN dashboards.gauge_rise AS rise USING (gauge_id)
        LEFT JOIN dashboards.gauge_now AS below ON below.gauge_id = one.downstream_id
        WHERE {CHOSEN} ORDER BY one.river, place.steps, one.name LIMIT 60"""
    columns = [
        Column(name="river", title=Text("Sungai", "River")),
        Column(name="steps", title=Text("Urut", "Order"), width=60),
        *gauge_columns(),
        Column(name="downstream", title=Text("Ke hilir", "Downstream")),
        Column(name="travel_seconds", title=Text("Waktu tempuh", "Travel time"), unit="dtdurations", width=110),
    ]
    return factory.table(Text("Dari hulu ke hilir", "From upstream to downstream"), Sql(sql), columns, size=(15, 11))


def _forecasts(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT DISTINCT ON (told.gauge_id) told.name, told.stage, told.level_cm, told.high_cm, told.at,
            told.stage < one.state AS is_worse
        FROM dashboards.forecast_now AS told JOIN dashboards.gauge_now AS one USING (gauge_id)
        WHERE told.at > now() AND {CHOSEN} ORDER BY told.gauge_id, told.level_cm DESC LIMIT 60"""
    sql = f"SELECT * FROM ({sql}) AS peak ORDER BY stage NULLS LAST, at"
    columns = [
        Column(name="name", title=Text("Pos", "Gauge")),
        Column(name="stage", title=Text("Puncak", "Peak"), words=words.SIAGA, cell="background", width=100),
        Column(name="level_cm", title=Text("Tinggi", "Level"), unit="lengthcm", decimals=0, width=90),
        Column(name="high_cm", title=Text("Sampai", "Up to"), unit="lengthcm", decimals=0, width=90),
        Column(name="at", title=Text("Pukul", "At"), unit="dateTimeFromNow", width=130),
        Column(name="is_worse", title=Text("Memburuk", "Worse"), words=words.YES_NO, cell="text", width=80),
    ]
    return factory.table(Text("Puncak yang diperkirakan", "Forecast peaks"), Sql(sql), columns, size=(9, 11))


def _month(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(bucket, '6h') AS time, name AS metric, max(max_cm) AS value FROM dashboards.level_hourly
        WHERE $__timeFilter(bucket) AND gauge_id IN ({SHOWN}) GROUP BY 1, 2 ORDER BY 1, 2"""
    title = Text("Tertinggi tiap 6 jam, 30 hari", "Highest of each 6 hours, 30 days")
    return factory.series(
        title, [Sql(sql, format="time_series")], unit="lengthcm", size=(15, 9), interval="6h"
    ).time_from("30d")


def _skill(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT horizon_minutes * 60 AS horizon_seconds, sum(n) AS n, sqrt(sum(n * rmse_cm ^ 2) / nullif(sum(n), 0)) AS rmse_cm,
            sqrt(sum(n * rmse_persistence_cm ^ 2) / nullif(sum(n), 0)) AS rmse_persistence_cm,
            sum(inside)::float8 / nullif(sum(n), 0) AS inside_share
        FROM dashboards.forecast_score WHERE day > now() - interval '30 days' AND {chosen("site", "gauge_id")}
        GROUP BY 1 ORDER BY 1"""
    columns = [
        Column(name="horizon_seconds", title=Text("Ke depan", "Ahead"), unit="dtdurations"),
        Column(name="n", title=Text("Jumlah", "Number")),
        Column(name="rmse_cm", title=Text("Galat, cm", "Error, cm"), decimals=1),
        Column(name="rmse_persistence_cm", title=Text("Bila dianggap tetap", "If it had stayed"), decimals=1),
        Column(name="inside_share", title=Text("Dalam jalur", "Within the band"), unit="percentunit", decimals=0,
               cell="text", steps=((None, RED), (0.8, YELLOW), (0.88, GREEN))),
    ]  # fmt: skip
    return factory.table(
        Text("Ketepatan prakiraan, 30 hari", "How forecasts came out, 30 days"), Sql(sql), columns, size=(9, 9)
    )


def _alerts(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT name, level, stage, coming_stage, arrives_at, raised_at FROM dashboards.alert
        WHERE ended_at IS NULL AND (area_id IS NULL OR {in_area()}) ORDER BY level DESC, raised_at LIMIT 60"""
    columns = [
        Column(name="name", title=Text("Wilayah atau pos", "Area or gauge")),
        Column(name="level", title=Text("Peringatan", "Alert"), words=words.ALERT, cell="background", width=110),
        Column(name="stage", title=Text("Kini", "Now"), words=words.SIAGA, cell="background", width=100),
        Column(name="coming_stage", title=Text("Mendatang", "Coming"), words=words.SIAGA, cell="background", width=100),
        Column(name="arrives_at", title=Text("Tiba", "Arrives"), unit="dateTimeFromNow", width=130),
        Column(name="raised_at", title=Text("Sejak", "Since"), unit="dateTimeFromNow", width=130),
    ]
    return factory.table(Text("Peringatan yang berlaku", "Alerts in force"), Sql(sql), columns, size=(12, 8))


def _doubtful(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT one.name, sum(hour.n) AS n, 1 - sum(hour.n_good)::float8 / nullif(sum(hour.n), 0) AS bad_share,
            min(one.age_seconds) AS age_seconds, bool_or(one.stale_since IS NOT NULL) AS is_silent
        FROM dashboards.gauge_now AS one LEFT JOIN dashboards.level_hourly AS hour
            ON hour.gauge_id = one.gauge_id AND hour.bucket > now() - interval '24 hours'
        WHERE {CHOSEN} GROUP BY one.gauge_id, one.name ORDER BY is_silent DESC, bad_share DESC NULLS LAST LIMIT 40"""
    columns = [
        Column(name="name", title=Text("Pos", "Gauge")),
        Column(name="n", title=Text("Bacaan 24 jam", "Readings, 24 h"), width=120),
        Column(name="bad_share", title=Text("Tak terpakai", "Unusable"), unit="percentunit", decimals=0, cell="text",
               steps=((None, GREEN), (0.05, YELLOW), (0.3, RED)), width=110),
        Column(name="age_seconds", title=Text("Umur data", "Age"), unit="dtdurations", width=120),
        Column(name="is_silent", title=Text("Diam", "Silent"), words=words.YES_NO, cell="text", width=80,
               steps=((None, PURPLE),)),
    ]  # fmt: skip
    return factory.table(Text("Pos yang perlu diperiksa", "Gauges to look at"), Sql(sql), columns, size=(12, 8))
