"""What Home Assistant discovers of a node, and that nothing unknown looks calm there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from siaga_core.wire.messages import (
    CameraHealth,
    EventState,
    EvidenceRole,
    GaugeHealth,
    Hazard,
    Place,
    Reading,
    Severity,
    Source,
    SourceKind,
    ViewDetails,
)
from siaga_edge.adapters import home_assistant as entities
from siaga_edge.adapters.home_assistant import HomeAssistantTopics
from siaga_edge.events.drafts import EventDraft, EvidenceImage, StoredStep

NOW = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
TOPICS = HomeAssistantTopics(node="node-a", prefix="homeassistant")


def step(state: EventState, *images: EvidenceImage) -> StoredStep:
    draft = EventDraft(
        key="view", state=state, hazard=Hazard.VIEW_LOST, source=Source(kind=SourceKind.CAMERA, id="cam-a"),
        place=Place(lat=-6.2, lon=106.8), at=NOW, began_at=NOW, confidence=1, severity=Severity.MINOR,
        details=ViewDetails(reason="black"), evidence_images=images,
    )  # fmt: skip
    return StoredStep(event_id=uuid4(), state=state, draft=draft)


def image(jpeg: bytes, *, redacted: bool) -> EvidenceImage:
    return EvidenceImage(role=EvidenceRole.UPDATE, taken_at=NOW, jpeg=jpeg, width=8, height=8, redacted=redacted)


def test_each_entity_names_its_device_its_state_and_when_it_is_away() -> None:
    found = {
        message.topic: json.loads(message.payload)
        for message in entities.discovery(TOPICS, cameras=["cam-a"], gauges=["manggarai"], software="siaga-edge 1")
    }
    assert set(found) == {
        "homeassistant/camera/siaga_node-a/cam-a_image/config",
        "homeassistant/binary_sensor/siaga_node-a/cam-a_problem/config",
        "homeassistant/event/siaga_node-a/cam-a_event/config",
        "homeassistant/sensor/siaga_node-a/manggarai_level/config",
        "homeassistant/event/siaga_node-a/manggarai_event/config",
    }
    assert len({config["unique_id"] for config in found.values()}) == len(found)
    assert {config["device"]["identifiers"][0] for config in found.values()} == {"siaga_node-a"}
    for topic, config in found.items():
        away = config.get("availability_topic") or config["availability"][0]["topic"]
        assert away == "siaga/node-a/availability", topic
        assert ("topic" in config) != ("state_topic" in config), "a camera has a topic, all others a state"
    level = found["homeassistant/sensor/siaga_node-a/manggarai_level/config"]
    assert (level["unit_of_measurement"], level["availability_mode"]) == ("cm", "all")
    events = found["homeassistant/event/siaga_node-a/cam-a_event/config"]["event_types"]
    assert {"illegal_parking_began", "flooding_ended", "view_lost_began"} <= set(events)


def test_what_is_gone_is_removed() -> None:
    gone = list(entities.removed(TOPICS, cameras=["cam-a"], gauges=[]))
    assert [message.payload for message in gone] == [b"", b"", b""]
    assert all(message.is_retained for message in gone)


@pytest.mark.parametrize(
    ("camera", "problem"),
    [
        (CameraHealth(id="cam-a"), b"ON"),
        (CameraHealth(id="cam-a", last_frame_at=NOW), b"OFF"),
        (CameraHealth(id="cam-a", last_frame_at=NOW, unknown_since=NOW), b"ON"),
    ],
)
def test_a_camera_that_cannot_be_trusted_has_a_problem(camera: CameraHealth, problem: bytes) -> None:
    (message,) = entities.camera_states(TOPICS, [camera])
    assert message.payload == problem


@pytest.mark.parametrize(
    ("gauge", "availability"),
    [
        (GaugeHealth(id="karet"), b"offline"),
        (GaugeHealth(id="karet", last_reading_at=NOW), b"online"),
        (GaugeHealth(id="karet", last_reading_at=NOW, unknown_since=NOW), b"offline"),
    ],
)
def test_a_level_that_is_not_known_is_unavailable(gauge: GaugeHealth, availability: bytes) -> None:
    (message,) = entities.gauge_states(TOPICS, [gauge])
    assert message.payload == availability


def test_the_newest_level_counts_and_none_is_no_level() -> None:
    readings = [Reading(gauge="karet", measured_at=NOW, level_cm=level) for level in (310.0, 312.34, None)]
    (message,) = entities.levels(TOPICS, readings)
    assert (message.topic, message.payload) == ("siaga/node-a/gauge/karet/level", b"312.3")


def test_events_are_sent_once_and_only_redacted_images_are() -> None:
    images = image(b"hidden", redacted=True), image(b"plain", redacted=False)
    found = list(entities.event_messages(TOPICS, [step(EventState.BEGAN, *images), step(EventState.UPDATED)]))
    assert [(message.topic, message.is_retained) for message in found] == [
        ("siaga/node-a/camera/cam-a/event", False), ("siaga/node-a/camera/cam-a/image", True),
    ]  # fmt: skip
    assert json.loads(found[0].payload)["event_type"] == "view_lost_began"
    assert found[1].payload == b"hidden"
