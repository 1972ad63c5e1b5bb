"""What Home Assistant is sent: the discovery of cameras, gauges and events, and their states. Pure functions.

The format is that of MQTT discovery (home-assistant.io/integrations/mqtt). What is not known is unavailable, which Home
Assistant shows as such, and never a calm state or an old level.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from siaga_core.wire.messages import CameraHealth, EventState, GaugeHealth, Hazard, Reading
from siaga_edge.events.drafts import StoredStep

_ONLINE, _OFFLINE = "online", "offline"
_CAMERA_HAZARDS = (Hazard.ILLEGAL_PARKING, Hazard.TRASH, Hazard.FLOODING, Hazard.VIEW_LOST)
_GAUGE_HAZARDS = (Hazard.WATER_LEVEL, Hazard.VIEW_LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainedMessage:
    """A message for the broker of Home Assistant; an event is the only kind that is not retained."""

    topic: str
    payload: bytes
    is_retained: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeParts:
    """The cameras and gauges of a node as they are now."""

    software: str
    cameras: Sequence[CameraHealth]
    gauges: Sequence[GaugeHealth]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeAssistantTopics:
    """Where the entities of one node are."""

    node: str
    prefix: str

    @property
    def availability(self) -> str:
        """Whether the agent runs."""
        return f"siaga/{self.node}/availability"

    def of(self, kind: str, name: str, what: str) -> str:
        """The topic of one thing that a camera or gauge states."""
        return f"siaga/{self.node}/{kind}/{name}/{what}"

    def config(self, component: str, name: str, what: str) -> str:
        """The topic on which Home Assistant discovers an entity."""
        return f"{self.prefix}/{component}/siaga_{self.node}/{name}_{what}/config"


def online(topics: HomeAssistantTopics, *, is_online: bool) -> RetainedMessage:
    """Whether the agent runs; `offline` is the last will too."""
    return RetainedMessage(topic=topics.availability, payload=(_ONLINE if is_online else _OFFLINE).encode())


def discovery(
    topics: HomeAssistantTopics, *, cameras: Sequence[str], gauges: Sequence[str], software: str
) -> Iterator[RetainedMessage]:
    """The entities of a node: for a camera its image, its view and its events; for a gauge its level and events."""
    for camera in cameras:
        yield _entity(topics, software, "camera", camera, "camera", "image", name=f"{camera} evidence")
        view = {"name": f"{camera} view", "device_class": "problem"}
        yield _entity(topics, software, "binary_sensor", camera, "camera", "problem", **view)
        yield _events(topics, software, "camera", camera, _CAMERA_HAZARDS)
    for gauge in gauges:
        more = {
            "unit_of_measurement": "cm",
            "state_class": "measurement",
            "availability_mode": "all",
            "availability": [{"topic": topics.availability}, {"topic": topics.of("gauge", gauge, "availability")}],
        }
        yield _entity(topics, software, "sensor", gauge, "gauge", "level", name=f"{gauge} level", **more)
        yield _events(topics, software, "gauge", gauge, _GAUGE_HAZARDS)


def removed(topics: HomeAssistantTopics, *, cameras: Sequence[str], gauges: Sequence[str]) -> Iterator[RetainedMessage]:
    """Empty configurations, which take entities of cameras and gauges away that are gone."""
    for message in discovery(topics, cameras=cameras, gauges=gauges, software=""):
        yield RetainedMessage(topic=message.topic, payload=b"")


def camera_states(topics: HomeAssistantTopics, cameras: Sequence[CameraHealth]) -> Iterator[RetainedMessage]:
    """Whether each camera can be trusted; one that has shown nothing yet cannot."""
    for camera in cameras:
        has_problem = camera.unknown_since is not None or camera.last_frame_at is None
        yield RetainedMessage(topic=topics.of("camera", camera.id, "problem"), payload=b"ON" if has_problem else b"OFF")


def gauge_states(topics: HomeAssistantTopics, gauges: Sequence[GaugeHealth]) -> Iterator[RetainedMessage]:
    """Whether the level of each gauge is known."""
    for gauge in gauges:
        is_known = gauge.unknown_since is None and gauge.last_reading_at is not None
        topic = topics.of("gauge", gauge.id, "availability")
        yield RetainedMessage(topic=topic, payload=(_ONLINE if is_known else _OFFLINE).encode())


def levels(topics: HomeAssistantTopics, readings: Sequence[Reading]) -> Iterator[RetainedMessage]:
    """The newest level of each gauge; readings without a level change nothing, for `gauge_states` tells that."""
    newest = {reading.gauge: reading.level_cm for reading in readings if reading.level_cm is not None}
    for gauge, level_cm in newest.items():
        yield RetainedMessage(topic=topics.of("gauge", gauge, "level"), payload=f"{level_cm:.1f}".encode())


def event_messages(topics: HomeAssistantTopics, steps: Sequence[StoredStep]) -> Iterator[RetainedMessage]:
    """Events that began or ended, and the newest redacted image of each camera."""
    for step in steps:
        kind, name = str(step.source.kind), step.source.id
        if step.state is not EventState.UPDATED:
            yield RetainedMessage(topic=topics.of(kind, name, "event"), payload=_event_payload(step), is_retained=False)
        for image in step.draft.evidence_images:
            if image.redacted:
                yield RetainedMessage(topic=topics.of(kind, name, "image"), payload=image.jpeg)


def _event_payload(step: StoredStep) -> bytes:
    draft = step.draft
    fields = {
        "event_type": f"{step.hazard}_{step.state}",
        "event_id": str(step.event_id),
        "zone": draft.zone,
        "began_at": _time(draft.began_at),
        "ended_at": None if draft.ended_at is None else _time(draft.ended_at),
        "severity": str(draft.severity),
        "confidence": draft.confidence,
    }
    return json.dumps(fields).encode()


def _events(
    topics: HomeAssistantTopics, software: str, kind: str, name: str, hazards: Sequence[Hazard]
) -> RetainedMessage:
    types = [f"{hazard}_{state}" for hazard in hazards for state in (EventState.BEGAN, EventState.ENDED)]
    return _entity(topics, software, "event", name, kind, "event", name=f"{name} events", event_types=types)


def _entity(
    topics: HomeAssistantTopics, software: str, component: str, source: str, kind: str, what: str, **fields: object
) -> RetainedMessage:
    state_key = "topic" if component == "camera" else "state_topic"
    config = {
        "unique_id": f"siaga_{topics.node}_{source}_{what}",
        state_key: topics.of(kind, source, what),
        "availability_topic": topics.availability,
        "device": {
            "identifiers": [f"siaga_{topics.node}"], "name": f"Siaga {topics.node}", "manufacturer": "Siaga",
            "sw_version": software,
        },
        **fields,
    }  # fmt: skip
    if "availability" in fields:
        del config["availability_topic"]  # Home Assistant accepts one of the two
    return RetainedMessage(topic=topics.config(component, source, what), payload=json.dumps(config).encode())


def _time(at: datetime) -> str:
    return at.isoformat()
