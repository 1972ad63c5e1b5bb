"""City now: the first dashboard. What is wrong, where, and who has to move next."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, geomap, stat, statetimeline, table

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, Frame, board
from dashboards.boards.maps import Layer, city_map
from dashboards.boards.parts import Column, PanelFactory, Sql, in_area
from dashboards.boards.words import GREEN, ORANGE, PURPLE, RED, YELLOW, Text

FRAME = Frame(
    slug="city-now",
    title=Text("Kota sekarang", "City now"),
    folder=FOLDER_CITY,
    since="now-24h",
    refresh="10s",
    area=True,
)
_RED_FROM_ONE = ((None, GREEN), (1, RED))
NAME = Column(name="name", title=Text("Nama", "Name"))
AREA = Column(name="area_name", title=Text("Wilayah", "Area"))
CATEGORY = Column(name="category", title=Text("Jenis", "Category"), words=words.CATEGORY)
SEVERITY = Column(
    name="severity", title=Text("Tingkat", "Severity"), words=words.SEVERITY, cell="background", width=100
)
LEFT = Column(
    name="left_seconds", title=Text("Sisa waktu", "Time left"), unit="dtdurations", cell="background",
    steps=((None, RED), (0, ORANGE), (3600, YELLOW), (14400, GREEN)), width=130,
)  # fmt: skip


def number_column(kind: Text, *, key: str = "number") -> Column:
    """The number of an incident, or by `key` "task" of a task, linking to it in the control room."""
    return Column(name="number", title=kind, link="${siaga}/control?" + key + "=${__value.raw}", width=90)


def city_now(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of the city at this moment."""
    made = board(factory, FRAME)
    for panel in (_stages(factory), _incident_count(factory), _task_count(factory), _blind(factory)):
        made.with_panel(panel)
    made.with_panel(_map(factory)).with_panel(_gauges(factory)).with_panel(_incidents(factory))
    made.with_panel(_categories(factory)).with_panel(_deadlines(factory)).with_panel(_floods(factory))
    return made.with_panel(stage_timeline(factory, f"{in_area()}", size=(24, 10)))


