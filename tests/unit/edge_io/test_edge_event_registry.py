"""Numbers, revisions and pictures of events, and what becomes of open ones over a restart."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from siaga_core.wire.codec import decode_up
from siaga_core.wire.messages import (
    Box,
    Details,
    EventMessage,
    EventState,
    EvidenceMessage,
    EvidenceRole,
    FloodingDetails,
    Hazard,
    ParkingDetails,
    Place,
    Severity,
    Source,
    SourceKind,
    TrashDetails,
    ViewDetails,
)
from siaga_core.wire.topics import parse_up
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.events.drafts import EventDraft, EvidenceImage
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.event_registry import MAX_JPEG_BYTES, EventRegistry
from siaga_edge.outbox.parcels import Lane, Parcel
from siaga_edge.outbox.store import OpenEvent
from siaga_edge.runtime.orphans import OrphanPolicy
from siaga_edge.settings import CameraSettings, PlaceSettings, ZoneSettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CAMERA = Source(kind=SourceKind.CAMERA, id="cam-1")
HERE = Box(x1=0.1, y1=0.1, x2=0.3, y2=0.3)
THERE = Box(x1=0.6, y1=0.6, x2=0.8, y2=0.8)


class FakeStore:
    """Remembers as the real one does; `fails` stands for a full disk."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.open: dict[str, str] = {}
        self.fails = False

    def save(
        self, parcels: Sequence[Parcel], *, opened: Sequence[OpenEvent] = (), closed: Sequence[str] = ()
    ) -> list[int]:
        if self.fails:
            raise OSError("full")
        self.parcels += parcels
        self.open |= {event.event_id: event.state for event in opened}
        for event_id in closed:
            self.open.pop(event_id, None)
        return []

    def open_events(self) -> list[OpenEvent]:
        return [OpenEvent(event_id=name, state=state) for name, state in self.open.items()]

    def events(self) -> list[dict[str, Any]]:
        return [dict(parcel.fields) for parcel in self.parcels if parcel.lane is Lane.ALERTS]

    def images(self) -> list[dict[str, Any]]:
        return [dict(parcel.fields) for parcel in self.parcels if parcel.lane is Lane.EVIDENCE]

    def reported_states(self) -> list[tuple[str, int]]:
        return [(str(event["state"]), event["revision"]) for event in self.events()]


def parking(box: Box = HERE) -> Details:
    return ParkingDetails(label="car", dwell_seconds=200, allowed_seconds=180, box=box)


def draft(state: EventState, **more: Any) -> EventDraft:
    given: dict[str, Any] = {
        "key": "no_stopping:zone-1:7",
        "state": state,
        "hazard": Hazard.ILLEGAL_PARKING,
        "source": CAMERA,
        "zone": "zone-1",
        "place": Place(lat=-6.2, lon=106.8),
        "at": NOW,
        "began_at": NOW,
        "confidence": 0.8,
        "severity": Severity.MINOR,
        "details": parking(),
    }
    return EventDraft(**given | more)


def evidence_image(role: EvidenceRole, jpeg: bytes = b"\xff\xd8\xff-1") -> EvidenceImage:
    return EvidenceImage(role=role, taken_at=NOW, jpeg=jpeg, width=640, height=360, redacted=True)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def recorder(store: FakeStore) -> EventRegistry:
    return EventRegistry(store, "node-a")


def test_an_event_retains_its_id_and_counts_its_revisions(recorder: EventRegistry, store: FakeStore) -> None:
    for state in (EventState.BEGAN, EventState.UPDATED, EventState.ENDED):
        recorder.report([draft(state, at=NOW + timedelta(seconds=5))])
    assert store.reported_states() == [("began", 1), ("updated", 2), ("ended", 3)]
    assert len({event["event_id"] for event in store.events()}) == 1
    assert [event["ended_at"] for event in store.events()] == [None, None, NOW + timedelta(seconds=5)]
    assert store.open == {}


def test_keys_of_different_sources_do_not_meet(recorder: EventRegistry, store: FakeStore) -> None:
    other = Source(kind=SourceKind.CAMERA, id="cam-2")
    recorder.report([draft(EventState.BEGAN), draft(EventState.BEGAN, source=other)])
    assert store.reported_states() == [("began", 1), ("began", 1)]
    assert len({event["event_id"] for event in store.events()}) == 2


def test_a_key_that_ended_can_begin_anew_even_in_one_report(recorder: EventRegistry, store: FakeStore) -> None:
    recorder.report([draft(EventState.BEGAN)])
    recorder.report([draft(EventState.ENDED), draft(EventState.BEGAN)])
    assert store.reported_states() == [("began", 1), ("ended", 2), ("began", 1)]
    assert len({event["event_id"] for event in store.events()}) == 2
    assert len(store.open) == 1


