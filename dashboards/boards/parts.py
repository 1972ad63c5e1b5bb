"""Pieces of dashboards: SQL queries, panels with columns in words, variables; each in the language of its `PanelFactory`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import bargauge, common, dashboard, stat, statetimeline, table, text, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import text as text_model

from dashboards.boards.fields import DATASOURCE, Column, Sql, Steps, looks
from dashboards.boards.filters import ALL
from dashboards.boards.words import CITY_ZONE, DARK, DASH, GREY, PALE, Language, Text, Words

# Where the control room is; `siaga-cloud admin grafana sync` puts the city's own address in its place.
SIAGA_URL: Final = "http://127.0.0.1:8080"
HOUR_MS: Final = 3_600_000  # lines are drawn over gaps up to this, and not over longer ones

NOTHING: Final = Text("tidak ada", "none")

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

    def no_value(self, no_value: str, /) -> Self:
        """Set what is shown where nothing was answered."""

    def span(self, w: int, /) -> Self:
        """Width in columns of 24."""

    def height(self, h: int, /) -> Self:
        """Set the height of the panel in rows."""

    def with_override(self, matcher: model.MatcherConfig, properties: list[model.DynamicConfigValue], /) -> Self:
        """Settings of some of the fields."""


@dataclass(frozen=True, slots=True)
class PanelFactory:
    """Makes panels in one language."""

    language: Language

    def translate(self, text: Text) -> str:
        """Return the text in the language of this factory."""
        return text.in_(self.language)

    def mappings(self, words: Words, patterns: Sequence[tuple[str, str]] = ()) -> list[dict[str, object]]:
        """Value mappings: codes to words and colours, and a missing value to a grey dash."""
        options = {}
        for index, (code, word) in enumerate(words.items()):
            shown = {"index": index, "text": self.translate(word.text)}
            options[code] = {**shown, "color": word.colour} if word.colour else shown
        found: list[dict[str, object]] = [{"type": "value", "options": options}] if options else []
        for index, (pattern, colour) in enumerate(patterns, 50):
            result = {"text": "$1", "color": colour, "index": index}
            found.append({"type": "regex", "options": {"pattern": pattern, "result": result}})
        missing = {"text": DASH, "color": GREY, "index": 99}
        return [*found, {"type": "special", "options": {"match": "null+nan", "result": missing}}]

    def _properties(self, column: Column) -> list[model.DynamicConfigValue]:
        found: dict[str, object] = {}
        if column.title:
            found["displayName"] = self.translate(column.title)
        if column.unit:
            found["unit"] = column.unit
        if column.decimals is not None:
            found["decimals"] = column.decimals
        if column.range is not None:
            found |= {name: end for name, end in zip(("min", "max"), column.range, strict=True) if end is not None}
        if column.width:
            found["custom.width"] = column.width
        if column.words or column.patterns or column.steps or column.cell == "heat":
            found["mappings"] = self.mappings(column.words, column.patterns)
        if column.steps:
            steps = [{"value": value, "color": colour} for value, colour in column.steps]
            found["thresholds"] = {"mode": "absolute", "steps": steps}
            found["color"] = {"mode": "thresholds"}
        return _named({**found, **looks(column)})

    def spoken(self, query: Sql, columns: Sequence[Column]) -> Sql:
        """The query with times and durations in words of this language."""
        if not any(column.spoken for column in columns):
            return query
        shown = ", ".join(self._spoken(column) for column in columns if not column.like)
        return replace(query, sql=f"SELECT {shown} FROM ({query.sql}) AS answer")

    def _spoken(self, column: Column) -> str:
        name = column.name
        match column.spoken:
            case "duration":
                return f"{self.duration(name)} AS {name}"
            case "ago":
                return f"{self.duration(f'extract(epoch FROM now() - {name})')} AS {name}"
            case "hour":
                return f"to_char({name} AT TIME ZONE '{CITY_ZONE}', 'HH24:MI') AS {name}"
            case "date":
                return f"to_char({name} AT TIME ZONE '{CITY_ZONE}', 'DD/MM HH24:MI') AS {name}"
            case _:
                return name

    def duration(self, seconds: str) -> str:
        """SQL: seconds as short words of this language, as "12 mnt"."""
        return f"dashboards.short_time(({seconds})::float8, '{self.language}')"

    def overrides(self, panel: _P, columns: Sequence[Column]) -> _P:
        """Return the panel with its fields shown as the columns describe."""
        for column in columns:
            how = "byRegexp" if column.like else "byName"
            panel.with_override(model.MatcherConfig(id_val=how, options=column.name), self._properties(column))
        return panel

    def strip(self, query: Sql, colours: Sequence[tuple[str, str]], *, about: Text, link: str = "") -> stat.Panel:
        """The sentence at the top, which the query forms as `strip`; coloured by how it begins."""
        panel = (
            stat.Panel()
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("/.*/"))
            .color_mode(common_model.BigValueColorMode.BACKGROUND)
            .graph_mode(common_model.BigValueGraphMode.NONE)
            .text_mode(common_model.BigValueTextMode.VALUE)
            .justify_mode(common_model.BigValueJustifyMode.CENTER)
            .text(common.VizTextDisplayOptions().value_size(30))
            .thresholds(thresholds([(None, DARK)]))
        )
        patterns = [(f"^((?:{begin}).*)$", colour) for begin, colour in colours]
        column = Column(name="strip", patterns=patterns, steps=((None, DARK),), link=link)
        return self.overrides(self._framed(panel, None, [query], (24, 2), about), [column])

    def stat(
        self,
        title: Text | None,
        query: Sql,
        columns: Sequence[Column],
        *,
        size: tuple[int, int],
        about: Text,
        sizes: tuple[int, int] | None = None,
    ) -> stat.Panel:
        """Big numbers, one for each column. `sizes`: pixels of titles and values, where Grafana's choice is too small."""
        panel = (
            stat.Panel()
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("/.*/"))
            .color_mode(common_model.BigValueColorMode.BACKGROUND)
            .graph_mode(common_model.BigValueGraphMode.NONE)
            .text_mode(common_model.BigValueTextMode.VALUE_AND_NAME)
            .justify_mode(common_model.BigValueJustifyMode.CENTER)
            .orientation(common_model.VizOrientation.VERTICAL)
            .thresholds(thresholds([(None, DARK)]))
        )
        if sizes:
            panel.text(common.VizTextDisplayOptions().title_size(sizes[0]).value_size(sizes[1]))
        return self.overrides(self._framed(panel, title, [self.spoken(query, columns)], size, about), columns)

    def table(
        self, title: Text, query: Sql, columns: Sequence[Column], *, size: tuple[int, int], about: Text
    ) -> table.Panel:
        """A table; every column of the query has a `Column`."""
        panel = table.Panel().show_header(True).cell_height(common_model.TableCellHeight.SM)
        return self.overrides(self._framed(panel, title, [self.spoken(query, columns)], size, about), columns)

    def series(
        self,
        title: Text,
        queries: Sequence[Sql],
        *,
        unit: str,
        size: tuple[int, int],
        columns: Sequence[Column] = (),
        bars: bool = False,
        about: Text,
        interval: str = "1m",
        legend: bool = True,
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
                .show_legend(legend)
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
            .axis_soft_min(0)
        )
        if unit == "percentunit":  # an empty one goes to 10000 % otherwise
            panel.min(0).max(1)
        if bars:
            panel.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
        return self.overrides(self._framed(panel, title, queries, size, about), columns)

    def bars(
        self,
        title: Text,
        query: Sql,
        value: Column,
        *,
        size: tuple[int, int],
        about: Text,
    ) -> bargauge.Panel:
        """A bar for each row of `name` and `value`; the column of the value has no title, or every bar is called so."""
        panel = (
            bargauge.Panel()
            .orientation(common_model.VizOrientation.HORIZONTAL)
            .display_mode(common_model.BarGaugeDisplayMode.BASIC)
            .reduce_options(
                common.ReduceDataOptions().calcs(["lastNotNull"]).values(True).limit(25).fields("/^value$/")
            )
            .thresholds(thresholds([(None, PALE)]))
        )
        return self.overrides(self._framed(panel, title, [query], size, about), [value])

    def timeline(
        self, title: Text, query: Sql, words: Words, *, size: tuple[int, int], about: Text
    ) -> statetimeline.Panel:
        """A line of states for each metric, up to now: the query ends each with a point of the present."""
        panel = (
            statetimeline.Panel()
            .show_value(common_model.VisibilityMode.NEVER)
            .merge_values(True)
            .row_height(0.85)
            .fill_opacity(90)
            .line_width(0)
            .mappings(_value_maps(self.mappings(words)))
            .thresholds(thresholds([(None, DARK)]))
            .legend(
                common.VizLegendOptions()
                .show_legend(False)
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

    def note(self, content: str, *, size: tuple[int, int], about: Text, title: Text | None = None) -> text.Panel:
        """A panel of HTML: Grafana lets through addresses, sizes and colours."""
        panel = text.Panel().content(content).mode(text_model.TextMode.HTML).transparent(True)
        panel.span(size[0]).height(size[1]).description(self.translate(about))
        return panel.title(self.translate(title)) if title else panel

    def row(self, title: Text) -> dashboard.Row:
        """What the panels below are about."""
        return dashboard.Row(self.translate(title))

    def _framed(self, panel: _P, title: Text | None, queries: Sequence[Sql], size: tuple[int, int], about: Text) -> _P:
        panel.title(self.translate(title) if title else "").datasource(DATASOURCE).span(size[0]).height(size[1])
        panel.targets(list(queries)).description(self.translate(about))
        return panel.no_value(self.translate(NOTHING))

    def hidden(self, name: str, rows: str) -> dashboard.QueryVariable:
        """A variable that nobody chooses: the first row of __text and __value, again at each refresh."""
        choice = dashboard.QueryVariable(name).datasource(DATASOURCE).query(" ".join(rows.split()))
        choice.refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(model.VariableSort.DISABLED)
        return choice.hide(model.VariableHide.HIDE_VARIABLE)

    def count(self, name: str, rows: str) -> dashboard.QueryVariable:
        """A hidden variable for a title: how many rows there are beside those that a panel has room for."""
        return self.hidden(name, f"SELECT count(*)::text AS __text, count(*)::text AS __value FROM ({rows}) AS one")

    def choice(self, name: str, label: Text, options: Sequence[tuple[str, Text]]) -> dashboard.CustomVariable:
        """A variable of fixed choices: values with what they are called."""
        text_of = [f"{self.translate(text)} : {value}" for value, text in options]
        first = model.VariableOption(selected=True, text=self.translate(options[0][1]), value=options[0][0])
        return dashboard.CustomVariable(name).label(self.translate(label)).values(", ".join(text_of)).current(first)

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


def _named(found: dict[str, object]) -> list[model.DynamicConfigValue]:
    return [model.DynamicConfigValue(id_val=name, value=value) for name, value in found.items()]


def _value_maps(mappings: list[dict[str, Any]]) -> list[model.ValueMapping]:
    return [model.ValueMap.from_json(one) for one in mappings]


def thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    """Colours from a value on; the first begins at None, the least of all."""
    found = [model.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(found)
