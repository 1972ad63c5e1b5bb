"""Pieces of dashboards: SQL queries, panels with columns in words, variables; each in the language of its `PanelFactory`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, Self, TypeAlias, TypeVar

from grafana_foundation_sdk.builders import bargauge, common, dashboard, stat, statetimeline, table, text, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model

from dashboards.boards.words import GREEN, Language, Text, Words

DATASOURCE_UID: Final = "siaga-timescaledb"
DATASOURCE: Final = model.DataSourceRef(type_val="grafana-postgresql-datasource", uid=DATASOURCE_UID)
# Where the control room is; `siaga-cloud admin grafana sync` puts the city's own address in its place.
SIAGA_URL: Final = "http://127.0.0.1:8080"
ALL: Final = "*"
HOUR_MS: Final = 3_600_000  # lines are drawn over gaps up to this, and not over longer ones

Format: TypeAlias = Literal["table", "time_series"]
Steps: TypeAlias = Sequence[tuple[float | None, str]]
_P = TypeVar("_P", bound="PanelBuilder")


class PanelBuilder(Protocol):
    """What all panel builders have in common, as far as it is used here."""

    def title(self, title: str, /) -> Self:
        """Set the title above the panel."""

    def description(self, description: str, /) -> Self:
        """Set the help text of the panel."""

    def datasource(self, datasource: model.DataSourceRef, /) -> Self:
        """Set the data source of the panel."""

    def targets(self, targets: list[Builder[Dataquery]], /) -> Self:
        """Set the queries of the panel."""

    def span(self, w: int, /) -> Self:
        """Width in columns of 24."""

    def height(self, h: int, /) -> Self:
        """Set the height of the panel in rows."""

    def with_override(self, matcher: model.MatcherConfig, properties: list[model.DynamicConfigValue], /) -> Self:
        """Settings of some of the fields."""


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
    """A field as it is shown. `steps`: colours from a value on; `link`: where a click leads; `like`: a regular expression."""

    name: str
    title: Text | None = None
    unit: str | None = None
    decimals: int | None = None
    width: int | None = None
    steps: Steps = ()
    words: Words = field(default_factory=dict)
    colour: str = ""
    link: str = ""
    cell: Literal["", "background", "text", "image", "gauge"] = ""
    hidden: bool = False
    like: bool = False
    dashed: bool = False
    below_to: str = ""


@dataclass(frozen=True, slots=True)
class PanelFactory:
    """Makes panels in one language."""

    language: Language

    def translate(self, text: Text) -> str:
        """Return the text in the language of this factory."""
        return text.in_(self.language)

    def mappings(self, words: Words) -> list[dict[str, object]]:
        """Value mappings: codes to words and colours."""
        options = {}
        for index, (code, word) in enumerate(words.items()):
            shown = {"index": index, "text": self.translate(word.text)}
            options[code] = {**shown, "color": word.colour} if word.colour else shown
        return [{"type": "value", "options": options}]

    def _properties(self, column: Column) -> list[model.DynamicConfigValue]:
        found: dict[str, object] = {}
        if column.title:
            found["displayName"] = self.translate(column.title)
        if column.unit:
            found["unit"] = column.unit
        if column.decimals is not None:
            found["decimals"] = column.decimals
        if column.width:
            found["custom.width"] = column.width
        if column.words:
            found["mappings"] = self.mappings(column.words)
        if column.steps:
            steps = [{"value": value, "color": colour} for value, colour in column.steps]
            found["thresholds"] = {"mode": "absolute", "steps": steps}
            found["color"] = {"mode": "thresholds"}
        return _named({**found, **_looks(column)})

    def overrides(self, panel: _P, columns: Sequence[Column]) -> _P:
        """Return the panel with its fields shown as the columns describe."""
        for column in columns:
            how = "byRegexp" if column.like else "byName"
            panel.with_override(model.MatcherConfig(id_val=how, options=column.name), self._properties(column))
        return panel

    def stat(
        self, title: Text, query: Sql, columns: Sequence[Column], *, size: tuple[int, int], about: Text | None = None
    ) -> stat.Panel:
        """Big numbers, one for each column."""
        panel = (
            stat.Panel()
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("/.*/"))
            .color_mode(common_model.BigValueColorMode.BACKGROUND)
            .graph_mode(common_model.BigValueGraphMode.NONE)
            .thresholds(thresholds([(None, GREEN)]))
        )
        return self.overrides(self._framed(panel, title, [query], size, about), columns)

    def table(
        self, title: Text, query: Sql, columns: Sequence[Column], *, size: tuple[int, int], about: Text | None = None
    ) -> table.Panel:
        """A table; every column of the query has a `Column`."""
        panel = table.Panel().show_header(True).cell_height(common_model.TableCellHeight.SM)
        return self.overrides(self._framed(panel, title, [query], size, about), columns)

    def series(
        self,
        title: Text,
        queries: Sequence[Sql],
        *,
        unit: str,
        size: tuple[int, int],
        columns: Sequence[Column] = (),
        bars: bool = False,
        about: Text | None = None,
        interval: str = "1m",
    ) -> timeseries.Panel:
        """Lines over time, or stacked bars. `interval`: no finer than this."""
        style = common_model.GraphDrawStyle
        panel = (
            timeseries.Panel()
            .unit(unit)
            .draw_style(style.BARS if bars else style.LINE)
            .fill_opacity(70 if bars else 0)
            .line_width(1 if bars else 2)
            .show_points(common_model.VisibilityMode.NEVER)
            .legend(
                common.VizLegendOptions()
                .show_legend(True)
                .placement(common_model.LegendPlacement.BOTTOM)
                .display_mode(common_model.LegendDisplayMode.LIST)
            )
            .tooltip(
                common.VizTooltipOptions()
                .mode(common_model.TooltipDisplayMode.MULTI)
                .sort(common_model.SortOrder.DESCENDING)
            )
            .span_nulls(HOUR_MS)
            .interval(interval)
        )
        if bars:
            panel.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
        return self.overrides(self._framed(panel, title, queries, size, about), columns)

    def bars(
        self, title: Text, query: Sql, columns: Sequence[Column], *, size: tuple[int, int], about: Text | None = None
    ) -> bargauge.Panel:
        """A bar for each row, named by the first column."""
        panel = (
            bargauge.Panel()
            .orientation(common_model.VizOrientation.HORIZONTAL)
            .display_mode(common_model.BarGaugeDisplayMode.GRADIENT)
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(True).limit(25).fields(""))
            .thresholds(thresholds([(None, GREEN)]))
        )
        return self.overrides(self._framed(panel, title, [query], size, about), columns)

    def timeline(
        self, title: Text, query: Sql, words: Words, *, size: tuple[int, int], about: Text | None = None
    ) -> statetimeline.Panel:
        """A line of states for each metric."""
        panel = (
            statetimeline.Panel()
            .show_value(common_model.VisibilityMode.NEVER)
            .merge_values(True)
            .row_height(0.85)
            .fill_opacity(90)
            .line_width(0)
            .mappings(_value_maps(self.mappings(words)))
            .thresholds(thresholds([(None, "transparent")]))
            .legend(
                common.VizLegendOptions()
                .show_legend(True)
                .placement(common_model.LegendPlacement.BOTTOM)
                .display_mode(common_model.LegendDisplayMode.LIST)
            )
        )
        # Series are joined by time, which leaves a gap in each wherever another one changes.
        panel.with_override(
            model.MatcherConfig(id_val="byRegexp", options="/.*/"),
            [model.DynamicConfigValue(id_val="custom.spanNulls", value=True)],
        )
        return self._framed(panel, title, [query], size, about)

    def note(self, words: Text, *, size: tuple[int, int]) -> text.Panel:
        """Build a panel with a short text."""
        return text.Panel().content(self.translate(words)).span(size[0]).height(size[1]).transparent(True)

    def row(self, title: Text) -> dashboard.Row:
        """What the panels below are about."""
        return dashboard.Row(self.translate(title))

    def _framed(self, panel: _P, title: Text, queries: Sequence[Sql], size: tuple[int, int], about: Text | None) -> _P:
        panel.title(self.translate(title)).datasource(DATASOURCE).span(size[0]).height(size[1]).targets(list(queries))
        return panel.description(self.translate(about)) if about else panel

    def pick(self, name: str, label: Text, rows: str, *, all_of_them: bool = True) -> dashboard.QueryVariable:
        """A variable to choose from `rows`, a query of __text and __value. The first choice, `*`, is everything."""
        every = self.translate(Text("Semua", "All"))
        sql = (
            f"SELECT '{every}' AS __text, '{ALL}' AS __value UNION ALL SELECT * FROM ({rows}) AS one"
            if all_of_them
            else rows
        )
        choice = dashboard.QueryVariable(name).label(self.translate(label)).datasource(DATASOURCE)
        # The query is given as text; Grafana leaves the rows in the order of the query, so the query sorts.
        choice.query(" ".join(sql.split())).refresh(model.VariableRefresh.ON_DASHBOARD_LOAD).sort(
            model.VariableSort.DISABLED
        )
        if all_of_them:
            choice.current(model.VariableOption(selected=True, text=every, value=ALL))
        return choice


def _looks(column: Column) -> dict[str, object]:
    """What is seen of a field beside its value."""
    found: dict[str, object] = {}
    if column.colour:
        found["color"] = {"mode": "fixed", "fixedColor": column.colour}
    if column.link:
        found["links"] = [{"title": "", "url": column.link, "targetBlank": True}]
    if column.cell:
        kinds = {"background": {"type": "color-background", "mode": "basic"}, "text": {"type": "color-text"}}
        found["custom.cellOptions"] = kinds.get(column.cell, {"type": column.cell})
    if column.hidden:
        found["custom.hidden"] = True
    if column.dashed:
        found["custom.lineStyle"] = {"fill": "dash", "dash": [8, 6]}
    if column.below_to:
        found["custom.fillBelowTo"] = column.below_to
        found["custom.fillOpacity"] = 15
        found["custom.lineWidth"] = 0
    return found


def _named(found: dict[str, object]) -> list[model.DynamicConfigValue]:
    return [model.DynamicConfigValue(id_val=name, value=value) for name, value in found.items()]


def _value_maps(mappings: list[dict[str, Any]]) -> list[model.ValueMapping]:
    return [model.ValueMap.from_json(one) for one in mappings]


def thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    """Colours from a value on; the first begins at None, the least of all."""
    found = [model.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(found)


def in_area(column: str = "area_id") -> str:
    """SQL: the chosen area or one within it."""
    within = "SELECT area_id FROM dashboards.area_scope WHERE within_id = ${area:sqlstring}"
    return f"(${{area:sqlstring}} = '{ALL}' OR {column} IN ({within}))"


def chosen(variable: str, column: str) -> str:
    """SQL: what a variable chose, or all."""
    return f"(${{{variable}:sqlstring}} = '{ALL}' OR {column} = ${{{variable}:sqlstring}})"


AREAS: Final = (
    "SELECT CASE level WHEN 'kecamatan' THEN '– ' WHEN 'kelurahan' THEN '– – ' ELSE '' END || name AS __text,"
    " area_id AS __value FROM dashboards.area WHERE level IN ('city', 'kecamatan', 'kelurahan') ORDER BY area_id"
)
AGENCIES: Final = "SELECT name AS __text, agency_id AS __value FROM dashboards.agency ORDER BY name"
