"""Reads the warnings of other authorities in CAP 1.2, from an Atom or RSS feed (such as BMKG's) or as one alert.

Every alert is requested once, by its address and the time that the feed gives it. An alert becomes a warning of the
kelurahan that it touches; one that was observed in a small place, of a kind that the city names, is a signal as well.
Standard: https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from siaga_cloud.feeds import fields
from siaga_cloud.feeds.items import (
    BodyError,
    Found,
    FoundSignal,
    FoundWarning,
    ItemError,
    ParsedResponse,
    RawItem,
    Request,
    WarningArea,
    WarningText,
)
from siaga_cloud.feeds.kinds import xml_reading
from siaga_cloud.feeds.kinds.xml_reading import child_text, children, name_of, needed_text
from siaga_cloud.feeds.options import CapTable

_STATUSES: Final = ("Actual", "Exercise", "System", "Test", "Draft")
_TYPES: Final = ("Alert", "Update", "Cancel")
_SEVERITIES: Final = {"Extreme": "severe", "Severe": "severe", "Moderate": "moderate"}
# How sure a warner is that what it tells of is there.
_STRENGTH: Final = {"Observed": 1.0, "Likely": 0.7}
HOLDS: Final = timedelta(hours=24)  # without `expires`
_MOST_LINKS: Final = 500
_MOST_POINTS: Final = 5000
_SMALL_KM: Final = 2.0


class CapFeed:
    """Implements `siaga_cloud.feeds.items.Feed` for CAP warnings."""

    def __init__(self, options: CapTable) -> None:
        self._options = options

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """Request the feed at its configured address."""
        return (Request(url=self._options.url),)

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """An alert is one item; a feed holds alerts, or leads to them."""
        root = xml_reading.parse(body)
        match name_of(root):
            case "alert":
                return ParsedResponse(items=[RawItem(xml_reading.payload_of(root))])
            case "feed" | "rss" | "RDF":
                return self._split_feed(root, request)
            case other:
                raise BodyError(f"got {fields.shown(other)}, expected alert, feed (Atom) or rss")

    def _split_feed(self, root: Element, request: Request) -> ParsedResponse:
        entries = [one for one in root.iter() if name_of(one) in ("entry", "item")][:_MOST_LINKS]
        inline: list[Element] = []
        linked: list[Request] = []
        for entry in entries:
            alerts = [one for one in entry.iter() if name_of(one) == "alert"]
            link = None if alerts else _link(entry, request.url)
            inline += alerts
            linked += [link] if link else []
        return ParsedResponse(items=[RawItem(xml_reading.payload_of(alert)) for alert in inline], more=linked)

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return a warning; nothing for what is not public, and for acknowledgements. Raises ItemError."""
        alert = xml_reading.parse_item(item)
        kind = needed_text(alert, "msgType")
        if kind in ("Ack", "Error") or child_text(alert, "scope") not in ("Public", ""):
            return ()
        identifier, sender = needed_text(alert, "identifier"), needed_text(alert, "sender")
        sent_at = fields.time_of(needed_text(alert, "sent"), "sent", now=now)
        infos = list(children(alert, "info"))
        if kind != "Cancel" and not infos:
            raise ItemError("info: got nothing, expected one")
        first = infos[0] if infos else alert
        warning = FoundWarning(
            identifier=identifier,
            sender=sender,
            sent_at=sent_at,
            status=_one_of(alert, "status", _STATUSES),
            message_type=_one_of(alert, "msgType", _TYPES),
            refers_to=_references(alert),
            urgency=child_text(first, "urgency") or "Unknown",
            severity=child_text(first, "severity") or "Unknown",
            certainty=child_text(first, "certainty") or "Unknown",
            onset_at=_time(first, "onset") or _time(first, "effective"),
            expires_at=max((at for info in infos if (at := _time(info, "expires"))), default=sent_at + HOLDS),
            texts=tuple(_text(info) for info in infos[:8]),
            areas=tuple(_area(area) for area in children(first, "area")),
        )
        return (replace(warning, signal=_signal(warning, self._options)),)


def _signal(warning: FoundWarning, options: CapTable) -> FoundSignal | None:
    """A warning of a wide area, or of what may come, is no incident."""
    event = " ".join(text.event for text in warning.texts).casefold()
    category = next((kind for words, kind in options.signals.items() if words.casefold() in event), None)
    strength = _STRENGTH.get(warning.certainty)
    middle = _small_middle(warning.areas)
    if category is None or strength is None or middle is None or warning.message_type == "Cancel":
        return None
    if warning.status != "Actual":
        return None
    return FoundSignal(
        category=category,
        strength=strength,
        severity=_SEVERITIES.get(warning.severity, "minor"),
        lat=middle[0],
        lon=middle[1],
        began_at=min(warning.onset_at or warning.sent_at, warning.sent_at),
        last_at=warning.sent_at,
        note=fields.plain(warning.texts[0].headline or warning.texts[0].event, 200),
    )


