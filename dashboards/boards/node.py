"""One node with all that is known of it: its state, its deliveries, its cameras and gauges."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard, stat, statetimeline, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_PLATFORM, Frame, board
from dashboards.boards.cameras_detail import CAMERA_ID
from dashboards.boards.cameras_detail import NAME as CAMERA
from dashboards.boards.city_now import GAUGE_ID, GAUGE_PAGE
from dashboards.boards.fields import LONG, Column, Sql
from dashboards.boards.parts import PanelFactory
from dashboards.boards.platform import DEAD_LETTERS, PLAIN, SECONDS, SOME, STREAMS
from dashboards.boards.words import DARK, GREEN, PURPLE, RED, YELLOW, Text

NODE = Frame(
    slug="node", title=Text("Satu perangkat", "One node"), folder=FOLDER_PLATFORM, since="now-24h", refresh="30s"
)
NODES_PAGE: Final = "${siaga}/admin/nodes"
NODES: Final = "SELECT name AS __text, node_id AS __value FROM dashboards.node_now ORDER BY state = 'online', name"


def node(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of one node."""
    made = board(factory, NODE).with_variable(factory.pick("node", Text("Perangkat", "Node"), NODES, all_of_them=False))
    for panel in (_condition(factory), _ledger(factory), _reached(factory), _streams(factory), _node_lag(factory)):
        made.with_panel(panel)
    return (
        made.with_panel(_its_cameras(factory))
        .with_panel(_its_gauges(factory))
        .with_panel(_dead_letters_of_node(factory))
    )


_ONE: Final = "node_id = ${node:sqlstring}"


