"""The published shapes of the feeds for traffic and hydrology, written from their specifications: what breaks them.

CIFS: developers.google.com/waze/data-feed/cifs-specification. DATEX II 3: the sequences of DATEXII_3_Situation.xsd and
the types that it uses. PI-XML: the sequences of pi_timeseries.xsd. GTFS-Realtime: the rules of its reference that a
validator has beyond the protocol buffer. The schemas themselves are not included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from google.transit import gtfs_realtime_pb2 as gtfs

MANY = 1_000_000
Rule = tuple[str, int, int, str | None]
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_ZULU = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_DEGREES = r"-?\d{1,3}\.\d{1,6}"

CIFS_TYPES: Mapping[str, frozenset[str]] = {
    "ROAD_CLOSED": frozenset({"ROAD_CLOSED_HAZARD", "ROAD_CLOSED_CONSTRUCTION", "ROAD_CLOSED_EVENT"}),
    "HAZARD": frozenset({"HAZARD_WEATHER", "HAZARD_WEATHER_FLOOD", "HAZARD_ON_ROAD", "HAZARD_ON_ROAD_OBJECT"}),
}
_CIFS_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_CIFS_LINE = re.compile(rf"{_DEGREES} {_DEGREES}( {_DEGREES} {_DEGREES})*")


def cifs_complaints(feed: Mapping[str, Any]) -> list[str]:
    """What is wrong with a CIFS feed: required elements, their forms, subtypes of the type, ids once."""
    found = [] if set(feed) == {"incidents"} else [f"feed: {sorted(feed)}"]
    entries = [one["incident"] for one in feed["incidents"]]
    found += ["ids are not unique"] if len({one["id"] for one in entries}) < len(entries) else []
    for one in entries:
        checks = {
            "type": one.get("subtype") in CIFS_TYPES.get(one.get("type", ""), ()),
            "polyline": _CIFS_LINE.fullmatch(one.get("polyline", "")) is not None,
            "street": bool(one.get("street")),
            "starttime": _CIFS_TIME.fullmatch(one.get("starttime", "")) is not None,
            "direction": one.get("direction") in ("BOTH_DIRECTIONS", "ONE_DIRECTION"),
            "a closure has a line": one.get("type") != "ROAD_CLOSED" or len(one.get("polyline", "").split()) >= 4,
        }
        found += [f"{one.get('id')}: {name} is {one.get(name)!r}" for name, is_right in checks.items() if not is_right]
    return found


DATEX: Mapping[str, Sequence[Rule]] = {
    "payload": (("publicationTime", 1, 1, _ZULU), ("publicationCreator", 1, 1, None), ("situation", 0, MANY, None)),
    "publicationCreator": (("country", 1, 1, "[a-z]{2}"), ("nationalIdentifier", 1, 1, ".+")),
    "situation": (
        ("overallSeverity", 0, 1, "highest|high|medium|low|lowest|none|unknown"), ("situationVersionTime", 0, 1, _ZULU),
        ("headerInformation", 1, 1, None), ("situationRecord", 1, MANY, None),
    ),
    "headerInformation": (
        ("confidentiality", 0, 1, "noRestriction|restrictedToAuthorities|internalUse"),
        ("informationStatus", 1, 1, "real|securityExercise|technicalExercise|test"),
    ),
    # SituationRecord, TrafficElement, Obstruction and EnvironmentalObstruction, one after the other.
    "situationRecord": (
        ("situationRecordCreationReference", 0, 1, None), ("situationRecordCreationTime", 1, 1, _ZULU),
        ("situationRecordObservationTime", 0, 1, _ZULU), ("situationRecordVersionTime", 1, 1, _ZULU),
        ("situationRecordFirstSupplierVersionTime", 0, 1, _ZULU), ("confidentialityOverride", 0, 1, None),
        ("probabilityOfOccurrence", 1, 1, "certain|probable|riskOf"), ("severity", 0, 1, None),
        ("safetyRelatedMessage", 0, 1, None), ("source", 0, 1, None), ("validity", 1, 1, None), ("impact", 0, 1, None),
        ("cause", 0, 1, None), ("generalPublicComment", 0, MANY, None), ("nonGeneralPublicComment", 0, MANY, None),
        ("urlLink", 0, MANY, None), ("locationReference", 1, 1, None), ("informationManagerOverride", 0, 1, None),
        ("impactOnOppositeDirection", 0, 1, None),
        ("trafficConstrictionType", 0, 1, "roadBlocked|carriagewayBlocked|lanesBlocked"),
        ("numberOfObstructions", 0, 1, r"\d+"), ("mobilityOfObstruction", 0, 1, None),
        ("depth", 0, 1, r"\d+(\.\d+)?"), ("environmentalObstructionType", 1, 1, "flooding"),
    ),
    "validity": (
        ("validityStatus", 1, 1, "active|planned|suspended|definedByValidityTimeSpec"),
        ("validityTimeSpecification", 1, 1, None),
    ),
    "validityTimeSpecification": (("overallStartTime", 1, 1, _ZULU), ("overallEndTime", 0, 1, _ZULU)),
    "generalPublicComment": (("comment", 1, 1, None),),
    "comment": (("values", 1, 1, None),),
    "values": (("value", 1, MANY, ".+"),),
    "locationReference": (
        ("externalReferencing", 0, MANY, None), ("coordinatesForDisplay", 0, 1, None),
        ("supplementaryPositionalDescription", 0, 1, None), ("destination", 0, 1, None),
        ("pointByCoordinates", 0, 1, None),
    ),
    "supplementaryPositionalDescription": (("locationDescription", 0, 1, None),),
    "locationDescription": (("values", 1, 1, None),),
    "pointByCoordinates": (("bearing", 0, 1, r"\d+"), ("pointCoordinates", 1, 1, None)),
    "pointCoordinates": (("latitude", 1, 1, _DEGREES), ("longitude", 1, 1, _DEGREES)),
}  # fmt: skip
PI: Mapping[str, Sequence[Rule]] = {
    "TimeSeries": (("timeZone", 0, 1, r"-?\d+(\.\d+)?"), ("series", 1, MANY, None)),
    "series": (("header", 1, 1, None), ("properties", 0, MANY, None), ("event", 0, MANY, None)),
    "header": (
        ("type", 1, 1, "instantaneous|accumulative|mean"), ("moduleInstanceId", 0, 1, ".+"),
        ("locationId", 1, 1, ".+"), ("parameterId", 1, 1, ".+"), ("qualifierId", 0, MANY, ".+"),
        ("timeStep", 1, 1, None), ("startDate", 1, 1, None), ("endDate", 1, 1, None), ("forecastDate", 0, 1, None),
        ("missVal", 1, 1, r"NaN|-?\d+(\.\d+)?"), ("longName", 0, 1, None), ("stationName", 0, 1, None),
        ("lat", 0, 1, _DEGREES), ("lon", 0, 1, _DEGREES), ("x", 0, 1, _DEGREES), ("y", 0, 1, _DEGREES),
        ("z", 0, 1, None), ("units", 0, 1, None),
    ),
}  # fmt: skip


def datex_complaints(document: bytes) -> list[str]:
    """What breaks the sequences, numbers and types of a SituationPublication."""
    root = ET.fromstring(document)  # noqa: S314 - our own answer
    kinds = {one.get(_XSI_TYPE) for one in root.iter("{http://datex2.eu/schema/3/situation}situationRecord")}
    found = [] if kinds <= {"sit:EnvironmentalObstruction"} else [f"records of {kinds}"]
    found += [] if root.get(_XSI_TYPE) == "sit:SituationPublication" and root.get("lang") else ["payload: its type"]
    return [*found, *_inside(root, DATEX)]


def pi_complaints(document: bytes) -> list[str]:
    """What breaks the sequences, numbers and types of PI-XML, and whether times ascend."""
    root = ET.fromstring(document)  # noqa: S314 - our own answer
    name = "{http://www.wldelft.nl/fews/PI}"
    found = _inside(root, PI) if root.tag == f"{name}TimeSeries" else [f"root: {root.tag}"]
    for series in root.iter(f"{name}series"):
        times = [(one.get("date", ""), one.get("time", "")) for one in series.iter(f"{name}event")]
        found += [] if times == sorted(set(times)) else ["series: the times do not ascend"]
        wrong = [one.attrib for one in series.iter(f"{name}event") if not _is_event(one.attrib)]
        found += [f"event: {one}" for one in wrong]
    return found


def _is_event(given: Mapping[str, str]) -> bool:
    forms = {"date": r"\d{4}-\d\d-\d\d", "time": r"\d\d:\d\d:\d\d", "value": r"-?\d+(\.\d+)?", "flag": r"[0-9]"}
    return set(given) == set(forms) and all(re.fullmatch(form, given[name]) for name, form in forms.items())


def _inside(parent: ET.Element, rules_of: Mapping[str, Sequence[Rule]]) -> list[str]:
    name = parent.tag.rpartition("}")[2]
    rules = rules_of.get(name)
    if rules is None:
        return []
    names = [child.tag.rpartition("}")[2] for child in parent]
    sequence = [rule[0] for rule in rules]
    found = [f"{name}: {one} is not known" for one in names if one not in sequence]
    places = [sequence.index(one) for one in names if one in sequence]
    found += [] if places == sorted(places) else [f"{name}: the sequence is {names}"]
    found += [f"{name}: {names.count(one)} of {one}" for one, least, most, _ in rules
              if not least <= names.count(one) <= most]  # fmt: skip
    forms = {rule[0]: rule[3] for rule in rules}
    for child, child_name in zip(parent, names, strict=True):
        form = forms.get(child_name)
        if form is not None and not re.fullmatch(form, child.text or ""):
            found.append(f"{name}: {child_name} is {child.text!r}")
        found += _inside(child, rules_of)
    return found


def gtfs_complaints(body: bytes) -> list[str]:
    """What the reference demands of a feed of alerts beyond the protocol buffer, which parsing checks."""
    message = gtfs.FeedMessage.FromString(body)
    ids = [one.id for one in message.entity]
    rules: list[tuple[str, Callable[[], bool]]] = [
        ("version", lambda: message.header.gtfs_realtime_version == "2.0"),
        ("timestamp", lambda: message.header.timestamp > 1_500_000_000),
        ("whole dataset", lambda: message.header.incrementality == gtfs.FeedHeader.FULL_DATASET),
        ("ids once", lambda: len(set(ids)) == len(ids)),
        ("alerts", lambda: all(one.HasField("alert") for one in message.entity)),
        ("selectors", lambda: all(_has_selector(one.alert) for one in message.entity)),
        ("texts", lambda: all(len(one.alert.header_text.translation) > 0 for one in message.entity)),
    ]
    return [name for name, holds in rules if not holds()]


def _has_selector(alert: gtfs.Alert) -> bool:
    return bool(alert.informed_entity) and all(one.agency_id or one.stop_id for one in alert.informed_entity)