def test_an_end_without_a_beginning_is_not_sent(recorder: EventRegistry, store: FakeStore) -> None:
    recorder.report([draft(EventState.ENDED)])
    assert store.parcels == []


def test_images_are_numbered_over_the_whole_event_and_named_by_their_hash(
    recorder: EventRegistry, store: FakeStore
) -> None:
    recorder.report(
        [
            draft(
                EventState.BEGAN,
                evidence_images=(
                    evidence_image(EvidenceRole.ARRIVAL),
                    evidence_image(EvidenceRole.THRESHOLD, b"\xff2"),
                ),
            )
        ]
    )
    recorder.report([draft(EventState.ENDED, evidence_images=(evidence_image(EvidenceRole.DEPARTURE, b"\xff3"),))])
    assert [image["number"] for image in store.images()] == [0, 1, 2]
    last = store.events()[-1]["evidence"]
    assert [each["number"] for each in last] == [0, 1, 2]
    assert last[2]["sha256"] == hashlib.sha256(b"\xff3").hexdigest() == store.images()[2]["sha256"]
    assert store.images()[0]["event_id"] == store.events()[0]["event_id"]


def test_there_is_always_room_for_the_last_image(recorder: EventRegistry, store: FakeStore) -> None:
    recorder.report([draft(EventState.BEGAN)])
    for _ in range(20):
        recorder.report([draft(EventState.UPDATED, evidence_images=(evidence_image(EvidenceRole.UPDATE),))])
    recorder.report([draft(EventState.ENDED, evidence_images=(evidence_image(EvidenceRole.DEPARTURE),))])
    roles = [each["role"] for each in store.events()[-1]["evidence"]]
    assert roles == [EvidenceRole.UPDATE] * 11 + [EvidenceRole.DEPARTURE]
    assert len(store.images()) == 12


def test_an_image_too_big_for_the_wire_is_left_out(recorder: EventRegistry, store: FakeStore) -> None:
    recorder.report(
        [draft(EventState.BEGAN, evidence_images=(evidence_image(EvidenceRole.ARRIVAL, bytes(MAX_JPEG_BYTES + 1)),))]
    )
    assert store.images() == []
    assert store.reported_states() == [("began", 1)]


def test_what_could_not_be_stored_did_not_happen(recorder: EventRegistry, store: FakeStore) -> None:
    recorder.report([draft(EventState.BEGAN)])
    store.fails = True
    for state in (EventState.UPDATED, EventState.ENDED):
        with pytest.raises(OSError, match="full"):
            recorder.report([draft(state)])
    store.fails = False
    recorder.report([draft(EventState.UPDATED)])
    assert store.reported_states() == [("began", 1), ("updated", 2)]


@pytest.mark.parametrize(
    ("before", "after", "goes_on"),
    [
        pytest.param({}, {"key": "no_stopping:zone-1:1"}, True, id="the same car under a new number"),
        pytest.param({}, {"details": parking(THERE)}, False, id="another car, elsewhere in the zone"),
        pytest.param({}, {"zone": "zone-2"}, False, id="another zone"),
        pytest.param(
            {},
            {
                "hazard": Hazard.TRASH,
                "details": TrashDetails(dwell_seconds=1, allowed_seconds=1, area_share=0, box=HERE),
            },
            False,
            id="another hazard",
        ),
        pytest.param(
            {"hazard": Hazard.FLOODING, "details": FloodingDetails(water_share=0.3)},
            {"hazard": Hazard.FLOODING, "details": FloodingDetails(water_share=0.6)},
            True,
            id="a flooded road",
        ),
    ],
)
def test_over_a_restart_the_same_thing_is_the_same_event(
    store: FakeStore, before: dict[str, Any], after: dict[str, Any], goes_on: bool
) -> None:
    EventRegistry(store, "node-a").report([draft(EventState.BEGAN, **before)])
    later = NOW + timedelta(hours=1)
    again = EventRegistry(store, "node-a")
    again.report([draft(EventState.BEGAN, at=later, **{"began_at": later} | after)])
    first, second = store.events()
    assert (first["event_id"] == second["event_id"]) is goes_on
    assert store.reported_states()[1] == (("updated", 2) if goes_on else ("began", 1))
    assert second["began_at"] == (NOW if goes_on else later)
    assert len(again.orphans()) == (0 if goes_on else 1)


def test_two_cars_over_a_restart_remain_two(store: FakeStore) -> None:
    EventRegistry(store, "node-a").report(
        [draft(EventState.BEGAN, key="a"), draft(EventState.BEGAN, key="b", details=parking(THERE))]
    )
    again = EventRegistry(store, "node-a")
    again.report([draft(EventState.BEGAN, key="b"), draft(EventState.BEGAN, key="a", details=parking(THERE))])
    ids = [event["event_id"] for event in store.events()]
    assert ids[2:] == ids[:2]
    again.report([draft(EventState.ENDED, key="b")])
    assert store.events()[-1]["event_id"] == ids[0]
    assert len(store.open) == 1


