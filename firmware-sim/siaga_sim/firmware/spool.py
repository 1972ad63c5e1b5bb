"""What a gauge that speaks MQTT by itself remembers until the cloud has it: a small ring in its flash. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem(Generic[Item]):
    """One message; `sent_at` is None until it left for the first time. Times are seconds since power-on."""

    seq: int
    item: Item
    sent_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spool(Generic[Item]):
    """At most `room` messages, oldest first; what had to go for a newer one is counted in `evicted`.

    `had`: the newest that the cloud acknowledged, at most `had_room`, for a cloud that loses them again.
    """

    room: int
    had_room: int = 0
    stored: tuple[StoredItem[Item], ...] = ()
    had: tuple[StoredItem[Item], ...] = ()
    last_seq: int = 0
    evicted: int = 0


def put(spool: Spool[Item], item: Item) -> Spool[Item]:
    """Numbers and keeps one; the oldest goes where there is no room."""
    seq = spool.last_seq + 1
    stored = (*spool.stored, StoredItem(seq=seq, item=item))
    excess = max(0, len(stored) - spool.room)
    return replace(spool, stored=stored[excess:], last_seq=seq, evicted=spool.evicted + excess)


def acked(spool: Spool[Item], ranges: Iterable[tuple[int, int]]) -> Spool[Item]:
    """The cloud has all numbers of these ranges, both ends included."""
    spans = tuple(ranges)
    left: list[StoredItem[Item]] = []
    gone: list[StoredItem[Item]] = []
    for each in spool.stored:
        (gone if any(first <= each.seq <= last for first, last in spans) else left).append(each)
    # By number: those that were called back are acknowledged once more, and must not push out what is newer.
    had = tuple(sorted((*spool.had, *gone), key=lambda each: each.seq))
    return replace(spool, stored=tuple(left), had=had[max(0, len(had) - spool.had_room) :])


def again(spool: Spool[Item]) -> Spool[Item]:
    """The cloud lost what it had: all that is still here waits again, and is due at once."""
    lost = (replace(each, sent_at=float("-inf")) for each in spool.had)
    stored = sorted((*lost, *spool.stored), key=lambda each: each.seq)
    return replace(spool, stored=tuple(stored), had=())


def due(spool: Spool[Item], *, now: float, again_after_seconds: float) -> tuple[StoredItem[Item], ...]:
    """What was never sent, and what was sent too long ago without an acknowledgement."""
    return tuple(each for each in spool.stored if each.sent_at is None or now - each.sent_at >= again_after_seconds)


def sent(spool: Spool[Item], seq: int, *, now: float) -> Spool[Item]:
    """Return the spool with one item marked as sent."""
    stored = tuple(replace(each, sent_at=now) if each.seq == seq else each for each in spool.stored)
    return replace(spool, stored=stored)
