"""What the queries of every board answer on a database, in the form that the drawing side reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboards.boards.queries import Range, expand, panel_query
from dashboards.query_times import as_grafana, column_kind, first_choices

_TYPES = {datetime: "time", int: "number", float: "number", bool: "boolean"}


def boards(folder: Path) -> list[dict[str, Any]]:
    """The built boards of both languages."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("dashboards/*/*.json"))]


def answers(url: str, dashboards: list[dict[str, Any]]) -> dict[str, dict[int, list[dict[str, Any]]]]:
    """To each board, to each panel, the answers of its queries."""
    with as_grafana(url) as conn:
        return {board["uid"]: _of_board(conn, board) for board in dashboards}


def proper_names(url: str) -> list[str]:
    """What places, agencies, gauges, cameras and nodes are called: alike in both languages."""
    views = ("area", "agency", "gauge_now", "camera_now", "node_now")
    with as_grafana(url) as conn:
        sql = " UNION ".join(f"SELECT name FROM dashboards.{view}" for view in views)  # noqa: S608 - the names above
        return [row[0] for row in conn.execute(sql.encode())]


def _of_board(conn: Any, board: Mapping[str, Any]) -> dict[int, list[dict[str, Any]]]:
    chosen = first_choices(conn, board)
    found: dict[int, list[dict[str, Any]]] = {panel["id"]: [] for panel in board["panels"]}
    now = datetime.now(UTC)
    for one in panel_query(board):
        if one.kind == "variable":
            continue
        sql = expand(one.sql, Range(start=now - one.span, end=now + one.ahead), one.interval, chosen)
        cursor = conn.execute(sql.encode())
        columns = [
            {"name": column.name, "type": _TYPES.get(column_kind(conn, column.type_code), "string")}
            for column in cursor.description or ()
        ]
        rows = [[_plain(value) for value in row] for row in cursor.fetchall()]
        found[one.panel_json["id"]].append({"ref": one.config["refId"], "columns": columns, "rows": rows})
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return float(value) if hasattr(value, "as_tuple") else str(value)
