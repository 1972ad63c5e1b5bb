"""What the cloud has stays on the box for a while, and is sent again to a cloud that lost it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from siaga_core.wire.codec import seq_ranges
from siaga_core.wire.messages import AckMessage, OutboxHealth, Reading, ReplayMessage
from siaga_edge.adapters.sqlite_outbox import FILE_NAME, SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import Lane, Parcel, of_health, of_readings
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.outbox.sender_inbox import SenderInbox

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86_400.0


def reading() -> Parcel:
    return of_readings("node-a", [Reading(gauge="manggarai", measured_at=START, level_cm=1.0)])


def health() -> Parcel:
    fields = {"uptime_seconds": 1.0, "outbox": OutboxHealth(waiting=0, evicted=0, bytes=0)}
    return of_health("node-a", at=START, fields=fields)


class Box:
    """An outbox whose clock is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.free = folder, START, 10**12
        self.budget = Budget(max_messages=1000, max_bytes=10**9, min_free_bytes=10**6, keep_acked_seconds=DAY)
        self.outbox = self.opened()

    def opened(self) -> SqliteOutbox:
        return SqliteOutbox(
            self.folder, node="node-a", budget=self.budget, clock=lambda: self.now, free_bytes=lambda _: self.free
        )

    def reopen(self) -> None:
        self.outbox.close()
        self.outbox = self.opened()

    def keep(self, count: int) -> list[int]:
        return self.outbox.keep([reading() for _ in range(count)])

    def ack(self, *seqs: int, later: float = 0.0) -> None:
        self.now += timedelta(seconds=later)
        self.outbox.acknowledge(self.outbox.outbox_id, seq_ranges(seqs))

    def waiting(self) -> list[int]:
        return [seq for lane in Lane for seq in self.outbox.after(lane, 0, 1000)]

    def rows(self) -> int:
        with sqlite3.connect(self.folder / FILE_NAME) as file:
            count: int = file.execute("select count(*) from message").fetchone()[0]
        file.close()
        return count


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.outbox.close()


def test_only_what_was_acknowledged_since_then_waits_again(box: Box) -> None:
    box.keep(6)
    box.ack(1, 2)
    box.ack(3, 4, later=600)
    assert (box.waiting(), box.outbox.health().waiting, box.outbox.health().acked) == ([5, 6], 2, 4)
    assert box.outbox.load(3) is None, "what the cloud has is not sent by mistake"
    assert box.outbox.replay(uuid4(), START + timedelta(seconds=300)) == 2
    assert box.waiting() == [3, 4, 5, 6]
    assert (box.outbox.health().waiting, box.outbox.health().acked) == (4, 2)
    box.ack(3, 4, 5, 6, later=1)
    assert (box.waiting(), box.outbox.health().acked) == ([], 6)


def test_a_wish_is_followed_once_even_over_a_restart(box: Box) -> None:
    box.keep(2)
    box.ack(1, 2)
    wish = uuid4()
    assert box.outbox.replay(wish, START) == 2
    box.ack(1, 2)
    box.reopen()
    assert box.outbox.health().replayed == wish
    assert box.outbox.replay(wish, START) is None
    assert box.waiting() == []
    assert box.outbox.replay(uuid4(), START) == 2


def test_it_goes_after_a_day(box: Box) -> None:
    box.keep(3)
    box.ack(1, 2)
    box.ack(3, later=DAY - 1)
    assert box.outbox.health().acked_since == START
    box.now += timedelta(seconds=2)
    box.keep(1)
    assert (box.outbox.health().acked, box.rows()) == (1, 2)
    assert box.outbox.replay(uuid4(), START) == 1


def test_it_takes_no_room_from_what_the_cloud_does_not_have(box: Box) -> None:
    box.keep(600)
    box.ack(*range(1, 501))
    box.keep(800)
    health = box.outbox.health()
    assert (health.waiting, health.acked, health.evicted) == (900, 100, 0)
    box.free = 10
    box.keep(20)
    assert box.outbox.health().evicted == 0
    assert box.outbox.health().acked < 100


def test_a_box_that_keeps_nothing_deletes_at_once(box: Box) -> None:
    box.outbox.set_budget(Budget(max_messages=1000, max_bytes=10**9, min_free_bytes=0))
    box.keep(3)
    box.ack(1, 2)
    assert (box.rows(), box.outbox.health().acked, box.outbox.replay(uuid4(), START)) == (1, 0, 0)


def test_sums_are_the_same_after_a_restart(box: Box) -> None:
    box.outbox.keep([reading(), health(), reading()])
    box.ack(1, 2)
    before = box.outbox.health()
    box.reopen()
    assert box.outbox.health() == before
    assert box.waiting() == [3]


def test_a_file_of_before_is_read_and_one_of_now_by_a_program_of_before(box: Box) -> None:
    box.keep(4)
    box.ack(1)
    box.outbox.close()
    with sqlite3.connect(box.folder / FILE_NAME) as file:  # as the version before leaves it: it knows `message` alone
        file.execute("delete from message where seq = 2")
        file.execute("insert into message select 9, lane, topic, body, blob, size, kept_at from message where seq = 3")
    file.close()
    box.outbox = box.opened()
    assert box.waiting() == [3, 4, 9]
    box.outbox.close()
    with sqlite3.connect(box.folder / FILE_NAME) as file:
        file.executescript("drop table waiting; drop table acked; create index message_by_lane on message (lane, seq)")
    file.close()
    box.outbox = box.opened()
    assert box.waiting() == [1, 3, 4, 9], "acknowledged ones come again, which harms nobody"


class Link:
    def __init__(self) -> None:
        self.sent: list[int] = []

    def is_up(self) -> bool:
        return True

    def publish(self, topic: str, payload: bytes, *, token: int) -> bool:
        self.sent.append(token)
        return True


