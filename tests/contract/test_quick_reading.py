"""What ingest reads the quick way, the wire's models take too, and read the same of it; and what boxes send is quick.

`SIAGA_FUZZ_EXAMPLES=3000 pytest tests/contract/test_quick_reading.py` tries more.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from siaga_cloud.ingest.fast_readings import QuickReadings, quick_readings
from siaga_cloud.ingest.gauge_rows import rows_of
from siaga_core.wire import codec, topics
from siaga_core.wire.errors import WireError
from siaga_core.wire.messages import Quality, Reading, ReadingsMessage, Stage

NODE = "node-a"
TOPIC = topics.parse_up(topics.up(NODE, topics.UpStream.READINGS))
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
WHOLE: dict[str, Any] = {
    "v": 1,
    "id": "019bc170-0000-7000-8000-000000000001",
    "node": NODE,
    "outbox_id": "019bc170-0000-7000-8000-000000000002",
    "seq": 7,
    "measured_at": "2026-01-15T12:00:00Z",
    "sent_at": "2026-01-15T12:00:01.5Z",
    "late": False,
    "readings": [
        {"gauge": "karet", "measured_at": "2026-01-15T12:00:00Z", "level_cm": 312.5},
        {
            "gauge": "depok", "measured_at": "2026-01-15T19:00:00+07:00", "level_cm": None, "quality": "suspect",
            "flags": ["jump"], "spread_cm": 0.5, "samples": 7, "stage": 3,
        },
    ],
}  # fmt: skip
MANY = settings(
    max_examples=int(os.environ.get("SIAGA_FUZZ_EXAMPLES", "200")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def reported(message: ReadingsMessage | QuickReadings) -> tuple[Any, ...]:
    head = (message.id, message.node, message.outbox_id, message.seq, message.sent_at, message.late)
    times = (message.measured_at, message.measured_at.utcoffset(), message.sent_at.utcoffset())
    rows = rows_of(message, NOON)
    return head, times, rows, [[type(value) for value in row if not isinstance(value, datetime)] for row in rows]


def is_quick(payload: bytes) -> bool:
    """Whether it was read the quick way; then the models must agree."""
    quick = quick_readings(NODE, payload)
    if quick is None:
        return False
    slow = codec.decode_up(TOPIC, payload)
    assert isinstance(slow, ReadingsMessage)
    try:
        assert reported(quick) == reported(slow)
    except OverflowError:  # of times at the ends of the calendar, judged later
        with pytest.raises(OverflowError):
            rows_of(slow, NOON)
    return True


def changed(path: tuple[str | int, ...], value: Any) -> bytes:
    whole = json.loads(json.dumps(WHOLE))
    at = whole
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return json.dumps(whole).encode()


PATHS: list[tuple[str | int, ...]] = [
    *((name,) for name in WHOLE),
    *(("readings", 1, name) for name in WHOLE["readings"][1]),
    ("readings", 1, "flags", 0),
    ("later",),
    ("readings", 0, "later"),
]
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 3, 4, 5, 1.0, 3.0, -0.0, 1e300, float("nan"), float("inf"), 2**63 - 1, 2**63, 10**30,
    "", "1", "3", "good", "Good", "karet", "node-a", "node-a\n", "x" * 49, "ü", "\ud800", "jump\n", [], [1], {}, ["a"],
    ["jump"] * 8, ["jump"] * 9, "019BC17000007000800000000000000A", "{019bc170-0000-7000-8000-000000000001}",
    "urn:uuid:019bc170-0000-7000-8000-000000000001", 1768478400, 1768478400000, "1768478400", "2026-01-15",
    "2026-01-15T12:00:00", "2026-01-15 12:00:00Z", "2026-01-15t12:00:00z", "2026-01-15T12:00Z", "2026-01-15T12:00:60Z",
    "2026-01-15T12:00:00.1234567Z", "2026-01-15T12:00:00.9999999Z", "2026-01-15T12:00:00,5Z", "2026-01-15T24:00:00Z",
    "2026-01-15T12:00:00-00:00", "2026-01-15T12:00:00+0700", "2026-01-15T12:00:00+23:59", "0001-01-01T00:00:00+05:00",
    "9999-12-31T23:59:59-05:00", "0000-01-01T00:00:00Z", "2026-02-30T12:00:00Z", "2026-01-15T12:00:00Z\n",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_any_value_in_any_place_is_read_as_the_models_read_it_or_left_to_them(path: tuple[str | int, ...]) -> None:
    for value in VALUES:
        is_quick(changed(path, value))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"seq": 7', b'"seq": 7, "seq": 8'),
        (b'"seq": 7', b'"seq": "x", "seq": 8'),
        (b'"level_cm": 312.5', b'"level_cm": 312.5, "level_cm": 1'),
        (b'"seq": 7', b'"seq": 7.0'),
        (b'"seq": 7', b'"seq": 07'),
        (b"312.5", b"1e999"),
        (b"312.5", b"-0"),
        (b"312.5", b"0.1000000000000000055511151231257827021181583404541015625"),
        (b"312.5", b"NaN"),
        (b"12:00:01.5Z", rb"12:00:01\u002e1234567Z"),
        (b'"karet"', rb'"\u006baret"'),
        (b'"karet"', b'"kar\xffet"'),
        (b'"late": false', b'"late": false, "later": "\xff"'),
        (b'"late": false', b'"late": false,'),
        (b"{", b"\xef\xbb\xbf{"),
        (b"{", b" \n{"),
    ],
)
def test_the_rims_of_json_are_read_as_the_models_read_them_or_left_to_them(old: bytes, new: bytes) -> None:
    is_quick(json.dumps(WHOLE).encode().replace(old, new, 1))


@MANY
@given(st.data())
def test_bytes_changed_anywhere_are_read_as_the_models_read_them_or_left_to_them(data: st.DataObject) -> None:
    payload = bytearray(json.dumps(WHOLE).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(payload) - 1))
        payload[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"", b"0", b"9", b".", b"-", b"+", b"e", b":", b" ", b'"', b",", b"Z", b"\\", b"a", b"\n"])
            | st.binary(max_size=2)
        )
    event(f"quick: {is_quick(bytes(payload))}")


def test_messages_of_nodes_are_quick() -> None:
    reading = Reading(
        gauge="karet", measured_at=NOON, level_cm=3.5, quality=Quality.BAD, flags=("jump",), spread_cm=0.1, samples=5,
        stage=Stage.SIAGA_2,
    )  # fmt: skip
    for each in (reading, Reading(gauge="karet", measured_at=NOON + timedelta(microseconds=123456), level_cm=None)):
        message = ReadingsMessage(
            id=UUID(int=1), node=NODE, outbox_id=UUID(int=2), seq=1, measured_at=NOON, sent_at=NOON, readings=(each,)
        )
        assert is_quick(codec.encode(message))
    assert is_quick(json.dumps(WHOLE).encode())


def test_another_nodes_message_and_too_many_readings_are_left_to_the_models() -> None:
    assert quick_readings("node-b", json.dumps(WHOLE).encode()) is None
    for count in (0, 501):
        payload = changed(("readings",), [WHOLE["readings"][0]] * count)
        assert quick_readings(NODE, payload) is None
        with pytest.raises(WireError):
            codec.decode_up(TOPIC, payload)
