"""Writes flooded roads as a SituationPublication of DATEX II version 3.

Schema: https://docs.datex2.eu, DATEXII_3_Situation.xsd. Why DATEX II and not WZDx: docs/adr/0062.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from xml.etree import ElementTree as ET

from siaga_cloud.interop.roads.model import FloodedRoad
from siaga_cloud.interop.xml_text import add, write
from siaga_core.rules.trust.certainty import Certainty

SITUATION: Final = "http://datex2.eu/schema/3/situation"
_NAMESPACES: Final = {
    "xmlns:d2": "http://datex2.eu/schema/3/d2Payload",
    "xmlns:com": "http://datex2.eu/schema/3/common",
    "xmlns:sit": SITUATION,
    "xmlns:loc": "http://datex2.eu/schema/3/locationReferencing",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_SEVERITY: Final = {"minor": "low", "moderate": "medium", "severe": "high"}
_STATUS: Final = {"Actual": "real", "Exercise": "technicalExercise", "Test": "test"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Identifies who publishes: a country by its two letters, and a name there. `status` is that of CAP messages."""

    country: str
    identifier: str
    status: Literal["Actual", "Exercise", "Test"]


def publication(roads: Iterable[FloodedRoad], publisher: Publisher, *, impassable_cm: float, now: datetime) -> bytes:
    """Return the document; without a flooded road it has no situation."""
    root = ET.Element(
        "d2:payload", {**_NAMESPACES, "xsi:type": "sit:SituationPublication", "lang": "id", "modelBaseVersion": "3"}
    )
    add(root, "com:publicationTime", _time(now))
    creator = ET.SubElement(root, "com:publicationCreator")
    add(creator, "com:country", publisher.country)
    add(creator, "com:nationalIdentifier", publisher.identifier)
    for road in roads:
        root.append(_situation(road, publisher, impassable_cm))
    return write(root)


def _situation(road: FloodedRoad, publisher: Publisher, impassable_cm: float) -> ET.Element:
    situation = ET.Element("sit:situation", {"id": str(road.incident_id) + "-" + str(road.event_id)})
    add(situation, "sit:overallSeverity", _SEVERITY.get(road.severity, "unknown"))
    add(situation, "sit:situationVersionTime", _time(road.seen_at))
    header = ET.SubElement(situation, "sit:headerInformation")
    add(header, "com:confidentiality", "noRestriction")
    add(header, "com:informationStatus", _STATUS[publisher.status])
    situation.append(_record(road, impassable_cm))
    return situation


def _record(road: FloodedRoad, impassable_cm: float) -> ET.Element:
    version = str(int(road.seen_at.timestamp()))
    record = ET.Element(
        "sit:situationRecord",
        {"xsi:type": "sit:EnvironmentalObstruction", "id": str(road.event_id), "version": version},
    )
    add(record, "sit:situationRecordCreationTime", _time(road.began_at))
    add(record, "sit:situationRecordObservationTime", _time(road.seen_at))
    add(record, "sit:situationRecordVersionTime", _time(road.seen_at))
    is_certain = road.certainty is Certainty.OBSERVED and road.is_seen_now
    add(record, "sit:probabilityOfOccurrence", "certain" if is_certain else "probable")
    validity = ET.SubElement(record, "sit:validity")
    add(validity, "com:validityStatus", "active")
    add(ET.SubElement(validity, "com:validityTimeSpecification"), "com:overallStartTime", _time(road.began_at))
    _add_texts(ET.SubElement(ET.SubElement(record, "sit:generalPublicComment"), "sit:comment"), road)
    record.append(_location(road))
    if road.is_impassable(impassable_cm):
        add(record, "sit:trafficConstrictionType", "roadBlocked")
    if road.depth_cm is not None:
        add(record, "sit:depth", f"{road.depth_cm / 100:.2f}")
    add(record, "sit:environmentalObstructionType", "flooding")
    return record


def _location(road: FloodedRoad) -> ET.Element:
    """The point of the camera, and the name of the place in words."""
    location = ET.Element("sit:locationReference", {"xsi:type": "loc:PointLocation"})
    words = ET.SubElement(ET.SubElement(location, "loc:supplementaryPositionalDescription"), "loc:locationDescription")
    add(ET.SubElement(words, "com:values"), "com:value", road.place_name).set("lang", "id")
    point = ET.SubElement(ET.SubElement(location, "loc:pointByCoordinates"), "loc:pointCoordinates")
    add(point, "loc:latitude", f"{road.lat:.6f}")
    add(point, "loc:longitude", f"{road.lon:.6f}")
    return location


def _add_texts(parent: ET.Element, road: FloodedRoad) -> None:
    values = ET.SubElement(parent, "com:values")
    add(values, "com:value", road.text("id")).set("lang", "id")
    add(values, "com:value", road.text("en")).set("lang", "en")


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
