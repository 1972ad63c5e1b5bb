"""The registry of hazards, and that wire and rules read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError
from tests.support.extra_hazards import SINKHOLE, registered

from siaga_core import hazards
from siaga_core.hazards import Names, UnknownHazardError
from siaga_core.rules.incident import OTHER_MATCH, MatchPolicy, match_policy
from siaga_core.rules.sla import HOUR_SECONDS, OTHER_SLA, default_deadlines, sla_policy
from siaga_core.wire.codec import decode_up, encode
from siaga_core.wire.errors import WireError
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import Box, EventMessage, EventState, Hazard, Place, Severity, Source, SourceKind
from siaga_core.wire.messages import TrashDetails as Details
from siaga_core.wire.topics import UpStream, UpTopic

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)


def event(hazard: str) -> EventMessage:
    details = Details(dwell_seconds=90, allowed_seconds=60, area_share=0.1, box=Box(x1=0.1, y1=0.1, x2=0.2, y2=0.2))
    return EventMessage(
        id=uuid7(AT), node="node-a", outbox_id=UUID(int=1), seq=1, measured_at=AT, sent_at=AT,
        event_id=uuid7(AT), revision=1, state=EventState.BEGAN, hazard=Hazard(hazard),
        source=Source(kind=SourceKind.CAMERA, id="cam-1"), place=Place(lat=-6.2, lon=106.8), began_at=AT,
        confidence=0.9, severity=Severity.MINOR, details=details,
    )  # fmt: skip


def ids(found: tuple[hazards.Hazard, ...]) -> list[str]:
    return [one.id for one in found]


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (hazards.sensed_hazards, ["flooding", "trash", "illegal_parking", "water_level", "view_lost"]),
        (hazards.rechecked_hazards, ["flooding", "trash", "illegal_parking"]),
        (hazards.reviewed_hazards, ["trash", "illegal_parking"]),
        (
            hazards.reported_only_categories,
            [
                "congestion",
                "pothole",
                "street_light",
                "beggars",
                "drainage",
                "fallen_tree",
                "pavement",
                "street_vendor",
                "public_facility",
                "disturbance",
                "other",
            ],
        ),
        (lambda: hazards.by_category("flooding"), ["flooding", "water_level"]),
        (lambda: hazards.by_category("trash"), ["trash"]),
        (lambda: hazards.by_category("nothing"), []),
    ],
)
def test_hazards_are_found_by_their_properties(
    listed: Callable[[], tuple[hazards.Hazard, ...]], expected: list[str]
) -> None:
    assert ids(listed()) == expected


def test_what_citizens_report_has_a_name_a_code_and_a_group_of_its_own() -> None:
    reported = hazards.reported_hazards()
    assert len(reported) == 14
    assert reported[-1].id == "other"
    for one in reported:
        assert one.defines_category
        assert one.open311_code == one.id == one.icon
        assert one.open311_group is not None
        assert hazards.by_open311_code(one.id) is one


def test_categories_are_what_is_reported_and_the_checks_of_gauges_and_assets() -> None:
    assert ids(hazards.all_categories()) == [*ids(hazards.reported_hazards()), "gauge_check", "asset_check"]


def test_a_historic_category_has_a_name_and_is_offered_to_nobody() -> None:
    jockey = hazards.category("three_in_one_jockey")
    assert jockey.name == Names(indonesian="Joki 3-in-1", english="3-in-1 jockeys")
    offered = (*hazards.all_categories(), *hazards.reported_hazards(), *hazards.sensed_hazards())
    assert jockey not in offered
    assert hazards.by_open311_code(jockey.id) is None


def test_every_name_is_there_in_both_languages() -> None:
    for one in hazards.all_hazards():
        for names in (one.name, one.report_name, one.open311_group):
            assert names is None or (names.indonesian and names.english)
    assert hazards.hazard("flooding").name.in_language("id") == "Banjir"
    assert hazards.hazard("flooding").name.in_language("en") == "Flooding"


def test_an_unknown_id_names_what_was_expected() -> None:
    assert hazards.find_hazard("fire") is None
    assert hazards.by_open311_code("fire") is None
    with pytest.raises(UnknownHazardError, match=r"hazard: got 'fire', expected one of flooding, trash, "):
        hazards.hazard("fire")


@pytest.mark.parametrize("category", ["fire", "water_level", "view_lost"])
def test_only_what_defines_a_category_is_one(category: str) -> None:
    with pytest.raises(UnknownHazardError, match=f"category: got '{category}', expected one of flooding, trash, "):
        hazards.category(category)
    assert hazards.category("flooding") is hazards.hazard("flooding")


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (SINKHOLE, "expected every id and Open311 code once"),
        (replace(SINKHOLE, id="hole", category="sinkhole"), "expected every id and Open311 code once"),
        (replace(SINKHOLE, id="hole", category="fire", open311_code=None), "hole: expected a category that a hazard"),
        (replace(SINKHOLE, id="hole", category="water_level", open311_code=None), "got 'water_level'"),
    ],
)
def test_a_registry_that_contradicts_itself_is_refused(other: hazards.Hazard, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        hazards.registry_of((*hazards.all_hazards(), SINKHOLE, other))


def test_the_registry_cannot_be_changed() -> None:
    entries: Any = hazards.registry_of(hazards.all_hazards())
    with pytest.raises(TypeError):
        entries["fire"] = SINKHOLE


def test_the_wire_lists_every_hazard_that_nodes_detect() -> None:
    assert sorted(str(member) for member in Hazard) == sorted(ids(hazards.sensed_hazards()))


@pytest.mark.parametrize("one", hazards.sensed_hazards(), ids=lambda one: one.id)
def test_the_details_of_a_detected_hazard_are_known_to_the_wire(one: hazards.Hazard) -> None:
    schema = TypeAdapter(EventMessage).json_schema()
    assert one.details in schema["properties"]["details"]["discriminator"]["mapping"]


def test_a_new_hazard_crosses_the_wire_while_it_is_registered() -> None:
    topic = UpTopic(node="node-a", stream=UpStream.EVENTS)
    with registered(SINKHOLE):
        sent = event("sinkhole")
        payload = encode(sent)
        message = decode_up(topic, payload)
        assert isinstance(message, EventMessage)
        assert message.hazard == "sinkhole"
        assert message.hazard.value == "sinkhole"
        assert message.hazard.name == "SINKHOLE"
        assert message == sent
    with pytest.raises(WireError, match="hazard: Input should be 'flooding', "):
        decode_up(topic, payload)


@pytest.mark.parametrize("hazard", ["pothole", "sinkhole", "", 5])
def test_the_wire_refuses_what_no_node_detects(hazard: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid Hazard"):
        Hazard(hazard)


def test_details_of_another_hazard_are_refused() -> None:
    with pytest.raises(ValidationError, match="details of trash in an event of flooding"):
        event("flooding")


def test_rules_match_and_time_a_new_hazard_by_its_entry() -> None:
    assert match_policy("sinkhole") == OTHER_MATCH
    assert sla_policy(default_deadlines(), category="sinkhole", severity="minor") is OTHER_SLA
    with registered(SINKHOLE):
        assert match_policy("sinkhole") == MatchPolicy(radius_m=40, window_seconds=12 * 3600)
        policy = sla_policy(default_deadlines(), category="sinkhole", severity="minor")
    assert policy.acknowledge_seconds == HOUR_SECONDS
    assert policy.resolve_seconds - policy.first_action_seconds == 6 * HOUR_SECONDS
    assert timedelta(seconds=policy.first_action_seconds) == timedelta(hours=3)


def test_names_are_english_in_every_other_language() -> None:
    assert Names(indonesian="Banjir", english="Flooding").in_language("fr") == "Flooding"
