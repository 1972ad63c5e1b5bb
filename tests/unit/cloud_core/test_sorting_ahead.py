"""Sorting ahead of the writer: in sequence, bounded, and never silently ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.support.cloud_core import NOW, a_delivery, a_reading, deliver, eventually, readings_message

from siaga_cloud.ingest import ahead
from siaga_cloud.ingest.ahead import BATCH_BYTES, BATCH_MESSAGES, READY_MESSAGES, Sorter
from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.queue import Delivery, Inbox
from siaga_cloud.ingest.writer import Writer


@contextmanager
def a_sorter(inbox: Inbox, *, gather_seconds: float) -> Iterator[Sorter]:
    sorter = Sorter(inbox, IngestMetrics(), gather_seconds=gather_seconds)
    thread = threading.Thread(target=sorter.run, daemon=True)
    thread.start()
    try:
        yield sorter
    finally:
        sorter.stop()
        thread.join(5)
        assert not thread.is_alive()


def readings(count: int) -> list[Delivery]:
    outbox = uuid4()
    return [
        deliver(readings_message(a_reading(at=NOW - timedelta(seconds=seq)), outbox_id=outbox, seq=seq), mid=seq)
        for seq in range(1, count + 1)
    ]


def put(inbox: Inbox, deliveries: list[Delivery]) -> None:
    for delivery in deliveries:
        assert inbox.put(delivery, wait_seconds=5)


def test_batches_hold_every_delivery_in_sequence_with_what_it_was_sorted_into() -> None:
    inbox = Inbox()
    mids: list[int] = []
    sorted_mids: list[int] = []
    put(inbox, readings(1200))
    with a_sorter(inbox, gather_seconds=0.05) as sorter:
        while len(mids) < 1200:
            batch = sorter.next_batch()
            mids += [delivery.mid for delivery in batch.deliveries]
            sorted_mids += [one.delivery.mid for one in batch.sorted.accepted]
    assert mids == sorted_mids == list(range(1, 1201))


def test_while_the_writer_is_busy_a_batch_grows_to_its_limit_and_not_beyond() -> None:
    inbox = Inbox(max_messages=4000)
    put(inbox, [a_delivery("t", b"x", mid=mid) for mid in range(3000)])
    with a_sorter(inbox, gather_seconds=0.05) as sorter:
        # One batch and the chunk that does not fit any more.
        eventually(lambda: len(inbox) == 3000 - BATCH_MESSAGES - 250, what="a full batch")
        assert len(sorter.next_batch().deliveries) == BATCH_MESSAGES
        eventually(lambda: len(inbox) == 0, what="the rest is sorted")
        assert [delivery.mid for delivery in sorter.next_batch().deliveries] == list(range(BATCH_MESSAGES, 3000))


def test_bytes_are_bounded_but_a_huge_message_is_sorted_too() -> None:
    inbox, size = Inbox(), BATCH_BYTES // 2 + 1
    put(inbox, [a_delivery("t", bytes(size), mid=1), a_delivery("t", bytes(size), mid=2)])
    put(inbox, [a_delivery("t", bytes(BATCH_BYTES + 1), mid=3)])
    with a_sorter(inbox, gather_seconds=60) as sorter:
        mids = [[delivery.mid for delivery in sorter.next_batch().deliveries] for _ in range(3)]
    assert mids == [[1], [2], [3]]


def test_enough_messages_do_not_wait_for_company() -> None:
    inbox = Inbox()
    put(inbox, [a_delivery("t", b"x", mid=mid) for mid in range(READY_MESSAGES)])
    with a_sorter(inbox, gather_seconds=3600) as sorter:
        assert len(sorter.next_batch().deliveries) == READY_MESSAGES


def test_without_its_sorter_the_writer_ends_with_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> Any:
        raise MemoryError("no room")

    monkeypatch.setattr(ahead, "sort", broken)
    inbox = Inbox()
    put(inbox, readings(1))
    nothing: Any = None
    writer = Writer(
        inbox=inbox,
        wire=nothing,
        connect=nothing,
        media=nothing,
        metrics=IngestMetrics(),
        clock=lambda: NOW,
        policy=IngestPolicy(),
    )
    with pytest.raises(MemoryError, match="no room"):
        writer.run()
