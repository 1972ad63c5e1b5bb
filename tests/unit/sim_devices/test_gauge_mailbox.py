"""A smart gauge keeps the newest of what the cloud has, and sends it again to a cloud that lost it, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from siaga_core.wire.codec import encode, seq_ranges
from siaga_core.wire.messages import AckMessage, RefusedMessage, ReplayMessage
from siaga_sim.firmware import DeviceReading
from siaga_sim.gauges.mailbox import Mailbox

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def filled(count: int, *, had_room: int) -> Mailbox:
    mailbox = Mailbox("node-a", "manggarai", lambda: NOW, had_room=had_room)
    for number in range(1, count + 1):
        reading = DeviceReading(
            number=number,
            level_mm=3000,
            taken_at=float(number),
            spread_mm=3,
            valid=7,
            report_seconds=60,
            battery_mv=3950,
            sensor_fault=False,
        )
        mailbox.add_reading(reading)
    for stored in mailbox.due(now=1.0):
        mailbox.left(stored, now=1.0)
    return mailbox


def replay_request(number: int, *, is_named: bool = False, made_at: datetime | None = None) -> bytes:
    return encode(ReplayMessage(id=UUID(int=number), since=NOW, is_named=is_named, made_at=made_at))


def acknowledge(mailbox: Mailbox, *seqs: int, replay: int | None = None) -> bool:
    named = None if replay is None else UUID(int=replay)
    return mailbox.acknowledged(encode(AckMessage(outbox_id=mailbox.outbox_id, ranges=seq_ranges(seqs), replay=named)))


def test_the_newest_that_it_has_room_for_come_again_in_sequence() -> None:
    mailbox = filled(6, had_room=3)
    acknowledge(mailbox, 1, 2, 3, 4, 5)
    assert mailbox.waiting == 1
    assert mailbox.replayed(replay_request(1)) == 3
    due = mailbox.due(now=2.0)
    assert [stored.seq for stored in due] == [3, 4, 5]
    assert all(b'"late":true' in mailbox.outgoing_message(stored)[1] for stored in due)
    ledger = mailbox.ledger
    assert ledger.stored == ledger.acked + mailbox.waiting + mailbox.evicted == 6


def test_a_replay_request_is_followed_once_and_nonsense_never() -> None:
    mailbox = filled(2, had_room=8)
    acknowledge(mailbox, 1, 2)
    assert mailbox.replayed(b"{}") == 0
    assert mailbox.replayed(replay_request(1)) == 2
    acknowledge(mailbox, 1, 2)
    assert mailbox.replayed(replay_request(1)) == 0
    assert mailbox.replayed(replay_request(2)) == 2


def test_acknowledgements_of_a_cloud_before_the_restore_are_not_trusted() -> None:
    seconds = [0.0]
    mailbox = filled(3, had_room=8)
    mailbox.powered = lambda: seconds[0]
    assert acknowledge(mailbox, 1)
    assert mailbox.replayed(replay_request(2, is_named=True)) == 1
    assert not acknowledge(mailbox, 1, 2), "it was under way since before, and what it names is gone"
    assert not acknowledge(mailbox, 1, 2, replay=1)
    assert mailbox.waiting == 3
    assert acknowledge(mailbox, 1, 2, replay=2)
    assert mailbox.waiting == 1
    seconds[0] = 599.0
    assert not acknowledge(mailbox, 3)
    seconds[0] = 600.0
    assert acknowledge(mailbox, 3), "no doubt lasts for ever"
    ledger = mailbox.ledger
    assert (ledger.stored, ledger.acked, mailbox.waiting) == (3, 3, 0)


def test_a_cloud_that_names_nothing_in_its_acknowledgements_is_believed() -> None:
    mailbox = filled(2, had_room=8)
    mailbox.replayed(replay_request(1, is_named=True))
    mailbox.replayed(replay_request(2))
    assert acknowledge(mailbox, 1, 2)


def test_what_was_called_back_and_is_acknowledged_again_pushes_out_nothing_newer() -> None:
    mailbox = filled(6, had_room=3)
    acknowledge(mailbox, 1, 2, 3)
    assert mailbox.replayed(replay_request(1)) == 3
    acknowledge(mailbox, 4, 5, 6)
    acknowledge(mailbox, 1, 2, 3)
    assert mailbox.replayed(replay_request(2)) == 3
    assert [stored.seq for stored in mailbox.due(now=2.0)] == [4, 5, 6], (
        "a second restore soon after may have lost these"
    )


def test_a_replay_request_of_a_database_that_is_gone_comes_late_and_restores_no_trust_in_it() -> None:
    mailbox = filled(2, had_room=8)
    acknowledge(mailbox, 1, 2)
    assert mailbox.replayed(replay_request(2, is_named=True, made_at=NOW + timedelta(seconds=16))) == 2
    assert mailbox.replayed(replay_request(1, is_named=True, made_at=NOW)) == 0
    assert not acknowledge(mailbox, 1, 2, replay=1)
    assert acknowledge(mailbox, 1, 2, replay=2)
    assert mailbox.waiting == 0


def test_a_refused_message_is_acknowledged_counted_once_and_its_reason_is_remembered() -> None:
    mailbox = filled(3, had_room=8)
    refused = (RefusedMessage(seq=2, reason="gauge manggarai belongs to node pintu-manggarai"),)
    ack = encode(AckMessage(outbox_id=mailbox.outbox_id, ranges=seq_ranges([1, 2]), refused=refused))
    assert mailbox.acknowledged(ack)
    mailbox.acknowledged(ack)
    assert (mailbox.waiting, mailbox.ledger.acked, mailbox.ledger.refused) == (1, 2, 1)
    assert mailbox.last_refusal == "gauge manggarai belongs to node pintu-manggarai"
