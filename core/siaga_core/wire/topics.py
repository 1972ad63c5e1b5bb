"""Topic grammar: `siaga/v1/<shard>/<node>/up/<stream>` and `.../down/<stream>`.

The shard level lets several ingest replicas share the work with ordinary subscriptions, on any broker.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from siaga_core.wire.errors import WireError
from siaga_core.wire.ids import NAME_PATTERN

ROOT = "siaga/v1"
SHARDS = 64
MAX_EVIDENCE_NUMBER = 99

_TOPIC = re.compile(r"siaga/v1/(?P<shard>s\d\d)/(?P<node>[^/]+)/up/(?P<rest>.+)")
_SENDER = re.compile(r"siaga/v1/[^/]+/(?P<node>[^/]+)/up/")
_NODE = re.compile(NAME_PATTERN)
_PIECE = re.compile(r"/(?P<sha256>[0-9a-f]{64})/(?P<index>0|[1-9]\d{0,5})")


class UpStream(StrEnum):
    """What a node sends."""

    STATUS = "status"
    HEALTH = "health"
    READINGS = "readings"
    EVENTS = "events"
    EVIDENCE = "evidence"
    CONFIG = "config"
    ANSWERS = "answers"
    FRAMES = "frames"
    ASSETS = "assets"


_STREAMS = {stream.value: stream for stream in UpStream}


class DownStream(StrEnum):
    """What a node is sent."""

    ACK = "ack"
    REPLAY = "replay"
    CONFIG = "config"
    COMMAND = "command"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpTopic:
    """A parsed topic of a node's; `event_id` and `number` only for evidence."""

    node: str
    stream: UpStream
    event_id: UUID | None = None
    number: int | None = None


def shard_of(node: str) -> str:
    """The shard, `s00` to `s63`, that a node belongs to."""
    return f"s{zlib.crc32(node.encode()) % SHARDS:02d}"


def up(node: str, stream: UpStream) -> str:
    """Where a node publishes a stream (evidence has its own: `evidence`)."""
    return f"{ROOT}/{shard_of(node)}/{node}/up/{stream}"


def evidence(node: str, event_id: UUID, number: int) -> str:
    """Return the topic on which a node publishes evidence image `number` of an event."""
    return f"{up(node, UpStream.EVIDENCE)}/{event_id}/{number}"


def down(node: str, stream: DownStream) -> str:
    """Where a node listens."""
    return f"{ROOT}/{shard_of(node)}/{node}/down/{stream}"


def model_piece(node: str, sha256: str, index: int) -> str:
    """Where a node gets piece `index`, from 0, of the model file with that hash: bare bytes."""
    return f"{down(node, DownStream.MODEL)}/{sha256}/{index}"


def parse_model_piece(node: str, topic: str) -> tuple[str, int] | None:
    """Hash and index of a piece for this node; None for every other topic."""
    found = _PIECE.fullmatch(topic.removeprefix(down(node, DownStream.MODEL)))
    return (found["sha256"], int(found["index"])) if found else None


def down_filter(node: str) -> str:
    """The subscription of a node to all that is meant for it."""
    return f"{ROOT}/{shard_of(node)}/{node}/down/#"


def shard_filter(shard: str) -> str:
    """The subscription of an ingest replica to everything that one shard's nodes send."""
    return f"{ROOT}/{shard}/+/up/#"


def shard_in(topic: str) -> str:
    """The shard level of any topic that a `shard_filter` matches."""
    return topic.split("/", 3)[2]


def every_shard() -> tuple[str, ...]:
    """All shard names in order."""
    return tuple(f"s{number:02d}" for number in range(SHARDS))


def node_patterns() -> tuple[str, ...]:
    """The lines of a broker's access list (Mosquitto) for nodes: each stream by its name, and their own down topics."""
    streams = [f"{stream}/+/+" if stream is UpStream.EVIDENCE else str(stream) for stream in UpStream]
    writing = [f"pattern write {ROOT}/+/%u/up/{stream}" for stream in streams]
    return (*writing, f"pattern read {ROOT}/+/%u/down/#")


def cloud_patterns() -> tuple[str, ...]:
    """The lines of an access list for ingest, which writes to up topics only to clear what is retained there."""
    return (f"topic readwrite {ROOT}/+/+/up/#", f"topic write {ROOT}/+/+/down/#")


def sender_of(topic: str) -> str | None:
    """The node in any topic that the broker lets only that node write, right or wrong; None for other topics."""
    found = _SENDER.match(topic)
    return found["node"] if found and _NODE.fullmatch(found["node"]) else None


def may_be_retained(topic: str) -> bool:
    """Whether a broker shall keep the last message of an up topic: of the status stream alone."""
    return topic.endswith(f"/up/{UpStream.STATUS}")


def parse_up(topic: str) -> UpTopic:
    """The parts of an up topic; raises `WireError` for anything that no node of ours would publish."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise WireError(f"topic {topic!r}: expected {ROOT}/<shard>/<node>/up/<stream>")
    node = found["node"]
    if not _NODE.fullmatch(node):
        raise WireError(f"topic {topic!r}: node name must match {NAME_PATTERN}")
    if found["shard"] != shard_of(node):
        raise WireError(f"topic {topic!r}: node {node} belongs to shard {shard_of(node)}")
    return _with_stream(topic, node, found["rest"])


def _with_stream(topic: str, node: str, rest: str) -> UpTopic:
    name, *more = rest.split("/")
    stream = _STREAMS.get(name)
    if stream is None:
        raise WireError(f"topic {topic!r}: unknown stream {name!r}, expected one of {', '.join(UpStream)}")
    if stream is not UpStream.EVIDENCE:
        if more:
            raise WireError(f"topic {topic!r}: nothing may follow {name}")
        return UpTopic(node=node, stream=stream)
    return _evidence_topic(topic, node, more)


def _evidence_topic(topic: str, node: str, parts: list[str]) -> UpTopic:
    try:
        event_id, number = UUID(parts[0]), int(parts[1])
    except (ValueError, IndexError):
        raise WireError(f"topic {topic!r}: expected evidence/<event id>/<number>") from None
    # Written again, because `UUID` and `int` also read braces, blanks and underscores that no node of ours writes.
    if topic != evidence(node, event_id, number) or not 0 <= number <= MAX_EVIDENCE_NUMBER:
        raise WireError(f"topic {topic!r}: expected evidence/<event id>/<0..{MAX_EVIDENCE_NUMBER}>")
    return UpTopic(node=node, stream=UpStream.EVIDENCE, event_id=event_id, number=number)