def _small_middle(areas: Sequence[WarningArea]) -> tuple[float, float] | None:
    """Return the middle of the first area, if none is wider than about two kilometres."""
    middles: list[tuple[float, float]] = []
    for area in areas:
        for lat, lon, radius_km in area.circles:
            if radius_km > _SMALL_KM / 2:
                return None
            middles.append((lat, lon))
        for ring in area.polygons:
            lats, lons = [lat for lat, _ in ring], [lon for _, lon in ring]
            if max(max(lats) - min(lats), max(lons) - min(lons)) * 111.2 > _SMALL_KM:
                return None
            middles.append(((max(lats) + min(lats)) / 2, (max(lons) + min(lons)) / 2))
    # Our own alerts name the gauge, which is small, before the areas that it warns, which are not.
    return middles[0] if middles else None


def _link(entry: Element, base: str) -> Request | None:
    """Return where an entry's alert is: an Atom link, the one of CAP's type first, or RSS's link."""
    links = list(children(entry, "link"))
    typed = [one.get("href") for one in links if "cap+xml" in (one.get("type") or "")]
    atom = [one.get("href") for one in links if one.get("href") and (one.get("rel") or "alternate") == "alternate"]
    address = next(filter(None, (*typed, *atom, child_text(entry, "link", 1000))), None)
    if not address or len(address) > 1000:
        return None
    version = child_text(entry, "updated") or child_text(entry, "pubDate") or child_text(entry, "date")
    return Request(url=urljoin(base, address), version=version)


def _references(alert: Element) -> tuple[tuple[str, str], ...]:
    """`sender,identifier,sent` with spaces between; raises ItemError."""
    found = []
    for words in child_text(alert, "references", 20_000).split():
        parts = words.split(",")
        if len(parts) != 3 or not all(parts):
            raise ItemError(f"references: got {fields.shown(words)}, expected sender,identifier,sent")
        found.append((parts[0], parts[1]))
    return tuple(found[:200])


def _text(info: Element) -> WarningText:
    return WarningText(
        language=(child_text(info, "language", 20) or "en-US").lower(),
        event=child_text(info, "event"),
        headline=child_text(info, "headline", 500),
        description=child_text(info, "description", 5000),
        instruction=child_text(info, "instruction", 5000),
        web=_web(child_text(info, "web", 1000)),
    )


def _web(address: str) -> str:
    """Only what a page may make a link of."""
    return address if address.startswith(("https://", "http://")) else ""


def _area(area: Element) -> WarningArea:
    return WarningArea(
        description=child_text(area, "areaDesc", 1000),
        polygons=tuple(_ring(one.text or "") for one in children(area, "polygon") if (one.text or "").strip()),
        circles=tuple(_circle(one.text or "") for one in children(area, "circle") if (one.text or "").strip()),
        geocodes=tuple((child_text(one, "valueName"), child_text(one, "value")) for one in children(area, "geocode")),
    )


def _ring(words: str) -> tuple[tuple[float, float], ...]:
    pairs = words.split()
    if not 4 <= len(pairs) <= _MOST_POINTS:
        raise ItemError(f"polygon: got {len(pairs)} points, expected 4 to {_MOST_POINTS}")
    ring = tuple(_point(pair) for pair in pairs)
    return ring if ring[0] == ring[-1] else (*ring, ring[0])


def _circle(words: str) -> tuple[float, float, float]:
    point, _, radius = words.strip().partition(" ")
    return (*_point(point), fields.checked_number(radius.strip(), "circle radius", least=0, most=2000))


def _point(pair: str) -> tuple[float, float]:
    lat, _, lon = pair.partition(",")
    return (
        fields.checked_number(lat, "polygon latitude", least=-90, most=90),
        fields.checked_number(lon, "polygon longitude", least=-180, most=180),
    )


def _one_of(alert: Element, name: str, allowed: Sequence[str]) -> str:
    found = needed_text(alert, name)
    if found not in allowed:
        raise ItemError(f"{name}: got {fields.shown(found)}, expected {', '.join(allowed)}")
    return found


def _time(element: Element, name: str) -> datetime | None:
    found = child_text(element, name)
    return fields.aware(found, name) if found else None
