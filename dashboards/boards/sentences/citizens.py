"""What citizens report, and whether they are answered, in one sentence."""

from __future__ import annotations

from typing import Final

from dashboards.boards.fields import Sql
from dashboards.boards.filters import in_area
from dashboards.boards.parts import PanelFactory
from dashboards.boards.words import GREEN, OCHRE, ORANGE, PURPLE, Text

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
