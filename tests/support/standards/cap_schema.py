"""CAP 1.2's own rules on the order, number and kinds of elements, written from the standard; what breaks them is told.

The OASIS schema itself is not included. Stricter than the schema where the standard's text is: times without Z,
identifiers without blanks, commas and angle brackets, closed polygons.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from xml.etree import ElementTree as ET

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MANY = 1_000_000


def _any(text: str) -> bool:
    return bool(text.strip())


def _words(*allowed: str) -> Callable[[str], bool]:
    return lambda text: text in allowed


def _like(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"
_NAME = r"[^\s,<&]+"
_PAIR = r"-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?"
_time = _like(_TIME)


def _polygon(text: str) -> bool:
    pairs = text.split(" ")
    inside = all(re.fullmatch(_PAIR, one) and abs(float(one.partition(",")[0])) <= 90 for one in pairs)
    return inside and len(pairs) >= 4 and pairs[0] == pairs[-1]


Rule = tuple[str, int, int, Callable[[str], bool] | None]
_PAIRED: Sequence[Rule] = (("valueName", 1, 1, _any), ("value", 1, 1, None))
ELEMENT_SEQUENCE: dict[str, Sequence[Rule]] = {
    "alert": (
        ("identifier", 1, 1, _like(_NAME)), ("sender", 1, 1, _like(_NAME)), ("sent", 1, 1, _time),
        ("status", 1, 1, _words("Actual", "Exercise", "System", "Test", "Draft")),
        ("msgType", 1, 1, _words("Alert", "Update", "Cancel", "Ack", "Error")), ("source", 0, 1, _any),
        ("scope", 1, 1, _words("Public", "Restricted", "Private")), ("restriction", 0, 1, _any),
        ("addresses", 0, 1, _any), ("code", 0, MANY, _any), ("note", 0, 1, _any),
        ("references", 0, 1, _like(rf"{_NAME},{_NAME},{_TIME}( {_NAME},{_NAME},{_TIME})*")),
        ("incidents", 0, 1, _any), ("info", 0, MANY, None),
    ),
    "info": (
        ("language", 0, 1, _like(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*")),
        ("category", 1, MANY, _words("Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport",
                                     "Infra", "CBRNE", "Other")),
        ("event", 1, 1, _any),
        ("responseType", 0, MANY, _words("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess",
                                         "AllClear", "None")),
        ("urgency", 1, 1, _words("Immediate", "Expected", "Future", "Past", "Unknown")),
        ("severity", 1, 1, _words("Extreme", "Severe", "Moderate", "Minor", "Unknown")),
        ("certainty", 1, 1, _words("Observed", "Likely", "Possible", "Unlikely", "Unknown")),
        ("audience", 0, 1, _any), ("eventCode", 0, MANY, None), ("effective", 0, 1, _time), ("onset", 0, 1, _time),
        ("expires", 0, 1, _time), ("senderName", 0, 1, _any), ("headline", 0, 1, _any), ("description", 0, 1, _any),
        ("instruction", 0, 1, _any), ("web", 0, 1, _like(r"https?://\S+")), ("contact", 0, 1, _any),
        ("parameter", 0, MANY, None), ("resource", 0, MANY, None), ("area", 0, MANY, None),
    ),
    "area": (
        ("areaDesc", 1, 1, _any), ("polygon", 0, MANY, _polygon), ("circle", 0, MANY, _like(rf"{_PAIR} \d+(\.\d+)?")),
        ("geocode", 0, MANY, None), ("altitude", 0, 1, _any), ("ceiling", 0, 1, _any),
    ),
    "parameter": _PAIRED, "eventCode": _PAIRED, "geocode": _PAIRED,
}  # fmt: skip


def complaints(document: bytes) -> list[str]:
    """What is wrong with a CAP message; nothing where it is valid."""
    root = ET.fromstring(document)  # noqa: S314 - our own answer
    if root.tag != f"{{{NAMESPACE}}}alert":
        return [f"root: got {root.tag}"]
    found = _inside(root, "alert")
    message = {one.tag.rpartition("}")[2]: one.text for one in root}
    if (message.get("msgType") in ("Update", "Cancel")) != ("references" in message):
        found.append(f"alert: {message.get('msgType')} with references {message.get('references')!r}")
    return found


def _inside(parent: ET.Element, name: str) -> list[str]:
    names = [child.tag.rpartition("}")[2] for child in parent]
    rules = ELEMENT_SEQUENCE[name]
    command = [rule[0] for rule in rules]
    found = [f"{name}: {one} is not known" for one in names if one not in command]
    places = [command.index(one) for one in names if one in command]
    if places != sorted(places):
        found.append(f"{name}: the order is {names}")
    for wanted, least, most, _ in rules:
        if not least <= names.count(wanted) <= most:
            found.append(f"{name}: {names.count(wanted)} of {wanted}")
    checks = {rule[0]: rule[3] for rule in rules}
    for child, child_name in zip(parent, names, strict=True):
        check = checks.get(child_name)
        if check is not None and not check(child.text or ""):
            found.append(f"{name}: {child_name} is {child.text!r}")
        if child_name in ELEMENT_SEQUENCE:
            found += _inside(child, child_name)
    return found
