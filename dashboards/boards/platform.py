"""The platform itself: does everything arrive, in time, and is there room; and one node with all that is known of it."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard, stat, statetimeline, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_PLATFORM, Frame, board
from dashboards.boards.parts import Column, PanelFactory, Sql
from dashboards.boards.words import GREEN, ORANGE, PURPLE, RED, YELLOW, Text

PLATFORM = Frame(
    slug="platform", title=Text("Platform", "Platform"), folder=FOLDER_PLATFORM, since="now-24h", refresh="30s"
)
NODE = Frame(
    slug="node", title=Text("Satu perangkat", "One node"), folder=FOLDER_PLATFORM, since="now-24h", refresh="30s"
)
NODES: Final = "SELECT name AS __text, node_id AS __value FROM dashboards.node_now ORDER BY state = 'online', name"
_DARK: Final = ((None, "#3d4148"),)
_SOME: Final = ((None, GREEN), (1, ORANGE))


def platform(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of the platform."""
    made = board(factory, PLATFORM)
    made.with_panel(_arrivals(factory)).with_panel(_lost(factory)).with_panel(_waiting(factory)).with_panel(
        _database(factory)
    )
    made.with_panel(_rate(factory)).with_panel(_lag(factory)).with_panel(_missing(factory)).with_panel(
        _replicas(factory)
    )
    made.with_panel(_nodes(factory)).with_panel(_dead_letters(factory)).with_panel(_jobs(factory)).with_panel(
        _tables(factory)
    )
    return made.with_panel(_bytes(factory))


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


def _arrivals(factory: PanelFactory) -> stat.Panel:
    sql = """
        SELECT coalesce(sum(messages) FILTER (WHERE minute > now() - interval '10 minutes'), 0) / 600.0 AS per_second,
            (SELECT max(lag_p95_seconds) FROM dashboards.ingest_minute WHERE minute > now() - interval '10 minutes') AS lag_seconds,
            extract(epoch FROM now() - max(minute))::float8 AS silence_seconds
        FROM dashboards.ingest_minute WHERE minute > now() - interval '1 day'"""
    columns = [
        Column(name="per_second", title=Text("Pesan/detik", "Messages/s"), decimals=1, steps=_DARK),
        Column(name="lag_seconds", title=Text("Keterlambatan, 95 %", "Lag, 95 %"), unit="s",
               steps=((None, GREEN), (10, YELLOW), (60, RED))),
        Column(name="silence_seconds", title=Text("Menit terakhir", "Newest minute"), unit="dtdurations",
               steps=((None, GREEN), (240, YELLOW), (600, RED))),
    ]  # fmt: skip
    return factory.stat(Text("Penerimaan", "Ingest"), Sql(sql), columns, size=(6, 4))


def _lost(factory: PanelFactory) -> stat.Panel:
    sql = """
        SELECT (SELECT coalesce(sum(missing), 0) FROM dashboards.node_now) AS missing,
            (SELECT count(*) FROM dashboards.dead_letter WHERE replayed_at IS NULL) AS dead,
            (SELECT count(*) FROM dashboards.quarantine WHERE released_at IS NULL) AS quarantined,
            (SELECT coalesce(sum(evicted), 0) FROM dashboards.node_now) AS evicted"""
    columns = [
        Column(name="missing", title=Text("Hilang", "Missing"), steps=((None, GREEN), (1, YELLOW))),
        Column(name="dead", title=Text("Tak terbaca", "Dead letters"), steps=_SOME),
        Column(name="quarantined", title=Text("Jam salah", "Wrong clocks"), steps=_SOME),
        Column(
            name="evicted", title=Text("Terbuang di perangkat", "Evicted at nodes"), steps=((None, GREEN), (1, RED))
        ),
    ]
    return factory.stat(
        Text("Yang tidak sampai", "What did not arrive"), Sql(sql), columns, size=(7, 4),
        about=Text("Hilang: celah nomor urut yang belum terjelaskan; sebagian mungkin masih di jalan.",
                   "Missing: gaps in the sequence that nothing accounts for; some may be on their way."),
    )  # fmt: skip


