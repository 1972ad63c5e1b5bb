"""What the water does, in one sentence."""

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
