"""Reads segments of streets from a GeoJSON file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator
from shapely import LineString

from siaga_cloud.city.files.geojson import FeatureError, properties_of, read_features, shape_of
from siaga_cloud.platform.import_errors import FileModel, ImportFileError, bounded
from siaga_core.wire.ids import Name

MOST_SEGMENTS: Final = 20_000
_MOST_CORNERS: Final = 200


class StreetFeature(FileModel):
    """One segment. `road_cm` is the height of its road above the datum of the gauge whose water floods it;
    `schematic` says that both its place and that height are drawn, not surveyed.
    """

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    id: Name
    name: Annotated[str, Field(min_length=1, max_length=120)]
    gauge: Name | None = None
    road_cm: Annotated[float | None, Field(ge=-5000, le=5000)] = None
    schematic: bool = False
    line: LineString

    @model_validator(mode="after")
    def _has_a_datum(self) -> Self:
        if self.road_cm is not None and self.gauge is None:
            raise ValueError("road_cm together with the gauge whose datum it counts from")
        if len(self.line.coords) > _MOST_CORNERS:
            raise ValueError(f"got {len(self.line.coords)} corners, expected at most {_MOST_CORNERS}")
        return self


def read_streets(path: Path) -> list[StreetFeature]:
    """Return the segments of a file; raises `ImportFileError` that names every wrong feature, or an id given twice."""
    features = read_features(path)
    if len(features) > MOST_SEGMENTS:
        raise ImportFileError(f"{path}: got {len(features)} features, expected at most {MOST_SEGMENTS}")
    found: list[StreetFeature] = []
    wrong: list[str] = []
    for number, feature in enumerate(features, start=1):
        try:
            found.append(_segment(feature))
        except FeatureError as error:
            wrong.append(f"{path}: feature {number}: {error}")
    if wrong:
        raise ImportFileError(bounded(wrong))
    ids = [one.id for one in found]
    if repeated := sorted({one for one in ids if ids.count(one) > 1}):
        raise ImportFileError(f'{path}: street "{repeated[0]}": got the id more than once, expected each once')
    return found


def is_schematic(path: Path) -> bool:
    """Return whether a file of segments says so of any of them; raises `ImportFileError`."""
    return any(properties_of(one).get("schematic") is True for one in read_features(path))


def _segment(feature: Any) -> StreetFeature:
    properties = properties_of(feature)
    line, _ = shape_of(feature, ("LineString",))
    try:
        return StreetFeature.model_validate({**properties, "line": line})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = str(first["loc"][0]) if first["loc"] else "properties"
        raise FeatureError(f"{where}: {first['msg']}") from error
