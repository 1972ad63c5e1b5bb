"""Translates the style of a layer from a few words of our own into MapLibre layers."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from siaga_cloud.city.store.layers import Kind

_DRAWN: Final[dict[str, tuple[str, ...]]] = {
    "point": ("circle",),
    "line": ("line",),
    "polygon": ("fill", "line"),
    "mixed": ("fill", "line", "circle"),
}
_GEOMETRIES: Final = {"fill": ["Polygon", "MultiPolygon"], "circle": ["Point", "MultiPoint"]}


class LayerStyle(BaseModel):
    """Holds the style of a layer. Sizes are pixels, zooms are those of web maps (0 to 22), and `label` is a property of
    the features.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] = "#3355aa"
    opacity: Annotated[float, Field(ge=0, le=1)] = 1.0
    width: Annotated[float, Field(gt=0, le=40)] = 2.0
    radius: Annotated[float, Field(gt=0, le=60)] = 5.0
    dash: Annotated[tuple[Annotated[float, Field(gt=0, le=100)], ...], Field(max_length=8)] = ()
    icon: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] | None = None
    label: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    minzoom: Annotated[float, Field(ge=0, le=22)] = 0.0
    maxzoom: Annotated[float, Field(ge=0, le=24)] = 24.0

    @model_validator(mode="after")
    def _is_seen_somewhere(self) -> LayerStyle:
        if self.minzoom >= self.maxzoom:
            raise ValueError(f"minzoom below maxzoom, not {self.minzoom:g} and {self.maxzoom:g}")
        return self


def maplibre_layers(layer_id: str, kind: Kind, style: LayerStyle) -> list[dict[str, Any]]:
    """Layers of a MapLibre style, from below to above, over a GeoJSON source with the id of the layer."""
    drawn = [_drawn(layer_id, what, kind, style) for what in _DRAWN[kind]]
    if style.icon or style.label:
        drawn.append(_symbol(layer_id, style))
    return drawn


def _drawn(layer_id: str, what: str, kind: Kind, style: LayerStyle) -> dict[str, Any]:
    paint: dict[str, Any] = {f"{what}-color": style.colour, f"{what}-opacity": style.opacity}
    match what:
        case "line":
            paint["line-width"] = style.width
            if style.dash:
                paint["line-dasharray"] = list(style.dash)
        case "circle":
            paint["circle-radius"] = style.radius
        case "fill":
            # An area that hides the map below it helps nobody.
            paint["fill-opacity"] = round(style.opacity * 0.35, 3)
    layer = {**_source(layer_id, what, style), "type": what, "paint": paint}
    if kind == "mixed" and what in _GEOMETRIES:
        layer["filter"] = ["match", ["geometry-type"], _GEOMETRIES[what], True, False]
    return layer


def _symbol(layer_id: str, style: LayerStyle) -> dict[str, Any]:
    layout: dict[str, Any] = {}
    if style.icon:
        layout["icon-image"] = style.icon
    if style.label:
        layout |= {"text-field": ["to-string", ["get", style.label]], "text-anchor": "top", "text-optional": True}
    return {**_source(layer_id, "symbol", style), "type": "symbol", "layout": layout}


def _source(layer_id: str, what: str, style: LayerStyle) -> dict[str, Any]:
    return {"id": f"{layer_id}-{what}", "source": layer_id, "minzoom": style.minzoom, "maxzoom": style.maxzoom}
