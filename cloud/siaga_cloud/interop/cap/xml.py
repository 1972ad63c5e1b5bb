"""Writes CAP 1.2 in the sequence of its schema, in Indonesian and English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final, Literal
from xml.etree import ElementTree as ET

from shapely.geometry import shape

from siaga_cloud.interop.cap.messages import Message
from siaga_cloud.interop.cap.store import Region, Revision, Spot
from siaga_cloud.interop.xml_text import add, write

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
Status = Literal["Actual", "Exercise", "Test"]
_EVENTS: Final = {"id": "Banjir", "en": "Flood"}
# Monitor, prepare, leave: what the instruction of each level demands.
_RESPONSES: Final = {1: "Monitor", 2: "Prepare", 3: "Evacuate"}
_GAUGE_RADIUS_KM: Final = "0.5"
_MAX_POINTS: Final = 500
_TOLERANCE_DEGREES: Final = 0.0003  # about 30 m
_MAX_REFERENCES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Identifies the sender. `sender` contains neither blanks nor commas; `contact` is for questions about the
    message.
    """

    sender: str
    name: str
    web: str
    status: Status
    zone: tzinfo
    contact: str | None = None


def document(message: Message, regions: Sequence[Region], spot: Spot | None, origin: Origin) -> bytes:
    """Return a CAP 1.2 message."""
    root = ET.Element("alert", {"xmlns": NAMESPACE})
    add(root, "identifier", message.identifier)
    add(root, "sender", origin.sender)
    add(root, "sent", written(message.sent_at, origin.zone))
    add(root, "status", origin.status)
    add(root, "msgType", message.kind)
    add(root, "scope", "Public")
    if message.earlier:
        add(root, "references", _references(message, origin))
    for language in ("id", "en"):
        root.append(_info(message, regions, spot, origin, language))
    return write(root)


def written(at: datetime, zone: tzinfo) -> str:
    """CAP's time: whole seconds, a numeric offset, never Z, and UTC as -00:00."""
    text = at.astimezone(zone).isoformat(timespec="seconds")
    return f"{text[:-6]}-00:00" if text.endswith("+00:00") else text


def _references(message: Message, origin: Origin) -> str:
    references = message.earlier[-_MAX_REFERENCES:]
    return " ".join(f"{origin.sender},{name},{written(at, origin.zone)}" for name, at in references)


def _info(
    message: Message, regions: Sequence[Region], spot: Spot | None, origin: Origin, language: Literal["id", "en"]
) -> ET.Element:
    latest, info = message.latest, ET.Element("info")
    onset = latest.onset_at or latest.at
    for name, text in (
        ("language", language),
        ("category", "Met"),
        ("event", _EVENTS[language]),
        ("responseType", _response(latest)),
        ("urgency", latest.urgency),
        ("severity", latest.severity),
        ("certainty", latest.certainty),
        ("effective", written(message.sent_at, origin.zone)),
        ("onset", written(onset, origin.zone)),
        ("expires", written(message.expires_at, origin.zone)),
        ("senderName", origin.name),
        ("headline", latest.headline_id if language == "id" else latest.headline_en),
        ("description", latest.text_id if language == "id" else latest.text_en),
        ("instruction", latest.instruction_id if language == "id" else latest.instruction_en),
        ("web", origin.web),
        *([("contact", origin.contact)] if origin.contact else []),
    ):
        add(info, name, text)
    for name, number in (("SIAGA-STAGE", latest.stage), ("SIAGA-FLOOD-STATE", latest.flood_state)):
        _pair(info, "parameter", name, str(number))
    if latest.flood_certainty is not None:
        _pair(info, "parameter", "SIAGA-FLOOD-CERTAINTY", latest.flood_certainty)
    info.extend(_areas(regions, spot))
    return info


def _response(latest: Revision) -> str:
    """An alert that lapsed is at level 0 without an all-clear: whether the water is down is unknown."""
    return "AllClear" if latest.kind == "all_clear" else _RESPONSES.get(latest.level, "Monitor")


def _areas(regions: Sequence[Region], spot: Spot | None) -> Iterator[ET.Element]:
    if spot is not None:
        area = ET.Element("area")
        add(area, "areaDesc", spot.name)
        add(area, "circle", f"{_degrees(spot.lat)},{_degrees(spot.lon)} {_GAUGE_RADIUS_KM}")
        _pair(area, "geocode", "SIAGA-GAUGE", spot.id)
        yield area
    for region in regions:
        area = ET.Element("area")
        add(area, "areaDesc", region.name)
        for ring in _rings(region.geometry):
            add(area, "polygon", ring)
        if region.id:
            _pair(area, "geocode", "SIAGA-AREA", region.id)
        yield area


def _pair(parent: ET.Element, name: str, key: str, value: str) -> None:
    made = ET.SubElement(parent, name)
    add(made, "valueName", key)
    add(made, "value", value)


def _rings(geometry: Mapping[str, Any] | None) -> list[str]:
    """Return the outer ring of every part as latitude,longitude pairs; CAP knows no holes."""
    if geometry is None:
        return []
    whole = shape(geometry)
    if len(list(_points(whole))) > _MAX_POINTS:
        whole = whole.simplify(_TOLERANCE_DEGREES)
    parts = whole.geoms if whole.geom_type == "MultiPolygon" else [whole]
    rings = [_ring(part.exterior.coords) for part in parts if not part.is_empty]
    return [" ".join(ring) for ring in rings if len(ring) >= 4]


def _points(whole: Any) -> Iterator[Any]:
    for part in getattr(whole, "geoms", [whole]):
        yield from part.exterior.coords


def _ring(points: Iterable[tuple[float, ...]]) -> list[str]:
    pairs: list[str] = []
    for lon, lat, *_ in points:
        pair = f"{_degrees(lat)},{_degrees(lon)}"
        if not pairs or pairs[-1] != pair:
            pairs.append(pair)
    return pairs


def _degrees(value: float) -> str:
    # Never an exponent, which the schema's decimals do not know; about 0.1 m.
    return f"{value:.6f}".rstrip("0").rstrip(".")
