"""The queries of NGSI-LD: what each selects among three entities, and what is refused instead of ignored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_cloud.interop.ngsi_ld.query import QueryError, read

TYPES = ("FloodMonitoring", "Alert")


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}


ENTITIES: dict[str, dict[str, Any]] = {
    "low": {
        "id": "urn:low", "type": "FloodMonitoring", "name": prop("PA Depok"), "location": point(106.83, -6.4),
        "currentLevel": prop(0.5, unitCode="MTR", observedAt="2026-11-01T01:00:00Z"),
    },
    "high": {
        "id": "urn:high", "type": "FloodMonitoring", "name": prop("PA Manggarai, utara"),
        "location": point(106.85, -6.2),
        "currentLevel": prop(8, unitCode="MTR", observedAt="2026-11-01T02:00:00Z"), "floodLevelStatus": prop("Danger"),
    },
    "alert": {
        "id": "urn:alert", "type": "Alert", "severity": prop("high"),
        "dateIssued": prop({"@type": "DateTime", "@value": "2026-11-01T03:00:00Z"}),
        "address": prop({"addressLocality": "Manggarai"}),
    },
}  # fmt: skip
JAKARTA = "[[[106.6,-6.35],[107,-6.35],[107,-6],[106.6,-6],[106.6,-6.35]]]"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"type": "FloodMonitoring"}, "low high"),
        ({"type": "FloodMonitoring,Alert"}, "low high alert"),
        ({"type": "https://smartdatamodels.org/dataModel.Environment/FloodMonitoring"}, "low high"),
        ({"type": "Unknown"}, ""),
        ({"id": "urn:low,urn:alert"}, "low alert"),
        ({"attrs": "severity"}, "alert"),
        ({"q": "currentLevel>1"}, "high"),
        ({"q": "currentLevel>=8"}, "high"),
        ({"q": "currentLevel<=0.5"}, "low"),
        ({"q": "currentLevel==0..1"}, "low"),
        ({"q": "currentLevel!=8"}, "low"),
        ({"q": "currentLevel==8,0.5"}, "low high"),
        ({"q": 'name=="PA Depok"'}, "low"),
        ({"q": 'name=="PA Manggarai, utara","x"'}, "high"),
        ({"q": "floodLevelStatus"}, "high"),
        ({"q": 'floodLevelStatus!="Danger"'}, ""),
        ({"q": 'currentLevel>1;floodLevelStatus=="Danger"'}, "high"),
        ({"q": 'currentLevel<1|severity=="high"'}, "low alert"),
        ({"q": "currentLevel.observedAt>2026-11-01T01:30:00Z"}, "high"),
        ({"q": 'currentLevel.unitCode=="MTR"'}, "low high"),
        ({"q": "dateIssued>2026-11-01T02:00:00Z"}, "alert"),
        ({"q": 'address[addressLocality]=="Manggarai"'}, "alert"),
        ({"q": 'currentLevel>"8"'}, ""),
        ({"q": "name>1"}, ""),
        ({"georel": "near;maxDistance==5000", "geometry": "Point", "coordinates": "[106.86,-6.21]"}, "high"),
        ({"georel": "near;minDistance==5000", "geometry": "Point", "coordinates": "[106.86,-6.21]"}, "low"),
        ({"georel": "within", "geometry": "Polygon", "coordinates": JAKARTA}, "high"),
        ({"georel": "disjoint", "geometry": "Polygon", "coordinates": JAKARTA, "geoproperty": "location"}, "low"),
    ],
)
def test_a_query_selects(parameters: dict[str, str], expected: str) -> None:
    wanted = read(list(parameters.items()), TYPES)
    assert [name for name, entity in ENTITIES.items() if wanted.matches(entity)] == expected.split()


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({}, "type"),
        ({"limit": "5"}, "type"),
        ({"type": "Alert", "idPattern": ".*"}, "idPattern"),
        ({"type": "Alert", "options": "sysAttrs"}, "options"),
        ({"type": "Alert", "limit": "1001"}, "limit"),
        ({"type": "Alert", "limit": "-1"}, "limit"),
        ({"type": "Alert", "count": "yes"}, "count"),
        ({"type": "A;B"}, "type"),
        ({"q": "currentLevel>"}, "q"),
        ({"q": "currentLevel>NaN"}, "q"),
        ({"q": 'name~=".*"'}, "q"),
        ({"q": "(a==1)"}, "q"),
        ({"q": "=="}, "q"),
        ({"q": "a=1"}, "q"),
        ({"q": ";".join(["a==1"] * 51)}, "q"),
        ({"q": "x" * 2001}, "q"),
        ({"georel": "near;maxDistance==5000"}, "geometry"),
        ({"georel": "near", "geometry": "Point", "coordinates": "[1,1]"}, "georel"),
        ({"georel": "near;maxDistance==5", "geometry": "Polygon", "coordinates": JAKARTA}, "georel"),
        ({"georel": "touches", "geometry": "Point", "coordinates": "[1,1]"}, "georel"),
        ({"georel": "within", "geometry": "Point", "coordinates": "[1]"}, "coordinates"),
        ({"georel": "within", "geometry": "Cube", "coordinates": "[1,1]"}, "coordinates"),
        ({"georel": "within", "geometry": "Point", "coordinates": "[1e999,1]"}, "coordinates"),
        ({"type": "Alert", "geoproperty": "place"}, "georel"),
    ],
)
def test_what_is_not_known_is_refused_by_its_name(parameters: dict[str, str], named: str) -> None:
    with pytest.raises(QueryError, match=rf"^{named}: "):
        read(list(parameters.items()), TYPES)


@given(st.text(max_size=12), st.sampled_from(["q", "georel", "coordinates", "type", "options"]))
def test_no_text_breaks_a_query(text: str, name: str) -> None:
    given = {"georel": "within", "geometry": "Point", "coordinates": "[1,1]", name: text}
    try:
        wanted = read(list(given.items()), TYPES)
    except QueryError:
        return
    assert [wanted.matches(entity) for entity in ENTITIES.values()]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("normalized", {"type": "Property", "value": 8, "unitCode": "MTR", "observedAt": "2026-11-01T02:00:00Z"}),
        ("keyValues", 8),
        ("concise", {"value": 8, "unitCode": "MTR", "observedAt": "2026-11-01T02:00:00Z"}),
    ],
)
def test_an_entity_is_shown_in_the_requested_form(form: str, expected: Any) -> None:
    wanted = read([("type", "FloodMonitoring"), ("options", form), ("attrs", "currentLevel,floodLevelStatus")], TYPES)
    shown = wanted.shown(ENTITIES["high"])
    assert shown["currentLevel"] == expected
    assert shown.keys() == {"id", "type", "currentLevel", "floodLevelStatus"}
    assert form != "concise" or shown["floodLevelStatus"] == "Danger"
