"""The bytes on the wire never change inside v1: what was sent by any release is read by every later one."""

from __future__ import annotations

import json
from typing import Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field
from tests.contract.wire_examples import EXAMPLES, GOLDEN, Example

from siaga_core.wire import codec, messages, topics
from siaga_core.wire.fleet import CommandMessage, WantedConfig
from siaga_core.wire.kinds import WireModel
from siaga_core.wire.messages import AckMessage, EventMessage, EvidenceMessage, Hazard, ReplayMessage, SeqRange
from siaga_core.wire.views import FrameMessage

FramedMessage = EvidenceMessage | FrameMessage

every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
every_json = pytest.mark.parametrize(
    "example", [example for example in EXAMPLES.values() if example.file.endswith(".json")], ids=lambda held: held.file
)


def decoded(example: Example, payload: bytes) -> BaseModel:
    if isinstance(example.message, AckMessage | ReplayMessage | WantedConfig | CommandMessage):
        return type(example.message).model_validate_json(payload)
    return codec.decode_up(topics.parse_up(example.topic), payload)


@every_example
def test_a_message_is_written_as_these_bytes(example: Example) -> None:
    assert example.encoded() == example.golden


@every_example
def test_these_bytes_are_read_as_the_message(example: Example) -> None:
    assert decoded(example, example.golden) == example.message


def test_each_golden_file_has_its_example() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(EXAMPLES)


def test_each_hazard_has_a_golden_event() -> None:
    events = [example.message for example in EXAMPLES.values() if isinstance(example.message, EventMessage)]
    assert {event.hazard for event in events} == set(Hazard)
    assert {event.details.kind for event in events} == set(Hazard)


def test_each_stream_has_a_golden_message() -> None:
    ups = [topics.parse_up(example.topic).stream for example in EXAMPLES.values() if "/up/" in example.topic]
    assert set(ups) == set(topics.UpStream)


def widened(value: object) -> object:
    """As a later minor version would send it: a field more in every object."""
    if isinstance(value, dict):
        return {"from_a_later_version": {"any": ["thing"]}} | {key: widened(held) for key, held in value.items()}
    return [widened(held) for held in value] if isinstance(value, list) else value


@every_json
def test_a_field_of_a_later_version_is_ignored_wherever_it_is(example: Example) -> None:
    payload = json.dumps(widened(json.loads(example.golden)), indent=1).encode()
    assert payload.count(b"from_a_later_version") >= 1
    assert decoded(example, payload) == example.message


@pytest.mark.parametrize("file", ["evidence.bin", "frame.bin"])
def test_a_field_of_a_later_version_is_ignored_in_the_header_of_an_image_too(file: str) -> None:
    example = EXAMPLES[file]
    header, newline, jpeg = example.golden.partition(b"\n")
    later = json.dumps(widened(json.loads(header))).encode()
    assert decoded(example, later + newline + jpeg) == example.message


def test_a_field_added_within_v1_has_a_default() -> None:
    # What the first release sent must still be read. A field that is required today was required then.
    for example in EXAMPLES.values():
        message = example.message.header if isinstance(example.message, FramedMessage) else example.message
        required = {name for name, field in type(message).model_fields.items() if field.is_required()}
        assert required <= REQUIRED_IN_V1[type(message).__name__]


ENVELOPE = {"id", "node", "outbox_id", "seq", "measured_at", "sent_at"}
REQUIRED_IN_V1 = {
    "StatusMessage": {"node", "state", "at"},
    "HealthMessage": ENVELOPE | {"uptime_seconds", "outbox"},
    "ReadingsMessage": ENVELOPE | {"readings"},
    "EventMessage": ENVELOPE
    | {"event_id", "revision", "state", "hazard", "source", "place", "began_at", "confidence", "severity", "details"},
    "EvidenceHeader": ENVELOPE | {"event_id", "number", "role", "sha256", "width", "height", "redacted"},
    "ConfigMessage": ENVELOPE | {"version", "sha256", "applied"},
    "LookAnswerMessage": ENVELOPE | {"look_id", "camera", "hazard", "state"},
    "AssetStatesMessage": ENVELOPE | {"states"},
    "FrameHeader": {"node", "view_id", "camera", "number", "taken_at", "width", "height", "redacted"},
    "AckMessage": {"outbox_id", "ranges"},
    "ReplayMessage": {"id", "since"},
    "WantedConfig": {"node", "version", "sha256", "body", "signature"},
    "CommandMessage": {"node", "number", "expires_at", "body", "signature"},
}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_message_cannot_be_changed_once_made(example: Example) -> None:
    name = next(iter(type(example.message).model_fields))
    with pytest.raises(ValueError, match="frozen"):
        setattr(example.message, name, getattr(example.message, name))


def test_the_golden_ids_name_the_time_of_their_making() -> None:
    # An id that is no UUIDv7 would be a bad example
    for example in EXAMPLES.values():
        message = example.message.header if isinstance(example.message, FramedMessage) else example.message
        if isinstance(message, messages.Envelope):
            assert message.id.version == 7
            assert message.id.int >> 80 == int(message.measured_at.timestamp() * 1000)


def test_every_counted_message_has_the_same_envelope_first() -> None:
    for name in ("HealthMessage", "ReadingsMessage", "EventMessage", "EvidenceHeader", "ConfigMessage"):
        fields = list(getattr(messages, name).model_fields)
        assert fields[:8] == ["v", "id", "node", "outbox_id", "seq", "measured_at", "sent_at", "late"]


def test_a_flood_of_a_release_without_depths_is_read_as_one_of_unknown_depth() -> None:
    example = EXAMPLES["event_flooding.json"]
    before = json.loads(example.golden)
    del before["details"]["depth_cm"]
    assert decoded(example, json.dumps(before).encode()) == example.message


def test_an_acknowledgement_and_a_replay_of_a_release_before_are_read_as_naming_nothing() -> None:
    ack, replay = json.loads(EXAMPLES["ack.json"].golden), json.loads(EXAMPLES["replay.json"].golden)
    del ack["replay"], replay["is_named"], replay["made_at"]
    assert AckMessage.model_validate(ack).replay is None
    assert not ReplayMessage.model_validate(replay).is_named


class AckOfReleaseBefore(WireModel):
    """What a node of the release before reads of an acknowledgement."""

    v: Literal[1] = 1
    outbox_id: UUID
    ranges: tuple[SeqRange, ...] = Field(min_length=1, max_length=2000)
    replay: UUID | None = None


def test_a_node_of_the_release_before_reads_an_acknowledgement_with_refusals() -> None:
    plain, refused = EXAMPLES["ack.json"], EXAMPLES["ack_refused.json"]
    read = AckOfReleaseBefore.model_validate_json(refused.golden)
    assert read == AckOfReleaseBefore.model_validate_json(plain.golden)
    assert b"refused" not in plain.golden, "an acknowledgement without refusals is what it always was"
