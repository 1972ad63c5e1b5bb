"""One example of each message, in the order of docs/wire.md; the golden files hold their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel
from tests.contract.command_examples import (
    COMMAND,
    COMMAND_GAUGE,
    FRAME,
    LOOK,
    LOOK_COMMAND,
    MEASURED_AT,
    NODE,
    OUTBOX,
    SENT_AT,
    SHOW_COMMAND,
    WANTED,
)
from tests.contract.grey_image import JPEG

from siaga_core.wire import codec, topics
from siaga_core.wire.assets import AssetCondition, AssetState, AssetStatesMessage
from siaga_core.wire.looks import LookAnswerMessage, LookState
from siaga_core.wire.messages import (
    AckMessage,
    Box,
    CameraHealth,
    ConfigMessage,
    ConfigState,
    Details,
    EventMessage,
    EventState,
    EvidenceHeader,
    EvidenceMessage,
    EvidenceRef,
    EvidenceRole,
    FloodingDetails,
    GaugeHealth,
    Hazard,
    HealthMessage,
    NodeState,
    OutboxHealth,
    ParkingDetails,
    Place,
    Quality,
    Reading,
    ReadingsMessage,
    RefusedMessage,
    ReplayMessage,
    SeqRange,
    Severity,
    Source,
    SourceKind,
    Stage,
    StageDetails,
    StatusMessage,
    TrashDetails,
    ViewDetails,
)
from siaga_core.wire.parts import CommandHealth, ModelHealth, ShadowHealth
from siaga_core.wire.views import FrameMessage

GOLDEN = Path(__file__).parent / "golden"
EVENT = UUID("019bc0c6-9b40-7cc3-98c4-dc0c0c07398f")
# The head of a file is all that the wire looks at.
MP4 = b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom"
JPEG_SHA256 = hashlib.sha256(JPEG).hexdigest()


@dataclass(frozen=True)
class Example:
    """A message, where it is published, and the bytes that it must be for ever."""

    file: str
    topic: str
    message: BaseModel

    @property
    def golden(self) -> bytes:
        return (GOLDEN / self.file).read_bytes()

    def encoded(self) -> bytes:
        if isinstance(self.message, FrameMessage):
            return codec.encode_frame(self.message.header, self.message.jpeg)
        if isinstance(self.message, EvidenceMessage):
            return codec.encode(self.message.header) + b"\n" + self.message.content
        return codec.encode(self.message)


def _envelope(seq: int, *, late: bool = False) -> dict[str, object]:
    return {
        "id": UUID(f"019bc0c6-9b40-7000-8000-{seq:012d}"),
        "node": NODE,
        "outbox_id": OUTBOX,
        "seq": seq,
        "measured_at": MEASURED_AT,
        "sent_at": SENT_AT + timedelta(hours=2 * late),
        "late": late,
    }


def _event(seq: int, hazard: Hazard, state: EventState, details: Details, **more: object) -> EventMessage:
    facts: dict[str, object] = {
        "event_id": EVENT,
        "revision": seq - 10,
        "state": state,
        "hazard": hazard,
        "source": Source(kind=SourceKind.CAMERA, id="cam-manggarai"),
        "place": Place(lat=-6.2079, lon=106.84844),
        "began_at": MEASURED_AT - timedelta(minutes=5),
        "confidence": 0.82,
        "severity": Severity.MODERATE,
        "details": details,
    }
    return EventMessage.model_validate({**_envelope(seq), **facts, **more})


def _up(file: str, stream: topics.UpStream, message: BaseModel) -> Example:
    return Example(file, topics.up(NODE, stream), message)


ASSETS = AssetStatesMessage(
    **_envelope(61),
    states=(
        AssetState(
            asset="pompa-pluit-1",
            measured_at=MEASURED_AT,
            state=AssetCondition.RUNNING,
            capacity_share=0.75,
            power_kw=412.5,
            level_difference_cm=-85.0,
        ),
        AssetState(asset="pintu-pluit", measured_at=MEASURED_AT, state=AssetCondition.CLOSED),
    ),
)
PARKING = _event(
    11,
    Hazard.ILLEGAL_PARKING,
    EventState.BEGAN,
    ParkingDetails(label="car", dwell_seconds=181.5, allowed_seconds=180, box=Box(x1=0.4, y1=0.4, x2=0.625, y2=0.6)),
    zone="no-stopping-1",
    evidence=(
        EvidenceRef(number=0, role=EvidenceRole.ARRIVAL, sha256=JPEG_SHA256, taken_at=MEASURED_AT),
        EvidenceRef(number=1, role=EvidenceRole.THRESHOLD, sha256=JPEG_SHA256, taken_at=MEASURED_AT),
    ),
)
TRASH = _event(
    12,
    Hazard.TRASH,
    EventState.UPDATED,
    TrashDetails(dwell_seconds=3600, allowed_seconds=60, area_share=0.07, box=Box(x1=0.1, y1=0.75, x2=0.2, y2=0.875)),
    zone="kerb-east",
)
FLOOD_DEPTH = _event(
    13,
    Hazard.FLOODING,
    EventState.UPDATED,
    FloodingDetails(water_share=0.62, share_per_minute=0.04, depth_cm=40),
    zone="road",
)
FLOODING = _event(
    13,
    Hazard.FLOODING,
    EventState.ENDED,
    FloodingDetails(water_share=0.09, share_per_minute=-0.015),
    zone="road",
    ended_at=MEASURED_AT,
)
STAGE = _event(
    14,
    Hazard.WATER_LEVEL,
    EventState.UPDATED,
    StageDetails(stage=Stage.SIAGA_2, previous_stage=Stage.SIAGA_3, level_cm=853.5, rate_cm_per_hour=41),
    source=Source(kind=SourceKind.GAUGE, id="manggarai"),
    severity=Severity.SEVERE,
)
VIEW_LOST = _event(
    15, Hazard.VIEW_LOST, EventState.BEGAN, ViewDetails(reason="no_frames"), severity=Severity.MINOR, confidence=1
)
READINGS = ReadingsMessage.model_validate(
    {
        **_envelope(7, late=True),
        "readings": (
            Reading(
                gauge="manggarai",
                measured_at=MEASURED_AT,
                level_cm=748.3,
                quality=Quality.GOOD,
                spread_cm=0.4,
                samples=16,
                stage=Stage.SIAGA_4,
            ),
            Reading(
                gauge="karet",
                measured_at=MEASURED_AT,
                level_cm=None,
                quality=Quality.MISSING,
                flags=("sensor_fault", "low_battery"),
            ),
        ),
    }
)
HEALTH = HealthMessage.model_validate(
    {
        **_envelope(8),
        "uptime_seconds": 86_400.5,
        "software": "siaga 0.1.0",
        "outbox": OutboxHealth(
            waiting=12,
            oldest_at=MEASURED_AT,
            evicted=0,
            bytes=48_112,
            free_bytes=9_000_000_000,
            acked=86_400,
            acked_since=MEASURED_AT - timedelta(hours=24),
            replayed=UUID("019bc0c6-9b40-7cc3-98c4-dc0c0c073990"),
        ),
        "cameras": (
            CameraHealth(
                id="cam-manggarai",
                frames=432_000,
                dropped=17,
                inferred=172_800,
                reconnects=1,
                last_frame_at=MEASURED_AT,
                dropped_looks=4,
                clock_offset_seconds=-0.25,
            ),
            CameraHealth(id="cam-karet", unknown_since=MEASURED_AT),
        ),
        "gauges": (GaugeHealth(id="manggarai", readings=1440, errors=2, last_reading_at=MEASURED_AT),),
        "rss_bytes": 402_653_184,
        "temperature_c": 61.5,
        "cpu_share": 0.75,
        "models": (
            ModelHealth(
                role="detector",
                name="detector_416",
                sha256="a" * 64,
                shadow=ShadowHealth(
                    sha256="b" * 64,
                    looks=120,
                    agreed=310,
                    only_running=2,
                    only_shadow=5,
                    relabelled=1,
                    running_ms=18.5,
                    shadow_ms=17.25,
                ),
            ),
            ModelHealth(role="water", name="water", sha256="c" * 64),
        ),
        "command": CommandHealth(number=4, done=True, text="detector: shadow run of detector-b began"),
        "interval_seconds": 60.0,
    }
)
EVIDENCE = EvidenceMessage(
    header=EvidenceHeader.model_validate(
        {
            **_envelope(16),
            "event_id": EVENT,
            "number": 1,
            "role": EvidenceRole.THRESHOLD,
            "sha256": JPEG_SHA256,
            "width": 8,
            "height": 8,
            "redacted": True,
        }
    ),
    content=JPEG,
)
CLIP = EvidenceMessage(
    header=EvidenceHeader.model_validate(
        {
            **_envelope(21),
            "event_id": EVENT,
            "number": 90,
            "role": EvidenceRole.THRESHOLD,
            "sha256": hashlib.sha256(MP4).hexdigest(),
            "mime": "video/mp4",
            "duration_seconds": 15.0,
            "width": 640,
            "height": 360,
            "redacted": True,
        }
    ),
    content=MP4,
)
CONFIG = ConfigMessage.model_validate(
    {
        **_envelope(17),
        "version": 3,
        "sha256": "0" * 64,
        "applied": True,
        "state": ConfigState.GOOD,
        "running_version": 3, "running_sha256": "0" * 64,
    }
)  # fmt: skip
REFUSED = ConfigMessage.model_validate(
    {
        **_envelope(18),
        "version": 4,
        "sha256": "f" * 64,
        "applied": False,
        "reason": "camera.0.fps: got 500, expected at most 60",
        "state": ConfigState.REFUSED,
        "running_version": 3,
        "running_sha256": "0" * 64,
    }
)
STATUS = StatusMessage(node=NODE, state=NodeState.ONLINE, at=MEASURED_AT, software="siaga 0.1.0")
WILL = StatusMessage(node=NODE, state=NodeState.OFFLINE, at=MEASURED_AT)
SUBSCRIPTION = UUID("019bc0c6-9b40-7cc3-98c4-dc0c0c073990")
ACK = AckMessage(outbox_id=OUTBOX, ranges=(SeqRange(first=1, last=7), SeqRange(first=9, last=9)), replay=SUBSCRIPTION)
FOREIGN = RefusedMessage(seq=9, reason="gauge katulampa belongs to node hulu-ciliwung")
ACK_REFUSED = ACK.model_copy(update={"refused": (FOREIGN,)})
REPLAY = ReplayMessage(id=SUBSCRIPTION, since=MEASURED_AT - timedelta(hours=6), is_named=True, made_at=SENT_AT)
ANSWER = LookAnswerMessage.model_validate(
    {
        **_envelope(19),
        "look_id": LOOK,
        "camera": "cam-manggarai",
        "zone": "no-stopping-1",
        "hazard": Hazard.ILLEGAL_PARKING,
        "state": LookState.CLEARED,
        "frames": 5,
        "seen_share": 0.0,
        "evidence": EvidenceRef(number=0, role=EvidenceRole.UPDATE, sha256=JPEG_SHA256, taken_at=MEASURED_AT),
    }
)
CANNOT_SEE = LookAnswerMessage.model_validate(
    {
        **_envelope(20),
        "look_id": LOOK,
        "camera": "cam-manggarai",
        "zone": "no-stopping-1",
        "hazard": Hazard.ILLEGAL_PARKING,
        "state": LookState.CANNOT_SEE,
        "reason": "covered",
    }
)

EXAMPLES: Mapping[str, Example] = {
    example.file: example
    for example in (
        _up("status.json", topics.UpStream.STATUS, STATUS),
        _up("status_will.json", topics.UpStream.STATUS, WILL),
        _up("health.json", topics.UpStream.HEALTH, HEALTH),
        _up("readings.json", topics.UpStream.READINGS, READINGS),
        _up("event_illegal_parking.json", topics.UpStream.EVENTS, PARKING),
        _up("event_trash.json", topics.UpStream.EVENTS, TRASH),
        _up("event_flooding.json", topics.UpStream.EVENTS, FLOODING),
        _up("event_flooding_depth.json", topics.UpStream.EVENTS, FLOOD_DEPTH),
        _up("event_water_level.json", topics.UpStream.EVENTS, STAGE),
        _up("event_view_lost.json", topics.UpStream.EVENTS, VIEW_LOST),
        Example("evidence.bin", topics.evidence(NODE, EVENT, 1), EVIDENCE),
        Example("evidence_clip.bin", topics.evidence(NODE, EVENT, 90), CLIP),
        _up("config.json", topics.UpStream.CONFIG, CONFIG),
        _up("config_refused.json", topics.UpStream.CONFIG, REFUSED),
        _up("answer.json", topics.UpStream.ANSWERS, ANSWER),
        _up("answer_cannot_see.json", topics.UpStream.ANSWERS, CANNOT_SEE),
        _up("assets.json", topics.UpStream.ASSETS, ASSETS),
        Example("frame.bin", topics.up(NODE, topics.UpStream.FRAMES), FRAME),
        Example("ack.json", topics.down(NODE, topics.DownStream.ACK), ACK),
        Example("ack_refused.json", topics.down(NODE, topics.DownStream.ACK), ACK_REFUSED),
        Example("replay.json", topics.down(NODE, topics.DownStream.REPLAY), REPLAY),
        Example("wanted_config.json", topics.down(NODE, topics.DownStream.CONFIG), WANTED),
        Example("command.json", topics.down(NODE, topics.DownStream.COMMAND), COMMAND),
        Example("command_gauge.json", topics.down(NODE, topics.DownStream.COMMAND), COMMAND_GAUGE),
        Example("command_look.json", topics.down(NODE, topics.DownStream.COMMAND), LOOK_COMMAND),
        Example("command_show.json", topics.down(NODE, topics.DownStream.COMMAND), SHOW_COMMAND),
    )
}
