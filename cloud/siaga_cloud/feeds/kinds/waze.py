"""Reads Waze for Cities: alerts, jams and irregularities become signals.

The format is https://support.google.com/waze/partners/answer/13458165 (v3.0). Deviations that occur in practice are
accepted: absent lists, milliseconds and booleans as strings, `speedKPH` for `speedKMH`, `alertsCount` for `alertCount`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from siaga_cloud.feeds import fields
from siaga_cloud.feeds.items import BodyError, Found, FoundSignal, ItemError, ParsedResponse, RawItem, Request
from siaga_cloud.feeds.kinds.waze_lines import road_line, speed_kmh
from siaga_cloud.feeds.options import WazeTable

_PARTS: Final = {"alerts": "alert", "jams": "jam", "irregularities": "irregularity"}
_IDS: Final = {"alert": ("uuid",), "jam": ("uuid", "id"), "irregularity": ("id", "uuid")}
# Waze begins each alert with a reliability of 5 or 6; nobody has reacted to it then.
_UNKNOWN_RELIABILITY: Final = 5.0
_MUNICIPAL_STRENGTH: Final = 0.9
_SEVERE_WORDS: Final = frozenset({"ACCIDENT_MAJOR", "HAZARD_WEATHER_FLOOD"})


class WazeFeed:
    """Implements `siaga_cloud.feeds.items.Feed` for Waze."""

    def __init__(self, options: WazeTable) -> None:
        self._options = options

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """Request the one configured address."""
        return (Request(url=self._options.url),)

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """Everything that holds now, so that an alert which is not in it is over."""
        root = fields.parse_json(body)
        if not isinstance(root, dict):
            raise BodyError(f"got {fields.shown(root)}, expected an object")
        if not any(key in root for key in (*_PARTS, "startTimeMillis", "startTime")):
            raise BodyError(f"got none of {', '.join(_PARTS)}, expected a Waze feed")
        items = [_item(kind, one) for part, kind in _PARTS.items() for one in fields.list_of(root, part)]
        return ParsedResponse(items=items, as_of=_as_of(root), is_complete=True)

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return a signal, or nothing where its kind or level is not requested."""
        held = fields.item_of(item)
        kind, record = held.get("kind"), held.get("said")
        if kind not in _IDS or not isinstance(record, dict):
            raise ItemError(f"got {fields.shown(record)}, expected an object")
        read = {"alert": self._alert, "jam": self._jam, "irregularity": self._irregularity}[str(kind)]
        return read(record, now)

    def _alert(self, record: Mapping[str, Any], now: datetime) -> Sequence[Found]:
        fields.text(record, "uuid")
        kind, subtype = fields.text(record, "type"), fields.text(record, "subtype", default="")
        category = self._options.categories.get(subtype) or self._options.categories.get(kind)
        if category is None:
            return ()
        lat, lon = _location(record)
        at = fields.millis(record, "pubMillis", now=now)
        return (
            FoundSignal(
                category=category,
                strength=_strength(record),
                severity="moderate" if subtype in _SEVERE_WORDS else "minor",
                lat=lat,
                lon=lon,
                began_at=at,
                last_at=at,
                # Not reportDescription: whatever a driver writes would be public.
                note=_note(f"Waze {subtype or kind}", record),
            ),
        )

    def _jam(self, record: Mapping[str, Any], now: datetime) -> Sequence[Found]:
        level = fields.number(record, "level", least=0, most=5, default=0)
        delay = fields.number(record, "delay", least=-1, most=1e7, default=0)
        if level < self._options.jams_from_level and delay != -1:
            return ()
        if delay == -1 and self._options.jams_from_level > 5:
            return ()
        lat, lon = _middle(record)
        at = fields.millis(record, "pubMillis", now=now)
        speed = speed_kmh(record)
        pace = "" if speed is None else f", {speed:.0f} km/h"
        words = "Waze jam: blocked" if delay == -1 else f"Waze jam: level {level:.0f}{pace}"
        return (
            FoundSignal(
                category="congestion",
                strength=0.8 if delay == -1 else 0.4 + 0.1 * level,
                severity="moderate" if delay == -1 or level >= 5 else "minor",
                lat=lat,
                lon=lon,
                began_at=at,
                last_at=at,
                note=_note(words, record),
                road=road_line(record),
            ),
        )

    def _irregularity(self, record: Mapping[str, Any], now: datetime) -> Sequence[Found]:
        severity = fields.number(record, "severity", least=0, most=5, default=0)
        if severity < self._options.irregularities_from_severity:
            return ()
        lat, lon = _middle(record)
        began_at = fields.millis(record, "detectionDateMillis", now=now)
        last_at = fields.millis(record, "updateDateMillis", now=now) if record.get("updateDateMillis") else began_at
        alerts = fields.number(
            record, "alertCount" if "alertCount" in record else "alertsCount", least=0, most=1e6, default=0
        )
        drivers = fields.number(record, "driversCount", least=0, most=1e7, default=0)
        return (
            FoundSignal(
                category="congestion",
                strength=min(0.95, 0.4 + 0.1 * severity + 0.05 * min(alerts, 2)),
                severity="moderate",
                lat=lat,
                lon=lon,
                began_at=began_at,
                last_at=max(began_at, last_at),
                note=_note(f"Waze irregularity: severity {severity:.0f}, {drivers:.0f} drivers", record),
            ),
        )


