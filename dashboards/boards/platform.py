"""The platform itself: does everything arrive, in time, and is there room."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard, stat, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_PLATFORM, Frame, board, panel_of, rule_of, uid_of
from dashboards.boards.fields import LONG, Column, Sql
from dashboards.boards.parts import PanelFactory
from dashboards.boards.words import DARK, GREEN, ORANGE, PURPLE, RED, YELLOW, Text

PLATFORM = Frame(
    slug="platform", title=Text("Platform", "The platform"), folder=FOLDER_PLATFORM, since="now-24h", refresh="30s"
)
STREAMS: Final = tuple(Column(name=code, title=word.text, colour=word.colour) for code, word in words.STREAM.items())
SECONDS: Final = Text("suffix:dtk", "suffix:s")
DEAD_LETTERS_PAGE: Final = "${siaga}/admin/dead-letters"
RATE: Final = Text("Pesan tiap menit menurut jenis", "Messages a minute by stream")
LAG: Final = Text("Dari ukur sampai terima, 95 %", "From measuring to receiving, 95 %")
REPLICAS: Final = Text("Penerima dan bagiannya", "Ingest replicas and their shards")
MISSING: Final = Text("Yang hilang menurut perangkat", "Missing by node")
JOBS: Final = Text("Pekerjaan menurut antrean", "Jobs by queue")
TABLES: Final = Text("Tabel terbesar", "Largest tables")
DATABASE: Final = Text("Basis data", "Database")
PLAIN: Final = ((None, DARK),)
SOME: Final = ((None, DARK), (1, ORANGE))


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


def _panel(title: Text, factory: PanelFactory) -> str:
    return panel_of(PLATFORM.slug, title, factory)


def _arrivals(factory: PanelFactory) -> stat.Panel:
    sql = """
        SELECT coalesce(sum(messages) FILTER (WHERE minute > now() - interval '10 minutes'), 0) / 600.0 AS per_second,
            (SELECT max(lag_p95_seconds) FROM dashboards.ingest_minute WHERE minute > now() - interval '10 minutes') AS lag_seconds,
            extract(epoch FROM now() - max(minute))::float8 AS silence_seconds
        FROM dashboards.ingest_minute WHERE minute > now() - interval '1 day'"""
    columns = [
        Column(name="per_second", title=Text("Pesan/detik", "Messages/s"), decimals=1, steps=PLAIN, link=_panel(RATE, factory)),
        Column(name="lag_seconds", title=Text("Terlambat", "Lag, 95 %"), spoken="duration", patterns=LONG, link=_panel(LAG, factory)),
        Column(name="silence_seconds", title=Text("Menit terakhir", "Newest minute"), spoken="duration", patterns=LONG,
               link=_panel(REPLICAS, factory)),
    ]  # fmt: skip
    return factory.stat(
        Text("Penerimaan", "Ingest"),
        Sql(sql),
        columns,
        size=(12, 4),
        about=Text(
            "Pesan yang diterima dalam 10 menit dan keterlambatannya. Bila diam: periksa penerima dan broker.",
            "Messages received in 10 minutes, and their lag. If silent: check ingest and the broker.",
        ),
    )


def _lost(factory: PanelFactory) -> stat.Panel:
    sql = """
        SELECT (SELECT coalesce(sum(missing), 0) FROM dashboards.node_now) AS missing,
            (SELECT count(*) FROM dashboards.dead_letter WHERE replayed_at IS NULL) AS dead,
            (SELECT count(*) FROM dashboards.quarantine WHERE released_at IS NULL) AS quarantined,
            (SELECT coalesce(sum(evicted), 0) FROM dashboards.node_now) AS evicted"""
    columns = [
        Column(name="missing", title=Text("Hilang", "Missing"), steps=((None, DARK), (1, YELLOW)), link=_panel(MISSING, factory)),
        Column(name="dead", title=Text("Tak terbaca", "Dead letters"), steps=SOME, link=DEAD_LETTERS_PAGE),
        Column(name="quarantined", title=Text("Jam salah", "Wrong clocks"), steps=SOME, link=_panel(MISSING, factory)),
        Column(name="evicted", title=Text("Terbuang", "Evicted"), steps=((None, DARK), (1, RED)), link=_panel(MISSING, factory)),
    ]  # fmt: skip
    return factory.stat(
        Text("Yang tidak sampai", "What did not arrive"), Sql(sql), columns, size=(12, 4),
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
        Column(name="jobs", title=Text("Pekerjaan", "Jobs"), steps=((None, DARK), (500, YELLOW), (5000, RED)), link=_panel(JOBS, factory)),
        Column(name="failed", title=Text("Gagal", "Failed"), steps=SOME, link=_panel(JOBS, factory)),
        Column(name="signals", title=Text("Sinyal", "Signals"), steps=((None, DARK), (100, YELLOW), (1000, RED)),
               link=rule_of("siaga-signals-wait")),
        Column(name="hours", title=Text("Jam", "Hours"), steps=((None, DARK), (5000, YELLOW)), link=rule_of("siaga-rollups-behind")),
        Column(name="deadlines", title=Text("Tenggat", "Deadlines"), steps=((None, DARK), (100, YELLOW), (1000, RED)),
               link=rule_of("siaga-deadlines-stuck")),
    ]  # fmt: skip
    return factory.stat(
        Text("Yang menunggu", "What waits"),
        Sql(sql),
        columns,
        size=(12, 4),
        about=Text(
            "Yang belum dikerjakan. Bila terus naik, pekerja mati atau terlalu sibuk.",
            "What was not processed. If it grows, the worker is gone or overloaded.",
        ),
    )


def _database(factory: PanelFactory) -> stat.Panel:
    sql = """
        SELECT size_bytes, connections::float8 / most_connections AS connection_share, cache_share, replica_lag_seconds
        FROM dashboards.database"""
    columns = [
        Column(name="size_bytes", title=Text("Ukuran", "Size"), unit="bytes", decimals=1, steps=PLAIN, link=_panel(TABLES, factory)),
        Column(name="connection_share", title=Text("Sambungan", "Connections"), unit="percentunit", decimals=0,
               steps=((None, DARK), (0.7, YELLOW), (0.9, RED)), link=rule_of("siaga-connections-full")),
        Column(name="cache_share", title=Text("Memori", "Cached"), unit="percentunit", decimals=1,
               steps=((None, ORANGE), (0.95, DARK)), link=_panel(TABLES, factory)),
        Column(name="replica_lag_seconds", title=Text("Replika", "Replica lag"), spoken="duration", patterns=LONG,
               link=rule_of("siaga-replica-behind")),
    ]  # fmt: skip
    return factory.stat(
        DATABASE,
        Sql(sql),
        columns,
        size=(12, 4),
        about=Text(
            "Ukuran, sambungan, cache dan keterlambatan replika basis data.",
            "Size, connections, cache and replica lag of the database.",
        ),
    )


def _rate(factory: PanelFactory) -> timeseries.Panel:
    sql = """
        SELECT $__timeGroup(minute, $__interval) AS time, stream AS metric,
            sum(messages)::float8 / greatest(count(DISTINCT minute), 1) AS value
        FROM dashboards.ingest_minute WHERE $__timeFilter(minute) GROUP BY 1, 2 ORDER BY 1, 2"""
    title = RATE
    return factory.series(
        title,
        [Sql(sql, format="time_series")],
        unit="short",
        size=(12, 9),
        bars=True,
        columns=STREAMS,
        interval="5m",
        about=Text(
            "Pesan yang diterima tiap menit. Jenis yang hilang berarti perangkat diam.",
            "Messages received each minute. A missing stream means silent nodes.",
        ),
    )


def _lag(factory: PanelFactory) -> timeseries.Panel:
    sql = """
        SELECT $__timeGroup(minute, $__interval) AS time, stream AS metric, max(lag_p95_seconds) AS value
        FROM dashboards.ingest_minute WHERE $__timeFilter(minute) GROUP BY 1, 2 ORDER BY 1, 2"""
    return factory.series(
        LAG, [Sql(sql, format="time_series")],
        unit=factory.translate(SECONDS), size=(12, 9), columns=STREAMS, interval="5m",
        about=Text("Tanpa pesan susulan sesudah putus sambungan.", "Without what was sent late after a break."),
    )  # fmt: skip


def _missing(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT node_id, name, state, missing, evicted, dead, quarantined, waiting, silence_seconds FROM dashboards.node_now
        ORDER BY missing + evicted DESC, silence_seconds DESC NULLS LAST LIMIT 50"""
    columns = [
        Column(
            name="node_id",
            title=Text("Perangkat", "Node"),
            link=f"/d/{uid_of('node', factory)}?var-node=${{__value.raw}}",
        ),
        Column(name="name", hidden=True),
        Column(name="state", title=Text("Keadaan", "State"), words=words.NODE, cell="background", width=110),
        Column(
            name="missing", title=Text("Hilang", "Missing"), cell="text", steps=((None, DARK), (1, ORANGE)), width=80
        ),
        Column(
            name="evicted", title=Text("Terbuang", "Evicted"), cell="text", steps=((None, DARK), (1, RED)), width=80
        ),
        Column(name="dead", title=Text("Tak terbaca", "Dead"), width=105),
        Column(name="quarantined", title=Text("Jam salah", "Clock"), width=95),
        Column(name="waiting", title=Text("Antre", "Queued"), width=80),
        Column(
            name="silence_seconds",
            title=Text("Diam", "Silent for"),
            spoken="duration",
            patterns=LONG,
            cell="text",
            width=120,
        ),
    ]
    return factory.table(
        MISSING,
        Sql(sql),
        columns,
        size=(14, 10),
        about=Text(
            "Perangkat dengan celah nomor urut dulu. Tekan perangkat untuk rinciannya.",
            "Nodes with gaps in the sequence first. Press a node for its details.",
        ),
    )


