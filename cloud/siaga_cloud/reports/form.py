"""Checks the form that a citizen fills in on the page or in an app, and turns it into a report."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.media.photo import MAX_PHOTOS, Photo
from siaga_core.rules.geometry import LatLon

MAX_TEXT: Final = 4000
MAX_DEPTH_CM: Final = 300
PhotoCleaner: TypeAlias = Callable[[Sequence[bytes]], tuple[Photo, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedReport:
    """Holds a form as it was sent. Coordinates and `depth_cm` are None where none were given."""

    category: str
    text: str
    lat: float | None
    lon: float | None
    photos: Sequence[bytes] = ()
    idempotency_key: str | None = None
    depth_cm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Holds a checked report. `offered_place` is where the photo was taken according to its metadata; `depth_cm` is the
    depth of water on the street, None where nobody reported one.
    """

    category: str
    text: str
    place: LatLon
    photos: tuple[Photo, ...]
    offered_place: LatLon | None
    key: UUID | None
    depth_cm: float | None = None


def read_form(filled: SubmittedReport, *, clean: PhotoCleaner) -> Report:
    """Return a form as a report; raises `IntakeError` with the first thing that is wrong."""
    if filled.category not in CATEGORIES:
        raise IntakeError(
            "category", "invalid_category", got=repr(filled.category[:40]), expected=", ".join(CATEGORIES)
        )
    text = filled.text.replace("\0", "").strip()
    if len(text) > MAX_TEXT:
        raise IntakeError("text", "text_too_long", got=str(len(text)), expected=str(MAX_TEXT))
    if len(filled.photos) > MAX_PHOTOS:
        raise IntakeError("photo", "too_many_photos", got=str(len(filled.photos)), expected=str(MAX_PHOTOS))
    if not text and not filled.photos and filled.depth_cm is None:
        raise IntakeError("text", "text_or_photo_required")
    key, given = key_of(filled.idempotency_key), _given_place(filled)
    photos = clean(filled.photos)
    offered = next((photo.place for photo in photos if photo.place), None)
    place = given or offered
    if place is None:
        raise IntakeError("lat", "coordinates_required")
    return Report(
        category=filled.category,
        text=text,
        place=place,
        photos=photos,
        offered_place=offered,
        key=key,
        depth_cm=filled.depth_cm,
    )


def _given_place(filled: SubmittedReport) -> LatLon | None:
    if filled.lat is None or filled.lon is None:
        return None
    lat, lon = filled.lat, filled.lon
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise IntakeError("lat", "invalid_coordinates", got=f"{lat}, {lon}")
    # 0, 0 is what clients send when they did not know.
    return None if lat == 0 and lon == 0 else LatLon(lat=lat, lon=lon)


# The version of a UUID that holds random bits.
KEY_PATTERN: Final = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[47][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"


def key_of(sent: str | None) -> UUID | None:
    """Return the key of a request that may come again; raises `IntakeError` for one that could be guessed."""
    if sent is None:
        return None
    try:
        key = UUID(sent)
    except ValueError:
        raise IntakeError("Idempotency-Key", "invalid_idempotency_key", got=repr(sent[:40])) from None
    # The follow-up address of a repeated report is made from the key, so the key must not be guessable.
    if key.version not in (4, 7):
        raise IntakeError("Idempotency-Key", "invalid_idempotency_key", got=repr(sent[:40]))
    return key
