"""Maps: layers of points that a query places by its columns lat and lon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import geomap
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import geomap as geomap_model

from dashboards.boards.fields import DATASOURCE, Column, Sql
from dashboards.boards.parts import NOTHING, PanelFactory
from dashboards.boards.words import Text

MAP_FILES: Final = "public/siaga"  # where docker-compose.yml mounts them in Grafana
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
                "fontSize": 14,
                "offsetX": 12,
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
    fit: str,
    size: tuple[int, int],
    about: Text,
) -> geomap.Panel:
    """A map over rivers and areas of our own; it shows all points of the layer `fit`. The first layer lies lowest."""
    panel = (
        geomap.Panel()
        .basemap(_Base())
        .layers([_Shape("areas", "#3a3f4a", 0.25, 1), _Shape("rivers", "#3274d9", 0.9, 3), *(one for one, _ in layers)])
        .view(_Fit(fit))
        .controls(
            geomap.ControlsOptions().show_zoom(False).mouse_wheel_zoom(False).show_attribution(False).show_scale(False)
        )
        .tooltip(geomap.TooltipOptions().mode(geomap_model.TooltipMode.DETAILS))
        .title(factory.translate(title))
        .description(factory.translate(about))
        .datasource(DATASOURCE)
        .span(size[0])
        .height(size[1])
        .targets([query for _, query in layers])
        .no_value(factory.translate(NOTHING))
    )
    return factory.overrides(panel, columns)


@dataclass(frozen=True, slots=True)
class _Fit(Builder[geomap_model.MapViewConfig]):
    """To one layer: a far point of another would shrink the city. `zoom` is the upper bound, and 1 if it is left out."""

    layer: str

    def build(self) -> geomap_model.MapViewConfig:
        return geomap_model.MapViewConfig(
            id_val="fit",
            layer=self.layer,
            all_layers=False,
            last_only=False,
            padding=8,
            zoom=14,
            max_zoom=14,
            lat=0,
            lon=0,
        )


@dataclass(frozen=True, slots=True)
class _Shape(Builder[common_model.MapLayerOptions]):
    """Lines or areas of a GeoJSON file that lies beside Grafana's own (docs/grafana.md)."""

    name: str
    colour: str
    opacity: float
    pixels: int

    def build(self) -> common_model.MapLayerOptions:
        style = {"color": {"fixed": self.colour}, "opacity": self.opacity, "lineWidth": self.pixels}
        size = {"fixed": self.pixels, "min": 1, "max": 4}
        config = {"src": f"{MAP_FILES}/{self.name}.geojson", "rules": [], "style": {**style, "size": size}}
        return common_model.MapLayerOptions(type_val="geojson", name=self.name, config=config, tooltip=False)


class _Base(Builder[common_model.MapLayerOptions]):
    """No tiles: one dark image for all of them, so that nothing is requested from outside."""

    def build(self) -> common_model.MapLayerOptions:
        config = {"url": f"{MAP_FILES}/blank.png?z={{z}}&x={{x}}&y={{y}}", "attribution": ""}
        return common_model.MapLayerOptions(type_val="xyz", name="base", config=config)
