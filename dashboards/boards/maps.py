"""Maps: layers of points that a query places by its columns lat and lon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import geomap
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import geomap as geomap_model

from dashboards.boards.parts import DATASOURCE, Column, PanelFactory, Sql
from dashboards.boards.words import Text

_SHAPES: Final = {"circle": "circle", "square": "square", "triangle": "triangle", "cross": "x-mark"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer(Builder[common_model.MapLayerOptions]):
    """Points of one query, coloured by a column. `label`: the column that is written beside a point."""

    ref: str
    name: str
    colour_by: str
    shape: str = "circle"
    label: str = ""
    pixels: int = 7

    def build(self) -> common_model.MapLayerOptions:
        """Return the layer as Grafana stores it."""
        style: dict[str, object] = {
            "color": {"field": self.colour_by, "fixed": "dark-green"},
            "opacity": 0.9,
            "size": {"fixed": self.pixels, "min": 2, "max": 15},
            "symbol": {"mode": "fixed", "fixed": f"img/icons/marker/{_SHAPES[self.shape]}.svg"},
            "symbolAlign": {"horizontal": "center", "vertical": "center"},
        }
        if self.label:
            style["text"] = {"mode": "field", "field": self.label, "fixed": ""}
            style["textConfig"] = {
                "fontSize": 12,
                "offsetX": 10,
                "offsetY": 0,
                "textAlign": "left",
                "textBaseline": "middle",
            }
        return common_model.MapLayerOptions(
            type_val="markers",
            name=self.name,
            config={"showLegend": False, "style": style},
            location=common_model.FrameGeometrySource(
                mode=common_model.FrameGeometrySourceMode.COORDS, latitude="lat", longitude="lon"
            ),
            filter_data={"id": "byRefId", "options": self.ref},
            tooltip=True,
        )


def city_map(
    factory: PanelFactory,
    title: Text,
    layers: Sequence[tuple[Layer, Sql]],
    columns: Sequence[Column],
    *,
    size: tuple[int, int],
    about: Text | None = None,
) -> geomap.Panel:
    """A map that shows all points of its layers; the first layer lies lowest."""
    panel = (
        geomap.Panel()
        .basemap(_Base())
        .layers([layer for layer, _ in layers])
        .view(geomap.MapViewConfig().id("fit").all_layers(True).padding(10))
        .controls(
            geomap.ControlsOptions().show_zoom(True).mouse_wheel_zoom(False).show_attribution(True).show_scale(True)
        )
        .tooltip(geomap.TooltipOptions().mode(geomap_model.TooltipMode.DETAILS))
        .title(factory.translate(title))
        .datasource(DATASOURCE)
        .span(size[0])
        .height(size[1])
        .targets([query for _, query in layers])
    )
    if about:
        panel.description(factory.translate(about))
    return factory.overrides(panel, columns)


class _Base(Builder[common_model.MapLayerOptions]):
    """Whatever map the Grafana server is set to: a control room without the internet has one of its own."""

    def build(self) -> common_model.MapLayerOptions:
        return common_model.MapLayerOptions(type_val="default", name="Basemap")
