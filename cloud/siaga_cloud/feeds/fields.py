"""Reads values from parsed JSON and from text. Its errors name the key, what it held and what was expected."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from siaga_cloud.feeds.items import BodyError, ItemError

MAX_AHEAD = timedelta(minutes=10)
_SHOWN = 60
_SPACES = re.compile(r"\s+")


def parse_json(body: bytes) -> Any:
    """Parsed JSON of UTF-8 bytes; NaN, wrong encodings and unlimited nesting are errors. Raises BodyError."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BodyError(f"got bytes that are not UTF-8 at {error.start}, expected JSON in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise BodyError(f"not readable as JSON: {str(error)[:120]}") from None


def item_of(payload: bytes) -> Mapping[str, Any]:
    """Return one item's object; raises ItemError."""
    try:
        found = parse_json(payload)
    except BodyError as error:
        raise ItemError(str(error)) from None
    if not isinstance(found, dict):
        raise ItemError(f"got {shown(found)}, expected an object")
    return found


def payload_of(item: Any) -> bytes:
    """Return an item's bytes, the same for the same content."""
    # In ASCII, because lone surrogates are legal in JSON's escapes and cannot be written otherwise.
    return json.dumps(item, separators=(",", ":")).encode()


def list_of(holder: Mapping[str, Any], key: str) -> Sequence[Any]:
    """Return a list; one that is absent or null is empty. Raises BodyError."""
    found = holder.get(key)
    if found is None:
        return ()
    if not isinstance(found, list):
        raise BodyError(f"{key}: got {shown(found)}, expected a list")
    return found


def shown(value: object) -> str:
    """Return a value as an error message shows it."""
    text = ascii(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def plain(value: object, most: int) -> str:
    """Text without control characters and lone surrogates, on one line, cut to a length. Markup stays as text."""
    words = "".join(
        " " if unicodedata.category(mark) in ("Cc", "Cs", "Co", "Cn") else mark for mark in str(value)[: 4 * most]
    )
    return _SPACES.sub(" ", words).strip()[:most]


def text(holder: Mapping[str, Any], key: str, *, most: int = 300, default: str | None = None) -> str:
    """Return a string, or a number as one; raises ItemError where it is needed (no default) and absent or empty."""
    found = holder.get(key)
    if isinstance(found, str | int | float) and not isinstance(found, bool) and (words := plain(found, most)):
        return words
    if default is None:
        raise ItemError(f"{key}: got {shown(found)}, expected text")
    return default


def identifier(holder: Mapping[str, Any], key: str, *, most: int, default: str | None = None) -> str:
    """As `text`, of what identifies something: one that is too long is an error, because two that are alike in their
    first characters would become one.
    """
    found = holder.get(key)
    if isinstance(found, str) and len(found) > most:
        raise ItemError(f"{key}: got {len(found)} characters, expected at most {most}")
    return text(holder, key, most=most, default=default)


def number(holder: Mapping[str, Any], key: str, *, least: float, most: float, default: float | None = None) -> float:
    """Return a number, also one that stands in a string; raises ItemError."""
    found = holder.get(key)
    if found in (None, "") and default is not None:
        return default
    return checked_number(found, key, least=least, most=most)


def checked_number(found: object, key: str, *, least: float, most: float) -> float:
    """As `number`, of a value."""
    value = math.nan
    if isinstance(found, str | int | float) and not isinstance(found, bool):
        try:
            value = float(found)
        except (ValueError, OverflowError):
            value = math.nan
    if not least <= value <= most:
        raise ItemError(f"{key}: got {shown(found)}, expected a number from {least:g} to {most:g}")
    return value


def is_true(found: object) -> bool:
    """Return a boolean, also as the string that some send."""
    return found is True or (isinstance(found, str) and found.strip().lower() == "true")


def place(lat: object, lon: object, *, key: str) -> tuple[float, float]:
    """(lat, lon); raises ItemError, also for 0, 0, which is how many write that they do not know."""
    found = (
        checked_number(lat, f"{key} latitude", least=-90, most=90),
        checked_number(lon, f"{key} longitude", least=-180, most=180),
    )
    if found == (0.0, 0.0):
        raise ItemError(f"{key}: got 0, 0, expected a place")
    return found


def millis(holder: Mapping[str, Any], key: str, *, now: datetime) -> datetime:
    """Return a time in milliseconds since 1970, also as a string; not ahead of now. Raises ItemError."""
    value = number(holder, key, least=946_684_800_000, most=4_102_444_800_000)
    return not_ahead(datetime.fromtimestamp(value / 1000, UTC), key, now=now)


def time_of(found: object, key: str, *, now: datetime) -> datetime:
    """Return an ISO 8601 time with a zone, not ahead of now; raises ItemError."""
    return not_ahead(aware(found, key), key, now=now)


def aware(found: object, key: str) -> datetime:
    """Return an ISO 8601 time with a zone; raises ItemError."""
    try:
        at = datetime.fromisoformat(str(found).strip()).astimezone(UTC) if _has_zone(str(found)) else None
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise ItemError(f"{key}: got {shown(found)}, expected a time with a zone, as 2026-11-20T08:00:00+07:00")
    return at


def not_ahead(at: datetime, key: str, *, now: datetime) -> datetime:
    """Return the time, unless it has not come yet; raises ItemError."""
    if at > now + MAX_AHEAD:
        raise ItemError(f"{key}: got {at.isoformat()}, expected a time that is not ahead of ours")
    return at


def _has_zone(words: str) -> bool:
    return datetime.fromisoformat(words.strip()).tzinfo is not None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
