"""Pieces of SQL: the chosen area or agency, the running day and week, and how many rows a panel has room for."""

from __future__ import annotations

from typing import Final

from dashboards.boards.words import CITY_ZONE

ALL: Final = "*"
# Where a reader looks at a wall there is no mouse: rows must end where the panel does.
_ROW, _GAP, _FRAME, _TITLE, _HEADER, _LINE = 38, 8, 18, 32, 36, 36
# When the running day and week began in the city, computed once a query; a bin of days counts from there.
TODAY: Final = f"(SELECT date_trunc('day', now(), '{CITY_ZONE}'))"
THIS_WEEK: Final = f"(SELECT date_trunc('week', now(), '{CITY_ZONE}'))"


def in_area(column: str = "area_id") -> str:
    """SQL: the chosen area or one within it."""
    within = "SELECT area_id FROM dashboards.area_scope WHERE within_id = ${area:sqlstring}"
    return f"(${{area:sqlstring}} = '{ALL}' OR {column} IN ({within}))"


def chosen(variable: str, column: str) -> str:
    """SQL: what a variable chose, or all."""
    return f"(${{{variable}:sqlstring}} = '{ALL}' OR {column} = ${{{variable}:sqlstring}})"


def rows_that_fit(height: int) -> int:
    """How many rows a table of this height shows in full (dashboards/check measures the same)."""
    return (height * _ROW - _GAP - _FRAME - _TITLE - _HEADER) // _LINE


AREAS: Final = (
    "SELECT CASE level WHEN 'kecamatan' THEN '– ' WHEN 'kelurahan' THEN '– – ' ELSE '' END || name AS __text,"
    " area_id AS __value FROM dashboards.area WHERE level IN ('city', 'kecamatan', 'kelurahan') ORDER BY area_id"
)
AGENCIES: Final = "SELECT name AS __text, agency_id AS __value FROM dashboards.agency ORDER BY name"
