"""What the cloud answers to nodes: which messages are safe, which of them it refused, and which to send again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, model_serializer

from siaga_core.wire.kinds import WIRE_VERSION, Seq, Text, WireModel

MAX_REFUSED: Final = 100
MAX_REASON_CHARACTERS: Final = 200


class SeqRange(WireModel):
    """Sequence numbers from `first` to `last`, both included."""

    first: int = Field(ge=1)
    last: int = Field(ge=1)


class RefusedMessage(WireModel):
    """A message that the cloud will not process; its bytes are a dead letter there, as far as there is room."""

    seq: Seq = Field(description="of the message; it is acknowledged too, so it is not sent again")
    reason: Text = Field(max_length=MAX_REASON_CHARACTERS, description="why, in English, for who looks after the node")


class AckMessage(WireModel):
    """Stream `down/ack`: these are committed in the cloud (or kept as dead letters) and may be deleted."""

    v: Literal[1] = WIRE_VERSION
    outbox_id: UUID = Field(description="whose numbers these are; ignore those of another outbox")
    ranges: tuple[SeqRange, ...] = Field(min_length=1, max_length=2000, description="numbers that are safe")
    replay: UUID | None = Field(default=None, description="the newest replay known at that commit; null: none")
    refused: tuple[RefusedMessage, ...] = Field(
        default=(), max_length=MAX_REFUSED, description="those that were refused, and why; left out where none was"
    )

    @model_serializer(mode="wrap")
    def _as_before_where_none_is_refused(self, serialize: Callable[[AckMessage], dict[str, Any]]) -> dict[str, Any]:
        # The bytes of an acknowledgement without refusals are those of the releases before.
        fields = serialize(self)
        return fields if self.refused else {name: value for name, value in fields.items() if name != "refused"}


class ReplayMessage(WireModel):
    """Stream `down/replay`: the cloud lost what it had committed since a time; what is still there is sent again.

    A node follows each `id` once. Unsigned, as acknowledgements are: it makes a node send more, never less.
    """

    v: Literal[1] = WIRE_VERSION
    id: UUID = Field(description="names this request; one that was followed is not followed again")
    since: AwareDatetime = Field(description="what the node saw acknowledged then or later, by its own clock")
    is_named: bool = Field(
        default=False, description="acknowledgements name it in `replay`: ignore others for ten minutes after following"
    )
    made_at: AwareDatetime | None = Field(default=None, description="older than one that was followed: not followed")
