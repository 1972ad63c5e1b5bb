"""Defines the base of every response model, and the models that several subjects share."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

# About 250 m: a place that only citizens named is shown to the public as the middle of such a square.
COARSE_DEGREES: Final = 0.0025


_any = TypeAdapter[Any](Any)


def as_json(value: Any) -> Any:
    """Return a form as plain JSON values."""
    return _any.dump_python(value, mode="json")


class ResponseModel(BaseModel):
    """Is the frozen base of what the OpenAPI document describes."""

    model_config = ConfigDict(frozen=True)


class Location(ResponseModel):
    """Holds a place in WGS 84 degrees. `coarse` means that it is rounded to about 250 m because only citizens named
    it."""

    lat: Annotated[float, Field(examples=[-6.2079])]
    lon: Annotated[float, Field(examples=[106.8484])]
    coarse: bool = False


def media_url(media_id: UUID | None) -> str | None:
    """Return where an image is served."""
    return None if media_id is None else f"/api/v1/media/{media_id}"


def place(lat: float, lon: float, *, coarse: bool) -> Location:
    """Return the place itself, or the middle of its square of about 250 m."""
    if not coarse:
        return Location(lat=lat, lon=lon)
    return Location(lat=_middle(lat), lon=_middle(lon), coarse=True)


def _middle(degrees: float) -> float:
    return round((degrees // COARSE_DEGREES + 0.5) * COARSE_DEGREES, 6)