def _item(kind: str, record: Any) -> RawItem:
    payload = fields.payload_of({"kind": kind, "said": record})
    if isinstance(record, dict):
        for key in _IDS[kind]:
            own = record.get(key)
            if isinstance(own, str | int) and not isinstance(own, bool) and (words := fields.plain(own, 200)):
                return RawItem(payload, f"{kind}:{words}")
    return RawItem(payload)


def _as_of(root: Mapping[str, Any]) -> datetime | None:
    """endTimeMillis, else endTime ("yyyy-MM-dd HH:mm:ss:SSS", UTC)."""
    found = root.get("endTimeMillis")
    try:
        return datetime.fromtimestamp(float(found) / 1000, UTC)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    try:
        return datetime.strptime(str(root.get("endTime"))[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _strength(alert: Mapping[str, Any]) -> float:
    """Return how sure Waze is: 1 - (1 - reliability / 10) (1 - confidence / 20).

    `reliability` weighs the reporter's rank and other drivers' reactions, `confidence` the reactions alone, so that it
    may only add to the first.
    """
    reliability = fields.number(alert, "reliability", least=0, most=10, default=_UNKNOWN_RELIABILITY)
    confidence = fields.number(alert, "confidence", least=0, most=10, default=0)
    strength = 1 - (1 - reliability / 10) * (1 - confidence / 20)
    return max(strength, _MUNICIPAL_STRENGTH) if fields.is_true(alert.get("reportByMunicipalityUser")) else strength


def _location(record: Mapping[str, Any]) -> tuple[float, float]:
    found = record.get("location")
    if not isinstance(found, dict):
        raise ItemError(f"location: got {fields.shown(found)}, expected {{x, y}}")
    return fields.place(found.get("y"), found.get("x"), key="location")


def _middle(record: Mapping[str, Any]) -> tuple[float, float]:
    """Return the middle point of a line."""
    line = record.get("line")
    if not isinstance(line, list) or not line or not isinstance(line[len(line) // 2], dict):
        raise ItemError(f"line: got {fields.shown(line)}, expected [{{x, y}}, ...]")
    middle = line[len(line) // 2]
    return fields.place(middle.get("y"), middle.get("x"), key="line")


def _note(words: str, record: Mapping[str, Any]) -> str:
    street = fields.text(record, "street", default="", most=100)
    return fields.plain(f"{words}, {street}" if street else words, 200)
