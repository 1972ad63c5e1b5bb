"""The messages, as pydantic models; docs/wire.md is generated from them.

Every counted message carries the envelope: `id` (UUIDv7) names it for ever, (`outbox_id`, `seq`) is gap-free per
outbox so that the cloud can prove that nothing is missing. `measured_at` never changes when a message is sent again;
`sent_at` and `late` do.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from siaga_core.hazards import find_hazard, hazard
from siaga_core.wire.acknowledgements import AckMessage, RefusedMessage, ReplayMessage, SeqRange
from siaga_core.wire.ids import Name
from siaga_core.wire.kinds import WIRE_VERSION, Flag, Seq, Sha256, Share, Text, WireModel
from siaga_core.wire.parts import CommandHealth, ModelHealth, OutboxHealth

__all__ = [
    "MAX_EVIDENCE", "MAX_READINGS", "AckMessage", "Box", "CameraHealth", "CommandHealth", "ConfigMessage",
    "ConfigState", "Details", "Envelope", "EventMessage", "EventState", "EvidenceHeader", "EvidenceMessage",
    "EvidenceRef", "EvidenceRole", "FloodingDetails", "GaugeHealth", "Hazard", "HealthMessage", "ModelHealth",
    "NodeState", "OutboxHealth", "ParkingDetails", "Place", "Quality", "Reading", "ReadingsMessage",
    "RefusedMessage", "ReplayMessage", "SeqRange", "Severity", "Source", "SourceKind", "Stage", "StageDetails",
    "StatusMessage", "TrashDetails", "ViewDetails",
]  # fmt: skip

MAX_READINGS = 500
MAX_EVIDENCE = 12


class Envelope(WireModel):
    """What every counted message carries."""

    v: Literal[1] = WIRE_VERSION
    id: UUID = Field(description="UUIDv7; the same however often the message is sent")
    node: Name = Field(description="who sends; the same as in the topic")
    outbox_id: UUID = Field(description="names the outbox that counts `seq`; a new one when the store was replaced")
    seq: Seq = Field(description="gap-free per outbox")
    measured_at: AwareDatetime = Field(description="when it happened; never changes on resend")
    sent_at: AwareDatetime = Field(description="when these bytes left")
    late: bool = Field(default=False, description="true when replayed after an outage")


class Place(WireModel):
    """A spot on the ground, WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class Box(WireModel):
    """An upright bounding box in shares of the frame's width and height, origin top left."""

    x1: Share
    y1: Share
    x2: Share
    y2: Share


class Quality(StrEnum):
    """How far a reading can be trusted; flags say why. A bad reading is kept, never deleted."""

    GOOD = "good"
    SUSPECT = "suspect"
    BAD = "bad"
    MISSING = "missing"


class Stage(IntEnum):
    """Siaga: 4 is normal, 1 is disaster."""

    SIAGA_1 = 1
    SIAGA_2 = 2
    SIAGA_3 = 3
    SIAGA_4 = 4


class Reading(WireModel):
    """One reading of one gauge. `level_cm` is null when there was none; null never becomes zero."""

    gauge: Name = Field(description="which gauge")
    measured_at: AwareDatetime = Field(description="when the burst was taken")
    level_cm: float | None = Field(description="over the gauge's own zero, may be negative; null: no level")
    quality: Quality = Field(default=Quality.GOOD, description="how far it can be trusted")
    flags: tuple[Flag, ...] = Field(default=(), max_length=8, description="why it is not good, such as `sensor_fault`")
    spread_cm: float | None = Field(default=None, ge=0, description="median absolute deviation of the burst")
    samples: int | None = Field(default=None, ge=0, description="valid samples in the burst")
    stage: Stage | None = Field(default=None, description="as the node decided it for its siren")


class ReadingsMessage(Envelope):
    """Stream `readings`: readings of one or more gauges, oldest first."""

    readings: tuple[Reading, ...] = Field(min_length=1, max_length=MAX_READINGS, description="oldest first")


class Hazard(StrEnum):
    """What an event is about."""

    FLOODING = "flooding"
    TRASH = "trash"
    ILLEGAL_PARKING = "illegal_parking"
    WATER_LEVEL = "water_level"
    VIEW_LOST = "view_lost"

    @classmethod
    def _missing_(cls, value: object) -> Hazard | None:
        # A hazard of the registry that nodes detect is valid even if it is not listed above.
        known = find_hazard(value) if isinstance(value, str) else None
        if known is None or not known.is_sensed:
            return None
        member = str.__new__(cls, known.id)
        member._name_, member._value_ = known.id.upper(), known.id
        return member


class EventState(StrEnum):
    """Where an event stands; it keeps its `event_id` from began to ended."""

    BEGAN = "began"
    UPDATED = "updated"
    ENDED = "ended"


class Severity(StrEnum):
    """In the words of CAP 1.2, less the ones that a sensor cannot know."""

    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"


class SourceKind(StrEnum):
    """The kind of device that an event comes from."""

    CAMERA = "camera"
    GAUGE = "gauge"


