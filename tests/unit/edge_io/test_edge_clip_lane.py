"""Clips have a lane of the outbox, the last one, and a budget of their own."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from tests.support.edge.parcels import EVENT, NODE, alert, evidence, health, readings

from siaga_core.wire.codec import decode_up
from siaga_core.wire.messages import EvidenceMessage, SeqRange
from siaga_core.wire.topics import parse_up
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import Lane, Parcel, of_clip

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = b"\x00\x00\x00\x14ftypisom"


def clip(size: int = 1000, number: int = 90) -> Parcel:
    fields = {
        "role": "threshold", "sha256": "0" * 64, "mime": "video/mp4", "duration_seconds": 15.0, "width": 640,
        "height": 360, "redacted": True,
    }  # fmt: skip
    return of_clip(NODE, EVENT, number, at=NOW, fields=fields, content=HEAD + bytes(size))


def opened(folder: Path, **budget: float) -> SqliteOutbox:
    limits = {"max_messages": 1000, "max_bytes": 10**9, "min_free_bytes": 0, **budget}
    return SqliteOutbox(folder, node=NODE, budget=Budget(**limits), clock=lambda: NOW)  # type: ignore[arg-type]


def clips(outbox: SqliteOutbox) -> list[int]:
    return outbox.after(Lane.CLIPS, 0, 100)


def test_a_clip_is_a_message_that_the_cloud_reads(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as outbox:
        (seq,) = outbox.save([clip(5)])
        waiting = outbox.load(seq)
    assert waiting is not None
    message = decode_up(parse_up(waiting.topic), waiting.payload(sent_at=NOW, late=False))
    assert isinstance(message, EvidenceMessage)
    assert (message.content, message.header.is_clip) == (HEAD + bytes(5), True)
    assert message.header.duration_seconds == 15.0


def test_newer_clips_replace_older_clips_and_nothing_else_does(tmp_path: Path) -> None:
    with closing(opened(tmp_path, max_clip_bytes=35_000)) as outbox:
        outbox.save([evidence(50_000), readings(), health(), alert()])
        first, second, third, fourth = (outbox.save([clip(10_000)])[0] for _ in range(4))
        assert clips(outbox) == [second, third, fourth]
        assert outbox.health().evicted == 1
        assert [len(outbox.after(lane, 0, 9)) for lane in Lane] == [1, 1, 1, 1, 3]
        assert outbox.load(first) is None


def test_acknowledged_clips_count_in_the_budget_and_go_first(tmp_path: Path) -> None:
    with closing(opened(tmp_path, max_clip_bytes=35_000, retain_acked_seconds=86_400)) as outbox:
        first, second, third = (outbox.save([clip(10_000)])[0] for _ in range(3))
        outbox.acknowledge(outbox.outbox_id, [SeqRange(first=first, last=first)])
        assert clips(outbox) == [second, third]
        (fourth,) = outbox.save([clip(10_000)])
        assert clips(outbox) == [second, third, fourth]
        assert (outbox.health().evicted, outbox.health().acked) == (0, 0), "the cloud has it, so nothing was lost"


def test_when_the_outbox_is_full_clips_are_given_up_first(tmp_path: Path) -> None:
    with closing(opened(tmp_path, max_messages=4)) as outbox:
        outbox.save([clip(), health(), readings(), evidence()])
        outbox.save([evidence(number=4)])
        assert [len(outbox.after(lane, 0, 9)) for lane in Lane] == [0, 2, 1, 1, 0]


def test_the_sizes_of_clips_are_known_after_a_restart(tmp_path: Path) -> None:
    with closing(opened(tmp_path, max_clip_bytes=35_000)) as outbox:
        _, second, third = (outbox.save([clip(10_000)])[0] for _ in range(3))
    with closing(opened(tmp_path, max_clip_bytes=35_000)) as outbox:
        (fourth,) = outbox.save([clip(10_000)])
        assert clips(outbox) == [second, third, fourth]
