"""Queries and the fields that they answer: what a column is called, how it is coloured and where a click leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as model

from dashboards.boards.words import RED, YELLOW, Text, Words

DATASOURCE_UID: Final = "siaga-timescaledb"  # as it is provisioned; alert rules name it
DATASOURCE_TYPE: Final = "grafana-postgresql-datasource"
# Boards name it by a variable, so that they can be imported where it has another uid.
DATASOURCE: Final = model.DataSourceRef(type_val=DATASOURCE_TYPE, uid="${source}")
# Durations that are words: what lasts for hours is red, for minutes yellow.
LONG: Final = ((r"^(\d+ (?:jam|hari|h|d))$", RED), (r"^((?:[5-9]|\d\d) (?:mnt|min))$", YELLOW))

Format: TypeAlias = Literal["table", "time_series"]
Steps: TypeAlias = Sequence[tuple[float | None, str]]


@dataclass(slots=True)
class Sql(Builder[Dataquery], Dataquery):
    """One query. `time_series`: columns time, metric (text) and one value, in order of time."""

    sql: str
    format: Format = "table"
    ref: str = "A"

    def build(self) -> Sql:
        """Return itself, as Grafana stores it."""
        return self

    def to_json(self) -> dict[str, object]:
        """Return the query as the PostgreSQL data source stores it."""
        return {
            "refId": self.ref,
            "datasource": DATASOURCE,
            "editorMode": "code",
            "format": self.format,
            "rawQuery": True,
            "rawSql": " ".join(self.sql.split()),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field as it is shown. `steps`: colours from a value on; `link`: where a click leads; `like`: a regular expression.

    `range`: where a bar begins and ends; without an end, at the largest of the answer. `spoken`: the query answers seconds (`duration`) or a time (`ago`, `hour`, `date`), and SQL makes words of it, because
    Grafana's own are English. `patterns`: regular expressions of texts, and their colours.
    """

    name: str
    title: Text | None = None
    unit: str | None = None
    decimals: int | None = None
    width: int | None = None
    steps: Steps = ()
    words: Words = field(default_factory=dict)
    colour: str = ""
    link: str = ""
    cell: Literal["", "background", "text", "image", "gauge", "bar", "heat"] = ""
    hidden: bool = False
    like: bool = False
    line: Literal["", "dash", "dot"] = ""
    fill: int = 0
    below_to: str = ""
    spoken: Literal["", "duration", "ago", "hour", "date"] = ""
    patterns: Sequence[tuple[str, str]] = ()
    right: bool = False
    range: tuple[float, float | None] | None = None


def looks(column: Column) -> dict[str, object]:
    """What is seen of a field beside its value, as settings of Grafana."""
    found: dict[str, object] = {}
    if column.colour:
        found["color"] = {"mode": "fixed", "fixedColor": column.colour}
    if column.link:
        found["links"] = [{"title": "", "url": column.link, "targetBlank": True}]
    if column.cell:
        kinds: dict[str, dict[str, object]] = {
            "background": {"type": "color-background", "mode": "basic"},
            "text": {"type": "color-text"},
            "bar": {"type": "gauge", "mode": "basic", "valueDisplayMode": "hidden"},
        }
        found["custom.cellOptions"] = kinds.get(column.cell, {"type": column.cell})
    if column.cell == "heat":
        found["color"] = {"mode": "continuous-blues"}
    if column.hidden:
        found["custom.hideFrom.viz"] = True
    if column.right or column.cell == "background":
        found["custom.align"] = "right" if column.right else "center"
    if column.line:
        found["custom.lineStyle"] = {"fill": column.line, "dash": [8, 6] if column.line == "dash" else [0, 6]}
        found["custom.fillOpacity"] = 0
    if column.fill:
        found["custom.fillOpacity"] = column.fill
    if column.below_to:
        found["custom.fillBelowTo"] = column.below_to
        found["custom.fillOpacity"] = 15
        found["custom.lineWidth"] = 0
    return found
