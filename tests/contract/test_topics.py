"""The topic grammar, both ways, and what it refuses."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.wire import topics
from siaga_core.wire.errors import WireError
from siaga_core.wire.ids import NAME_PATTERN
from siaga_core.wire.topics import DownStream, UpStream, UpTopic

EVENT = UUID("019bc0c6-9b40-7cc3-98c4-dc0c0c07398f")
names = st.from_regex(NAME_PATTERN, fullmatch=True).map(str.strip)
AT = "siaga/v1/s05/pintu-manggarai/up"


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (topics.up("pintu-manggarai", UpStream.STATUS), "siaga/v1/s05/pintu-manggarai/up/status"),
        (topics.up("pintu-manggarai", UpStream.HEALTH), "siaga/v1/s05/pintu-manggarai/up/health"),
        (topics.up("pintu-manggarai", UpStream.READINGS), "siaga/v1/s05/pintu-manggarai/up/readings"),
        (topics.up("pintu-manggarai", UpStream.EVENTS), "siaga/v1/s05/pintu-manggarai/up/events"),
        (topics.up("pintu-manggarai", UpStream.CONFIG), "siaga/v1/s05/pintu-manggarai/up/config"),
        (topics.evidence("pintu-manggarai", EVENT, 99), f"siaga/v1/s05/pintu-manggarai/up/evidence/{EVENT}/99"),
        (topics.down("pintu-manggarai", DownStream.ACK), "siaga/v1/s05/pintu-manggarai/down/ack"),
        (topics.down("pintu-manggarai", DownStream.CONFIG), "siaga/v1/s05/pintu-manggarai/down/config"),
        (topics.down("pintu-manggarai", DownStream.COMMAND), "siaga/v1/s05/pintu-manggarai/down/command"),
        (topics.down_filter("pintu-manggarai"), "siaga/v1/s05/pintu-manggarai/down/#"),
        (topics.shard_filter("s05"), "siaga/v1/s05/+/up/#"),
    ],
)
def test_a_topic_is_written(topic: str, expected: str) -> None:
    assert topic == expected


# The shard of a node is part of the wire: crc32 modulo 64.
@pytest.mark.parametrize(
    ("node", "shard"), [("pintu-manggarai", "s05"), ("depok", "s09"), ("katulampa", "s25"), ("node-001", "s39")]
)
def test_shard_of(node: str, shard: str) -> None:
    assert topics.shard_of(node) == shard


def test_the_shards_are_s00_to_s63() -> None:
    shards = topics.every_shard()
    assert (shards[0], shards[9], shards[63], len(shards)) == ("s00", "s09", "s63", 64)


@given(names)
def test_every_node_belongs_to_one_of_them(node: str) -> None:
    assert topics.shard_of(node) in topics.every_shard()


def test_a_fleet_spreads_over_all_shards() -> None:
    assert {topics.shard_of(f"node-{number:04d}") for number in range(2000)} == set(topics.every_shard())


@given(names, st.sampled_from([stream for stream in UpStream if stream is not UpStream.EVIDENCE]))
def test_what_is_written_is_read_back(node: str, stream: UpStream) -> None:
    assert topics.parse_up(topics.up(node, stream)) == UpTopic(node=node, stream=stream)


@given(names, st.uuids(), st.integers(0, 99))
def test_so_is_evidence(node: str, event_id: UUID, number: int) -> None:
    parsed = topics.parse_up(topics.evidence(node, event_id, number))
    assert parsed == UpTopic(node=node, stream=UpStream.EVIDENCE, event_id=event_id, number=number)


EXPECTED_TOPIC = "expected siaga/v1/<shard>/<node>/up/<stream>"
EXPECTED_EVIDENCE = "expected evidence/<event id>/<number>"
EXPECTED_NUMBER = "expected evidence/<event id>/<0..99>"


@pytest.mark.parametrize(
    ("topic", "complaint"),
    [
        ("", EXPECTED_TOPIC),
        ("siaga/v2/s05/pintu-manggarai/up/status", EXPECTED_TOPIC),
        ("x" + AT + "/status", EXPECTED_TOPIC),
        ("siaga/v1/s5/pintu-manggarai/up/status", EXPECTED_TOPIC),
        ("siaga/v1/s05/pintu-manggarai/down/ack", EXPECTED_TOPIC),
        (AT, EXPECTED_TOPIC),
        (AT + "/", EXPECTED_TOPIC),
        (AT + "/status\n", EXPECTED_TOPIC),
        ("siaga/v1/s05/Pintu/up/status", f"node name must match {NAME_PATTERN}"),
        ("siaga/v1/s05/pintu-manggarai\n/up/status", f"node name must match {NAME_PATTERN}"),
        ("siaga/v1/s06/pintu-manggarai/up/status", "node pintu-manggarai belongs to shard s05"),
        (
            AT + "/weather",
            f"unknown stream 'weather', expected one of {', '.join(topics.UpStream)}",
        ),
        (AT + "/status/now", "nothing may follow status"),
        (AT + "/status/", "nothing may follow status"),
        (AT + "/evidence", EXPECTED_EVIDENCE),
        (AT + f"/evidence/{EVENT}", EXPECTED_EVIDENCE),
        (AT + "/evidence/an-event/0", EXPECTED_EVIDENCE),
        (AT + f"/evidence/{EVENT}/first", EXPECTED_EVIDENCE),
        (AT + f"/evidence/{EVENT}/100", EXPECTED_NUMBER),
        (AT + f"/evidence/{EVENT}/-1", EXPECTED_NUMBER),
        (AT + f"/evidence/{EVENT}/0/more", EXPECTED_NUMBER),
        # `UUID` and `int` would read these, but no node writes them
        (AT + f"/evidence/{{{EVENT}}}/0", EXPECTED_NUMBER),
        (AT + f"/evidence/{EVENT.hex}/0", EXPECTED_NUMBER),
        (AT + f"/evidence/{str(EVENT).upper()}/0", EXPECTED_NUMBER),
        (AT + f"/evidence/{EVENT}/ 1", EXPECTED_NUMBER),
        (AT + f"/evidence/{EVENT}/1_0", EXPECTED_NUMBER),
        (AT + f"/evidence/{EVENT}/07", EXPECTED_NUMBER),
    ],
)
def test_a_topic_is_refused_with(topic: str, complaint: str) -> None:
    with pytest.raises(WireError) as refused:
        topics.parse_up(topic)
    assert str(refused.value) == f"topic {topic!r}: {complaint}"
