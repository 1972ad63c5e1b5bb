"""What cannot be read is refused with one exact line, and still acknowledged where its number can be read."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from tests.contract.command_examples import NODE, OUTBOX
from tests.contract.grey_image import JPEG
from tests.contract.wire_examples import EVENT, EXAMPLES, MP4

from siaga_core.wire import codec, topics
from siaga_core.wire.errors import WireError
from siaga_core.wire.messages import EvidenceMessage

JSON_OF: dict[str, Any] = {name: json.loads(held.golden) for name, held in EXAMPLES.items() if name.endswith(".json")}
HEADER: dict[str, Any] = json.loads(EXAMPLES["evidence.bin"].golden.partition(b"\n")[0])


def refusal(topic: str, payload: bytes) -> str:
    with pytest.raises(WireError) as refused:
        codec.decode_up(topics.parse_up(topic), payload)
    return str(refused.value)


def changed(name: str, path: str, value: object) -> bytes:
    """A golden message with the field at a dotted path replaced, or taken out for `...`."""
    message = json.loads(json.dumps(JSON_OF[name]))
    *parents, last = path.split(".")
    at = message
    for part in parents:
        at = at[int(part) if part.isdigit() else part]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return json.dumps(message).encode()


@pytest.mark.parametrize(
    ("name", "path", "value", "complaint"),
    [
        ("readings.json", "id", ..., "id: Field required"),
        ("readings.json", "v", 2, "v: Input should be 1"),
        (
            "readings.json",
            "node",
            "another-node",
            "node: got 'another-node', expected 'pintu-manggarai' as in the topic",
        ),
        ("readings.json", "node", "A", r"node: String should match pattern '^[a-z0-9][a-z0-9-]{1,47}$'"),
        ("readings.json", "seq", 0, "seq: Input should be greater than or equal to 1"),
        ("readings.json", "seq", True, "seq: Input should be a valid integer"),
        ("readings.json", "seq", 2**63, "seq: Input should be less than or equal to 9223372036854775807"),
        ("readings.json", "measured_at", "2026-01-15T08:30:00", "measured_at: Input should have timezone info"),
        ("readings.json", "readings", [], "readings: Tuple should have at least 1 item after validation, not 0"),
        (
            "readings.json",
            "readings",
            JSON_OF["readings.json"]["readings"][:1] * 501,
            "readings: Tuple should have at most 500 items after validation, not 501",
        ),
        ("readings.json", "readings.1.level_cm", ..., "readings.1.level_cm: Field required"),
        (
            "readings.json",
            "readings.0.level_cm",
            "high",
            "readings.0.level_cm: Input should be a valid number, unable to parse string as a number",
        ),
        ("readings.json", "readings.0.level_cm", float("nan"), "readings.0.level_cm: Input should be a finite number"),
        ("readings.json", "readings.0.stage", 5, "readings.0.stage: Input should be 1, 2, 3 or 4"),
        (
            "readings.json",
            "readings.0.flags",
            ["Bad flag"],
            "readings.0.flags.0: String should match pattern '^[a-z_]{1,32}$'",
        ),
        ("event_trash.json", "confidence", 1.01, "confidence: Input should be less than or equal to 1"),
        ("event_trash.json", "place.lat", 91, "place.lat: Input should be less than or equal to 90"),
        ("event_trash.json", "evidence", "none", "evidence: Input should be a valid array"),
        ("event_trash.json", "hazard", "flooding", "payload: Value error, details of trash in an event of flooding"),
        ("event_trash.json", "state", "ended", "payload: Value error, ended_at is None in an event that ended"),
        (
            "event_flooding.json",
            "state",
            "updated",
            "payload: Value error, ended_at is 2026-01-15 08:30:00+00:00 in an event that updated",
        ),
        (
            "event_trash.json",
            "details.kind",
            "meteor",
            (
                "details: Input tag 'meteor' found using 'kind' does not match any of the expected tags: "
                "'illegal_parking', 'trash', 'flooding', 'water_level', 'view_lost'"
            ),
        ),
        (
            "event_illegal_parking.json",
            "details.label",
            "c\x00r",
            r"details.illegal_parking.label: String should match pattern '^[^\x00]*$'",
        ),
        ("health.json", "software", "x" * 65, "software: String should have at most 64 characters"),
        ("health.json", "outbox.evicted", -1, "outbox.evicted: Input should be greater than or equal to 0"),
        ("config.json", "sha256", "F" * 64, "sha256: String should match pattern '^[0-9a-f]{64}$'"),
        ("status.json", "state", "asleep", "state: Input should be 'online' or 'offline'"),
    ],
)
def test_a_message_is_refused_with(name: str, path: str, value: object, complaint: str) -> None:
    assert refusal(EXAMPLES[name].topic, changed(name, path, value)) == complaint


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        pytest.param(b"", "payload: Invalid JSON: EOF while parsing a value at line 1 column 0", id="nothing"),
        pytest.param(b"[]", "payload: Input should be an object", id="a list"),
        pytest.param(b"\xff\xfe", "payload: Invalid JSON: expected value at line 1 column 1", id="not text"),
        pytest.param(b'{"v":1,', "payload: Invalid JSON: EOF while parsing a value at line 1 column 7", id="cut off"),
        pytest.param(b"[" * 100_000, "payload: Invalid JSON: recursion limit exceeded at line 1 column 202", id="deep"),
        pytest.param(
            b" " * (codec.MAX_PAYLOAD_BYTES + 1),
            "payload: got 4194305 bytes, expected at most 4194304",
            id="too large",
        ),
    ],
)
def test_bytes_that_are_no_message_are_refused_with(payload: bytes, complaint: str) -> None:
    assert refusal(EXAMPLES["readings.json"].topic, payload) == complaint


def test_the_largest_payload_is_read() -> None:
    golden = EXAMPLES["readings.json"].golden
    padded = golden + b" " * (codec.MAX_PAYLOAD_BYTES - len(golden))
    assert (
        codec.decode_up(topics.parse_up(EXAMPLES["readings.json"].topic), padded) == EXAMPLES["readings.json"].message
    )


@pytest.mark.parametrize("tag", ["x" * 1_000_000, "one\nline\r\nand another"])
def test_a_complaint_is_one_short_line_whatever_it_quotes(tag: str) -> None:
    complaint = refusal(EXAMPLES["event_trash.json"].topic, changed("event_trash.json", "details.kind", tag))
    assert complaint.startswith("details: Input tag '")
    assert len(complaint) <= codec.MAX_PROBLEM_CHARACTERS
    assert "\n" not in complaint


NOT_EVIDENCE = "evidence: expected one line of JSON, a newline and a JPEG or a clip"
NOT_A_CLIP = "evidence: expected a redacted clip with its duration"
AS_CLIP: dict[str, Any] = {"mime": "video/mp4", "duration_seconds": 15.0}
NOT_THIS_EVENT = "evidence: event_id and number differ from the topic's"


def evidence(newline: bytes = b"\n", jpeg: bytes = JPEG, **changes: Any) -> bytes:
    return json.dumps({**HEADER, **changes}).encode() + newline + jpeg


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        pytest.param(evidence(newline=b""), NOT_EVIDENCE, id="no newline"),
        pytest.param(evidence(jpeg=b""), NOT_EVIDENCE, id="no picture"),
        pytest.param(evidence(jpeg=b"\x89PNG\r\n"), NOT_EVIDENCE, id="a PNG"),
        pytest.param(JPEG, NOT_EVIDENCE, id="no header"),
        pytest.param(evidence(jpeg=MP4), "evidence: got video/mp4, expected image/jpeg as in the header", id="a clip"),
        pytest.param(evidence(jpeg=MP4, mime="video/mp4"), NOT_A_CLIP, id="a clip without its duration"),
        pytest.param(evidence(jpeg=MP4, **{**AS_CLIP, "redacted": False}), NOT_A_CLIP, id="an unredacted clip"),
        pytest.param(evidence(number=2), NOT_THIS_EVENT, id="another number"),
        pytest.param(evidence(event_id=str(OUTBOX)), NOT_THIS_EVENT, id="another event"),
        pytest.param(evidence(width=0), "width: Input should be greater than or equal to 1", id="no width"),
        pytest.param(
            evidence(node="other-node"), f"node: got 'other-node', expected '{NODE}' as in the topic", id="node"
        ),
    ],
)
def test_evidence_is_refused_with(payload: bytes, complaint: str) -> None:
    assert refusal(EXAMPLES["evidence.bin"].topic, payload) == complaint


def test_an_image_may_contain_line_ends() -> None:
    payload = evidence(jpeg=JPEG + b"\n\n{}\n")
    message = codec.decode_up(topics.parse_up(topics.evidence(NODE, EVENT, 1)), payload)
    assert isinstance(message, EvidenceMessage)
    assert message.content == JPEG + b"\n\n{}\n"


# --- what can still be acknowledged of it -----------------------------------------------------------------------


def counter(seq: object, outbox_id: object = str(OUTBOX)) -> bytes:
    return json.dumps({"outbox_id": outbox_id, "seq": seq, "measured_at": "nonsense"}).encode()


@pytest.mark.parametrize(
    ("payload", "number"),
    [
        pytest.param(counter(7), (OUTBOX, 7), id="a message whose rest is nonsense"),
        pytest.param(counter(7) + b"\nnot a picture", (OUTBOX, 7), id="evidence whose picture is nonsense"),
        pytest.param(counter(2**63 - 1), (OUTBOX, 2**63 - 1), id="the highest number"),
        pytest.param(counter(2**63), None, id="a number that no database holds"),
        # A number that is guessed would make the sender delete another message that nobody has
        pytest.param(counter(0), None, id="no first message is 0"),
        pytest.param(counter(-3), None, id="below zero"),
        pytest.param(counter(1.5), None, id="a broken number"),
        pytest.param(counter(True), None, id="not a number"),
        pytest.param(counter(None), None, id="no number"),
        pytest.param(counter(7, "outbox"), None, id="an outbox without a name"),
        pytest.param(counter(7, None), None, id="no outbox"),
        pytest.param(b'{"seq": 7}', None, id="no outbox at all"),
        pytest.param(b"[1, 2]", None, id="a list"),
        pytest.param(b'"text"', None, id="a text"),
        pytest.param(b"\xff\xd8\xff", None, id="only a picture"),
        pytest.param(b"", None, id="nothing"),
        pytest.param(b"[" * 100_000, None, id="deep"),
    ],
)
def test_what_can_be_salvaged_from(payload: bytes, number: tuple[UUID, int] | None) -> None:
    assert codec.salvage(payload) == number


COUNTED = [name for name, held in EXAMPLES.items() if "/up/" in held.topic and b'"seq"' in held.golden]


@pytest.mark.parametrize("name", COUNTED)
def test_every_counted_message_can_be_salvaged(name: str) -> None:
    found = codec.salvage(EXAMPLES[name].golden)
    assert found is not None
    assert found[0] == OUTBOX