def test_the_sender_goes_back_and_sends_nothing_twice_that_is_under_way(box: Box) -> None:
    link = Link()
    pace = Pace(resend_after_seconds=15, replay_per_second=1e9)
    sender = Sender(
        box.outbox,
        link,
        inbox=SenderInbox(),
        pace=pace,
        wall=lambda: box.now,
        monotonic=lambda: 0.0,
        chance=lambda: 0.0,
    )
    box.keep(5)
    sender.tick()
    sender.inbox.on_ack(AckMessage(outbox_id=box.outbox.outbox_id, ranges=seq_ranges([1, 2, 4])))
    sender.tick()
    assert link.sent == [1, 2, 3, 4, 5]
    wish = ReplayMessage(id=UUID(int=7), since=START)
    for _ in range(2):
        sender.inbox.on_replay(wish)
        sender.tick()
    assert link.sent == [1, 2, 3, 4, 5, 1, 2, 4]
    box.keep(1)
    sender.tick()
    assert link.sent[-1] == 6


def test_a_message_that_is_sent_again_hides_none_that_was_called_back(box: Box) -> None:
    link, clock = Link(), [0.0]
    pace = Pace(resend_after_seconds=15, replay_per_second=1e9)
    sender = Sender(
        box.outbox,
        link,
        inbox=SenderInbox(),
        pace=pace,
        wall=lambda: box.now,
        monotonic=lambda: clock[0],
        chance=lambda: 0.0,
    )
    box.keep(5)
    sender.tick()
    for seq in range(1, 6):
        sender.inbox.on_confirmed(seq)
    sender.inbox.on_ack(AckMessage(outbox_id=box.outbox.outbox_id, ranges=seq_ranges([1, 2, 3, 4])))
    sender.tick()
    clock[0] = 20.0  # the fifth is due again in the tick in which the others are called back
    sender.inbox.on_replay(ReplayMessage(id=UUID(int=7), since=START))
    sender.tick()
    assert link.sent == [1, 2, 3, 4, 5, 5, 1, 2, 3, 4]


def sender_of(box: Box, clock: list[float]) -> Sender:
    pace = Pace(resend_after_seconds=15, replay_per_second=1e9)
    return Sender(
        box.outbox,
        Link(),
        inbox=SenderInbox(),
        pace=pace,
        wall=lambda: box.now,
        monotonic=lambda: clock[0],
        chance=lambda: 0.0,
    )


def acknowledge(box: Box, sender: Sender, *seqs: int, replay: int | None = None) -> list[int]:
    named = None if replay is None else UUID(int=replay)
    sender.inbox.on_ack(AckMessage(outbox_id=box.outbox.outbox_id, ranges=seq_ranges(seqs), replay=named))
    sender.tick()
    return box.waiting()


def follow(sender: Sender, wish: int, *, is_named: bool = True, made_at: datetime | None = None) -> None:
    sender.inbox.on_replay(ReplayMessage(id=UUID(int=wish), since=START, is_named=is_named, made_at=made_at))
    sender.tick()


def test_what_a_cloud_of_before_the_restore_still_acknowledges_is_not_believed(box: Box) -> None:
    clock = [0.0]
    sender = sender_of(box, clock)
    box.keep(3)
    assert acknowledge(box, sender, 1) == [2, 3]
    follow(sender, 2)
    assert box.waiting() == [1, 2, 3]
    assert acknowledge(box, sender, 1, 2) == [1, 2, 3], "what it names is gone from the cloud"
    assert acknowledge(box, sender, 1, 2, replay=1) == [1, 2, 3]
    assert acknowledge(box, sender, 1, replay=2) == [2, 3]
    clock[0] = 600.0
    assert acknowledge(box, sender, 2) == [3], "no doubt lasts for ever"


def test_acknowledgements_that_come_together_may_name_one_twice(box: Box) -> None:
    sender = sender_of(box, [0.0])
    box.keep(3)
    sender.inbox.on_ack(AckMessage(outbox_id=box.outbox.outbox_id, ranges=seq_ranges([1, 2])))
    assert acknowledge(box, sender, 2, 3) == []
    follow(sender, 1)
    assert box.waiting() == [1, 2, 3]


def test_a_wish_of_a_database_that_is_gone_comes_late_and_brings_back_no_belief_in_it(box: Box) -> None:
    clock = [0.0]
    sender = sender_of(box, clock)
    box.keep(2)
    acknowledge(box, sender, 1, 2)
    follow(sender, 2, made_at=START + timedelta(seconds=16))
    for again in (sender, sender_of(box, clock)):  # and after a restart
        follow(again, 1, made_at=START)
        assert acknowledge(box, again, 1, 2, replay=1) == [1, 2]
    assert acknowledge(box, sender, 1, 2, replay=2) == []
    follow(sender, 3, made_at=START + timedelta(seconds=20))
    assert box.waiting() == [1, 2]


def test_a_box_that_begins_again_doubts_again_but_not_after_a_day(box: Box) -> None:
    clock = [0.0]
    box.keep(3)
    follow(sender_of(box, clock), 2)
    box.reopen()
    box.now += timedelta(hours=23)
    sender = sender_of(box, clock)
    assert acknowledge(box, sender, 1) == [1, 2, 3]
    assert acknowledge(box, sender, 1, replay=2) == [2, 3]
    box.now += timedelta(hours=2)
    assert acknowledge(box, sender_of(box, clock), 2) == [3]


def test_a_cloud_that_names_nothing_in_its_acknowledgements_is_believed(box: Box) -> None:
    sender = sender_of(box, [0.0])
    box.keep(2)
    follow(sender, 1)
    follow(sender, 2, is_named=False)
    assert acknowledge(box, sender, 1, 2) == []
