"""Water in detail, for a desk: from upstream to downstream, forecast peaks and their skill, alerts, gauges to check."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, table

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, Frame, board, place_of
from dashboards.boards.city_now import GAUGE_ID, GAUGE_PAGE, REACH, gauge_columns, stage_timeline
from dashboards.boards.fields import Column, Sql
from dashboards.boards.filters import in_area
from dashboards.boards.parts import PanelFactory
from dashboards.boards.water import hydrograph
from dashboards.boards.words import ORANGE, PALE, PURPLE, RED, YELLOW, Text

FRAME = Frame(
    slug="water-detail", title=Text("Air, rinci", "Water in detail"), folder=FOLDER_CITY, since="now-24h", until="now+6h",
    refresh="1m", area=True,
)  # fmt: skip
GAUGES = f"SELECT name AS __text, gauge_id AS __value FROM dashboards.gauge_now WHERE {in_area()} ORDER BY urgency"
CHOSEN = in_area("one.area_id")


def water_detail(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of all gauges."""
    made = board(factory, FRAME).with_variable(
        factory.pick("gauge", Text("Pos pantau", "Gauge"), GAUGES, all_of_them=False)
    )
    made.with_panel(hydrograph(factory, "gauge", title=Text("${gauge:text}", "${gauge:text}"), size=(24, 10)))
    made.with_panel(_downstream(factory))
    made.with_panel(
        stage_timeline(
            factory, CHOSEN, size=(24, 13), rows=24,
            order="one.river, (SELECT steps FROM dashboards.gauge_order AS place WHERE place.gauge_id = one.gauge_id), one.name",
        )
    )  # fmt: skip
    made.with_panel(_forecasts(factory)).with_panel(_skill(factory))
    return made.with_panel(_alerts(factory)).with_panel(_doubtful(factory))


