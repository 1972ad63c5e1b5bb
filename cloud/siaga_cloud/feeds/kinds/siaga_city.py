"""Reads another Siaga installation: its incidents become signals, its levels and published stages those of our gauges.

Two cities may read each other. An incident of theirs that rests on feeds alone is skipped, so that our own data does
not return as independent evidence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.feeds import fields
from siaga_cloud.feeds.items import (
    BodyError,
    Found,
    FoundReading,
    FoundSignal,
    ItemError,
    ParsedResponse,
    RawItem,
    Request,
)
from siaga_cloud.feeds.options import SiagaTable

_SEVERITIES: Final = ("minor", "moderate", "severe")
_QUALITIES: Final = ("good", "suspect", "bad", "missing")
_MOST_INCIDENTS: Final = 1000


class SiagaFeed:
    """Implements `siaga_cloud.feeds.items.Feed` for another Siaga installation."""

    def __init__(self, options: SiagaTable) -> None:
        self._options = options
        self._links = {link.id: link for link in options.gauge}

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """Its open incidents, and its gauges where any is linked."""
        base = self._options.url.rstrip("/")
        planned = []
        if self._options.incidents:
            planned.append(
                Request(url=f"{base}/api/v1/incidents?state=open&limit={_MOST_INCIDENTS}", label="incidents")
            )
        if self._options.gauge:
            planned.append(Request(url=f"{base}/api/v1/gauges", label="gauges"))
        return planned

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """Complete as long as it is not cut off at what may be requested."""
        found = fields.parse_json(body)
        if not isinstance(found, list):
            raise BodyError(f"got {fields.shown(found)}, expected a list of {request.label}")
        if request.label == "gauges":
            ours = [one for one in found if not isinstance(one, dict) or one.get("id") in self._links]
            return ParsedResponse(items=[_item("gauge", one) for one in ours], is_complete=True)
        items = [_item("incident", one) for one in found]
        return ParsedResponse(items=items, is_complete=len(items) < _MOST_INCIDENTS)

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return a signal or a reading; raises ItemError."""
        held = fields.item_of(item)
        record = held.get("said")
        if not isinstance(record, dict):
            raise ItemError(f"got {fields.shown(record)}, expected an object")
        return self._gauge(record, now) if held.get("kind") == "gauge" else _incident(record, now)

    def _gauge(self, record: Mapping[str, Any], now: datetime) -> Sequence[Found]:
        link = self._links.get(fields.text(record, "id"))
        if link is None or record.get("measured_at") is None or record.get("level_cm") is None:
            return ()
        at = fields.time_of(record["measured_at"], "measured_at", now=now)
        level = fields.number(record, "level_cm", least=-1e6, most=1e6)
        quality = fields.text(record, "quality", default="good")
        if quality not in _QUALITIES:
            raise ItemError(f"quality: got {fields.shown(quality)}, expected one of {', '.join(_QUALITIES)}")
        is_likely = link.least_cm <= level <= link.most_cm
        return (
            FoundReading(
                gauge_id=link.gauge,
                measured_at=at,
                level_cm=None if quality == "missing" else level,
                quality=quality if is_likely or quality == "missing" else "bad",
                flags=() if is_likely else ("range",),
            ),
        )


def _item(kind: str, record: Any) -> RawItem:
    own = record.get("id") if isinstance(record, dict) else None
    source_id = f"incident:{fields.plain(own, 100)}" if kind == "incident" and isinstance(own, str) else ""
    payload = json.dumps({"kind": kind, "said": record}, separators=(",", ":")).encode()
    return RawItem(payload, source_id)


def _incident(record: Mapping[str, Any], now: datetime) -> Sequence[Found]:
    fields.text(record, "id")
    category, severity = fields.text(record, "category"), fields.text(record, "severity")
    kinds = record.get("source_kinds")
    own_observation = isinstance(kinds, list) and bool({"camera", "gauge", "citizen"} & set(map(str, kinds)))
    if category not in CATEGORIES or not own_observation or record.get("state") != "open":
        return ()
    if severity not in _SEVERITIES:
        raise ItemError(f"severity: got {fields.shown(severity)}, expected one of {', '.join(_SEVERITIES)}")
    where = record.get("place")
    if not isinstance(where, dict):
        raise ItemError(f"place: got {fields.shown(where)}, expected lat and lon")
    lat, lon = fields.place(where.get("lat"), where.get("lon"), key="place")
    began_at = fields.time_of(record.get("began_at"), "began_at", now=now)
    last_at = fields.time_of(record.get("last_signal_at"), "last_signal_at", now=now)
    return (
        FoundSignal(
            category=category,
            strength=fields.number(record, "confidence", least=0, most=1),
            severity=severity,
            lat=lat,
            lon=lon,
            began_at=min(began_at, last_at),
            last_at=last_at,
            note=f"incident {fields.number(record, 'number', least=0, most=1e15, default=0):.0f} there",
        ),
    )
