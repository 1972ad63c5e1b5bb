"""CAP messages as documents: in the schema's order, with references, renewed in time, whatever the names hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from tests.support.standards.cap_schema import NAMESPACE, complaints

from siaga_cloud.interop.cap.messages import Message, alert_of, messages
from siaga_cloud.interop.cap.store import Region, Revision, Spot
from siaga_cloud.interop.cap.xml import Origin, document, written

NOON = datetime(2026, 11, 24, 5, 0, 0, 123456, tzinfo=UTC)
JAKARTA = timezone(timedelta(hours=7))
ORIGIN = Origin(
    sender="siaga@city.example", name="Siaga", web="https://city.example/", status="Test", zone=JAKARTA
)  # fmt: skip
SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [[106.8, -6.3], [106.9, -6.3], [106.9, -6.3], [106.9, -6.2], [106.8, -6.2], [106.8, -6.3]],
        [[106.84, -6.26], [106.86, -6.26], [106.86, -6.24], [106.84, -6.26]],
    ],
}
HOSTILE = "]]><info>&amp;\0\x08\ufffe <script>alert('x')</script> \"Kali\" & 𝕏 🌊 \u202e"


def a_revision(number: int = 1, *, hours: float = 0, kind: str = "raise", **changed: Any) -> Revision:
    at = NOON + timedelta(hours=hours)
    return replace(
        Revision(
            alert_id=UUID(int=7), revision=number, at=at, kind=kind, why="begins", level=3, stage=1, flood_state=3,
            flood_certainty="Likely", severity="Extreme", urgency="Immediate", certainty="Observed", onset_at=at,
            expires_at=None if kind == "all_clear" else at + timedelta(hours=6), headline_id="BAHAYA banjir",
            headline_en="Flood DANGER", text_id="Air naik.", text_en="Water rises.", instruction_id="Pergi.",
            instruction_en="Leave.",
        ),
        **changed,
    )  # fmt: skip


def story() -> list[Revision]:
    return [a_revision(1), a_revision(2, hours=1, kind="update"), a_revision(3, hours=2, kind="all_clear", level=0)]


def test_the_certainty_of_the_flood_stands_beside_that_of_the_alert() -> None:
    (first,) = made(a_revision(1, stage=3, flood_state=1, flood_certainty="Possible"), hours=0)
    content = document(first, [Region(id="a", name="A", geometry=None)], None, ORIGIN)
    assert set(elements(content, "info/certainty")) == {"Observed"}
    names, values = elements(content, "info/parameter/valueName"), elements(content, "info/parameter/value")
    assert dict(zip(names, values, strict=True))["SIAGA-FLOOD-CERTAINTY"] == "Possible"
    (dry,) = made(a_revision(1, stage=3, flood_state=0, flood_certainty=None), hours=0)
    names = elements(document(dry, [Region(id="a", name="A", geometry=None)], None, ORIGIN), "info/parameter/valueName")
    assert "SIAGA-FLOOD-CERTAINTY" not in names


def test_an_alert_that_lapses_is_an_update_without_an_all_clear() -> None:
    lapsed = a_revision(
        2, hours=7, kind="update", why="lapsed", level=0, stage=4, severity="Unknown", urgency="Unknown",
        certainty="Unknown", expires_at=None,
    )  # fmt: skip
    last = made(a_revision(1), lapsed, hours=30)[-1]
    content = document(last, [Region(id="a", name="A", geometry=None)], None, ORIGIN)
    assert complaints(content) == []
    assert elements(content, "msgType") == ["Update"]
    assert elements(content, "info/responseType") == ["Monitor", "Monitor"]
    assert last.sent_at == lapsed.at, "it is not renewed"


def made(*reported: Revision, hours: float = 10) -> list[Message]:
    return messages(reported, now=NOON + timedelta(hours=hours))


def elements(content: bytes, path: str) -> list[str]:
    found = ET.fromstring(content).findall(path, {"": NAMESPACE})  # noqa: S314 - our own document
    return [one.text or "" for one in found]


def test_a_story_is_an_alert_an_update_and_a_cancel_that_name_all_that_came_before() -> None:
    regions = [Region(id="31.74", name="Manggarai", geometry=SQUARE)]
    contents = [document(one, regions, None, ORIGIN) for one in made(*story())]
    assert [complaints(one) for one in contents] == [[], [], []]
    assert [elements(one, "msgType") for one in contents] == [["Alert"], ["Update"], ["Cancel"]]
    assert [len(elements(one, "references")) for one in contents] == [0, 1, 1]
    first, second = elements(contents[2], "references")[0].split(" ")
    name = "siaga-00000000-0000-0000-0000-000000000007"
    assert first == f"siaga@city.example,{name}-1-0,2026-11-24T12:00:00+07:00"
    assert second == f"siaga@city.example,{name}-2-0,2026-11-24T13:00:00+07:00"
    assert elements(contents[2], "info/responseType") == ["AllClear", "AllClear"]


def test_both_languages_carry_the_area_with_its_outer_ring_and_code() -> None:
    content = document(
        made(a_revision(), hours=1)[0], [Region(id="31.74", name="Tebet", geometry=SQUARE)], None, ORIGIN
    )
    assert elements(content, "info/language") == ["id", "en"]
    assert elements(content, "info/event") == ["Banjir", "Flood"]
    ring = "-6.3,106.8 -6.3,106.9 -6.2,106.9 -6.2,106.8 -6.3,106.8"
    assert elements(content, "info/area/polygon") == [ring, ring]
    assert elements(content, "info/area/geocode/value") == ["31.74", "31.74"]
    assert elements(content, "info/expires")[0] == "2026-11-24T18:00:00+07:00"


def test_a_gauge_is_a_circle_before_the_areas_that_it_warns() -> None:
    spot = Spot(id="manggarai", name="PA Manggarai", lat=-6.2079, lon=106.8484)
    parts = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], SQUARE["coordinates"]]}
    regions = [Region(id="a", name="A", geometry=parts), Region(id="b", name="B", geometry=None)]
    content = document(made(a_revision(), hours=1)[0], regions, spot, ORIGIN)
    assert complaints(content) == []
    assert elements(content, "info/area/areaDesc")[:3] == ["PA Manggarai", "A", "B"]
    assert elements(content, "info/area/circle")[0] == "-6.2079,106.8484 0.5"
    assert len(elements(content, "info/area/polygon")) == 4


def test_a_coast_of_many_points_is_described_with_few() -> None:
    many = [[106.8 + i / 100_000, -6.3 + (i % 2) / 100_000] for i in range(5000)]
    long = {"type": "Polygon", "coordinates": [[*many, [106.85, -6.2], many[0]]]}
    content = document(made(a_revision(), hours=1)[0], [Region(id="a", name="A", geometry=long)], None, ORIGIN)
    assert complaints(content) == []
    assert len(elements(content, "info/area/polygon")[0].split(" ")) < 100


@pytest.mark.parametrize("field", ["headline_id", "text_id", "instruction_en"])
def test_hostile_texts_remain_texts(field: str) -> None:
    changed: dict[str, Any] = {field: HOSTILE}
    content = document(
        made(a_revision(**changed), hours=1)[0],
        [Region(id=HOSTILE, name=HOSTILE, geometry=None)],
        None,
        ORIGIN,
    )
    assert complaints(content) == []
    assert b"<script" not in content
    assert content.count(b"<info>") == 2
    shown = elements(content, "info/area/areaDesc")[0]
    assert shown == HOSTILE.translate({0: None, 8: None, 0xFFFE: None})


def test_long_alerts_are_renewed_before_they_expire_and_sent_messages_are_unchanged() -> None:
    reported = [a_revision(1), a_revision(2, hours=14, kind="all_clear", level=0)]
    before = made(reported[0], hours=13)
    assert [(one.kind, one.renewal) for one in before] == [("Alert", 0), ("Update", 1), ("Update", 2)]
    for one, following in pairwise(before):
        assert following.sent_at == one.expires_at - timedelta(minutes=30)
    assert before[-1].expires_at > NOON + timedelta(hours=13)
    after = made(*reported, hours=30)
    assert [one.identifier for one in after[:3]] == [one.identifier for one in before]
    assert (after[-1].kind, len(after[-1].earlier), after[-1].expires_at) == ("Cancel", 3, NOON + timedelta(hours=20))
    regions = [Region(id="a", name="A", geometry=SQUARE)]
    assert document(after[1], regions, None, ORIGIN) == document(before[1], regions, None, ORIGIN)


def test_an_alert_that_nobody_ends_makes_no_endless_list() -> None:
    assert len(made(a_revision(), hours=24 * 365 * 10)) < 600


def test_identifiers_name_their_alert_and_nothing_else_is_one() -> None:
    assert alert_of(made(a_revision())[0].identifier) == UUID(int=7)
    for wrong in ("", "siaga", "siaga-x-1-0", f"siaga-{UUID(int=7)}-1-0\n", f"SIAGA-{UUID(int=7)}-1-0", "\0"):
        assert alert_of(wrong) is None


def test_times_have_a_numeric_offset_and_utc_is_written_as_the_standard_requires() -> None:
    assert written(NOON, JAKARTA) == "2026-11-24T12:00:00+07:00"
    assert written(NOON, UTC) == "2026-11-24T05:00:00-00:00"


def test_the_check_itself_finds_what_cognicity_gets_wrong() -> None:
    content = document(made(a_revision(), hours=1)[0], [Region(id="a", name="A", geometry=SQUARE)], None, ORIGIN)
    root = ET.fromstring(content)  # noqa: S314 - our own document
    info = root.find(f"{{{NAMESPACE}}}info")
    assert info is not None
    expires = info.find(f"{{{NAMESPACE}}}expires")
    assert expires is not None
    info.remove(expires)
    info.append(expires)
    assert any("the order is" in one for one in complaints(ET.tostring(root)))
