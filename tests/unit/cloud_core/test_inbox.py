"""The bounded queue between network and writer."""

from __future__ import annotations

import threading

from tests.support.cloud_core import a_delivery, eventually

from siaga_cloud.ingest.queue import Delivery, Inbox


def a_big(size: int, mid: int = 1) -> Delivery:
    return a_delivery("t", b"x" * size, mid=mid)


def put(inbox: Inbox, delivery: Delivery) -> bool:
    return inbox.put(delivery, wait_seconds=0)


def next_batch(inbox: Inbox, *, most: int = 10, most_bytes: int = 1000) -> list[int]:
    accepted = inbox.next_batch(max_messages=most, max_bytes=most_bytes, first_wait_seconds=0, gather_seconds=0)
    return [delivery.mid for delivery in accepted]


def test_batches_preserve_the_sequence_and_end_at_the_limit_of_messages() -> None:
    inbox = Inbox()
    for mid in range(5):
        assert put(inbox, a_big(1, mid))
    assert (next_batch(inbox, most=3), next_batch(inbox, most=3), next_batch(inbox)) == ([0, 1, 2], [3, 4], [])


def test_batches_end_at_the_limit_of_bytes_but_one_message_always_fits() -> None:
    inbox = Inbox()
    for mid, size in enumerate((2000, 400, 500, 200)):
        put(inbox, a_big(size, mid))
    assert [next_batch(inbox), next_batch(inbox), next_batch(inbox)] == [[0], [1, 2], [3]]


def test_a_full_inbox_refuses_and_accepts_again_when_there_is_room() -> None:
    inbox = Inbox(max_messages=2)
    assert [put(inbox, a_big(1, mid)) for mid in range(3)] == [True, True, False]
    next_batch(inbox, most=1)
    assert put(inbox, a_big(1, 3))
    assert len(inbox) == 2


def test_bytes_are_bounded_but_an_empty_inbox_accepts_anything() -> None:
    inbox = Inbox(max_bytes=100)
    assert put(inbox, a_big(500))
    assert not put(inbox, a_big(1))
    next_batch(inbox)
    assert put(inbox, a_big(60))
    assert not put(inbox, a_big(60))


def test_one_that_waits_for_room_goes_on_as_soon_as_there_is_some() -> None:
    inbox = Inbox(max_messages=1)
    put(inbox, a_big(1, 1))
    done: list[bool] = []
    waiter = threading.Thread(target=lambda: done.append(inbox.put(a_big(1, 2), wait_seconds=10)))
    waiter.start()
    assert next_batch(inbox) == [1]
    waiter.join(5)
    assert done == [True]
    assert next_batch(inbox) == [2]


def test_a_batch_is_complete_as_soon_as_it_is_full() -> None:
    inbox = Inbox()
    accepted: list[list[Delivery]] = []

    def gather() -> None:
        accepted.append(inbox.next_batch(max_messages=2, max_bytes=1000, first_wait_seconds=10, gather_seconds=3600))

    taker = threading.Thread(target=gather)
    taker.start()
    put(inbox, a_big(1, 1))
    put(inbox, a_big(1, 2))
    eventually(lambda: bool(accepted), seconds=5, what="batch without waiting for the hour to end")
    taker.join()
    assert [delivery.mid for delivery in accepted[0]] == [1, 2]