class Source(WireModel):
    """The camera or gauge that an event comes from."""

    kind: SourceKind
    id: Name = Field(description="its name, unique in the city")


class ParkingDetails(WireModel):
    """A vehicle in a no-stopping zone beyond the allowed dwell."""

    kind: Literal["illegal_parking"] = "illegal_parking"
    label: Text = Field(max_length=32, description="what the detector calls it, such as `car`")
    dwell_seconds: float = Field(ge=0, description="how long it has stayed so far")
    allowed_seconds: float = Field(ge=0, description="how long it may stay")
    box: Box = Field(description="where it stands")


class TrashDetails(WireModel):
    """Trash that remains in a watch zone."""

    kind: Literal["trash"] = "trash"
    dwell_seconds: float = Field(ge=0, description="how long it has stayed so far")
    allowed_seconds: float = Field(ge=0, description="how long it may stay")
    area_share: Share = Field(description="share of the watch zone's area under the bounding box")
    box: Box = Field(description="where it lies")


class FloodingDetails(WireModel):
    """Water over the road region."""

    kind: Literal["flooding"] = "flooding"
    water_share: Share = Field(description="median share of the road region under water")
    share_per_minute: float = Field(default=0.0, description="rate of rise, may be negative")
    depth_cm: float | None = Field(
        default=None,
        ge=0,
        le=2000,
        description="height of the highest mark in the view that is under water; null: none is, none can be seen, "
        "or none is set",
    )


class StageDetails(WireModel):
    """A gauge that came to another stage."""

    kind: Literal["water_level"] = "water_level"
    stage: Stage = Field(description="where it is now")
    previous_stage: Stage | None = Field(default=None, description="where it came from; null: not known")
    level_cm: float = Field(description="the level that decided it")
    rate_cm_per_hour: float | None = Field(default=None, description="rate of rise, may be negative")


class ViewDetails(WireModel):
    """A camera or gauge that cannot be trusted: unknown since `began_at`, which is not the same as clear."""

    kind: Literal["view_lost"] = "view_lost"
    reason: Literal[
        "no_frames",
        "no_readings",
        "frozen",
        "black",
        "overexposed",
        "blurred",
        "covered",
        "moved",
        "infrared",
        "too_slow",
    ] = Field(
        description="what is wrong with it; `infrared`: no colour, so a road's water cannot be seen; `too_slow`: the "
        "node looked at the zone too seldom to decide anything about it"
    )


Details = Annotated[
    ParkingDetails | TrashDetails | FloodingDetails | StageDetails | ViewDetails, Field(discriminator="kind")
]


class EvidenceRole(StrEnum):
    """What an evidence image shows."""

    ARRIVAL = "arrival"
    THRESHOLD = "threshold"
    UPDATE = "update"
    DEPARTURE = "departure"


class EvidenceRef(WireModel):
    """An evidence image that is sent beside the event, on `evidence/<event_id>/<number>`."""

    number: int = Field(ge=0, le=99, description="which evidence image of the event")
    role: EvidenceRole
    sha256: Sha256 = Field(description="of the JPEG's bytes, in hexadecimal")
    taken_at: AwareDatetime = Field(description="when the image was captured")


class EventMessage(Envelope):
    """Stream `events`: an event began, was updated or ended. The highest `revision` is the truth."""

    event_id: UUID = Field(description="the same from began to ended")
    revision: int = Field(ge=1, description="counts up from 1 with each message of the event")
    state: EventState
    hazard: Hazard = Field(description="what it is about; the same word as `details.kind`")
    source: Source
    zone: Name | None = Field(default=None, description="the camera's zone; null for a whole view or a gauge")
    place: Place = Field(description="where on the ground")
    began_at: AwareDatetime = Field(description="when it really began, such as the arrival of the vehicle")
    ended_at: AwareDatetime | None = Field(
        default=None, description="over since; there when, and only when, `state` is ended"
    )
    confidence: Share = Field(description="how sure the sensor is")
    severity: Severity
    details: Details = Field(description="one of five, distinguished by `kind`")
    evidence: tuple[EvidenceRef, ...] = Field(
        default=(), max_length=MAX_EVIDENCE, description="evidence images that are sent beside it"
    )

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.details.kind != hazard(self.hazard).details:
            raise ValueError(f"details of {self.details.kind} in an event of {self.hazard}")
        if (self.ended_at is None) == (self.state is EventState.ENDED):
            raise ValueError(f"ended_at is {self.ended_at} in an event that {self.state}")
        return self


