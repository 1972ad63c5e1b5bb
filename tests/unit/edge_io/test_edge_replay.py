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


class NodeRig:
    """An outbox whose clock is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.free = folder, START, 10**12
        self.budget = Budget(max_messages=1000, max_bytes=10**9, min_free_bytes=10**6, retain_acked_seconds=DAY)
        self.outbox = self.opened()

    def opened(self) -> SqliteOutbox:
        return SqliteOutbox(
            self.folder, node="node-a", budget=self.budget, clock=lambda: self.now, free_bytes=lambda _: self.free
        )

    def reopen(self) -> None:
        self.outbox.close()
        self.outbox = self.opened()

    def save(self, count: int) -> list[int]:
        return self.outbox.save([reading() for _ in range(count)])

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
def edge_node(tmp_path: Path) -> Iterator[NodeRig]:
    made = NodeRig(tmp_path)
    yield made
    made.outbox.close()


def test_only_what_was_acknowledged_since_then_waits_again(edge_node: NodeRig) -> None:
    edge_node.save(6)
    edge_node.ack(1, 2)
    edge_node.ack(3, 4, later=600)
    assert (edge_node.waiting(), edge_node.outbox.health().waiting, edge_node.outbox.health().acked) == ([5, 6], 2, 4)
    assert edge_node.outbox.load(3) is None, "what the cloud has is not sent by mistake"
    assert edge_node.outbox.replay(uuid4(), START + timedelta(seconds=300)) == 2
    assert edge_node.waiting() == [3, 4, 5, 6]
    assert (edge_node.outbox.health().waiting, edge_node.outbox.health().acked) == (4, 2)
    edge_node.ack(3, 4, 5, 6, later=1)
    assert (edge_node.waiting(), edge_node.outbox.health().acked) == ([], 6)


def test_a_replay_request_is_followed_once_even_over_a_restart(edge_node: NodeRig) -> None:
    edge_node.save(2)
    edge_node.ack(1, 2)
    replay_request = uuid4()
    assert edge_node.outbox.replay(replay_request, START) == 2
    edge_node.ack(1, 2)
    edge_node.reopen()
    assert edge_node.outbox.health().replayed == replay_request
    assert edge_node.outbox.replay(replay_request, START) is None
    assert edge_node.waiting() == []
    assert edge_node.outbox.replay(uuid4(), START) == 2


def test_it_goes_after_a_day(edge_node: NodeRig) -> None:
    edge_node.save(3)
    edge_node.ack(1, 2)
    edge_node.ack(3, later=DAY - 1)
    assert edge_node.outbox.health().acked_since == START
    edge_node.now += timedelta(seconds=2)
    edge_node.save(1)
    assert (edge_node.outbox.health().acked, edge_node.rows()) == (1, 2)
    assert edge_node.outbox.replay(uuid4(), START) == 1


def test_unacknowledged_messages_are_not_deleted_to_make_room(edge_node: NodeRig) -> None:
    edge_node.save(600)
    edge_node.ack(*range(1, 501))
    edge_node.save(800)
    health = edge_node.outbox.health()
    assert (health.waiting, health.acked, health.evicted) == (900, 100, 0)
    edge_node.free = 10
    edge_node.save(20)
    assert edge_node.outbox.health().evicted == 0
    assert edge_node.outbox.health().acked < 100


def test_a_node_that_retains_nothing_deletes_at_once(edge_node: NodeRig) -> None:
    edge_node.outbox.set_budget(Budget(max_messages=1000, max_bytes=10**9, min_free_bytes=0))
    edge_node.save(3)
    edge_node.ack(1, 2)
    assert (edge_node.rows(), edge_node.outbox.health().acked, edge_node.outbox.replay(uuid4(), START)) == (1, 0, 0)


def test_sums_are_the_same_after_a_restart(edge_node: NodeRig) -> None:
    edge_node.outbox.save([reading(), health(), reading()])
    edge_node.ack(1, 2)
    before = edge_node.outbox.health()
    edge_node.reopen()
    assert edge_node.outbox.health() == before
    assert edge_node.waiting() == [3]


def test_a_file_of_before_is_read_and_one_of_now_by_a_program_of_before(edge_node: NodeRig) -> None:
    edge_node.save(4)
    edge_node.ack(1)
    edge_node.outbox.close()
    with sqlite3.connect(
        edge_node.folder / FILE_NAME
    ) as file:  # as the version before leaves it: it knows `message` alone
        file.execute("delete from message where seq = 2")
        file.execute("insert into message select 9, lane, topic, body, blob, size, kept_at from message where seq = 3")
    file.close()
    edge_node.outbox = edge_node.opened()
    assert edge_node.waiting() == [3, 4, 9]
    edge_node.outbox.close()
    with sqlite3.connect(edge_node.folder / FILE_NAME) as file:
        file.executescript("drop table waiting; drop table acked; create index message_by_lane on message (lane, seq)")
    file.close()
    edge_node.outbox = edge_node.opened()
    assert edge_node.waiting() == [1, 3, 4, 9], "acknowledged ones come again, which harms nobody"


class Link:
    def __init__(self) -> None:
        self.sent: list[int] = []

    def is_up(self) -> bool:
        return True

    def publish(self, topic: str, payload: bytes, *, token: int) -> bool:
        self.sent.append(token)
        return True


def test_the_sender_goes_back_and_sends_nothing_twice_that_is_in_flight(edge_node: NodeRig) -> None:
    link = Link()
    pace = Pace(resend_after_seconds=15, replay_per_second=1e9)
    sender = Sender(
        edge_node.outbox,
        link,
        inbox=SenderInbox(),
        pace=pace,
        system_time=lambda: edge_node.now,
        monotonic=lambda: 0.0,
        chance=lambda: 0.0,
    )
    edge_node.save(5)
    sender.tick()
    sender.inbox.on_ack(AckMessage(outbox_id=edge_node.outbox.outbox_id, ranges=seq_ranges([1, 2, 4])))
    sender.tick()
    assert link.sent == [1, 2, 3, 4, 5]
    replay_request = ReplayMessage(id=UUID(int=7), since=START)
    for _ in range(2):
        sender.inbox.on_replay(replay_request)
        sender.tick()
    assert link.sent == [1, 2, 3, 4, 5, 1, 2, 4]
    edge_node.save(1)
    sender.tick()
    assert link.sent[-1] == 6


def test_a_message_that_is_sent_again_hides_none_that_was_called_back(edge_node: NodeRig) -> None:
    link, clock = Link(), [0.0]
    pace = Pace(resend_after_seconds=15, replay_per_second=1e9)
    sender = Sender(
        edge_node.outbox,
        link,
        inbox=SenderInbox(),
        pace=pace,
        system_time=lambda: edge_node.now,
        monotonic=lambda: clock[0],
        chance=lambda: 0.0,
    )
    edge_node.save(5)
    sender.tick()
    for seq in range(1, 6):
        sender.inbox.on_confirmed(seq)
    sender.inbox.on_ack(AckMessage(outbox_id=edge_node.outbox.outbox_id, ranges=seq_ranges([1, 2, 3, 4])))
    sender.tick()
    clock[0] = 20.0  # the fifth is due again in the tick in which the others are called back
    sender.inbox.on_replay(ReplayMessage(id=UUID(int=7), since=START))
    sender.tick()
    assert link.sent == [1, 2, 3, 4, 5, 5, 1, 2, 3, 4]


def sender_of(edge_node: NodeRig, clock: list[float]) -> Sender:
    pace = Pace(resend_after_seconds=15, replay_per_second=1e9)
    return Sender(
        edge_node.outbox,
        Link(),
        inbox=SenderInbox(),
        pace=pace,
        system_time=lambda: edge_node.now,
        monotonic=lambda: clock[0],
        chance=lambda: 0.0,
    )


def acknowledge(edge_node: NodeRig, sender: Sender, *seqs: int, replay: int | None = None) -> list[int]:
    named = None if replay is None else UUID(int=replay)
    sender.inbox.on_ack(AckMessage(outbox_id=edge_node.outbox.outbox_id, ranges=seq_ranges(seqs), replay=named))
    sender.tick()
    return edge_node.waiting()


def follow(sender: Sender, replay_request: int, *, is_named: bool = True, made_at: datetime | None = None) -> None:
    sender.inbox.on_replay(ReplayMessage(id=UUID(int=replay_request), since=START, is_named=is_named, made_at=made_at))
    sender.tick()


def test_acknowledgements_of_a_cloud_before_the_restore_are_not_trusted(edge_node: NodeRig) -> None:
    clock = [0.0]
    sender = sender_of(edge_node, clock)
    edge_node.save(3)
    assert acknowledge(edge_node, sender, 1) == [2, 3]
    follow(sender, 2)
    assert edge_node.waiting() == [1, 2, 3]
    assert acknowledge(edge_node, sender, 1, 2) == [1, 2, 3], "what it names is gone from the cloud"
    assert acknowledge(edge_node, sender, 1, 2, replay=1) == [1, 2, 3]
    assert acknowledge(edge_node, sender, 1, replay=2) == [2, 3]
    clock[0] = 600.0
    assert acknowledge(edge_node, sender, 2) == [3], "no doubt lasts for ever"


def test_acknowledgements_that_come_together_may_name_one_twice(edge_node: NodeRig) -> None:
    sender = sender_of(edge_node, [0.0])
    edge_node.save(3)
    sender.inbox.on_ack(AckMessage(outbox_id=edge_node.outbox.outbox_id, ranges=seq_ranges([1, 2])))
    assert acknowledge(edge_node, sender, 2, 3) == []
    follow(sender, 1)
    assert edge_node.waiting() == [1, 2, 3]


def test_a_replay_request_of_a_database_that_is_gone_comes_late_and_restores_no_trust_in_it(edge_node: NodeRig) -> None:
    clock = [0.0]
    sender = sender_of(edge_node, clock)
    edge_node.save(2)
    acknowledge(edge_node, sender, 1, 2)
    follow(sender, 2, made_at=START + timedelta(seconds=16))
    for again in (sender, sender_of(edge_node, clock)):  # and after a restart
        follow(again, 1, made_at=START)
        assert acknowledge(edge_node, again, 1, 2, replay=1) == [1, 2]
    assert acknowledge(edge_node, sender, 1, 2, replay=2) == []
    follow(sender, 3, made_at=START + timedelta(seconds=20))
    assert edge_node.waiting() == [1, 2]


def test_a_node_that_restarts_doubts_again_but_not_after_a_day(edge_node: NodeRig) -> None:
    clock = [0.0]
    edge_node.save(3)
    follow(sender_of(edge_node, clock), 2)
    edge_node.reopen()
    edge_node.now += timedelta(hours=23)
    sender = sender_of(edge_node, clock)
    assert acknowledge(edge_node, sender, 1) == [1, 2, 3]
    assert acknowledge(edge_node, sender, 1, replay=2) == [2, 3]
    edge_node.now += timedelta(hours=2)
    assert acknowledge(edge_node, sender_of(edge_node, clock), 2) == [3]


def test_a_cloud_that_names_nothing_in_its_acknowledgements_is_believed(edge_node: NodeRig) -> None:
    sender = sender_of(edge_node, [0.0])
    edge_node.save(2)
    follow(sender, 1)
    follow(sender, 2, is_named=False)
    assert acknowledge(edge_node, sender, 1, 2) == []