def _waiting(factory: PanelFactory) -> stat.Panel:
    sql = """
        SELECT (SELECT coalesce(sum(n), 0) FROM dashboards.job WHERE status = 'todo') AS jobs,
            (SELECT coalesce(sum(n), 0) FROM dashboards.job WHERE status = 'failed') AS failed,
            (SELECT signals FROM dashboards.signal_waiting) AS signals, (SELECT hours FROM dashboards.rollup_waiting) AS hours,
            (SELECT tasks FROM dashboards.deadline_waiting) AS deadlines"""
    columns = [
        Column(name="jobs", title=Text("Pekerjaan", "Jobs"), steps=((None, GREEN), (500, YELLOW), (5000, RED))),
        Column(name="failed", title=Text("Gagal", "Failed"), steps=_SOME),
        Column(name="signals", title=Text("Sinyal", "Signals"), steps=((None, GREEN), (100, YELLOW), (1000, RED))),
        Column(
            name="hours", title=Text("Jam belum dijumlah", "Hours to add up"), steps=((None, GREEN), (5000, YELLOW))
        ),
        Column(
            name="deadlines",
            title=Text("Tenggat tugas", "Deadlines"),
            steps=((None, GREEN), (100, YELLOW), (1000, RED)),
        ),
    ]
    return factory.stat(Text("Yang menunggu", "What waits"), Sql(sql), columns, size=(6, 4))


def _database(factory: PanelFactory) -> stat.Panel:
    sql = """
        SELECT size_bytes, connections::float8 / most_connections AS connection_share, cache_share, replica_lag_seconds
        FROM dashboards.database"""
    columns = [
        Column(name="size_bytes", title=Text("Ukuran", "Size"), unit="bytes", decimals=1, steps=_DARK),
        Column(name="connection_share", title=Text("Sambungan", "Connections"), unit="percentunit", decimals=0,
               steps=((None, GREEN), (0.7, YELLOW), (0.9, RED))),
        Column(name="cache_share", title=Text("Dari memori", "From memory"), unit="percentunit", decimals=1,
               steps=((None, ORANGE), (0.95, GREEN))),
        Column(name="replica_lag_seconds", title=Text("Replika", "Replica lag"), unit="s",
               steps=((None, GREEN), (10, YELLOW), (60, RED))),
    ]  # fmt: skip
    return factory.stat(Text("Basis data", "Database"), Sql(sql), columns, size=(5, 4))


def _rate(factory: PanelFactory) -> timeseries.Panel:
    sql = """
        SELECT $__timeGroup(minute, $__interval) AS time, stream AS metric,
            sum(messages)::float8 / greatest(count(DISTINCT minute), 1) AS value
        FROM dashboards.ingest_minute WHERE $__timeFilter(minute) GROUP BY 1, 2 ORDER BY 1, 2"""
    title = Text("Pesan tiap menit menurut jenis", "Messages a minute by stream")
    return factory.series(title, [Sql(sql, format="time_series")], unit="short", size=(12, 9), bars=True, interval="5m")


def _lag(factory: PanelFactory) -> timeseries.Panel:
    sql = """
        SELECT $__timeGroup(minute, $__interval) AS time, stream AS metric, max(lag_p95_seconds) AS value
        FROM dashboards.ingest_minute WHERE $__timeFilter(minute) GROUP BY 1, 2 ORDER BY 1, 2"""
    return factory.series(
        Text("Dari ukur sampai terima, 95 %", "From measuring to receiving, 95 %"), [Sql(sql, format="time_series")],
        unit="s", size=(12, 9), interval="5m",
        about=Text("Tanpa pesan susulan sesudah putus sambungan.", "Without what was sent late after a break."),
    )  # fmt: skip


