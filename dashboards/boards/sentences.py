"""What is going on, in one sentence each: SQL that forms the top strip of a wall in the language of the board."""

from __future__ import annotations

from typing import Final

from dashboards.boards.fields import Sql
from dashboards.boards.filters import in_area
from dashboards.boards.parts import PanelFactory
from dashboards.boards.words import GREEN, OCHRE, ORANGE, PURPLE, RED, Text

# How a sentence begins, and what colour that is. Calm is what all gauges are known to be; unknown is never calm.
WATER_COLOURS: Final = (
    ("SIAGA 1", RED),
    ("SIAGA 2", ORANGE),
    ("SIAGA 3", OCHRE),
    ("TERGENANG|FLOODED", RED),
    ("TAK DIKETAHUI|UNKNOWN", PURPLE),
    ("AMAN|CALM", GREEN),
)
_FLOODED: Final = Text("kelurahan tergenang", "subdistricts under water")
_UNKNOWN: Final = Text("pos tak diketahui", "gauges unknown")


def water_sentence(factory: PanelFactory) -> Sql:
    """The worst stage with two of its gauges, the flooded subdistricts and the unknown gauges."""
    word = factory.translate
    sql = f"""
        WITH gauge AS (SELECT name, urgency, state FROM dashboards.gauge_now WHERE {in_area()}),
        sums AS (SELECT count(*) AS n, count(*) FILTER (WHERE state = 0) AS unknown, min(state) FILTER (WHERE state > 0) AS worst,
            (SELECT count(*) FROM dashboards.flood_state_now WHERE state > 1 AND {in_area()}) AS flooded FROM gauge),
        worst AS (SELECT name, row_number() OVER (ORDER BY urgency) AS place FROM gauge JOIN sums ON gauge.state = sums.worst)
        SELECT CASE
            WHEN sums.worst < 4 THEN 'SIAGA ' || sums.worst || '  '
                || (SELECT string_agg(name, ', ' ORDER BY place) FROM worst WHERE place <= 2)
                || CASE WHEN (SELECT count(*) FROM worst) > 2 THEN ' +' || ((SELECT count(*) FROM worst) - 2) ELSE '' END
                || CASE WHEN sums.flooded > 0 THEN '  ·  ' || sums.flooded || ' {word(_FLOODED)}' ELSE '' END
                || CASE WHEN sums.unknown > 0 THEN '  ·  ' || sums.unknown || ' {word(_UNKNOWN)}' ELSE '' END
            WHEN sums.flooded > 0 THEN '{word(Text("TERGENANG", "FLOODED"))}  ' || sums.flooded || ' {word(_FLOODED)}'
                || CASE WHEN sums.unknown > 0 THEN '  ·  ' || sums.unknown || ' {word(_UNKNOWN)}' ELSE '' END
            WHEN sums.unknown > 0 OR sums.n = 0 THEN '{word(Text("TAK DIKETAHUI", "UNKNOWN"))}  ' || sums.unknown
                || '{word(Text(" dari ", " of "))}' || sums.n || '{word(Text(" pos", " gauges"))}'
                || CASE WHEN sums.worst = 4 THEN '{word(Text(" · yang lain Siaga 4", " · the others Siaga 4"))}' ELSE '' END
            ELSE '{word(Text("AMAN  semua ", "CALM  all "))}' || sums.n || '{word(Text(" pos Siaga 4", " gauges at Siaga 4"))}'
            END AS strip FROM sums"""
    return Sql(sql)


TASK_COLOURS: Final = (("[1-9]", ORANGE), ("0 ", GREEN), ("TIDAK ADA|NO ", PURPLE))