def _condition(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT state, silence_seconds, uptime_seconds, cpu_share, temperature_c, rss_bytes, waiting, free_bytes
        FROM dashboards.node_now WHERE {_ONE}"""
    columns = [
        Column(name="state", title=Text("Keadaan", "State"), link=NODES_PAGE, words=words.NODE),
        Column(name="silence_seconds", title=Text("Diam", "Silent for"), link=NODES_PAGE, spoken="duration", patterns=LONG),
        Column(name="uptime_seconds", title=Text("Hidup sejak", "Up for"), link=NODES_PAGE, spoken="duration"),
        Column(name="cpu_share", title=Text("Prosesor", "Processor"), link=NODES_PAGE, unit="percentunit", decimals=0, steps=PLAIN),
        Column(name="temperature_c", title=Text("Suhu", "Temperature"), link=NODES_PAGE, unit="celsius", decimals=0,
               steps=((None, DARK), (75, YELLOW), (90, RED))),
        Column(name="rss_bytes", title=Text("Memori", "Memory"), link=NODES_PAGE, unit="bytes", decimals=0, steps=PLAIN),
        Column(name="waiting", title=Text("Antre", "Waiting"), link=NODES_PAGE, steps=((None, DARK), (100, YELLOW), (1000, RED))),
        Column(name="free_bytes", title=Text("Sisa ruang", "Free disk"), link=NODES_PAGE, unit="bytes", decimals=1,
               steps=((None, RED), (1e9, YELLOW), (4e9, DARK))),
    ]  # fmt: skip
    return factory.stat(
        Text("Keadaan perangkat", "State of the node"),
        Sql(sql),
        columns,
        size=(24, 4),
        about=Text(
            "Perangkat ini menurut kabar terakhirnya. Bila diam, nilainya adalah nilai terakhir.",
            "This node by its last message. If it is silent, the values are its last.",
        ),
    )


def _ledger(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT received, stored, duplicate, dead, quarantined, evicted, missing FROM dashboards.node_now WHERE {_ONE}"""
    columns = [
        Column(name="received", title=Text("Diterima", "Received"), link=NODES_PAGE, steps=PLAIN),
        Column(name="stored", title=Text("Disimpan", "Stored"), link=NODES_PAGE, steps=PLAIN),
        Column(name="duplicate", title=Text("Ganda", "Duplicate"), link=NODES_PAGE, steps=PLAIN),
        Column(name="dead", title=Text("Tak terbaca", "Dead"), link=NODES_PAGE, steps=SOME),
        Column(name="quarantined", title=Text("Jam salah", "Wrong clock"), link=NODES_PAGE, steps=SOME),
        Column(name="evicted", title=Text("Terbuang", "Evicted"), link=NODES_PAGE, steps=((None, DARK), (1, RED))),
        Column(name="missing", title=Text("Hilang", "Missing"), link=NODES_PAGE, steps=((None, DARK), (1, YELLOW))),
    ]
    return factory.stat(
        Text("Buku pengiriman", "Ledger of deliveries"),
        Sql(sql),
        columns,
        size=(24, 4),
        sizes=(16, 32),
        about=Text("Apa yang dikirim perangkat ini dan apa jadinya.", "What this node sent, and what became of it."),
    )


def _reached(factory: PanelFactory) -> statetimeline.Panel:
    sql = f"""
        SELECT time, metric, value FROM (
            (SELECT greatest(at, $__timeFrom()::timestamptz) AS time, node_id AS metric, (state = 'online')::integer AS value
            FROM dashboards.node_state WHERE {_ONE} AND at <= $__timeFrom() ORDER BY at DESC LIMIT 1)
            UNION ALL SELECT at, node_id, (state = 'online')::integer FROM dashboards.node_state WHERE {_ONE} AND $__timeFilter(at)
            UNION ALL SELECT greatest(last_seen_at, $__timeFrom()::timestamptz), node_id, 2 FROM dashboards.node_now
            WHERE {_ONE} AND state = 'unknown'
            UNION ALL SELECT least(now(), $__timeTo()::timestamptz), node_id, CASE state WHEN 'online' THEN 1 WHEN 'offline' THEN 0 ELSE 2 END
            FROM dashboards.node_now WHERE {_ONE}
        ) AS state ORDER BY time"""
    return factory.timeline(
        Text("Sambungan", "Connection"),
        Sql(sql, format="time_series"),
        words.REACHED,
        size=(24, 4),
        about=Text(
            "Kapan perangkat ini tersambung; diam melebihi selangnya berarti tak diketahui.",
            "When this node was connected; silence beyond its interval is unknown.",
        ),
    )


def _streams(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(received_at, $__interval) AS time, stream AS metric, count(*) AS value FROM dashboards.node_message
        WHERE {_ONE} AND $__timeFilter(measured_at) GROUP BY 1, 2 ORDER BY 1, 2"""
    query = [Sql(sql, format="time_series")]
    title = Text("Pesan menurut jenis", "Messages by stream")
    return factory.series(
        title,
        query,
        unit="short",
        size=(12, 9),
        bars=True,
        columns=STREAMS,
        interval="15m",
        about=Text("Pesan perangkat ini menurut jenis.", "Messages of this node by stream."),
    )


def _node_lag(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(measured_at, $__interval) AS time, CASE WHEN late THEN 'late' ELSE 'on_time' END AS metric,
            max(lag_seconds) AS value
        FROM dashboards.node_message WHERE {_ONE} AND $__timeFilter(measured_at) GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [
        Column(name="late", title=Text("Susulan", "Late"), colour=PURPLE),
        Column(name="on_time", title=Text("Langsung", "As it came"), colour=GREEN),
    ]
    query = [Sql(sql, format="time_series")]
    title = Text("Dari ukur sampai terima, terlama", "From measuring to receiving, longest")
    return factory.series(
        title,
        query,
        unit=factory.translate(SECONDS),
        size=(12, 9),
        columns=columns,
        interval="15m",
        about=Text(
            "Selisih antara waktu ukur dan waktu terima, terlama.",
            "From the time of measuring to the time of receiving, longest.",
        ),
    )


def _its_cameras(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT camera_id, name, state, unknown_seconds, frames, dropped, inferred, reconnects, last_frame_at FROM dashboards.camera_now
        WHERE {_ONE} ORDER BY state = 'sees', name"""
    columns = [
        CAMERA_ID,
        CAMERA,
        Column(name="state", title=Text("Keadaan", "State"), words=words.CAMERA, cell="background", width=120),
        Column(name="unknown_seconds", title=Text("Sudah", "For"), spoken="duration"),
        Column(name="frames", title=Text("Bingkai", "Frames"), unit="short"),
        Column(name="dropped", title=Text("Dilewati", "Dropped"), unit="short"),
        Column(name="inferred", title=Text("Dilihat model", "Looked at"), unit="short"),
        Column(name="reconnects", title=Text("Sambung ulang", "Reconnects")),
        Column(name="last_frame_at", title=Text("Bingkai terakhir", "Last frame"), spoken="ago"),
    ]
    return factory.table(
        Text("Kameranya", "Its cameras"),
        Sql(sql),
        columns,
        size=(14, 8),
        about=Text("Kamera pada perangkat ini.", "The cameras of this node."),
    )


def _its_gauges(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT gauge_id, name, state, level_cm, quality, age_seconds FROM dashboards.gauge_now
        WHERE {_ONE} ORDER BY state, name"""
    columns = [
        GAUGE_ID,
        Column(name="name", title=Text("Pos pantau", "Gauge"), link=GAUGE_PAGE),
        Column(name="state", title=Text("Siaga", "Stage"), words=words.SIAGA, cell="background", width=110),
        Column(name="level_cm", title=Text("Tinggi", "Level"), unit="suffix:cm", decimals=0),
        Column(name="quality", title=Text("Mutu", "Quality"), words=words.QUALITY),
        Column(name="age_seconds", title=Text("Umur data", "Age"), spoken="duration"),
    ]
    return factory.table(
        Text("Pos pantaunya", "Its gauges"),
        Sql(sql),
        columns,
        size=(10, 8),
        about=Text("Pos pantau pada perangkat ini.", "The gauges of this node."),
    )


def _dead_letters_of_node(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT id, node_id, reason, times, last_at FROM dashboards.dead_letter WHERE {_ONE} ORDER BY last_at DESC LIMIT 30"""
    return factory.table(
        Text("Pesan gagalnya", "Its dead letters"),
        Sql(sql),
        DEAD_LETTERS,
        size=(24, 7),
        about=Text("Pesan perangkat ini yang tidak dapat dibaca.", "Messages of this node that could not be read."),
    )
