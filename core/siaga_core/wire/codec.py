"""Bytes to messages and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from uuid import UUID

from pydantic import BaseModel, ValidationError

from siaga_core.wire.assets import AssetStatesMessage
from siaga_core.wire.errors import WireError
from siaga_core.wire.kinds import Seq, WireModel
from siaga_core.wire.looks import LookAnswerMessage
from siaga_core.wire.messages import (
    ConfigMessage,
    EventMessage,
    EvidenceHeader,
    EvidenceMessage,
    HealthMessage,
    ReadingsMessage,
    SeqRange,
    StatusMessage,
)
from siaga_core.wire.topics import UpStream, UpTopic
from siaga_core.wire.views import MAX_FRAME_BYTES, FrameHeader, FrameMessage

Counted: TypeAlias = (
    ReadingsMessage
    | EventMessage
    | EvidenceMessage
    | HealthMessage
    | ConfigMessage
    | LookAnswerMessage
    | AssetStatesMessage
)
UpMessage: TypeAlias = Counted | StatusMessage | FrameMessage

MAX_PAYLOAD_BYTES = 4 * 1024 * 1024
MAX_PROBLEM_CHARACTERS = 300
_JPEG_MAGIC = b"\xff\xd8\xff"
_MP4_MAGIC = b"ftyp"  # after the length of the first part
_CLIP = "video/mp4"

_MODELS: dict[
    UpStream,
    type[
        StatusMessage
        | ReadingsMessage
        | EventMessage
        | HealthMessage
        | ConfigMessage
        | LookAnswerMessage
        | AssetStatesMessage
    ],
] = {
    UpStream.STATUS: StatusMessage,
    UpStream.HEALTH: HealthMessage,
    UpStream.READINGS: ReadingsMessage,
    UpStream.EVENTS: EventMessage,
    UpStream.CONFIG: ConfigMessage,
    UpStream.ANSWERS: LookAnswerMessage,
    UpStream.ASSETS: AssetStatesMessage,
}


class _Counter(WireModel):
    outbox_id: UUID
    seq: Seq


def encode(message: BaseModel) -> bytes:
    """Compact UTF-8 JSON of a message."""
    return message.model_dump_json().encode()


def encode_frame(header: FrameHeader, jpeg: bytes) -> bytes:
    """Header as one line of JSON, a newline, the JPEG."""
    return encode(header) + b"\n" + jpeg


def decode_up(topic: UpTopic, payload: bytes) -> UpMessage:
    """The message on an up topic; raises `WireError` that says what is wrong, in one line."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise WireError(f"payload: got {len(payload)} bytes, expected at most {MAX_PAYLOAD_BYTES}")
    message = _decode(topic, payload)
    sender = message.header.node if isinstance(message, EvidenceMessage | FrameMessage) else message.node
    if sender != topic.node:
        raise WireError(f"node: got {sender!r}, expected {topic.node!r} as in the topic")
    return message


def salvage(payload: bytes) -> tuple[UUID, int] | None:
    """(`outbox_id`, `seq`) of a message that does not validate, if they can be read at all.

    So that a dead letter is acknowledged too, and its sender stops sending it. Read as strictly as the envelope:
    a guessed `seq` would make the sender delete another message.
    """
    try:
        counter = _Counter.model_validate_json(payload.partition(b"\n")[0])
    except ValidationError:
        return None
    return counter.outbox_id, counter.seq


def seq_ranges(seqs: Iterable[int]) -> tuple[SeqRange, ...]:
    """Sequence numbers as the fewest ranges, in order."""
    ranges: list[SeqRange] = []
    for seq in sorted(set(seqs)):
        if ranges and seq == ranges[-1].last + 1:
            ranges[-1] = SeqRange(first=ranges[-1].first, last=seq)
        else:
            ranges.append(SeqRange(first=seq, last=seq))
    return tuple(ranges)


def _decode(topic: UpTopic, payload: bytes) -> UpMessage:
    match topic.stream:
        case UpStream.EVIDENCE:
            return _decode_evidence(topic, payload)
        case UpStream.FRAMES:
            return _decode_frame(payload)
        case _:
            return _decode_json(topic, payload)


def _decode_frame(payload: bytes) -> FrameMessage:
    if len(payload) > MAX_FRAME_BYTES:
        raise WireError(f"frame: got {len(payload)} bytes, expected at most {MAX_FRAME_BYTES}")
    line, newline, jpeg = payload.partition(b"\n")
    if not newline or not jpeg.startswith(_JPEG_MAGIC):
        raise WireError("frame: expected one line of JSON, a newline and a JPEG")
    try:
        return FrameMessage(header=FrameHeader.model_validate_json(line), jpeg=jpeg)
    except ValidationError as error:
        raise WireError(_first_problem(error)) from None


def _decode_json(topic: UpTopic, payload: bytes) -> UpMessage:
    try:
        return _MODELS[topic.stream].model_validate_json(payload)
    except ValidationError as error:
        raise WireError(_first_problem(error)) from None


def _decode_evidence(topic: UpTopic, payload: bytes) -> EvidenceMessage:
    line, newline, content = payload.partition(b"\n")
    mime = _mime_of(content)
    if not newline or mime is None:
        raise WireError("evidence: expected one line of JSON, a newline and a JPEG or a clip")
    try:
        header = EvidenceHeader.model_validate_json(line)
    except ValidationError as error:
        raise WireError(_first_problem(error)) from None
    if header.mime != mime:
        raise WireError(f"evidence: got {mime}, expected {header.mime} as in the header")
    if mime == _CLIP and not (header.redacted and header.duration_seconds):
        raise WireError("evidence: expected a redacted clip with its duration")
    if (header.event_id, header.number) != (topic.event_id, topic.number):
        raise WireError("evidence: event_id and number differ from the topic's")
    return EvidenceMessage(header=header, content=content)


def _mime_of(content: bytes) -> str | None:
    if content.startswith(_JPEG_MAGIC):
        return "image/jpeg"
    return _CLIP if content[4:8] == _MP4_MAGIC else None


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "payload"
    # The message may quote the input, which may be long and have line ends.
    return " ".join(f"{where}: {first['msg']}".split())[:MAX_PROBLEM_CHARACTERS]
