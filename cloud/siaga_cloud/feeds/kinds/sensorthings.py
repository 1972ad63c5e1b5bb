"""Reads any OGC SensorThings 1.1 server: the Observations of a Datastream become readings of one of our gauges.

The unit is read from the Datastream at every poll, so that a server which changes from metres to centimetres causes no
false flood.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urljoin

from siaga_cloud.feeds import fields
from siaga_cloud.feeds.items import BodyError, Found, FoundReading, ItemError, ParsedResponse, RawItem, Request
from siaga_cloud.feeds.options import DatastreamLink, SensorThingsTable

_CM: Final = {
    "cm": 1.0, "centimetre": 1.0, "centimeter": 1.0, "m": 100.0, "metre": 100.0, "meter": 100.0, "mm": 0.1,
    "millimetre": 0.1, "millimeter": 0.1, "ft": 30.48, "foot": 30.48, "in": 2.54, "inch": 2.54,
}  # fmt: skip
_PAGE: Final = 500


class SensorThingsFeed:
    """Implements `siaga_cloud.feeds.items.Feed` for SensorThings servers."""

    def __init__(self, options: SensorThingsTable) -> None:
        self._options = options
        self._links = {link.gauge: link for link in options.gauge}

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """Return each Datastream, for its unit; its Observations follow."""
        return [Request(url=self._url(link), label=f"unit {link.gauge}") for link in self._options.gauge]

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """A Datastream leads to its newest Observations, and a page of them to the next."""
        root = fields.parse_json(body)
        if not isinstance(root, dict):
            raise BodyError(f"got {fields.shown(root)}, expected an object")
        kind, _, rest = request.label.partition(" ")
        gauge_id, _, factor = rest.partition(" ")
        if kind == "unit":
            return ParsedResponse(more=[self._observations(gauge_id, root, now)])
        if "value" not in root:
            raise BodyError("value: got nothing, expected a list of Observations")
        origin = {"gauge": gauge_id, "cm": factor}
        items = [RawItem(json.dumps({**origin, "observation": one}).encode()) for one in fields.list_of(root, "value")]
        following = root.get("@iot.nextLink")
        more = [Request(url=urljoin(request.url, following), label=request.label)] if isinstance(following, str) else []
        return ParsedResponse(items=items, more=more if items else [])

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return a reading; raises ItemError."""
        held = fields.item_of(item)
        gauge_id, seen = fields.text(held, "gauge"), held.get("observation")
        if gauge_id not in self._links:
            raise ItemError(f"gauge: got {fields.shown(gauge_id)}, expected one of this feed")
        if not isinstance(seen, dict):
            raise ItemError(f"got {fields.shown(seen)}, expected an Observation")
        at = fields.time_of(_end_of(seen.get("phenomenonTime")), "phenomenonTime", now=now)
        return (_reading(self._links[gauge_id], seen, at, fields.number(held, "cm", least=1e-6, most=1e6)),)

    def _url(self, link: DatastreamLink) -> str:
        own = str(link.datastream)
        key = own if own.isascii() and own.isdecimal() else "'" + own.replace("'", "''") + "'"
        return f"{self._options.url.rstrip('/')}/Datastreams({quote(key, safe=chr(39))})"

    def _observations(self, gauge_id: str, datastream: Mapping[str, Any], now: datetime) -> Request:
        link = self._links[gauge_id]
        since = (now - timedelta(hours=self._options.hours)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        parameters = {
            "$filter": f"phenomenonTime gt {since}", "$orderby": "phenomenonTime asc", "$top": str(_PAGE),
            "$select": "phenomenonTime,result",
        }  # fmt: skip
        query = "&".join(f"{key}={quote(value, safe=':,')}" for key, value in parameters.items())
        factor = _unit(datastream, link)
        return Request(url=f"{self._url(link)}/Observations?{query}", label=f"observations {gauge_id} {factor!r}")


def _unit(datastream: Mapping[str, Any], link: DatastreamLink) -> float:
    """Return how many centimetres one of the Datastream's units is; raises BodyError for one that is not known."""
    unit = datastream.get("unitOfMeasurement")
    units = [str(unit.get(key, "")).strip().lower() for key in ("symbol", "name")] if isinstance(unit, dict) else []
    for word in units:
        if word.removesuffix("s") in _CM or word in _CM:
            return _CM.get(word) or _CM[word.removesuffix("s")]
    if link.unit is not None:
        return _CM[link.unit]
    raise BodyError(f"unitOfMeasurement of {link.gauge}: got {fields.shown(unit)}, expected one of {', '.join(_CM)}")


def _reading(link: DatastreamLink, seen: Mapping[str, Any], at: datetime, cm: float) -> FoundReading:
    if seen.get("result") is None:
        return FoundReading(gauge_id=link.gauge, measured_at=at, level_cm=None, quality="missing")
    level = fields.checked_number(seen["result"], "result", least=-1e6, most=1e6) * cm + link.offset_cm
    is_likely = link.least_cm <= level <= link.most_cm
    return FoundReading(
        gauge_id=link.gauge,
        measured_at=at,
        level_cm=round(level, 2),
        quality="good" if is_likely else "bad",
        flags=() if is_likely else ("range",),
    )


def _end_of(found: object) -> object:
    """Return the end of a time that may be an interval."""
    return found.rpartition("/")[2] if isinstance(found, str) else found
