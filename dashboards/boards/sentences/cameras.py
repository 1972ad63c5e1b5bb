"""What the cameras see, in one sentence."""

from __future__ import annotations

from typing import Final

from dashboards.boards.fields import Sql
from dashboards.boards.filters import in_area
from dashboards.boards.parts import PanelFactory
from dashboards.boards.words import GREEN, PURPLE, Text

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