def _replicas(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT replica, shards, silence_seconds FROM dashboards.ingest_replica
        UNION ALL SELECT '–', count(*), NULL FROM dashboards.shard WHERE NOT is_held HAVING count(*) > 0
        ORDER BY replica"""
    columns = [
        Column(name="replica", title=Text("Replika (– : tak seorang pun)", "Replica (–: nobody)"), link=rule_of("siaga-shards-free")),
        Column(name="shards", title=Text("Bagian", "Shards"), width=90),
        Column(name="silence_seconds", title=Text("Tanda hidup", "Heartbeat"), spoken="duration", patterns=LONG, cell="text", width=120),
    ]  # fmt: skip
    return factory.table(
        REPLICAS,
        Sql(sql),
        columns,
        size=(10, 10),
        about=Text(
            "Siapa memegang bagian mana. Bagian tanpa replika tidak diterima siapa pun.",
            "Who holds which shards. A shard without a replica is received by nobody.",
        ),
    )


def _nodes(factory: PanelFactory) -> timeseries.Panel:
    sql = """
        SELECT $__timeGroup(at, $__interval) AS time, state AS metric, count(*) AS value FROM dashboards.node_state
        WHERE $__timeFilter(at) GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [Column(name=code, title=word.text, colour=word.colour) for code, word in words.NODE.items()]
    query = [Sql(sql, format="time_series")]
    title = Text("Perangkat yang datang dan pergi", "Nodes that came and went")
    return factory.series(
        title,
        query,
        unit="short",
        size=(10, 9),
        columns=columns,
        bars=True,
        interval="15m",
        about=Text("Berapa kali perangkat tersambung dan terputus.", "How often nodes connected and disconnected."),
    )


def _dead_letters(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT id, node_id, reason, times, last_at FROM dashboards.dead_letter WHERE replayed_at IS NULL
        ORDER BY last_at DESC LIMIT 50"""
    return factory.table(
        Text("Pesan gagal yang menunggu", "Dead letters that wait"),
        Sql(sql),
        DEAD_LETTERS,
        size=(14, 9),
        about=Text(
            "Pesan yang tidak dapat dibaca, dengan sebabnya. Lihat runbook.",
            "Messages that could not be read, with the reason. See the runbook.",
        ),
    )


DEAD_LETTERS: Final = (
    Column(name="id", title=Text("Nomor", "Number"), width=80, link=DEAD_LETTERS_PAGE),
    Column(name="node_id", title=Text("Perangkat", "Node"), width=140),
    Column(name="reason", title=Text("Sebab", "Reason")),
    Column(name="times", title=Text("Kali", "Times"), width=70),
    Column(name="last_at", title=Text("Terakhir", "Last"), spoken="ago", width=140),
)


def _jobs(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT queue, task, status, n, oldest_seconds FROM dashboards.job WHERE status IN ('todo', 'doing', 'failed')
        ORDER BY status = 'failed' DESC, oldest_seconds DESC LIMIT 60"""
    columns = [
        Column(name="queue", title=Text("Antrean", "Queue"), width=110),
        Column(name="task", title=Text("Pekerjaan", "Job"), link=rule_of("siaga-jobs-wait")),
        Column(name="status", title=Text("Keadaan", "Status"), words=words.JOB, width=100),
        Column(name="n", title=Text("Jumlah", "Number"), width=80),
        Column(name="oldest_seconds", title=Text("Tertua", "Oldest"), spoken="duration", patterns=LONG, cell="text", width=130),
    ]  # fmt: skip
    return factory.table(
        JOBS,
        Sql(sql),
        columns,
        size=(10, 9),
        about=Text(
            "Pekerjaan yang gagal dulu, lalu yang menunggu paling lama.",
            "Failed jobs first, then those that wait for longest.",
        ),
    )


def _tables(factory: PanelFactory) -> table.Panel:
    sql = "SELECT name, size_bytes, rows, chunks FROM dashboards.table_size ORDER BY size_bytes DESC LIMIT 15"
    columns = [
        Column(name="name", title=Text("Tabel", "Table"), link=_panel(DATABASE, factory)),
        Column(name="size_bytes", title=Text("Ukuran", "Size"), unit="bytes", decimals=1, width=110),
        Column(name="rows", title=Text("Baris", "Rows"), unit="short", width=90),
        Column(name="chunks", title=Text("Potongan", "Chunks"), width=90),
    ]
    return factory.table(
        TABLES,
        Sql(sql),
        columns,
        size=(7, 9),
        about=Text("Tabel terbesar dengan indeks dan potongannya.", "The largest tables with indexes and chunks."),
    )


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
    return factory.series(
        title,
        query,
        unit="short",
        size=(7, 9),
        columns=columns,
        bars=True,
        interval="15m",
        about=Text(
            "Pesan yang dikirim ulang sesudah putus sambungan, di samping yang langsung.",
            "Messages sent again after a break, beside those that came at once.",
        ),
    )
