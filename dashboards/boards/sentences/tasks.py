"""How the tasks stand, in one sentence."""

from __future__ import annotations

from typing import Final

from dashboards.boards.fields import Sql
from dashboards.boards.filters import in_area
from dashboards.boards.parts import PanelFactory
from dashboards.boards.words import GREEN, ORANGE, PURPLE, Text

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
