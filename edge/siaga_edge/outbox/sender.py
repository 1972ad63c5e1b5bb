"""Sends what waits: worth first, in order, no faster than agreed, again when the cloud does not acknowledge."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from siaga_core.wire.messages import RefusedMessage, ReplayMessage, SeqRange
from siaga_edge.outbox.in_flight import MessagesInFlight
from siaga_edge.outbox.pacing import Chance, TokenBucket
from siaga_edge.outbox.parcels import Lane
from siaga_edge.outbox.queued_message import QueuedMessage
from siaga_edge.outbox.refusals import Refusals
from siaga_edge.outbox.sender_inbox import SenderInbox
from siaga_edge.outbox.trust import Memory, Trust

log = logging.getLogger(__name__)

_IDLE_SECONDS = 0.5
OUTAGE_SECONDS = 30.0


class SendingStore(Memory, Protocol):
    """The outbox as the sender sees it."""

    @property
    def outbox_id(self) -> UUID:
        """Another one once a damaged store was replaced; its numbers begin anew."""

    def after(self, lane: Lane, seq: int, limit: int) -> list[int]:
        """Numbers of a lane above `seq`, in order."""

    def load(self, seq: int) -> QueuedMessage | None:
        """One message, or None when it is gone."""

    def acknowledge(self, outbox_id: UUID, ranges: Iterable[SeqRange]) -> list[int]:
        """What the cloud has waits no longer; returns the numbers."""

    def replay(self, request_id: UUID, since: datetime) -> int | None:
        """What was acknowledged since then waits again; how many, None when this request was followed before."""

    def tidy(self) -> None:
        """Housekeeping when there is nothing to do."""


class Link(Protocol):
    """The connection to the broker, as the sender uses it."""

    def is_up(self) -> bool:
        """Whether a message can leave now."""

    def publish(self, topic: str, payload: bytes, *, token: int) -> bool:
        """Hands a message over without waiting; False when the link is down. `token` comes back once confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a sender paces itself. After an outage all but alerts wait a random part of `replay_spread_seconds`."""

    resend_after_seconds: float
    replay_per_second: float
    replay_spread_seconds: float = 0.0


class Sender:
    """Owned by one thread that calls `tick` and `wait`; the other methods may be called from any thread.

    `refusals` counts the messages that the cloud refused.
    """

    def __init__(
        self,
        store: SendingStore,
        link: Link,
        *,
        inbox: SenderInbox,
        pace: Pace,
        system_time: Callable[[], datetime],
        monotonic: Callable[[], float],
        chance: Chance,
    ) -> None:
        self._store, self._link, self.inbox = store, link, inbox
        self._system_time, self._monotonic = system_time, monotonic
        self._pace, self._chance = pace, chance
        self.refusals = Refusals(system_time)
        self._replay = TokenBucket(pace.replay_per_second)
        self._begin_anew()
        self._blocked_by_rate = False
        self._down_since: float | None = None
        self._replay_at = float("-inf")

    def set_pace(self, pace: Pace) -> None:
        """From now on another pace; what is under way is sent again by the old one at the latest."""
        self._pace = pace
        self._replay.per_second = pace.replay_per_second
        self._flights.resend_after_seconds = pace.resend_after_seconds

    def wake(self) -> None:
        """There may be something to do."""
        self.inbox.wake()

    def is_linked(self) -> bool:
        """Whether the broker can be reached at this moment."""
        return self._link.is_up()

    def wait(self) -> None:
        """Blocks until there may be something to do."""
        self.inbox.wait(0.02 if self._blocked_by_rate else _IDLE_SECONDS)

    def tick(self) -> int:
        """Does what there is to do; returns how many messages left."""
        if self._store.outbox_id != self._outbox_id:
            self._begin_anew()
        self._collect_new_messages()
        if not self._is_up():
            return 0
        self._blocked_by_rate = False
        sent = self._send(self._flights.due(self._monotonic()))
        for lane in Lane:
            sent += self._send_new(lane)
        if not sent and not self._flights.by_seq:
            self._store.tidy()
        return sent

    def _is_up(self) -> bool:
        now, is_up = self._monotonic(), self._link.is_up()
        if not is_up:
            self._down_since = now if self._down_since is None else self._down_since
        elif self._down_since is not None:
            if now - self._down_since >= OUTAGE_SECONDS:
                # A thousand nodes lost the same broker and have it back in the same second.
                self._replay_at = now + self._chance() * self._pace.replay_spread_seconds
            self._down_since = None
        return is_up

    def _begin_anew(self) -> None:
        self._outbox_id = self._store.outbox_id
        self._trust = Trust(self._store, system_time=self._system_time, monotonic=self._monotonic)
        self._flights = MessagesInFlight(resend_after_seconds=self._pace.resend_after_seconds, chance=self._chance)
        self._reached = dict.fromkeys(Lane, 0)

    def _collect_new_messages(self) -> None:
        if self.inbox.pop_reconnected():
            self._flights.reconnected()
        for token in self.inbox.pop_confirmed():
            self._flights.confirmed(token)
        ranges: dict[UUID, list[SeqRange]] = {}
        refused: dict[UUID, list[RefusedMessage]] = {}
        for ack in self.inbox.pop_acks():
            if self._trust.believes(ack):
                ranges.setdefault(ack.outbox_id, []).extend(ack.ranges)
                refused.setdefault(ack.outbox_id, []).extend(ack.refused)
        for outbox_id, acked in ranges.items():  # together, because each deletion waits for the disk
            landed = self._store.acknowledge(outbox_id, acked)
            self._flights.landed(landed, self._monotonic())
            self.refusals.note(refused[outbox_id], set(landed))
        wanted = self.inbox.pop_replay()
        if wanted is not None:
            self._replay_since(wanted)

    def _replay_since(self, wanted: ReplayMessage) -> None:
        if not self._trust.follows(wanted):
            return
        again = self._store.replay(wanted.id, wanted.since)
        if again is None:
            return
        log.warning(
            "replay requested for messages since %s: sending %d messages again", wanted.since.isoformat(), again
        )
        self._reached = dict.fromkeys(Lane, 0)

    def _send_new(self, lane: Lane) -> int:
        room = self._flights.room(lane)
        if not room:
            return 0
        new = []
        for seq in self._store.after(lane, self._reached[lane], room):
            if seq not in self._flights.by_seq:
                new.append(seq)
            elif not new:
                self._reached[lane] = seq  # under way since before a replay
        return self._send(new)

    def _send(self, seqs: Iterable[int]) -> int:
        sent = 0
        for seq in seqs:
            waiting = self._store.load(seq)
            if waiting is None:
                self._flights.by_seq.pop(seq, None)
            elif not self._send_one(waiting):
                break
            else:
                sent += 1
        return sent

    def _send_one(self, waiting: QueuedMessage) -> bool:
        now, at = self._monotonic(), self._system_time()
        sent_before = waiting.seq in self._flights.by_seq
        late = waiting.is_late(at, sent_before=sent_before)
        if late and not self._may_replay(waiting.lane, now):
            self._blocked_by_rate = True
            return False
        self._flights.departed(waiting.seq, waiting.lane, now)
        if not self._link.publish(waiting.topic, waiting.payload(sent_at=at, late=late), token=waiting.seq):
            self._flights.failed(waiting.seq)
            return False
        if not sent_before:  # else it may be under way since before a replay, with older ones still to come
            self._reached[waiting.lane] = max(self._reached[waiting.lane], waiting.seq)
        return True

    def _may_replay(self, lane: Lane, now: float) -> bool:
        if lane is not Lane.ALERTS and now < self._replay_at:
            return False
        return self._replay.acquire(now)