def test_an_orphan_that_is_over_is_ended_with_its_last_facts(store: FakeStore) -> None:
    EventRegistry(store, "node-a").report(
        [draft(EventState.BEGAN, evidence_images=(evidence_image(EvidenceRole.ARRIVAL),))]
    )
    again = EventRegistry(store, "node-a")
    later = NOW + timedelta(hours=1)
    assert again.end_orphans(lambda _: False, at=later) == 0
    assert again.end_orphans(lambda _: True, at=later) == 1
    assert again.end_orphans(lambda _: True, at=later) == 0
    ended = store.events()[-1]
    assert (ended["state"], ended["revision"], ended["ended_at"]) == ("ended", 2, later)
    assert len(ended["evidence"]) == 1
    assert store.open == {}


def test_an_open_event_that_cannot_be_read_does_not_stop_the_agent(
    store: FakeStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.open["x"] = "{}"
    assert EventRegistry(store, "node-a").orphans() == ()
    assert "open event x cannot be read" in caplog.text


def test_what_the_recorder_writes_is_what_the_cloud_reads(tmp_path: Path) -> None:
    budget = Budget(max_messages=100, max_bytes=10**9, min_free_bytes=0)
    outbox = SqliteOutbox(tmp_path, node="node-a", budget=budget, clock=lambda: NOW)
    EventRegistry(outbox, "node-a").report(
        [draft(EventState.BEGAN, evidence_images=(evidence_image(EvidenceRole.ARRIVAL),))]
    )
    messages = []
    for seq in (1, 2):
        waiting = outbox.load(seq)
        assert waiting is not None
        messages.append(decode_up(parse_up(waiting.topic), waiting.payload(sent_at=NOW, late=False)))
    outbox.close()
    event, image = messages
    assert isinstance(event, EventMessage)
    assert isinstance(image, EvidenceMessage)
    assert event.details == parking()
    assert (image.header.event_id, image.header.number) == (event.event_id, event.evidence[0].number)
    assert image.header.sha256 == event.evidence[0].sha256 == hashlib.sha256(image.content).hexdigest()


# --- when is an orphan over? -----------------------------------------------------------------------------------


def policy(seeing: float = 0.0) -> OrphanPolicy:
    place = PlaceSettings(lat=0, lon=0)
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    zones = (
        ZoneSettings(id="zone-1", kind="no_stopping", polygon=square, allowed_seconds=100),
        ZoneSettings(id="road", kind="road", polygon=square),
    )
    camera = CameraSettings(id="cam-1", url="rtsp://h/x", place=place, zones=zones)
    return OrphanPolicy(cameras={"cam-1": camera}, gauges=frozenset({"manggarai"}), seeing_seconds=lambda _: seeing)


FLOOD = {"hazard": Hazard.FLOODING, "zone": "road", "details": FloodingDetails(water_share=0.3)}
VIEW = {"hazard": Hazard.VIEW_LOST, "zone": None, "details": ViewDetails(reason="frozen")}
SILENCE = {**VIEW, "source": Source(kind=SourceKind.GAUGE, id="manggarai")}


@pytest.mark.parametrize(
    ("facts", "seeing", "over"),
    [
        pytest.param({}, 0.0, False, id="not seen is not gone"),
        pytest.param({}, 209.0, False, id="it must stay its time again first"),
        pytest.param({}, 211.0, True, id="seen for long and nothing there"),
        pytest.param(FLOOD, 119.0, False, id="water is looked at rarely"),
        pytest.param(FLOOD, 121.0, True, id="no water"),
        pytest.param(VIEW, 16.0, True, id="it sees again"),
        pytest.param(SILENCE, 10_000.0, False, id="a gauge goes on with its own"),
        pytest.param(SILENCE | {"source": Source(kind=SourceKind.GAUGE, id="gone")}, 0.0, True, id="no such gauge"),
        pytest.param({"source": Source(kind=SourceKind.CAMERA, id="gone")}, 0.0, True, id="no such camera"),
        pytest.param({"zone": "gone"}, 0.0, True, id="no such zone"),
    ],
)
def test_an_orphan_is_over_when_nobody_can_go_on_with_it(
    store: FakeStore, facts: dict[str, Any], seeing: float, over: bool
) -> None:
    EventRegistry(store, "node-a").report([draft(EventState.BEGAN, **facts)])
    (orphan,) = EventRegistry(store, "node-a").orphans()
    assert policy(seeing).is_over(orphan) is over
