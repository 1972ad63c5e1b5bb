"""Checks the query of a list of requests. An empty parameter counts as missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.interop.open311.post import bad
from siaga_cloud.interop.open311.store import RequestFilter
from siaga_cloud.platform.http.problem import Problem

WINDOW: Final = timedelta(days=90)
# How far back a request may have been made that is requested by its change alone.
CHANGED_WINDOW: Final = timedelta(days=366)
MAX_ROWS: Final = 1000
_MAX_PAGE: Final = 1000
_MAX_LISTED: Final = 1000
# A plus that was not escaped has become a space.
_OFFSET_SPACE: Final = re.compile(r" (\d\d:?\d\d)$")
_DECIMAL: Final = re.compile(r"^[+-]?[0-9]{1,6}(\.[0-9]{1,20})?$")
MAX_RADIUS_M: Final = 50_000.0
_LONGEST: Final = 40_000

_Text = Annotated[str | None, Query(max_length=_LONGEST)]
_Short = Annotated[str | None, Query(max_length=60)]
_Time = Annotated[str | None, Query(max_length=60, examples=["2026-11-24T00:00:00Z"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Represents a slice of a list, counted from 1."""

    page: int
    size: int

    @property
    def offset(self) -> int:
        """Return how many rows come before."""
        return (self.page - 1) * self.size


def read_page(page: _Text = None, page_size: _Text = None) -> Page:
    """Read the page of a request; used as a dependency."""
    return Page(page=_number("page", page, 1, _MAX_PAGE), size=_number("page_size", page_size, MAX_ROWS, MAX_ROWS))


def read_window(start_date: _Time = None, end_date: _Time = None) -> tuple[datetime | None, datetime | None]:
    """A dependency: the times requested, not more than 90 days apart."""
    since, until = read_time("start_date", start_date), read_time("end_date", end_date)
    if since and until and until - since > WINDOW:
        raise bad(f"end_date: got {(until - since).days} days after start_date, expected at most {WINDOW.days}")
    return since, until


PageOf = Annotated[Page, Depends(read_page)]
WindowOf = Annotated[tuple[datetime | None, datetime | None], Depends(read_window)]


def read_filters(
    page: PageOf,
    window: WindowOf,
    service_request_id: Annotated[_Text, Query(description="comma-separated; overrides all else")] = None,
    service_code: Annotated[_Text, Query(description="comma-separated")] = None,
    status: Annotated[_Text, Query(description="open, closed or both, comma-separated")] = None,
    updated_after: _Time = None,
    updated_before: _Time = None,
    lat: _Short = None,
    long: _Short = None,
    radius: Annotated[_Short, Query(description="metres around lat and long, by the place that is shown")] = None,
) -> RequestFilter:
    """A dependency: the filters of a list of requests; raises Problem."""
    if ids := listed(service_request_id):
        return RequestFilter(ids=[found for one in ids if (found := read_id(one))], limit=page.size, offset=page.offset)
    changed = read_time("updated_after", updated_after)
    since, until = span(window, longest=CHANGED_WINDOW if changed else WINDOW)
    return RequestFilter(
        categories=_codes(service_code),
        since=since,
        until=until,
        updated_after=changed,
        updated_before=read_time("updated_before", updated_before),
        near=_near(lat, long, radius),
        closed=_closed(status),
        limit=page.size,
        offset=page.offset,
    )


def span(window: tuple[datetime | None, datetime | None], *, longest: timedelta) -> tuple[datetime, datetime | None]:
    """Return the 90 days before an end, after a start, or until now."""
    since, until = window
    if since is not None:
        return since, until or _moved(since, longest)
    return _moved(until or datetime.now(UTC), -longest), until


def _moved(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        raise bad(f"start_date, end_date: got {at.isoformat()}, expected a time of this age") from None


def read_time(name: str, text: str | None) -> datetime | None:
    """Return a W3C time with its zone, or a whole date (UTC); raises Problem."""
    if not text or not text.strip():
        return None
    fixed = _OFFSET_SPACE.sub(r"+\1", text.strip())
    try:
        at = datetime.fromisoformat(fixed)
        at = at.replace(tzinfo=UTC) if re.fullmatch(r"\d{4}-\d\d-\d\d", fixed) else at
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise bad(f"{name}: got {text[:60]!r}, expected a time with its zone like 2026-11-24T00:00:00Z")


def listed(text: str | None) -> list[str]:
    """Return a comma-separated list without empty items; raises Problem where it is too long."""
    found = [one.strip() for one in (text or "").split(",") if one.strip()]
    if len(found) > _MAX_LISTED:
        raise bad(f"list: got {len(found)} items, expected at most {_MAX_LISTED}")
    return found


def read_id(text: str) -> UUID | None:
    """Return a request's id; None for what cannot be one of ours."""
    try:
        return UUID(text)
    except ValueError:
        return None


def find_id(text: str, *, what: str = "service_request_id") -> UUID:
    """Return a request's id; raises Problem (404)."""
    found = read_id(text)
    if found is None:
        raise Problem(404, "request-not-found", "There is no such request", f"{what}: there is no {text[:60]!r}")
    return found


def _codes(text: str | None) -> list[str] | None:
    codes = listed(text)
    unknown = [code for code in codes if code not in CATEGORIES]
    if unknown:
        raise bad(f"service_code: got {unknown[0][:40]!r}, expected of {', '.join(CATEGORIES)}")
    return codes or None


def _near(lat: str | None, lon: str | None, radius: str | None) -> tuple[float, float, float] | None:
    given = {"lat": (lat, 90.0), "long": (lon, 180.0), "radius": (radius, MAX_RADIUS_M)}
    texts = [text.strip() for text, _ in given.values() if text and text.strip()]
    if not texts:
        return None
    if len(texts) < len(given):
        raise bad("lat, long, radius: expected all three, or none")
    found = [_measure(name, text or "", most) for name, (text, most) in given.items()]
    if found[2] <= 0:
        raise bad(f"radius: got {texts[2][:40]!r}, expected metres up to {MAX_RADIUS_M:g}")
    return found[0], found[1], found[2]


def _measure(name: str, text: str, most: float) -> float:
    if not _DECIMAL.match(text.strip()) or abs(float(text)) > most:
        raise bad(f"{name}: got {text[:40]!r}, expected a number up to {most:g}")
    return float(text)


def _closed(text: str | None) -> bool | None:
    wanted = {one.lower() for one in listed(text)}
    if wanted - {"open", "closed"}:
        raise bad(f"status: got {text!r:.60}, expected open, closed or both")
    return None if len(wanted) != 1 else wanted == {"closed"}


def _number(name: str, text: str | None, default: int, most: int) -> int:
    if not text or not text.strip():
        return default
    if not re.fullmatch(r"[0-9]{1,6}", text.strip()) or not 1 <= int(text) <= most:
        raise bad(f"{name}: got {text[:40]!r}, expected a whole number from 1 to {most}")
    return int(text)