def task_sentence(factory: PanelFactory) -> Sql:
    """Overdue of the open tasks, what was finished in a week, and who is overdue most often."""
    word = factory.translate
    sql = f"""
        WITH open AS (SELECT count(*) AS n, count(*) FILTER (WHERE is_overdue) AS overdue FROM dashboards.task_open WHERE {in_area()}),
        done AS (SELECT count(*) FILTER (WHERE state IN ('resolved', 'verified')) AS n FROM dashboards.task_fact
            WHERE created_at > now() - interval '7 days' AND {in_area()}),
        worst AS (SELECT agency.name, round(100.0 * count(*) FILTER (WHERE fact.is_overdue) / count(*)) AS share
            FROM dashboards.task_fact AS fact JOIN dashboards.agency AS agency USING (agency_id)
            WHERE fact.created_at > now() - interval '30 days' AND fact.state <> 'dismissed' AND {in_area("fact.area_id")}
            GROUP BY 1 HAVING count(*) >= 10 AND count(*) FILTER (WHERE fact.is_overdue) > 0 ORDER BY 2 DESC LIMIT 1)
        SELECT CASE WHEN open.n = 0 AND done.n = 0 THEN '{word(Text("TIDAK ADA tugas", "NO tasks"))}'
            ELSE open.overdue || '{word(Text(" dari ", " of "))}' || open.n
                || '{word(Text(" tugas terbuka LEWAT TENGGAT", " open tasks OVERDUE"))}'
                || '{word(Text("  ·  dari yang dibuat 7 hari ini ", "  ·  of those made in 7 days "))}' || done.n
                || '{word(Text(" selesai", " resolved"))}'
                || coalesce((SELECT '  ·  {word(Text("tersering", "most often"))}: ' || name || ' ' || share || ' %' FROM worst), '')
            END AS strip FROM open, done"""
    return Sql(sql)


CAMERA_COLOURS: Final = (("TIDAK MELIHAT|BLIND", PURPLE), ("SEMUA|ALL", GREEN), ("TAK DIKETAHUI|UNKNOWN", PURPLE))


def camera_sentence(factory: PanelFactory) -> Sql:
    """How many cameras do not see, of how many, and for how long the longest of them."""
    word = factory.translate
    sql = f"""
        WITH sums AS (SELECT count(*) AS n, count(*) FILTER (WHERE state <> 'sees') AS blind, max(unknown_seconds) AS longest,
            (SELECT name FROM dashboards.camera_now WHERE state = 'unknown' AND {in_area()} ORDER BY unknown_seconds DESC LIMIT 1) AS name
            FROM dashboards.camera_now WHERE {in_area()})
        SELECT CASE WHEN n = 0 THEN '{word(Text("TAK DIKETAHUI  tidak ada kamera", "UNKNOWN  no cameras"))}'
            WHEN blind = 0 THEN '{word(Text("SEMUA  ", "ALL  "))}' || n || '{word(Text(" kamera melihat", " cameras see"))}'
            ELSE '{word(Text("TIDAK MELIHAT  ", "BLIND  "))}' || blind || '{word(Text(" dari ", " of "))}' || n || '{word(Text(" kamera", " cameras"))}'
                || coalesce('{word(Text("  ·  terlama ", "  ·  longest "))}' || name || ', ' || {factory.duration("longest")}, '')
            END AS strip FROM sums"""
    return Sql(sql)


CITIZEN_COLOURS: Final = (
    ("MENUNGGU|WAITING", ORANGE),
    ("RAMAI|BUSY", OCHRE),
    ("BIASA|USUAL", GREEN),
    ("SEPI|QUIET", PURPLE),
)


def citizen_sentence(factory: PanelFactory) -> Sql:
    """What waits for an operator, else reports of a day beside the usual day; none at all is no good news."""
    word = factory.translate
    sql = f"""
        WITH day AS (SELECT count(*) FILTER (WHERE received_at > now() - interval '24 hours') AS n,
            count(*) FILTER (WHERE received_at <= now() - interval '24 hours') / 28.0 AS usual
            FROM dashboards.report WHERE received_at > now() - interval '29 days' AND {in_area()}),
        waiting AS (SELECT count(*) AS n, max(age_seconds) AS longest FROM dashboards.inbox_waiting WHERE age_seconds > 1800)
        SELECT CASE WHEN waiting.n > 0 THEN '{word(Text("MENUNGGU  ", "WAITING  "))}' || waiting.n
                || '{word(Text(" pesan lebih dari 30 mnt, terlama ", " messages over 30 min, longest "))}' || {factory.duration("waiting.longest")} || '  ·  '
            WHEN day.n = 0 THEN '{word(Text("SEPI  ", "QUIET  "))}'
            WHEN day.n > 1.5 * day.usual THEN '{word(Text("RAMAI  ", "BUSY  "))}' ELSE '{word(Text("BIASA  ", "USUAL  "))}' END
            || day.n || '{word(Text(" laporan dalam 24 jam, biasanya ", " reports in 24 hours, usually "))}' || round(day.usual) AS strip
        FROM day, waiting"""
    return Sql(sql)
