"""Broken bytes by the thousand: whatever a node sends is taken or refused by `WireError`; nothing else comes of it.

`SIAGA_FUZZ_EXAMPLES=400 pytest tests/contract/test_fuzz_wire.py` tries more of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sized
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contract.wire_examples import EXAMPLES

from siaga_cloud.ingest.queue import Delivery
from siaga_cloud.ingest.sorting import sort
from siaga_core.wire import codec, topics
from siaga_core.wire.errors import WireError

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
UP = {name: held for name, held in EXAMPLES.items() if "/up/" in held.topic}
MANY = settings(
    max_examples=int(os.environ.get("SIAGA_FUZZ_EXAMPLES", "40")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=12,
)


def claimed(topic: str, payload: bytes) -> bool:
    try:
        codec.decode_up(topics.parse_up(topic), payload)
    except WireError as refused:
        reason = str(refused)
    else:
        return True
    assert 0 < len(reason) < 2000
    return False


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    found = [before]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths(inner, (*before, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths(inner, (*before, index))
    return found


@pytest.mark.parametrize("name", sorted(UP))
@MANY
@given(data=st.data())
def test_golden_bytes_with_some_of_them_changed(name: str, data: st.DataObject) -> None:
    held = UP[name]
    payload = bytearray(held.golden)
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(payload)))
        match data.draw(st.sampled_from(["cut", "insert", "change", "repeat"])):
            case "cut":
                del payload[where:]
            case "insert":
                payload[where:where] = data.draw(st.binary(min_size=1, max_size=8))
            case "change" if where < len(payload):
                payload[where] = data.draw(st.integers(0, 255))
            case _:
                payload[where:where] = payload[:where][-200:]
    claimed(held.topic, bytes(payload))


@pytest.mark.parametrize("name", sorted(name for name in UP if name.endswith(".json")))
@MANY
@given(data=st.data())
def test_golden_messages_with_any_value_in_any_place(name: str, data: st.DataObject) -> None:
    held = UP[name]
    message = json.loads(held.golden)
    where = data.draw(st.sampled_from(paths(message)[1:]))
    at = message
    for step in where[:-1]:
        at = at[step]
    at[where[-1]] = data.draw(anything)
    claimed(held.topic, json.dumps(message).encode("utf-8", "surrogatepass"))


@MANY
@given(
    topic=st.text(max_size=80) | st.sampled_from([held.topic for held in UP.values()]), payload=st.binary(max_size=300)
)
def test_a_delivery_of_any_bytes_on_any_topic_has_exactly_one_fate(topic: str, payload: bytes) -> None:
    found = sort([Delivery(topic=topic, payload=payload, received_at=NOON, epoch=1, mid=1)])
    fates: tuple[Sized, ...] = (found.accepted, found.statuses, found.frames)
    fates += (found.unshown, found.dead, found.quarantined)
    assert sum(map(len, fates)) == 1
    codec.salvage(payload)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"[" * 200_000, id="deep lists"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="deep objects"),
        pytest.param(b'{"seq":' + b"9" * 1_000_000 + b"}", id="a number of a million digits"),
        pytest.param(b'{"seq":1e999999999}', id="a number without end"),
        pytest.param(b'{"a":1,' * 1 + b'"a":2,' * 100_000 + b'"a":3}', id="a key again and again"),
        pytest.param(b'"' + b"\\ud800" * 100_000 + b'"', id="half characters"),
        pytest.param(b"\x00" * 1_000_000, id="nothing but NUL"),
        pytest.param(b"\xff\xfe" * 500_000, id="another encoding"),
    ],
)
def test_bytes_that_are_made_to_be_dear_are_refused(payload: bytes) -> None:
    assert not any(claimed(held.topic, payload) for held in UP.values())
