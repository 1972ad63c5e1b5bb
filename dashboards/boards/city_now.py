"""City now: the first dashboard. What is wrong, where, which and how fast, since when, and who has to move next."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard, geomap, stat, statetimeline, table

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, Frame, board, place_of
from dashboards.boards.fields import Column, Sql
from dashboards.boards.filters import in_area, rows_that_fit
from dashboards.boards.maps import Layer, city_map
from dashboards.boards.parts import PanelFactory
from dashboards.boards.sentences.water import WATER_COLOURS, water_sentence
from dashboards.boards.words import DARK, OCHRE, ORANGE, PALE, PURPLE, RED, YELLOW, Text

FRAME = Frame(
    slug="city-now",
    title=Text("Kota sekarang", "City now"),
    folder=FOLDER_CITY,
    since="now-24h",
    refresh="10s",
    area=True,
    is_screen=True,
)
NAME = Column(name="name", title=Text("Nama", "Name"))
AREA = Column(name="area_name", title=Text("Wilayah", "Area"))
CATEGORY = Column(name="category", title=Text("Jenis", "Category"), words=words.CATEGORY)
SEVERITY = Column(name="severity", title=Text("Tingkat", "Severity"), words=words.SEVERITY, cell="background", width=95)
LEFT = Column(
    name="left_words", title=Text("Sisa waktu", "Time left"), cell="text", width=140, steps=((None, PALE),),
    patterns=((r"^((?:lewat|overdue) .*)$", RED), (r"^(.* (?:mnt|dtk|min|s))$", ORANGE)),
)  # fmt: skip
# Where Siaga 3 is half of the way, whatever the zero of the gauge: many stand at metres in dry weather.
REACH: Final = """CASE WHEN one.s1_cm > one.s3_cm THEN greatest(0, least(1.1,
    0.5 + (one.level_cm - one.s3_cm) / (2.0 * (one.s1_cm - one.s3_cm)))) END"""
GAUGE_PAGE: Final = "${siaga}/gauges/${__data.fields.gauge_id}"
GAUGE_ID: Final = Column(name="gauge_id", hidden=True)
_WATER_ABOUT = Text(
    "Kalimat ini dibentuk dari Siaga terburuk semua pos (hitungan atau pengumuman resmi), keadaan banjir kelurahan dan pos"
    " yang tak diketahui. Ungu berarti tidak diketahui, bukan aman: hubungi petugas pos.",
    "This sentence is formed from the worst stage of all gauges (computed or published), the flood state of subdistricts and"
    " the gauges that are unknown. Purple means unknown, not calm: contact the officer at the gauge.",
)


def number_column(kind: Text, *, key: str = "number") -> Column:
    """The number of an incident, or by `key` "task" of a task, linking to it in the control room."""
    return Column(name="number", title=kind, link="${siaga}/control?" + key + "=${__value.raw}", width=90)


def left_words(factory: PanelFactory, column: str = "left_seconds") -> str:
    """SQL: the time to a deadline in words, or that it has passed and for how long."""
    past = factory.translate(Text("lewat ", "overdue "))
    return f"CASE WHEN {column} < 0 THEN '{past}' ELSE '' END || {factory.duration(f'abs({column})')} AS left_words"


def city_now(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of the city at this moment."""
    made = board(factory, FRAME)
    made.with_variable(factory.count("incidents", f"SELECT FROM dashboards.incident_open WHERE {in_area()}"))
    made.with_variable(factory.count("tasks", f"SELECT FROM dashboards.task_open WHERE {in_area()}"))
    made.with_variable(gauge_count(factory))
    made.with_panel(water_strip(factory)).with_panel(_tiles(factory)).with_panel(_map(factory))
    made.with_panel(gauges(factory, size=(17, 10))).with_panel(stage_timeline(factory, in_area(), size=(17, 6), rows=8))
    return made.with_panel(_incidents(factory)).with_panel(_deadlines(factory))


def gauge_count(factory: PanelFactory) -> dashboard.QueryVariable:
    """For the title of `gauges`."""
    return factory.count("gauges", f"SELECT FROM dashboards.gauge_now WHERE {in_area()}")