def _stages(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT count(*) FILTER (WHERE state = 1) AS siaga_1, count(*) FILTER (WHERE state = 2) AS siaga_2,
            count(*) FILTER (WHERE state = 3) AS siaga_3, count(*) FILTER (WHERE state = 4) AS siaga_4,
            count(*) FILTER (WHERE state = 0) AS unknown
        FROM dashboards.gauge_now WHERE {in_area()}"""
    columns = [
        Column(
            name=f"siaga_{code}", title=words.SIAGA[code].text, steps=((None, "#3d4148"), (1, words.SIAGA[code].colour))
        )
        for code in "123"
    ]
    columns.append(Column(name="siaga_4", title=words.SIAGA["4"].text, steps=((None, GREEN),)))
    columns.append(Column(name="unknown", title=words.SIAGA["0"].text, steps=((None, "#3d4148"), (1, PURPLE))))
    return factory.stat(
        Text("Pos pantau menurut Siaga", "Gauges by stage"), Sql(sql), columns, size=(9, 4),
        about=Text("Yang terburuk dari hitungan dan pengumuman resmi. Tidak diketahui bukan berarti aman.",
                   "The worse of computed and published. Unknown does not mean calm."),
    )  # fmt: skip


def _incident_count(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT count(*) AS open, count(*) FILTER (WHERE severity = 'severe') AS severe,
            count(*) FILTER (WHERE category = 'flooding') AS floods
        FROM dashboards.incident_open WHERE {in_area()}"""
    columns = [
        Column(name="open", title=Text("Terbuka", "Open"), steps=((None, "#3d4148"),)),
        Column(name="severe", title=Text("Berat", "Severe"), steps=_RED_FROM_ONE),
        Column(name="floods", title=Text("Banjir", "Flooding"), steps=_RED_FROM_ONE),
    ]
    return factory.stat(Text("Insiden terbuka", "Open incidents"), Sql(sql), columns, size=(5, 4))


def _task_count(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT count(*) AS open, count(*) FILTER (WHERE is_overdue) AS overdue, count(*) FILTER (WHERE escalation > 0) AS escalated
        FROM dashboards.task_open WHERE {in_area()}"""
    columns = [
        Column(name="open", title=Text("Terbuka", "Open"), steps=((None, "#3d4148"),)),
        Column(name="overdue", title=Text("Lewat tenggat", "Overdue"), steps=_RED_FROM_ONE),
        Column(name="escalated", title=Text("Naik jenjang", "Escalated"), steps=((None, GREEN), (1, ORANGE))),
    ]
    return factory.stat(Text("Tugas", "Tasks"), Sql(sql), columns, size=(5, 4))


def _blind(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT (SELECT count(*) FROM dashboards.camera_now WHERE state <> 'sees' AND {in_area()}) AS cameras,
            (SELECT count(*) FROM dashboards.node_now WHERE state <> 'online') AS nodes,
            (SELECT coalesce(sum(missing), 0) FROM dashboards.node_now) AS missing"""
    steps = ((None, GREEN), (1, PURPLE))
    columns = [
        Column(name="cameras", title=Text("Kamera", "Cameras"), steps=steps),
        Column(name="nodes", title=Text("Perangkat", "Nodes"), steps=steps),
        Column(name="missing", title=Text("Pesan hilang", "Missing messages"), steps=((None, GREEN), (1, YELLOW))),
    ]
    return factory.stat(
        Text("Yang tidak terlihat", "What we do not see"), Sql(sql), columns, size=(5, 4),
        about=Text("Kamera dan perangkat yang diam: di sana tidak ada kabar, bukan kabar baik.",
                   "Cameras and nodes that are silent: their state is unknown, not clear."),
    )  # fmt: skip


def _map(factory: PanelFactory) -> geomap.Panel:
    cameras = f"""
        SELECT lat, lon, name, state AS camera_state FROM dashboards.camera_now WHERE state <> 'sees' AND {in_area()}"""
    incidents = f"""
        SELECT lat, lon, number, category, severity, confidence, age_seconds FROM dashboards.incident_open WHERE {in_area()}
        ORDER BY (severity = 'severe') DESC, began_at DESC LIMIT 500"""
    gauges = f"SELECT lat, lon, name, state, level_cm, margin_cm FROM dashboards.gauge_now WHERE {in_area()}"
    layers = [
        (Layer(ref="A", name="cameras", colour_by="camera_state", shape="cross", pixels=5), Sql(cameras, ref="A")),
        (Layer(ref="B", name="incidents", colour_by="severity", shape="triangle", pixels=7), Sql(incidents, ref="B")),
        (Layer(ref="C", name="gauges", colour_by="state", label="name", pixels=9), Sql(gauges, ref="C")),
    ]
    columns = [
        Column(name="state", title=Text("Siaga", "Stage"), words=words.SIAGA),
        Column(name="camera_state", title=Text("Kamera", "Camera"), words=words.CAMERA),
        Column(name="severity", title=Text("Tingkat", "Severity"), words=words.SEVERITY),
        Column(name="category", title=Text("Jenis", "Category"), words=words.CATEGORY),
        Column(name="level_cm", title=Text("Tinggi", "Level"), unit="lengthcm"),
        Column(name="margin_cm", title=Text("Menuju Siaga berikut", "To the next stage"), unit="lengthcm"),
        Column(name="age_seconds", title=Text("Umur", "Age"), unit="dtdurations"),
        number_column(Text("Insiden", "Incident")),
        Column(name="confidence", title=Text("Keyakinan", "Confidence"), unit="percentunit"),
        NAME,
    ]
    title = Text(
        "Peta: pos pantau, insiden, kamera yang tidak melihat", "Map: gauges, incidents, cameras that do not see"
    )
    return city_map(factory, title, layers, columns, size=(14, 18))


def _gauges(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT one.name, one.state, one.level_cm, rise.rise_cm_per_hour, one.margin_cm, one.age_seconds
        FROM dashboards.gauge_now AS one LEFT JOIN dashboards.gauge_rise AS rise USING (gauge_id)
        WHERE {in_area("one.area_id")} ORDER BY one.urgency LIMIT 20"""
    return factory.table(Text("Pos paling genting", "Most urgent gauges"), Sql(sql), gauge_columns(), size=(10, 9))


def gauge_columns() -> list[Column]:
    """Of a list of gauges."""
    return [
        NAME,
        Column(name="state", title=Text("Siaga", "Stage"), words=words.SIAGA, cell="background", width=110),
        Column(name="level_cm", title=Text("Tinggi", "Level"), unit="lengthcm", decimals=0, width=90),
        Column(
            name="rise_cm_per_hour", title=Text("cm/jam", "cm/h"), decimals=0, cell="text", width=80,
            steps=((None, GREEN), (5, YELLOW), (20, ORANGE), (50, RED)),
        ),
        Column(name="margin_cm", title=Text("Sisa ke Siaga", "To next stage"), unit="lengthcm", decimals=0, width=110),
        Column(
            name="age_seconds", title=Text("Umur data", "Age"), unit="dtdurations", cell="text", width=100,
            steps=((None, GREEN), (600, YELLOW), (900, PURPLE)),
        ),
    ]  # fmt: skip


def _incidents(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT number, category, severity, area_name, sources, confidence, age_seconds FROM dashboards.incident_open
        WHERE {in_area()} ORDER BY array_position(ARRAY['severe', 'moderate', 'minor'], severity), began_at DESC LIMIT 50"""
    columns = [
        number_column(Text("Insiden", "Incident")), CATEGORY, SEVERITY, AREA,
        Column(name="sources", title=Text("Sumber", "Sources"), width=80),
        Column(name="confidence", title=Text("Yakin", "Sure"), unit="percentunit", decimals=0, width=70),
        Column(name="age_seconds", title=Text("Umur", "Age"), unit="dtdurations", width=110),
    ]  # fmt: skip
    return factory.table(
        Text("Insiden terbuka, terberat dulu", "Open incidents, the most severe first"), Sql(sql), columns, size=(10, 9)
    )


def _categories(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT category, count(*) AS n, count(*) FILTER (WHERE severity = 'severe') AS severe,
            count(*) FILTER (WHERE mixed) AS mixed, max(age_seconds) AS oldest_seconds
        FROM dashboards.incident_open WHERE {in_area()} GROUP BY category ORDER BY n DESC LIMIT 20"""
    columns = [
        CATEGORY,
        Column(name="n", title=Text("Terbuka", "Open"), cell="gauge"),
        Column(name="severe", title=Text("Berat", "Severe"), cell="text", steps=_RED_FROM_ONE, width=70),
        Column(name="mixed", title=Text("Warga dan sensor", "Citizens and sensors"), width=120),
        Column(name="oldest_seconds", title=Text("Tertua", "Oldest"), unit="dtdurations", width=110),
    ]
    return factory.table(Text("Insiden menurut jenis", "Incidents by category"), Sql(sql), columns, size=(9, 9))


def _deadlines(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT number, category, state, agency_name, area_name, left_seconds FROM dashboards.task_open
        WHERE state <> 'paused' AND {in_area()} ORDER BY due_at LIMIT 50"""
    columns = [
        number_column(Text("Tugas", "Task"), key="task"), CATEGORY,
        Column(name="state", title=Text("Keadaan", "State"), words=words.TASK, cell="background", width=110),
        Column(name="agency_name", title=Text("Dinas", "Agency")), AREA, LEFT,
    ]  # fmt: skip
    return factory.table(
        Text("Jam tugas: tenggat terdekat", "Clocks: the nearest deadlines"), Sql(sql), columns, size=(9, 9)
    )


def _floods(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT name, state, since FROM dashboards.flood_state_now WHERE state > 0 AND {in_area()}
        UNION ALL SELECT name, NULL, raised_at FROM dashboards.alert WHERE ended_at IS NULL AND area_id IS NULL
        ORDER BY state DESC NULLS LAST, since LIMIT 40"""
    columns = [
        Column(name="name", title=Text("Wilayah", "Area")),
        Column(name="state", title=Text("Banjir", "Flood"), words=words.FLOOD, cell="background", width=110),
        Column(name="since", title=Text("Sejak", "Since"), unit="dateTimeFromNow", width=140),
    ]
    return factory.table(Text("Wilayah banjir", "Areas under water"), Sql(sql), columns, size=(6, 9))


def stage_timeline(
    factory: PanelFactory, condition: str, *, size: tuple[int, int], order: str = "one.urgency"
) -> statetimeline.Panel:
    """The stages of up to 25 gauges over the time, each beginning with the one that it had before."""
    sql = f"""
        WITH shown AS (SELECT one.gauge_id, one.name, {order} AS place FROM dashboards.gauge_now AS one
            WHERE {condition} ORDER BY place LIMIT 25)
        SELECT time, metric, value FROM (
            SELECT $__timeFrom()::timestamptz AS time, shown.name AS metric, coalesce(before.stage, 0) AS value, shown.place
            FROM shown LEFT JOIN LATERAL (SELECT change.stage FROM dashboards.stage_change AS change
                WHERE change.gauge_id = shown.gauge_id AND change.at < $__timeFrom() ORDER BY change.at DESC LIMIT 1
            ) AS before ON true
            UNION ALL SELECT change.at, shown.name, change.stage, shown.place
            FROM shown JOIN dashboards.stage_change AS change USING (gauge_id) WHERE $__timeFilter(change.at)
        ) AS told ORDER BY time, place"""
    return factory.timeline(
        Text("Siaga dari waktu ke waktu", "Stages over time"), Sql(sql, format="time_series"), words.SIAGA, size=size
    )
