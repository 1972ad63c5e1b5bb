"""The messages that are sent: readings of one gauge a node, some 300 bytes each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from siaga_core.wire.codec import encode
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import Quality, Reading, ReadingsMessage
from siaga_core.wire.topics import UpStream, up

MessagesByTopic = Mapping[str, Sequence[tuple[str, bytes]]]


def messages(
    nodes: Sequence[str], *, each: int, began_at: datetime, readings: int = 1
) -> dict[str, list[ReadingsMessage]]:
    """`each` messages of every node with so many readings, a second apart."""
    return {node: _of(node, each, began_at, readings) for node in nodes}


def payloads(made: Mapping[str, Sequence[ReadingsMessage]]) -> dict[str, list[tuple[str, bytes]]]:
    """Return the topics and encoded messages of each node."""
    return {node: [(up(node, UpStream.READINGS), encode(one)) for one in own] for node, own in made.items()}


def _of(node: str, each: int, began_at: datetime, readings: int) -> list[ReadingsMessage]:
    outbox = uuid4()
    return [
        _one(node, seq, began_at + timedelta(seconds=seq * readings), outbox, readings) for seq in range(1, each + 1)
    ]


def _one(node: str, seq: int, at: datetime, outbox: object, readings: int) -> ReadingsMessage:
    measured = tuple(
        Reading(
            gauge=node,
            measured_at=at + timedelta(seconds=number),
            level_cm=300.0 + (seq * 7 + number) % 100,
            quality=Quality.GOOD,
            samples=7,
            spread_cm=0.3,
        )
        for number in range(readings)
    )
    return ReadingsMessage.model_validate(
        {
            "id": uuid7(at), "node": node, "outbox_id": outbox, "seq": seq, "measured_at": measured[-1].measured_at,
            "sent_at": at, "late": False, "readings": measured,
        }
    )  # fmt: skip