def water_strip(factory: PanelFactory) -> stat.Panel:
    """The sentence about the water."""
    return factory.strip(water_sentence(factory), WATER_COLOURS, about=_WATER_ABOUT, link="${siaga}/control")


def _tiles(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT count(*) FILTER (WHERE state = 1) AS siaga_1, count(*) FILTER (WHERE state = 2) AS siaga_2,
            count(*) FILTER (WHERE state = 3) AS siaga_3, count(*) FILTER (WHERE state = 0) AS unknown,
            (SELECT count(*) FROM dashboards.flood_state_now WHERE state > 1 AND {in_area()}) AS floods,
            (SELECT count(*) FROM dashboards.incident_open WHERE severity = 'severe' AND {in_area()}) AS severe,
            (SELECT count(*) FROM dashboards.task_open WHERE is_overdue AND {in_area()}) AS overdue,
            (SELECT count(*) FROM dashboards.camera_now WHERE state <> 'sees' AND {in_area()}) AS blind
        FROM dashboards.gauge_now WHERE {in_area()}"""

    def tile(name: str, title: Text, colour: str, link: str) -> Column:
        return Column(name=name, title=title, steps=((None, DARK), (1, colour)), link=link)

    water, cameras, tasks = (place_of(slug, factory) for slug in ("water", "cameras", "tasks"))
    columns = [
        tile("siaga_1", words.SIAGA["1"].text, RED, water),
        tile("siaga_2", words.SIAGA["2"].text, ORANGE, water),
        tile("siaga_3", words.SIAGA["3"].text, OCHRE, water),
        tile("unknown", Text("Pos tak diketahui", "Gauges unknown"), PURPLE, place_of("water-detail", factory)),
        tile("floods", Text("Kelurahan tergenang", "Under water"), RED, "${siaga}/map"),
        tile("severe", Text("Insiden berat", "Severe incidents"), RED, "${siaga}/control"),
        tile("overdue", Text("Tugas lewat tenggat", "Tasks overdue"), ORANGE, tasks),
        tile("blind", Text("Kamera tak melihat", "Cameras blind"), PURPLE, cameras),
    ]
    return factory.stat(
        None, Sql(sql), columns, size=(24, 3), sizes=(18, 44),
        about=Text("Nol berwarna gelap; warna hanya di mana ada yang salah, ungu di mana tidak ada kabar. Tekan angka untuk rinciannya.",
                   "Zero is dark; there is colour only where something is wrong, purple where nothing is known. Press a number for its details."),
    )  # fmt: skip


def _map(factory: PanelFactory) -> geomap.Panel:
    floods = f"SELECT lat, lon, name, state AS flood FROM dashboards.flood_state_now WHERE state > 1 AND lat IS NOT NULL AND {in_area()} LIMIT 60"
    incidents = f"""
        SELECT lat, lon, number, category, severity, {factory.duration("age_seconds")} AS age FROM dashboards.incident_open
        WHERE severity = 'severe' AND {in_area()} ORDER BY began_at DESC LIMIT 60"""
    # The most urgent last, so that they lie on top; names of the four worst alone.
    gauges = f"""
        SELECT lat, lon, name, state, level_cm, margin_cm, CASE WHEN state IN (1, 2)
            AND row_number() OVER (ORDER BY urgency) <= 4 THEN name ELSE '' END AS label
        FROM dashboards.gauge_now WHERE {in_area()} ORDER BY urgency DESC"""
    layers = [
        (Layer(ref="A", name="floods", colour_by="flood", shape="square", pixels=8), Sql(floods, ref="A")),
        (Layer(ref="B", name="incidents", colour_by="severity", shape="triangle", pixels=6), Sql(incidents, ref="B")),
        (Layer(ref="C", name="gauges", colour_by="state", label="label", pixels=11), Sql(gauges, ref="C")),
    ]
    columns = [
        Column(name="state", title=Text("Siaga", "Stage"), words=words.SIAGA),
        Column(name="flood", title=Text("Banjir", "Flood"), words=words.FLOOD),
        Column(name="severity", title=Text("Tingkat", "Severity"), words=words.SEVERITY),
        CATEGORY,
        Column(name="level_cm", title=Text("Tinggi", "Level"), unit="suffix:cm", decimals=0),
        Column(name="margin_cm", title=Text("Menuju Siaga berikut", "To the next stage"), unit="suffix:cm", decimals=0),
        Column(name="age", title=Text("Umur", "Age")),
        Column(name="number", title=Text("Insiden", "Incident"), link="${siaga}/control?number=${__value.raw}"),
        Column(name="label", title=Text("Nama", "Name")),
        NAME,
    ]
    title = Text(
        "Sungai, pos, kelurahan tergenang, insiden berat", "Rivers, gauges, areas under water, severe incidents"
    )
    return city_map(
        factory, title, layers, columns, fit="gauges", size=(7, 16),
        about=Text("Lingkaran: pos pantau; kotak: kelurahan tergenang; segitiga: insiden berat (60 terbaru). Sungai dan batas wilayah dari berkas sendiri.",
                   "Circles: gauges; squares: subdistricts under water; triangles: severe incidents (the newest 60). Rivers and borders come from our own files."),
    )  # fmt: skip


def gauges(factory: PanelFactory, *, size: tuple[int, int]) -> table.Panel:
    """The most urgent gauges: level, share of the way to Siaga 1, rate, forecast peak and hour, age of the data."""
    sql = f"""
        SELECT one.gauge_id, one.name, one.state, one.level_cm,
            {REACH} AS reach_share,
            rise.rise_cm_per_hour, peak.level_cm AS peak_cm, peak.stage AS peak_stage, peak.at AS peak_at, one.age_seconds
        FROM dashboards.gauge_now AS one LEFT JOIN dashboards.gauge_rise AS rise USING (gauge_id)
        LEFT JOIN LATERAL (SELECT ahead.level_cm, ahead.stage, ahead.at FROM dashboards.forecast_now AS ahead
            WHERE ahead.gauge_id = one.gauge_id AND ahead.at > now() ORDER BY ahead.level_cm DESC, ahead.at LIMIT 1) AS peak ON one.state > 0
        WHERE {in_area("one.area_id")} ORDER BY one.urgency LIMIT {rows_that_fit(size[1])}"""
    return factory.table(
        Text("Pos pantau, paling genting dulu · ${gauges} seluruhnya", "Gauges, the most urgent first · ${gauges} in all"),
        Sql(sql), gauge_columns(), size=size,
        about=Text("Jalan ke Siaga 1: setengahnya batas Siaga 3. Puncak dan jamnya menurut prakiraan. Data: umur bacaan terbaru. Tekan nama untuk grafiknya.",
                   "Way to Siaga 1: half of it is the limit of Siaga 3. Peak and its hour are forecast. Data: the age of the newest reading. Press a name for its chart."),
    )  # fmt: skip


def gauge_columns() -> list[Column]:
    """Of a list of gauges."""
    return [
        GAUGE_ID,
        Column(name="name", title=Text("Pos", "Gauge"), link=GAUGE_PAGE),
        Column(name="state", title=Text("Siaga", "Stage"), words=words.SIAGA, cell="background", width=120),
        Column(name="level_cm", title=Text("cm", "cm"), decimals=0, width=75),
        Column(
            name="reach_share", title=Text("Jalan ke Siaga 1", "Way to Siaga 1"), unit="percentunit", decimals=0,
            cell="gauge", range=(0, 1.1), steps=((None, PALE), (0.5, YELLOW), (0.75, ORANGE), (1, RED)), width=300,
        ),
        Column(
            name="rise_cm_per_hour", title=Text("cm/jam", "cm/h"), decimals=0, cell="text", width=80,
            steps=((None, PALE), (10, YELLOW), (30, ORANGE), (60, RED)),
        ),
        Column(name="peak_cm", title=Text("Puncak", "Peak"), decimals=0, width=80),
        Column(name="peak_stage", title=Text("Akan", "Will be"), words=words.SIAGA, cell="text", width=85),
        Column(name="peak_at", title=Text("Pukul", "At"), spoken="hour", width=80),
        Column(name="age_seconds", title=Text("Data", "Data"), spoken="duration", width=85, right=True),
    ]  # fmt: skip


def _incidents(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT severity, category, coalesce(area_name, '–') AS area_name, number, sources, confidence, age_seconds
        FROM dashboards.incident_open WHERE {in_area()}
        ORDER BY array_position(ARRAY['severe', 'moderate', 'minor'], severity), began_at DESC LIMIT {rows_that_fit(7)}"""
    columns = [
        SEVERITY, CATEGORY, AREA, number_column(Text("No.", "No.")),
        Column(name="sources", title=Text("Sumber", "Sources"), width=85),
        Column(name="confidence", title=Text("Yakin", "Sure"), unit="percentunit", decimals=0, width=75),
        Column(name="age_seconds", title=Text("Sejak", "Since"), spoken="duration", width=85, right=True),
    ]  # fmt: skip
    return factory.table(
        Text("Insiden terbuka, terberat dulu · ${incidents} seluruhnya", "Open incidents, most severe first · ${incidents} in all"),
        Sql(sql), columns, size=(12, 7),
        about=Text("Sumber: berapa yang saling lepas. Yakin: peluang bahwa insiden benar. Tekan nomor untuk membukanya di ruang kendali.",
                   "Sources: how many independent ones. Sure: the probability that it is true. Press a number to open it in the control room."),
    )  # fmt: skip


def _deadlines(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT {left_words(factory)}, category, coalesce(area_name, '–') AS area_name, state, number, agency_name
        FROM dashboards.task_open WHERE state <> 'paused' AND left_seconds IS NOT NULL AND {in_area()}
        ORDER BY due_at LIMIT {rows_that_fit(7)}"""
    columns = [
        LEFT, CATEGORY, AREA,
        Column(name="state", title=Text("Keadaan", "State"), words=words.TASK, width=115),
        number_column(Text("No.", "No."), key="task"),
        Column(name="agency_name", title=Text("Dinas", "Agency"), width=215),
    ]  # fmt: skip
    return factory.table(
        Text("Tenggat terdekat · ${tasks} tugas terbuka", "The nearest deadlines · ${tasks} open tasks"),
        Sql(sql), columns, size=(12, 7),
        about=Text("Tugas yang tenggat berikutnya terdekat atau sudah lewat, dan dinas yang harus bergerak.",
                   "Tasks whose next deadline is nearest or has passed, and the agency that has to move."),
    )  # fmt: skip


def stage_timeline(
    factory: PanelFactory, condition: str, *, size: tuple[int, int], rows: int, order: str = "one.urgency"
) -> statetimeline.Panel:
    """The stages of some gauges over the time, each from the one that it had before to the one that it has now."""
    sql = f"""
        WITH shown AS (SELECT one.gauge_id, one.name, one.state, one.stale_since, row_number() OVER (ORDER BY {order}) AS place
            FROM dashboards.gauge_now AS one WHERE {condition} ORDER BY place LIMIT {rows})
        SELECT time, metric, value FROM (
            SELECT $__timeFrom()::timestamptz AS time, shown.name AS metric, coalesce(before.stage, 0) AS value, shown.place
            FROM shown LEFT JOIN LATERAL (SELECT change.stage FROM dashboards.stage_change AS change
                WHERE change.gauge_id = shown.gauge_id AND change.at < $__timeFrom() ORDER BY change.at DESC LIMIT 1
            ) AS before ON true
            UNION ALL SELECT change.at, shown.name, change.stage, shown.place
            FROM shown JOIN dashboards.stage_change AS change USING (gauge_id) WHERE $__timeFilter(change.at) AND change.at < now()
            UNION ALL SELECT greatest(shown.stale_since, $__timeFrom()::timestamptz), shown.name, 0, shown.place FROM shown
            WHERE shown.state = 0 AND shown.stale_since IS NOT NULL
            UNION ALL SELECT least(now(), $__timeTo()::timestamptz), shown.name, shown.state, shown.place FROM shown
        ) AS state ORDER BY time, place"""
    return factory.timeline(
        Text("Siaga dari waktu ke waktu", "Stages over time"), Sql(sql, format="time_series"), words.SIAGA, size=size,
        about=Text("Tiap baris sampai sekarang: merah Siaga 1, jingga 2, kuning 3, hijau 4, ungu tak diketahui.",
                   "Each row reaches now: red Siaga 1, orange 2, yellow 3, green 4, purple unknown."),
    )  # fmt: skip
