"""Traces are named by the ids that are there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.support.cloud_core import event_message

from siaga_core.wire.trace import revision_key, span_id, trace_id, traceparent

ORIGIN = UUID("0192a4b0-1111-7222-8333-444455556666")


def test_the_header_of_an_event_is_that_of_the_w3c_and_the_same_however_often_it_is_sent() -> None:
    event = event_message(outbox_id=ORIGIN, at=datetime(2026, 1, 15, tzinfo=UTC), event_id=ORIGIN)
    header = traceparent(event)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", header)
    assert header.split("-")[1] == trace_id(ORIGIN) == "0192a4b01111722283334444" + "55556666"
    assert traceparent(event.model_copy(update={"late": True, "seq": 9})) == header
    assert traceparent(event.model_copy(update={"revision": 2})) != header


def test_steps_of_one_thing_differ_from_each_other() -> None:
    key = revision_key(ORIGIN, 1)
    assert len({span_id(step, key) for step in ("edge", "ingest", "fuse", "task", "notify")}) == 5
    assert span_id("fuse", key) == span_id("fuse", key)


def test_a_hash_of_zeros_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Zeros:
        def hexdigest(self) -> str:
            return "0" * 64

    monkeypatch.setattr("siaga_core.wire.trace.hashlib.sha256", lambda _: Zeros())
    assert span_id("edge", "x") == "0000000000000001"
