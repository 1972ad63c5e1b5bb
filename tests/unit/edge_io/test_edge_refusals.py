"""What the cloud refused is counted once, logged once for each reason and bounded."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siaga_core.wire.codec import seq_ranges
from siaga_core.wire.messages import AckMessage, Reading, RefusedMessage
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import of_readings
from siaga_edge.outbox.refusals import MAX_REASONS, Refusals
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.outbox.sender_inbox import SenderInbox

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FOREIGN = "gauge manggarai belongs to node pintu-manggarai"


class LinkThatIsUp:
    def is_up(self) -> bool:
        return True

    def publish(self, topic: str, payload: bytes, *, token: int) -> bool:
        return True


def test_the_sender_counts_a_refused_message_once_and_sends_it_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    budget = Budget(max_messages=100, max_bytes=10**6, min_free_bytes=0)
    outbox = SqliteOutbox(tmp_path, node="node-a", budget=budget, clock=lambda: NOW)
    sender = Sender(
        outbox,
        LinkThatIsUp(),
        inbox=SenderInbox(),
        pace=Pace(resend_after_seconds=15, replay_per_second=1e9),
        system_time=lambda: NOW,
        monotonic=lambda: 0.0,
        chance=lambda: 0.0,
    )
    outbox.save([of_readings("node-a", [Reading(gauge="manggarai", measured_at=NOW, level_cm=260.0)])] * 2)
    sender.tick()
    ack = AckMessage(
        outbox_id=outbox.outbox_id, ranges=seq_ranges([1]), refused=(RefusedMessage(seq=1, reason=FOREIGN),)
    )
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            sender.inbox.on_ack(ack)
            sender.tick()
    summary = sender.refusals.summary()
    assert (summary.messages, [(one.reason, one.messages) for one in summary.lines]) == (1, [(FOREIGN, 1)])
    assert [record.getMessage() for record in caplog.records] == [f"the cloud refused message 1: {FOREIGN}"]
    assert outbox.health().waiting == 1
    outbox.close()


def test_reasons_are_bounded_and_the_newest_is_first() -> None:
    refusals = Refusals(lambda: NOW)
    for seq in range(1, 3 * MAX_REASONS + 1):
        refusals.note([RefusedMessage(seq=seq, reason=f"reason {seq}")], {seq})
    refusals.note([RefusedMessage(seq=500, reason="reason 50")], {500})
    summary = refusals.summary()
    assert (summary.messages, len(summary.lines)) == (3 * MAX_REASONS + 1, MAX_REASONS)
    assert (summary.lines[0].reason, summary.lines[0].messages) == ("reason 50", 2)