class EvidenceHeader(Envelope):
    """The first line of an evidence message; the bytes of the image or clip follow after one newline."""

    event_id: UUID = Field(description="the event, or the look, it belongs to; as in the topic")
    number: int = Field(ge=0, le=99, description="which image or clip of the event; as in the topic")
    role: EvidenceRole
    sha256: Sha256 = Field(description="of the bytes, in hexadecimal")
    mime: Literal["image/jpeg", "video/mp4"] = Field(default="image/jpeg", description="a clip is H.264 in MP4")
    duration_seconds: float | None = Field(default=None, gt=0, le=120, description="of a clip; null: an image")
    width: int = Field(ge=1, le=8192)
    height: int = Field(ge=1, le=8192)
    redacted: bool = Field(description="people and plates were made unrecognisable before storing")

    @property
    def is_clip(self) -> bool:
        """Whether the bytes are a clip and not an image."""
        return self.mime == "video/mp4"


class EvidenceMessage(WireModel):
    """An evidence image or clip with its header."""

    header: EvidenceHeader
    content: bytes


class NodeState(StrEnum):
    """Whether a node is connected."""

    ONLINE = "online"
    OFFLINE = "offline"


class StatusMessage(WireModel):
    """Stream `status`: retained, and the Last Will says `offline`. Not counted."""

    v: Literal[1] = WIRE_VERSION
    node: Name = Field(description="who sends; the same as in the topic")
    state: NodeState
    at: AwareDatetime = Field(description="when this connection began; a Will repeats it")
    software: Text = Field(default="", max_length=64, description="name and version of the program")


class CameraHealth(WireModel):
    """One camera since the node started."""

    id: Name = Field(description="which camera")
    unknown_since: AwareDatetime | None = Field(
        default=None, description="no usable frame since then, or too few of them looked at; null: all is well"
    )
    frames: int = Field(default=0, ge=0, description="frames decoded")
    dropped: int = Field(default=0, ge=0, description="frames given up because a newer one came")
    inferred: int = Field(default=0, ge=0, description="frames that the models looked at")
    reconnects: int = Field(default=0, ge=0, description="times that the stream was opened again")
    last_frame_at: AwareDatetime | None = Field(default=None, description="time of the newest frame; null: none yet")
    dropped_looks: int = Field(default=0, ge=0, description="looks that were due and skipped because the node was busy")
    clock_offset_seconds: float | None = Field(
        default=None,
        description="the camera's clock less the node's, by its RTCP reports; of a stream without them, how far it has "
        "run ahead since it was opened; null: no stamps",
    )
    looks_wanted_per_second: float | None = Field(
        default=None, ge=0, description="looks a second that its zones need, over the last seconds; null: not known"
    )
    looks_per_second: float | None = Field(
        default=None, ge=0, description="looks a second that there were, over the same seconds; null: not known"
    )
    latency_seconds: float | None = Field(
        default=None, ge=0, description="from the time of the newest frame to the end of its look; null: none yet"
    )
    is_behind: bool = Field(
        default=False, description="whether the node looks far less often than its zones need, so that they are unknown"
    )


class GaugeHealth(WireModel):
    """One gauge since the node started."""

    id: Name = Field(description="which gauge")
    unknown_since: AwareDatetime | None = Field(
        default=None, description="no usable level since then; null: all is well"
    )
    readings: int = Field(default=0, ge=0, description="readings taken")
    errors: int = Field(default=0, ge=0, description="polls that failed")
    last_reading_at: AwareDatetime | None = Field(default=None, description="time of the newest level; null: none yet")


class HealthMessage(Envelope):
    """Stream `health`: how the node is, every minute."""

    uptime_seconds: float = Field(ge=0, description="since the program started")
    software: Text = Field(default="", max_length=64, description="name and version of the program")
    outbox: OutboxHealth
    cameras: tuple[CameraHealth, ...] = Field(default=(), max_length=64)
    gauges: tuple[GaugeHealth, ...] = Field(default=(), max_length=256)
    rss_bytes: int | None = Field(default=None, ge=0, description="memory that the program holds")
    temperature_c: float | None = Field(default=None, description="of the processor")
    cpu_share: float | None = Field(
        default=None, ge=0, description="processor time over time since the last health; 2: two cores"
    )
    models: tuple[ModelHealth, ...] = Field(default=(), max_length=4, description="empty: no cameras")
    command: CommandHealth | None = Field(default=None, description="null: none came yet")
    interval_seconds: float | None = Field(default=None, gt=0, description="to the next; null: it sleeps until then")


class ConfigState(StrEnum):
    """What became of a wanted configuration; in `trial` it runs and may still be rolled back."""

    TRIAL = "trial"
    GOOD = "good"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"


class ConfigMessage(Envelope):
    """Stream `config`: what is applied, or why the wanted one was refused."""

    version: int = Field(ge=0, description="of the configuration that was wanted")
    sha256: Sha256 = Field(description="of its bytes, in hexadecimal")
    applied: bool = Field(description="false when it was refused")
    reason: Text = Field(default="", max_length=500, description="why it was refused")
    state: ConfigState | None = Field(default=None, description="null: from a node that knows only `applied`")
    running_version: int | None = Field(default=None, ge=0, description="what the node runs now; 0: its own file")
    running_sha256: Sha256 | None = Field(default=None, description="of the bytes that it runs; null with version 0")