def _downstream(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT one.gauge_id, one.river, place.steps, one.name, one.state, one.level_cm,
            {REACH} AS reach_share, rise.rise_cm_per_hour,
            one.margin_cm, one.age_seconds, below.name AS downstream, one.travel_minutes * 60 AS travel_seconds
        FROM dashboards.gauge_now AS one JOIN dashboards.gauge_order AS place USING (gauge_id)
        LEFT JOIN dashboards.gauge_rise AS rise USING (gauge_id)
        LEFT JOIN dashboards.gauge_now AS below ON below.gauge_id = one.downstream_id
        WHERE {CHOSEN} ORDER BY one.river, place.steps, one.name LIMIT 60"""
    shared = {column.name: column for column in gauge_columns()}
    columns = [
        GAUGE_ID,
        Column(name="river", title=Text("Sungai", "River")),
        Column(name="steps", title=Text("Urut", "Step"), width=65),
        *(shared[name] for name in ("name", "state", "level_cm", "reach_share", "rise_cm_per_hour")),
        Column(name="margin_cm", title=Text("Sisa, cm", "Left, cm"), decimals=0, width=85),
        shared["age_seconds"],
        Column(name="downstream", title=Text("Ke hilir", "Downstream")),
        Column(name="travel_seconds", title=Text("Tempuh", "Travel"), spoken="duration", width=85),
    ]
    return factory.table(
        Text("Dari hulu ke hilir", "From upstream to downstream"), Sql(sql), columns, size=(24, 12),
        about=Text("Urutan sepanjang sungai. Sisa: sampai batas Siaga berikut. Tempuh: lama air sampai ke pos di hilirnya.",
                   "The sequence along each river. Left: to the next limit. Travel: how long the water needs to the next gauge."),
    )  # fmt: skip


def _forecasts(factory: PanelFactory) -> table.Panel:
    peak = f"""
        SELECT DISTINCT ON (ahead.gauge_id) ahead.gauge_id, ahead.name, ahead.stage AS peak_stage, ahead.level_cm, ahead.high_cm, ahead.at,
            CASE WHEN one.state = 0 THEN NULL ELSE ahead.stage < one.state END AS is_worse
        FROM dashboards.forecast_now AS ahead JOIN dashboards.gauge_now AS one USING (gauge_id)
        WHERE ahead.at > now() AND {CHOSEN} ORDER BY ahead.gauge_id, ahead.level_cm DESC LIMIT 60"""
    sql = f"SELECT * FROM ({peak}) AS peak ORDER BY peak_stage NULLS LAST, at"
    columns = [
        GAUGE_ID,
        Column(name="name", title=Text("Pos", "Gauge"), link=GAUGE_PAGE),
        Column(name="peak_stage", title=Text("Puncak", "Peak"), words=words.SIAGA, cell="background", width=110),
        Column(name="level_cm", title=Text("Tinggi", "Level"), unit="suffix:cm", decimals=0, width=90),
        Column(name="high_cm", title=Text("Sampai", "Up to"), unit="suffix:cm", decimals=0, width=90),
        Column(name="at", title=Text("Pukul", "At"), spoken="hour", width=75),
        Column(name="is_worse", title=Text("Memburuk", "Worse"), words=words.YES_NO, cell="text", width=95),
    ]
    return factory.table(
        Text("Puncak yang diperkirakan", "Forecast peaks"), Sql(sql), columns, size=(14, 11),
        about=Text("Tertinggi dalam prakiraan terbaru tiap pos; Sampai: tepi atas jalurnya.",
                   "The highest of the newest forecast of each gauge; up to: the upper edge of its band."),
    )  # fmt: skip


def _skill(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT horizon_minutes * 60 AS horizon_seconds, sum(n) AS n, sqrt(sum(n * rmse_cm ^ 2) / nullif(sum(n), 0)) AS rmse_cm,
            sqrt(sum(n * rmse_persistence_cm ^ 2) / nullif(sum(n), 0)) AS rmse_persistence_cm,
            sum(inside)::float8 / nullif(sum(n), 0) AS inside_share
        FROM dashboards.forecast_score WHERE day > now() - interval '30 days' GROUP BY 1 ORDER BY 1"""
    columns = [
        Column(name="horizon_seconds", title=Text("Ke depan", "Ahead"), spoken="duration", link=place_of("water", factory)),
        Column(name="n", title=Text("Jumlah", "Number")),
        Column(name="rmse_cm", title=Text("Galat, cm", "Error, cm"), decimals=1),
        Column(name="rmse_persistence_cm", title=Text("Bila tetap", "If it had stayed"), decimals=1),
        Column(name="inside_share", title=Text("Dalam jalur", "In the band"), unit="percentunit", decimals=0,
               cell="text", steps=((None, RED), (0.8, YELLOW), (0.88, PALE))),
    ]  # fmt: skip
    return factory.table(
        Text("Ketepatan prakiraan, 30 hari", "Skill of forecasts, 30 days"), Sql(sql), columns, size=(10, 11),
        about=Text("Galat prakiraan di samping galat bila tinggi dianggap tetap; jalur harus memuat 9 dari 10.",
                   "The error beside the error if the level had stayed; the band should hold 9 of 10."),
    )  # fmt: skip


def _alerts(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT name, level, stage AS alert_stage, coming_stage, arrives_at, raised_at FROM dashboards.alert
        WHERE ended_at IS NULL AND (area_id IS NULL OR {in_area()}) ORDER BY level DESC, raised_at LIMIT 60"""
    columns = [
        Column(name="name", title=Text("Wilayah atau pos", "Area or gauge"), link="${siaga}/map"),
        Column(name="level", title=Text("Peringatan", "Alert"), words=words.ALERT, cell="background", width=115),
        Column(
            name="alert_stage", title=Text("Saat itu", "At the time"), words=words.SIAGA, cell="background", width=110
        ),
        Column(name="coming_stage", title=Text("Mendatang", "Coming"), words=words.SIAGA, cell="background", width=110),
        Column(name="arrives_at", title=Text("Tiba pukul", "Arrives at"), spoken="hour", width=100),
        Column(name="raised_at", title=Text("Sejak", "For"), spoken="ago", width=85),
    ]
    return factory.table(
        Text("Peringatan yang berlaku", "Alerts in force"), Sql(sql), columns, size=(12, 9),
        about=Text("Peringatan kepada warga yang belum berakhir, dengan Siaga ketika diterbitkan.",
                   "Public alerts that have not ended, with the stage at the time they were issued."),
    )  # fmt: skip


def _doubtful(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT one.gauge_id, one.name, sum(hour.n) AS n, 1 - sum(hour.n_good)::float8 / nullif(sum(hour.n), 0) AS bad_share,
            min(one.age_seconds) AS age_seconds, bool_or(one.state = 0) AS is_unknown
        FROM dashboards.gauge_now AS one LEFT JOIN dashboards.level_hourly AS hour
            ON hour.gauge_id = one.gauge_id AND hour.bucket > now() - interval '24 hours'
        WHERE {CHOSEN} GROUP BY one.gauge_id, one.name ORDER BY is_unknown DESC, bad_share DESC NULLS LAST LIMIT 40"""
    columns = [
        GAUGE_ID,
        Column(name="name", title=Text("Pos", "Gauge"), link=GAUGE_PAGE),
        Column(name="n", title=Text("Bacaan 24 jam", "Readings, 24 h"), width=130),
        Column(name="bad_share", title=Text("Tak terpakai", "Unusable"), unit="percentunit", decimals=0, cell="text",
               steps=((None, PALE), (0.05, YELLOW), (0.3, ORANGE)), width=115),
        Column(name="age_seconds", title=Text("Umur data", "Age of data"), spoken="duration", width=110),
        Column(name="is_unknown", title=Text("Tak diketahui", "Unknown"), words=UNKNOWN, cell="text", width=125),
    ]  # fmt: skip
    return factory.table(
        Text("Pos yang perlu diperiksa", "Gauges to check"), Sql(sql), columns, size=(12, 9),
        about=Text("Pos tanpa tinggi yang dapat dipercaya dulu, lalu yang bacaannya banyak tak terpakai.",
                   "Gauges without a level that can be trusted first, then those with many unusable readings."),
    )  # fmt: skip


UNKNOWN: words.Words = {
    "true": words.Word(Text("ya", "yes"), PURPLE),
    "false": words.Word(Text("tidak", "no"), PALE),
}
