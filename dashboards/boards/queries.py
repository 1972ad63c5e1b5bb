"""What Grafana sends to the database: every query of a built dashboard, with its macros and variables expanded.

The macros are those of Grafana's PostgreSQL data source with `timescaledb: true` (macros.go of
grafana-postgresql-datasource): the same names, the same regular expression, so that an argument with a closing bracket
in it breaks here as it would there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

MACRO: Final = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
VARIABLE: Final = re.compile(r"\$\{([a-zA-Z][a-zA-Z0-9_]*)(?::([a-z]+))?\}")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# What Grafana rounds an interval to (rangeutil.roundInterval), in seconds.
_ROUND: Final = (10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800)
_SENTENCE: Final = ["strip"]  # the one text that a tile shows alone
DASHBOARD_PIXELS: Final = 1920
COLUMNS: Final = 24


class MacroError(ValueError):
    """A query that Grafana could not expand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelQuery:
    """One query and the panel that sends it (`kind`: its type, `variable` for the choices of a variable)."""

    dashboard: str
    panel: str
    kind: str
    sql: str
    format: str
    span: timedelta
    ahead: timedelta
    interval: str
    config: Mapping[str, Any]
    panel_json: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The time that a dashboard shows."""

    start: datetime
    end: datetime


def panel_query(dashboard: Mapping[str, Any]) -> Iterator[PanelQuery]:
    """Every query of a dashboard's JSON: of its panels, and of its variables."""
    now = {"dashboard": dashboard["uid"]}
    span, ahead = span_of(dashboard["time"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield PanelQuery(
                panel=f"${variable['name']}", kind="variable", sql=variable["query"], format="table", span=span, ahead=ahead,
                interval="1m", config={}, panel_json=variable, **now,
            )  # fmt: skip
    for panel in dashboard["panels"]:
        of_panel = (seconds_of(panel["timeFrom"]), timedelta(0)) if panel.get("timeFrom") else (span, ahead)
        for target in panel.get("targets", ()):
            yield PanelQuery(
                panel=panel["title"], kind=panel["type"], sql=target["rawSql"], format=target["format"],
                span=of_panel[0], ahead=of_panel[1], interval=_interval(panel, sum(of_panel, timedelta(0))),
                config=target, panel_json=panel, **now,
            )  # fmt: skip


def span_of(time: Mapping[str, str]) -> tuple[timedelta, timedelta]:
    """How far back and how far ahead of now."""
    back = seconds_of(time["from"].removeprefix("now-"))
    ahead = time["to"].removeprefix("now").removeprefix("+")
    return back, seconds_of(ahead) if ahead else timedelta(0)


def seconds_of(text: str) -> timedelta:
    """Of "6h", "30d", "1m"."""
    return timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])


def _interval(panel: Mapping[str, Any], span: timedelta) -> str:
    """`$__interval` on a large screen: the span over the panel's pixels, rounded, no finer than the panel says."""
    pixels = DASHBOARD_PIXELS * panel["gridPos"]["w"] / COLUMNS
    wanted = max(span.total_seconds() / pixels, seconds_of(panel.get("interval", "10s")).total_seconds())
    return f"{next(step for step in _ROUND if step >= wanted)}s"


def expand(sql: str, span: Range, interval: str, variables: Mapping[str, str]) -> str:
    """The SQL as the server gets it; raises `MacroError` for a macro or variable that there is not."""
    expanded = VARIABLE.sub(lambda found: _variable(found[1], found[2], variables), sql)
    expanded = expanded.replace("$__interval", interval)
    return MACRO.sub(lambda found: _macro(found[1], [one.strip() for one in found[2].split(",")], span), expanded)


def _variable(name: str, how: str | None, variables: Mapping[str, str]) -> str:
    if name not in variables:
        raise MacroError(f"no variable {name}: expected one of {', '.join(sorted(variables))}")
    value = variables[name]
    if how == "sqlstring":
        return "'" + value.replace("'", "''") + "'"
    if how is None:
        return value
    raise MacroError(f"variable {name}: got format {how}, expected sqlstring or none")


def _macro(name: str, arguments: list[str], span: Range) -> str:
    start, end = (at.isoformat().replace("+00:00", "Z") for at in (span.start, span.end))
    match name:
        case "__timeFilter":
            return f"{arguments[0]} BETWEEN '{start}' AND '{end}'"
        case "__timeFrom":
            return f"'{start}'"
        case "__timeTo":
            return f"'{end}'"
        case "__timeGroup" if len(arguments) == 2:
            seconds = seconds_of(arguments[1].strip("'\"")).total_seconds()
            return f"time_bucket('{seconds:.3f}s',{arguments[0]})"
    raise MacroError(f"no macro ${name} with {len(arguments)} arguments")


def rows_wrong(one: PanelQuery, columns: Mapping[str, type], rows: list[tuple[Any, ...]]) -> list[str]:
    """What the panel needs and the answer does not have. `columns`: names in order, and what kind of value each holds."""
    found = list(_shape(one, columns))
    if one.format == "time_series":
        times = [row[0] for row in rows]
        if times != sorted(times):
            found.append("expected rows in order of time")
    elif one.kind != "variable":
        found += _unnamed(one, columns)
    return [f"{one.dashboard}, {one.panel}: {text}" for text in found]


def _shape(one: PanelQuery, columns: Mapping[str, type]) -> Iterator[str]:
    names = list(columns)
    if one.kind == "variable":
        if names[:2] != ["__text", "__value"]:
            yield f"got {names}, expected __text, __value"
    elif one.format == "time_series":
        if names != ["time", "metric", "value"] or columns["time"] is not datetime or columns["metric"] is not str:
            yield f"got {names}, expected time (a time), metric (text) and value"
        elif columns["value"] not in (int, float):
            yield f"value: got {columns['value'].__name__}, expected a number"
    elif one.kind == "geomap":
        for need in ("lat", "lon"):
            if columns.get(need) is not float:
                yield f"got no number {need}"
        colours = [layer["config"]["style"]["color"]["field"] for layer in one.panel_json["options"]["layers"]
                   if layer.get("filterData", {}).get("options") == one.config["refId"]]  # fmt: skip
        yield from (f"no column {name} to colour by" for name in colours if name not in columns)
    elif one.kind in ("stat", "bargauge") and names != _SENTENCE and not {int, float} & {*columns.values()}:
        yield f"got {names}, expected a number among them"


def _unnamed(one: PanelQuery, columns: Mapping[str, type]) -> Iterator[str]:
    """Columns without words, and words for columns that are not there (of panels with a single query)."""
    worded = {
        override["matcher"]["options"]
        for override in one.panel_json["fieldConfig"]["overrides"]
        if override["matcher"]["id"] == "byName"
    }
    spare = {"lat", "lon"} if one.kind == "geomap" else {next(iter(columns))} if one.kind == "bargauge" else set()
    yield from (f"column {name} has no words" for name in columns if name not in worded | spare)
    if len(one.panel_json["targets"]) == 1:
        yield from (f"words for {name}, which the query does not answer" for name in sorted(worded - set(columns)))
