"""The edge's real outbox and sender through an outage: real storage, simulated clocks, a cloud that acknowledges."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.edge.parcels import alert, evidence, health, readings

from siaga_core.wire.codec import seq_ranges
from siaga_core.wire.messages import AckMessage
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import Lane, Parcel
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.outbox.sender_inbox import SenderInbox

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_STEP_SECONDS = 0.05
_ACK_AFTER_SECONDS = 0.2
_SPREAD_SECONDS = 10.0


@dataclass(slots=True)
class OutageResult:
    """What arrived. `order` is lane and number, as they left for the first time."""

    order: list[tuple[Lane, int]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    all_late: bool = True

    @property
    def arrived(self) -> set[int]:
        return {seq for _, seq in self.order}

    @property
    def most_in_a_second(self) -> int:
        return max(Counter(int(second) for second in self.times).values())

    @property
    def seconds(self) -> float:
        return self.times[-1]

    @property
    def first_alert_after_seconds(self) -> float:
        return self._first(lambda lane: lane is Lane.ALERTS)

    @property
    def first_other_after_seconds(self) -> float:
        return self._first(lambda lane: lane is not Lane.ALERTS)

    def _first(self, is_meant: object) -> float:
        return next(second for (lane, _), second in zip(self.order, self.times, strict=True) if is_meant(lane))  # type: ignore[operator]

    @property
    def lanes_sequenced(self) -> bool:
        """Each lane by its numbers, and no lane's end after the end of one that is worth less."""
        lanes = {lane: [seq for other, seq in self.order if other is lane] for lane in Lane}
        ends = [
            max(index for index, (other, _) in enumerate(self.order) if other is lane) for lane in Lane if lanes[lane]
        ]
        return all(seqs == sorted(seqs) for seqs in lanes.values()) and ends == sorted(ends)


class Outage:
    """`link_down` keeps messages, `link_up` plays them to a cloud that acknowledges after a fifth of a second."""

    def __init__(self, folder: Path, *, replay_per_second: float, chance: float = 0.0) -> None:
        self.seconds = 0.0
        self._up = False
        self._reported = OutageResult()
        self._up_at = 0.0
        self._acks: list[tuple[float, int]] = []
        budget = Budget(max_messages=200_000, max_bytes=2**30, min_free_bytes=0)
        self.outbox = SqliteOutbox(folder, node="node-a", budget=budget, clock=self.system_time)
        self.inbox = SenderInbox()
        self.sender = Sender(
            self.outbox,
            self,
            inbox=self.inbox,
            pace=Pace(
                resend_after_seconds=15, replay_per_second=replay_per_second, replay_spread_seconds=_SPREAD_SECONDS
            ),
            system_time=self.system_time,
            monotonic=lambda: self.seconds,
            chance=lambda: chance,
        )

    def system_time(self) -> datetime:
        return BEGAN + timedelta(seconds=self.seconds)

    # --- the link, as the sender sees it ---

    def is_up(self) -> bool:
        return self._up

    def publish(self, topic: str, payload: bytes, *, token: int) -> bool:
        line = json.loads(payload.partition(b"\n")[0])
        stream = topic.split("/")[5]
        self._reported.order.append((_LANES[stream], token))
        self._reported.times.append(self.seconds - self._up_at)
        self._reported.all_late = self._reported.all_late and line["late"]
        self._acks.append((self.seconds + _ACK_AFTER_SECONDS, token))
        return True

    # --- the story ---

    def link_down(self, *, messages: int, lasting: timedelta) -> list[int]:
        """Keeps that many, evenly over the time; returns their numbers."""
        self.sender.tick()
        step = lasting.total_seconds() / messages
        stored: list[int] = []
        for parcel in self._mixed(messages):
            stored += self.outbox.save([parcel])
            self.seconds += step
        self.sender.tick()
        return stored

    def pass_without_link(self, lasting: timedelta) -> None:
        """Time goes by and nothing is kept."""
        self.sender.tick()
        self.seconds += lasting.total_seconds()
        self.sender.tick()

    def link_up(self) -> OutageResult:
        """Restore the link and wait until no message waits."""
        self._up, self._up_at = True, self.seconds
        self.inbox.on_connected()
        while self.left:
            self.sender.tick()
            self.seconds += _STEP_SECONDS
            due = [seq for at, seq in self._acks if at <= self.seconds]
            if due:
                self._acks = [(at, seq) for at, seq in self._acks if at > self.seconds]
                self.inbox.on_ack(AckMessage(outbox_id=self.outbox.outbox_id, ranges=seq_ranges(due)))
        return self._reported

    @property
    def left(self) -> int:
        """Return the number of messages that wait."""
        return self.outbox.health().waiting

    def close(self) -> None:
        self.outbox.close()

    def _mixed(self, messages: int) -> Iterator[Parcel]:
        for number in range(messages):
            at = self.system_time()
            if number % 50 == 0:
                yield alert(at=at)
            elif number % 50 == 1:
                yield evidence(8_000, at=at)
            elif number % 25 == 2:
                yield health(at=at)
            else:
                yield readings(at=at, level_cm=500 + number % 7)


_LANES = {"events": Lane.ALERTS, "evidence": Lane.EVIDENCE, "readings": Lane.READINGS, "health": Lane.HEALTH}
