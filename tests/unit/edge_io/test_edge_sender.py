"""What is sent when: order, windows, pace, resends."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from siaga_core.wire.codec import seq_ranges
from siaga_core.wire.messages import AckMessage, OutboxHealth, Reading
from siaga_edge.adapters.sqlite_outbox import FILE_NAME, SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.in_flight import WINDOW
from siaga_edge.outbox.pacing import Backoff, TokenBucket
from siaga_edge.outbox.parcels import Lane, Parcel, of_health, of_readings
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.outbox.sender_inbox import SenderInbox

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class FakeLink:
    def __init__(self) -> None:
        self.up = True
        self.sent: list[tuple[int, bool]] = []

    def is_up(self) -> bool:
        return self.up

    def publish(self, topic: str, payload: bytes, *, token: int) -> bool:
        if self.up:
            self.sent.append((token, json.loads(payload)["late"]))
        return self.up

    def drain(self) -> list[int]:
        accepted, self.sent = [seq for seq, _ in self.sent], []
        return accepted


class SenderRig:
    """A sender over a real store and a link that only writes down; `pass_seconds` moves both clocks."""

    def __init__(self, folder: Path, *, replay_per_second: float = 1e9) -> None:
        self.seconds = 0.0
        budget = Budget(max_messages=10_000, max_bytes=10**9, min_free_bytes=0)
        self.outbox = SqliteOutbox(folder, node="node-a", budget=budget, clock=self.system_time)
        self.link = FakeLink()
        self.sender = Sender(
            self.outbox,
            self.link,
            inbox=SenderInbox(),
            pace=Pace(resend_after_seconds=15, replay_per_second=replay_per_second),
            system_time=self.system_time,
            monotonic=lambda: self.seconds,
            chance=lambda: 0.0,
        )

    def system_time(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def tick(self, *, pass_seconds: float = 0.0) -> list[int]:
        self.seconds += pass_seconds
        self.sender.tick()
        return self.link.drain()

    def confirm(self, *seqs: int) -> None:
        for seq in seqs:
            self.sender.inbox.on_confirmed(seq)

    def ack(self, *seqs: int) -> None:
        self.sender.inbox.on_ack(AckMessage(outbox_id=self.outbox.outbox_id, ranges=seq_ranges(seqs)))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SenderRig]:
    made = SenderRig(tmp_path)
    yield made
    made.outbox.close()


def readings() -> Parcel:
    return of_readings("node-a", [Reading(gauge="manggarai", measured_at=NOW, level_cm=1.0)])


def health() -> Parcel:
    fields = {"uptime_seconds": 1.0, "outbox": OutboxHealth(waiting=0, evicted=0, bytes=0)}
    return of_health("node-a", at=NOW, fields=fields)


def test_worth_goes_before_age_and_each_lane_is_in_sequence(rig: SenderRig) -> None:
    rig.outbox.save([health(), readings(), health(), readings()])
    assert rig.tick() == [2, 4, 1, 3]
    assert rig.tick() == []


def test_nothing_is_sent_while_the_link_is_down(rig: SenderRig) -> None:
    rig.outbox.save([readings()])
    rig.link.up = False
    assert rig.tick() == []
    rig.link.up = True
    assert rig.tick() == [1]


def test_a_message_is_late_when_it_waited_or_is_sent_again(rig: SenderRig) -> None:
    rig.outbox.save([readings()])
    rig.sender.tick()
    assert rig.link.sent == [(1, False)]
    rig.confirm(1)
    rig.seconds += 15
    rig.sender.tick()
    assert rig.link.sent == [(1, False), (1, True)]
    rig.link.up = False
    rig.outbox.save([readings()])
    rig.seconds += 6
    rig.link.up = True
    rig.sender.tick()
    assert rig.link.sent[-1] == (2, True)


def test_a_lane_has_a_window_and_an_acknowledgement_opens_it(rig: SenderRig) -> None:
    window = WINDOW[Lane.READINGS]
    rig.outbox.save([readings() for _ in range(window + 3)])
    rig.outbox.save([health()])
    assert len(rig.tick()) == window + 1  # health has a window of its own
    assert rig.tick() == []
    rig.ack(1, 2)
    assert rig.tick() == [window + 1, window + 2]


def test_what_the_client_holds_is_not_sent_twice(rig: SenderRig) -> None:
    rig.outbox.save([readings()])
    rig.tick()
    assert rig.tick(pass_seconds=1000) == []
    rig.confirm(1)
    assert rig.tick() == [1]


def test_resends_grow_rare_while_the_cloud_is_silent(rig: SenderRig) -> None:
    rig.outbox.save([readings()])
    sent_at = []
    for second in range(1000):
        if rig.tick(pass_seconds=1):
            sent_at.append(second)
            rig.confirm(1)
    gaps = [later - earlier for earlier, later in itertools.pairwise(sent_at)]
    assert gaps == [15, 30, 60, 120, 240, 480]


def test_resends_are_prompt_once_the_cloud_answers_for_others(rig: SenderRig) -> None:
    rig.outbox.save([readings(), readings()])
    for _ in range(400):
        rig.tick(pass_seconds=1)
        rig.confirm(1, 2)
    assert rig.tick(pass_seconds=16) == []  # the next try would be minutes away
    rig.ack(2)
    assert rig.tick() == [1]


def test_a_new_connection_forgets_the_long_waits(rig: SenderRig) -> None:
    rig.outbox.save([readings()])
    for _ in range(300):
        rig.tick(pass_seconds=1)
        rig.confirm(1)
    rig.sender.inbox.on_connected()
    assert rig.tick(pass_seconds=15) == [1]


def test_an_acknowledged_message_is_gone_and_never_sent_again(rig: SenderRig) -> None:
    rig.outbox.save([readings()])
    rig.tick()
    rig.confirm(1)
    rig.ack(1)
    assert rig.tick(pass_seconds=1000) == []
    assert rig.outbox.health().waiting == 0


def test_a_link_that_breaks_under_a_message_leaves_it_for_later(rig: SenderRig) -> None:
    rig.outbox.save([readings(), readings()])
    publish, calls = rig.link.publish, itertools.count()

    def breaks(topic: str, payload: bytes, *, token: int) -> bool:
        return publish(topic, payload, token=token) if next(calls) == 0 else False

    rig.link.publish = breaks  # type: ignore[method-assign]
    assert rig.tick() == [1]
    rig.link.publish = publish  # type: ignore[method-assign]
    assert rig.tick() == [2]


def test_a_backlog_is_replayed_no_faster_than_agreed_and_live_messages_pass(tmp_path: Path) -> None:
    rig = SenderRig(tmp_path, replay_per_second=20)
    rig.outbox.save([health() for _ in range(10)])
    rig.seconds = 100
    sent = []
    for _ in range(10):
        sent += rig.tick(pass_seconds=0.01)
    assert len(sent) == 3  # two at once, then one more each 50 ms
    rig.outbox.save([readings()])
    assert rig.tick() == [11]
    rig.outbox.close()


def test_after_a_restart_everything_unacknowledged_is_sent_again(tmp_path: Path) -> None:
    rig = SenderRig(tmp_path)
    rig.outbox.save([readings(), readings(), readings()])
    assert rig.tick() == [1, 2, 3]
    rig.ack(2)
    rig.tick()
    rig.outbox.close()
    again = SenderRig(tmp_path)
    assert again.tick() == [1, 3]
    again.outbox.close()


def test_a_replaced_store_is_sent_from_its_first_number(tmp_path: Path) -> None:
    rig = SenderRig(tmp_path)
    rig.outbox.save([readings() for _ in range(500)])
    rig.tick()
    rig.outbox._connection.execute("pragma wal_checkpoint(truncate)")
    path = tmp_path / FILE_NAME
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x5a" * (path.stat().st_size - 4096))
    rig.outbox._connection.execute("pragma shrink_memory")
    assert rig.outbox.save([readings()]) == [1]
    assert rig.tick() == [1]
    rig.outbox.close()


def test_waits_double_up_to_the_most_and_up_to_half_is_chance() -> None:
    plain = Backoff(first_seconds=1, most_seconds=30, chance=lambda: 0.0)
    assert [plain.next_wait() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    plain.reset()
    assert plain.next_wait() == 1
    lucky = Backoff(first_seconds=1, most_seconds=30, chance=lambda: 0.999)
    assert lucky.next_wait() == pytest.approx(0.5, abs=0.01)


def test_a_bucket_lets_its_rate_through() -> None:
    bucket = TokenBucket(100)
    passed = sum(bucket.acquire(step / 1000) for step in range(1001))
    assert passed == pytest.approx(110, abs=2)  # a tenth of a second's worth at once, then the rate