def _missing(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT node_id, name, state, missing, evicted, dead, quarantined, waiting, silence_seconds FROM dashboards.node_now
        ORDER BY missing + evicted DESC, silence_seconds DESC NULLS LAST LIMIT 50"""
    columns = [
        Column(name="node_id", title=Text("Perangkat", "Node"), link="/d/siaga-node?var-node=${__value.raw}"),
        Column(name="name", hidden=True),
        Column(name="state", title=Text("Keadaan", "State"), words=words.NODE, cell="background", width=110),
        Column(
            name="missing", title=Text("Hilang", "Missing"), cell="text", steps=((None, GREEN), (1, ORANGE)), width=80
        ),
        Column(
            name="evicted", title=Text("Terbuang", "Evicted"), cell="text", steps=((None, GREEN), (1, RED)), width=80
        ),
        Column(name="dead", title=Text("Tak terbaca", "Dead"), width=90),
        Column(name="quarantined", title=Text("Jam salah", "Clock"), width=80),
        Column(name="waiting", title=Text("Antre di perangkat", "Waiting there"), width=110),
        Column(name="silence_seconds", title=Text("Diam", "Silent for"), unit="dtdurations", width=120),
    ]
    return factory.table(Text("Yang hilang menurut perangkat", "Missing by node"), Sql(sql), columns, size=(14, 10))


def _replicas(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT replica, shards, silence_seconds FROM dashboards.ingest_replica
        UNION ALL SELECT '–', count(*), NULL FROM dashboards.shard WHERE NOT is_held HAVING count(*) > 0
        ORDER BY replica"""
    columns = [
        Column(name="replica", title=Text("Replika (– : tak seorang pun)", "Replica (–: nobody)")),
        Column(name="shards", title=Text("Bagian", "Shards"), width=90),
        Column(name="silence_seconds", title=Text("Tanda hidup", "Heartbeat"), unit="dtdurations", cell="text",
               steps=((None, GREEN), (30, RED)), width=120),
    ]  # fmt: skip
    return factory.table(
        Text("Penerima dan bagiannya", "Ingest replicas and their shards"), Sql(sql), columns, size=(10, 10)
    )


def _nodes(factory: PanelFactory) -> timeseries.Panel:
    sql = """
        SELECT $__timeGroup(at, $__interval) AS time, state AS metric, count(*) AS value FROM dashboards.node_state
        WHERE $__timeFilter(at) GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [Column(name=code, title=word.text, colour=word.colour) for code, word in words.NODE.items()]
    query = [Sql(sql, format="time_series")]
    title = Text("Perangkat yang datang dan pergi", "Nodes that came and went")
    return factory.series(title, query, unit="short", size=(10, 9), columns=columns, bars=True, interval="15m")


def _dead_letters(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT id, node_id, reason, times, last_at FROM dashboards.dead_letter WHERE replayed_at IS NULL
        ORDER BY last_at DESC LIMIT 50"""
    return factory.table(
        Text("Pesan gagal yang menunggu", "Dead letters that wait"), Sql(sql), _DEAD_LETTERS, size=(14, 9)
    )


_DEAD_LETTERS: Final = (
    Column(name="id", title=Text("Nomor", "Number"), width=80),
    Column(name="node_id", title=Text("Perangkat", "Node"), width=140),
    Column(name="reason", title=Text("Sebab", "Reason")),
    Column(name="times", title=Text("Kali", "Times"), width=70),
    Column(name="last_at", title=Text("Terakhir", "Last"), unit="dateTimeFromNow", width=140),
)


def _jobs(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT queue, task, status, n, oldest_seconds FROM dashboards.job WHERE status IN ('todo', 'doing', 'failed')
        ORDER BY status = 'failed' DESC, oldest_seconds DESC LIMIT 60"""
    columns = [
        Column(name="queue", title=Text("Antrean", "Queue"), width=110),
        Column(name="task", title=Text("Pekerjaan", "Job")),
        Column(name="status", title=Text("Keadaan", "Status"), width=90),
        Column(name="n", title=Text("Jumlah", "Number"), width=80),
        Column(name="oldest_seconds", title=Text("Tertua", "Oldest"), unit="dtdurations", cell="text",
               steps=((None, GREEN), (120, YELLOW), (600, RED)), width=130),
    ]  # fmt: skip
    return factory.table(Text("Pekerjaan", "Jobs"), Sql(sql), columns, size=(10, 9))


def _tables(factory: PanelFactory) -> table.Panel:
    sql = "SELECT name, size_bytes, rows, chunks FROM dashboards.table_size ORDER BY size_bytes DESC LIMIT 15"
    columns = [
        Column(name="name", title=Text("Tabel", "Table")),
        Column(name="size_bytes", title=Text("Ukuran", "Size"), unit="bytes", decimals=1, cell="gauge"),
        Column(name="rows", title=Text("Baris", "Rows"), unit="short", width=90),
        Column(name="chunks", title=Text("Potongan", "Chunks"), width=90),
    ]
    return factory.table(Text("Tabel terbesar", "Largest tables"), Sql(sql), columns, size=(7, 9))


def _bytes(factory: PanelFactory) -> timeseries.Panel:
    sql = """
        SELECT $__timeGroup(minute, $__interval) AS time, CASE kind WHEN 1 THEN 'late' ELSE 'on_time' END AS metric,
            sum(CASE kind WHEN 1 THEN late ELSE messages - late END) AS value
        FROM dashboards.ingest_minute CROSS JOIN (VALUES (0), (1)) AS kinds (kind)
        WHERE $__timeFilter(minute) GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [
        Column(name="late", title=Text("Susulan", "Late"), colour=PURPLE),
        Column(name="on_time", title=Text("Langsung", "As it came"), colour=GREEN),
    ]
    query = [Sql(sql, format="time_series")]
    title = Text("Susulan sesudah putus sambungan", "Late after breaks")
    return factory.series(title, query, unit="short", size=(7, 9), columns=columns, bars=True, interval="15m")


_ONE: Final = "node_id = ${node:sqlstring}"


def _condition(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT state, silence_seconds, uptime_seconds, cpu_share, temperature_c, rss_bytes, waiting, free_bytes, software
        FROM dashboards.node_now WHERE {_ONE}"""
    columns = [
        Column(name="state", title=Text("Keadaan", "State"), words=words.NODE),
        Column(name="silence_seconds", title=Text("Diam", "Silent for"), unit="dtdurations",
               steps=((None, GREEN), (120, YELLOW), (300, RED))),
        Column(name="uptime_seconds", title=Text("Hidup sejak", "Up for"), unit="dtdurations", steps=_DARK),
        Column(name="cpu_share", title=Text("Prosesor", "Processor"), unit="percentunit", decimals=0, steps=_DARK),
        Column(name="temperature_c", title=Text("Suhu", "Temperature"), unit="celsius", decimals=0,
               steps=((None, GREEN), (75, YELLOW), (90, RED))),
        Column(name="rss_bytes", title=Text("Memori", "Memory"), unit="bytes", decimals=0, steps=_DARK),
        Column(name="waiting", title=Text("Antre", "Waiting"), steps=((None, GREEN), (100, YELLOW), (1000, RED))),
        Column(name="free_bytes", title=Text("Sisa ruang", "Free disk"), unit="bytes", decimals=1,
               steps=((None, RED), (1e9, YELLOW), (4e9, GREEN))),
        Column(name="software", title=Text("Perangkat lunak", "Software"), steps=_DARK),
    ]  # fmt: skip
    return factory.stat(Text("Keadaan perangkat", "State of the node"), Sql(sql), columns, size=(24, 4))


def _ledger(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT received, stored, duplicate, dead, quarantined, evicted, missing FROM dashboards.node_now WHERE {_ONE}"""
    columns = [
        Column(name="received", title=Text("Diterima", "Received"), steps=_DARK),
        Column(name="stored", title=Text("Disimpan", "Stored"), steps=_DARK),
        Column(name="duplicate", title=Text("Ganda", "Duplicate"), steps=_DARK),
        Column(name="dead", title=Text("Tak terbaca", "Dead"), steps=_SOME),
        Column(name="quarantined", title=Text("Jam salah", "Wrong clock"), steps=_SOME),
        Column(name="evicted", title=Text("Terbuang", "Evicted"), steps=((None, GREEN), (1, RED))),
        Column(name="missing", title=Text("Hilang", "Missing"), steps=((None, GREEN), (1, YELLOW))),
    ]
    return factory.stat(Text("Buku pengiriman", "Ledger of deliveries"), Sql(sql), columns, size=(24, 4))


def _reached(factory: PanelFactory) -> statetimeline.Panel:
    sql = f"""
        SELECT time, metric, value FROM (
            (SELECT greatest(at, $__timeFrom()::timestamptz) AS time, node_id AS metric, (state = 'online')::integer AS value
            FROM dashboards.node_state WHERE {_ONE} AND at <= $__timeFrom() ORDER BY at DESC LIMIT 1)
            UNION ALL SELECT at, node_id, (state = 'online')::integer FROM dashboards.node_state WHERE {_ONE} AND $__timeFilter(at)
        ) AS told ORDER BY time"""
    return factory.timeline(
        Text("Sambungan", "Connection"), Sql(sql, format="time_series"), words.REACHED, size=(24, 4)
    )


def _streams(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(received_at, $__interval) AS time, stream AS metric, count(*) AS value FROM dashboards.node_message
        WHERE {_ONE} AND $__timeFilter(measured_at) GROUP BY 1, 2 ORDER BY 1, 2"""
    query = [Sql(sql, format="time_series")]
    title = Text("Pesan menurut jenis", "Messages by stream")
    return factory.series(title, query, unit="short", size=(12, 9), bars=True, interval="15m")


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
    return factory.series(title, query, unit="s", size=(12, 9), columns=columns, interval="15m")


def _its_cameras(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT name, state, unknown_seconds, frames, dropped, inferred, reconnects, last_frame_at FROM dashboards.camera_now
        WHERE {_ONE} ORDER BY state = 'sees', name"""
    columns = [
        Column(name="name", title=Text("Kamera", "Camera")),
        Column(name="state", title=Text("Keadaan", "State"), words=words.CAMERA, cell="background", width=120),
        Column(name="unknown_seconds", title=Text("Sudah", "For"), unit="dtdurations"),
        Column(name="frames", title=Text("Bingkai", "Frames"), unit="short"),
        Column(name="dropped", title=Text("Dilewati", "Dropped"), unit="short"),
        Column(name="inferred", title=Text("Dilihat model", "Looked at"), unit="short"),
        Column(name="reconnects", title=Text("Sambung ulang", "Reconnects")),
        Column(name="last_frame_at", title=Text("Bingkai terakhir", "Last frame"), unit="dateTimeFromNow"),
    ]
    return factory.table(Text("Kameranya", "Its cameras"), Sql(sql), columns, size=(14, 8))


def _its_gauges(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT name, state, level_cm, quality, age_seconds FROM dashboards.gauge_now
        WHERE {_ONE} ORDER BY state, name"""
    columns = [
        Column(name="name", title=Text("Pos pantau", "Gauge")),
        Column(name="state", title=Text("Siaga", "Stage"), words=words.SIAGA, cell="background", width=110),
        Column(name="level_cm", title=Text("Tinggi", "Level"), unit="lengthcm", decimals=0),
        Column(name="quality", title=Text("Mutu", "Quality")),
        Column(name="age_seconds", title=Text("Umur data", "Age"), unit="dtdurations"),
    ]
    return factory.table(Text("Pos pantaunya", "Its gauges"), Sql(sql), columns, size=(10, 8))


def _dead_letters_of_node(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT id, node_id, reason, times, last_at FROM dashboards.dead_letter WHERE {_ONE} ORDER BY last_at DESC LIMIT 30"""
    return factory.table(Text("Pesan gagalnya", "Its dead letters"), Sql(sql), _DEAD_LETTERS, size=(24, 7))
