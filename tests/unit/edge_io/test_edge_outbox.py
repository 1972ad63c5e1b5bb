"""The SQLite outbox: numbers, budgets, acknowledgements, damage."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.support.edge.parcels import NOW, alert, evidence, health, readings

from siaga_core.wire.codec import decode_up, seq_ranges
from siaga_core.wire.messages import (
    EvidenceMessage,
    HealthMessage,
    ReadingsMessage,
    SeqRange,
)
from siaga_core.wire.topics import parse_up
from siaga_edge.adapters.sqlite_file import OutboxError
from siaga_edge.adapters.sqlite_outbox import FILE_NAME, SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import Lane, Parcel, of_health
from siaga_edge.outbox.store import OpenEvent

ROOMY = Budget(max_messages=1000, max_bytes=10**9, min_free_bytes=0)
Opener = Callable[..., SqliteOutbox]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    made: list[SqliteOutbox] = []

    def open_it(budget: Budget = ROOMY, free_bytes: int = 10**12) -> SqliteOutbox:
        for each in made:
            each.close()
        made[:] = [
            SqliteOutbox(tmp_path, node="node-a", budget=budget, clock=lambda: NOW, free_bytes=lambda _: free_bytes)
        ]
        return made[0]

    yield open_it
    for each in made:
        each.close()


def store_many(outbox: SqliteOutbox, number: int) -> None:
    for _ in range(number):
        outbox.save([alert()])


def all_of(outbox: SqliteOutbox) -> dict[Lane, list[int]]:
    return {lane: found for lane in Lane if (found := outbox.after(lane, 0, 1000))}


def test_numbers_have_no_gaps_over_restarts_and_acknowledgements(opened: Opener) -> None:
    outbox = opened()
    assert outbox.save([readings(), health()]) == [1, 2]
    outbox.acknowledge(outbox.outbox_id, seq_ranges([1, 2]))
    again = opened()
    assert again.outbox_id == outbox.outbox_id
    assert again.save([readings()]) == [3]


def test_a_message_that_the_cloud_could_not_read_is_refused_and_uses_no_number(opened: Opener) -> None:
    outbox = opened()
    broken = of_health("node-a", at=NOW, fields={"uptime_seconds": -1})
    with pytest.raises(ValidationError):
        outbox.save([readings(), broken])
    assert outbox.save([readings()]) == [1]
    assert outbox.health().waiting == 1


@pytest.mark.parametrize(
    ("parcel", "kind"), [(readings(), ReadingsMessage), (health(), HealthMessage), (evidence(), EvidenceMessage)]
)
def test_what_was_stored_is_what_the_cloud_reads(opened: Opener, parcel: Parcel, kind: type) -> None:
    outbox = opened()
    outbox.save([parcel])
    waiting = outbox.load(1)
    assert waiting is not None
    message = decode_up(parse_up(waiting.topic), waiting.payload(sent_at=NOW, late=True))
    assert isinstance(message, kind)
    found = message.header.model_dump() if isinstance(message, EvidenceMessage) else message.model_dump()
    assert (found["seq"], found["outbox_id"], found["late"], found["sent_at"]) == (1, outbox.outbox_id, True, NOW)
    assert found["measured_at"] == NOW


def test_id_and_time_are_the_same_however_often_it_is_sent(opened: Opener) -> None:
    outbox = opened()
    outbox.save([readings()])
    first, second = outbox.load(1), outbox.load(1)
    assert first is not None
    assert second is not None
    bodies = [json.loads(each.payload(sent_at=NOW, late=late)) for each, late in ((first, False), (second, True))]
    assert [body.pop("late") for body in bodies] == [False, True]
    assert bodies[0] == bodies[1]


def test_ranges_delete_what_they_name_and_nothing_else(opened: Opener) -> None:
    outbox = opened()
    outbox.save([readings() for _ in range(6)])
    gone = outbox.acknowledge(outbox.outbox_id, [SeqRange(first=2, last=3), SeqRange(first=6, last=2**70)])
    assert sorted(gone) == [2, 3, 6]
    assert outbox.after(Lane.READINGS, 0, 9) == [1, 4, 5]
    assert outbox.health().waiting == 3


def test_an_acknowledgement_for_another_outbox_deletes_nothing(opened: Opener) -> None:
    outbox = opened()
    outbox.save([readings()])
    assert outbox.acknowledge(uuid4(), [SeqRange(first=1, last=9)]) == []
    assert outbox.health().waiting == 1


def test_the_lowest_lane_goes_first_and_of_it_the_oldest(opened: Opener) -> None:
    outbox = opened(Budget(max_messages=5, max_bytes=10**9, min_free_bytes=0))
    outbox.save([health(), evidence(), readings(), health(), alert()])
    outbox.save([alert()])
    assert all_of(outbox) == {Lane.ALERTS: [5, 6], Lane.EVIDENCE: [2], Lane.READINGS: [3], Lane.HEALTH: [4]}
    outbox.save([alert(), alert()])
    assert all_of(outbox) == {Lane.ALERTS: [5, 6, 7, 8], Lane.EVIDENCE: [2]}
    assert outbox.health().evicted == 3


def test_alerts_are_retained_beyond_the_budget(opened: Opener) -> None:
    outbox = opened(Budget(max_messages=2, max_bytes=10**9, min_free_bytes=0))
    outbox.save([alert() for _ in range(5)])
    assert outbox.health().waiting == 5
    assert outbox.health().evicted == 0


def test_the_count_of_what_was_given_up_survives_a_restart(opened: Opener) -> None:
    budget = Budget(max_messages=2, max_bytes=10**9, min_free_bytes=0)
    opened(budget).save([readings() for _ in range(5)])
    assert opened(budget).health().evicted == 3
    assert opened(budget).save([readings()]) == [6]


def test_the_budget_in_bytes_counts_images(opened: Opener) -> None:
    outbox = opened(Budget(max_messages=1000, max_bytes=6000, min_free_bytes=0))
    outbox.save([evidence() for _ in range(20)])
    assert outbox.health().bytes <= 6000
    assert 2 <= outbox.health().waiting <= 5


def test_below_the_disk_floor_as_much_goes_as_comes(opened: Opener) -> None:
    outbox = opened(Budget(max_messages=1000, max_bytes=10**9, min_free_bytes=10))
    outbox.save([readings(), readings()])
    poor = opened(Budget(max_messages=1000, max_bytes=10**9, min_free_bytes=10), free_bytes=9)
    poor.save([alert()])
    assert all_of(poor)[Lane.ALERTS] == [3]
    assert poor.health().evicted == 1
    assert poor.health().free_bytes == 9


def test_messages_in_flight_are_given_up_last(opened: Opener) -> None:
    outbox = opened(Budget(max_messages=3, max_bytes=10**9, min_free_bytes=0))
    outbox.save([readings(), readings(), readings()])
    outbox.load(1)
    outbox.save([alert()])
    assert all_of(outbox) == {Lane.ALERTS: [4], Lane.READINGS: [1, 3]}


def test_open_events_change_together_with_the_messages(opened: Opener) -> None:
    outbox = opened()
    outbox.save([alert()], opened=[OpenEvent(event_id="b", state="1"), OpenEvent(event_id="a", state="2")])
    with pytest.raises(ValidationError):
        outbox.save([of_health("node-a", at=NOW, fields={})], closed=["a"])
    again = opened()
    assert again.open_events() == [OpenEvent(event_id="a", state="2"), OpenEvent(event_id="b", state="1")]
    again.save([alert()], opened=[OpenEvent(event_id="b", state="3")], closed=["a"])
    assert opened().open_events() == [OpenEvent(event_id="b", state="3")]


def test_a_cursor_is_remembered(opened: Opener) -> None:
    outbox = opened()
    assert outbox.cursor("csv:a") is None
    outbox.set_cursor("csv:a", "1")
    outbox.set_cursor("csv:a", "2")
    assert opened().cursor("csv:a") == "2"


def test_a_damaged_file_is_moved_aside_and_logged(opened: Opener, caplog: pytest.LogCaptureFixture) -> None:
    outbox = opened()
    outbox.save([readings() for _ in range(50)])
    folder = Path(outbox._folder)
    outbox.close()
    path = folder / FILE_NAME
    path.write_bytes(b"this was a database once" + bytes(5000))
    again = opened()
    assert again.outbox_id != outbox.outbox_id
    assert again.save([readings()]) == [1]
    aside = folder / f"{FILE_NAME}.broken-20260101T000000"
    assert aside.read_bytes().startswith(b"this was")
    assert aside.name in caplog.text


def test_damage_inside_the_file_is_found_when_it_is_opened(opened: Opener) -> None:
    outbox = opened()
    outbox.save([readings() for _ in range(500)])
    path = outbox._folder / FILE_NAME
    outbox.close()
    content = bytearray(path.read_bytes())
    content[8192:40960] = b"\x5a" * (40960 - 8192)
    path.write_bytes(content)
    assert opened().outbox_id != outbox.outbox_id


def test_a_file_that_breaks_while_it_is_open_is_replaced_and_the_message_stored(opened: Opener) -> None:
    outbox = opened()
    outbox.save([readings() for _ in range(500)])
    before = outbox.outbox_id
    path = outbox._folder / FILE_NAME
    outbox._connection.execute("pragma wal_checkpoint(truncate)")
    outbox._connection.execute("pragma cache_size = 0")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x5a" * (path.stat().st_size - 4096))
    outbox._connection.execute("pragma shrink_memory")
    assert outbox.save([readings()]) == [1]
    assert outbox.outbox_id != before
    assert outbox.health().waiting == 1


def test_a_full_disk_costs_the_lowest_lane_and_not_the_alert(opened: Opener) -> None:
    outbox = opened()
    outbox.save([evidence() for _ in range(200)])
    pages = outbox._connection.execute("pragma page_count").fetchone()[0]
    outbox._connection.execute(f"pragma max_page_count = {pages}")  # SQLite's own way to say: the disk is full
    stored = [seq for _ in range(200) for seq in outbox.save([alert()])]
    assert outbox.after(Lane.ALERTS, 0, 1000) == stored
    assert outbox.health().evicted > 0


def test_a_full_disk_with_nothing_to_give_up_is_an_error_that_loses_no_number(opened: Opener) -> None:
    outbox = opened()
    pages = outbox._connection.execute("pragma page_count").fetchone()[0]
    outbox._connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(OutboxError, match="full"):
        store_many(outbox, 100)
    outbox._connection.execute("pragma max_page_count = 100000")
    waiting = outbox.health().waiting
    assert outbox.save([alert()]) == [waiting + 1]


def test_one_folder_serves_one_agent(tmp_path: Path, opened: Opener) -> None:
    opened()
    with pytest.raises(OutboxError, match="another agent is using this data_dir"):
        SqliteOutbox(tmp_path, node="node-a", budget=ROOMY, clock=lambda: NOW)


def test_a_file_of_a_later_layout_is_left_alone(tmp_path: Path, opened: Opener) -> None:
    outbox = opened()
    outbox.save([readings()])
    outbox._connection.execute("update fact set layout = 2")
    with pytest.raises(OutboxError, match="layout 2, this version reads layout 1"):
        opened()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    assert connection.execute("select count(*) from message").fetchone()[0] == 1
    connection.close()


def test_room_of_acknowledged_messages_goes_back_to_the_disk(opened: Opener) -> None:
    outbox = opened()
    outbox.save([evidence() for _ in range(3000)])
    path = outbox._folder / FILE_NAME
    outbox.acknowledge(outbox.outbox_id, [SeqRange(first=1, last=3000)])
    pages = outbox._connection.execute("pragma page_count").fetchone()[0]
    outbox.tidy()
    assert outbox._connection.execute("pragma page_count").fetchone()[0] == pages - 500
    assert path.exists()


STEPS = st.lists(st.tuples(st.sampled_from(["a", "e", "r", "h", "ack"]), st.integers(1, 60)), max_size=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_sent_is_always_stored_plus_waiting_plus_given_up(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    make: dict[str, Callable[[], Parcel]] = {"a": alert, "e": evidence, "r": readings, "h": health}
    budget = Budget(max_messages=10, max_bytes=20_000, min_free_bytes=0)
    folder = tmp_path_factory.mktemp("property")
    outbox = SqliteOutbox(folder, node="node-a", budget=budget, clock=lambda: NOW, free_bytes=lambda _: 10**12)
    last, acknowledged, alerts = 0, set[int](), set[int]()
    for what, number in steps:
        if what == "ack":
            acknowledged.update(outbox.acknowledge(outbox.outbox_id, [SeqRange(first=number, last=number + 4)]))
        else:
            (last,) = outbox.save([make[what]()])
            alerts |= {last} if what == "a" else set()
    state = outbox.health()
    rows = outbox._connection.execute("select seq, size from message").fetchall()
    outbox.close()
    assert last == len(acknowledged) + state.waiting + state.evicted
    assert (state.waiting, state.bytes) == (len(rows), sum(size for _, size in rows))
    assert alerts <= acknowledged | {seq for seq, _ in rows}
