"""The accuracy of a camera: drawn by secret, judged by operators, published with its counts, and with consequences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.support.cloud_core import NOW, a_delivery, a_jpeg, deliver, event_message, evidence_message
from tests.support.incidents_core import AREAS, HERE, a_report, a_signal, load_small_city, one, process

from siaga_cloud.accuracy import service, store
from siaga_cloud.accuracy.store import StoredAccuracy
from siaga_cloud.cameras.service import views
from siaga_cloud.incidents.service import matching
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store as store_batch
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.review import export as review_export
from siaga_cloud.review import store as review_store
from siaga_core.rules.trust.accuracy import AccuracyPolicy
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import EventState, Hazard, Place, Source, SourceKind
from siaga_core.wire.views import FrameHeader, FrameMessage

POLICY = AccuracyPolicy()
CAMERA = Source(kind=SourceKind.CAMERA, id="cam-1")
OUTBOX = uuid4()


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        load_small_city(connection)
        prepare_stages(connection)
        connection.commit()
        yield connection


class Street:
    """A camera whose events and images arrive as from its node."""

    def __init__(self, conn: Connection, folder: Path) -> None:
        self.conn, self._media, self._seq = conn, MediaFolder(folder), 0

    def event(self, at: datetime, *, state: EventState = EventState.BEGAN, event_id: UUID | None = None) -> UUID:
        self._seq += 2
        message = event_message(
            outbox_id=OUTBOX, at=at, seq=self._seq, event_id=event_id, source=CAMERA, hazard=Hazard.FLOODING,
            confidence=0.2,  # too little for a task by itself

            state=state, revision=2 if event_id else 1, place=Place(lat=HERE[0], lon=HERE[1]),
        )  # fmt: skip
        topic, payload = evidence_message(
            a_jpeg(), event_id=message.event_id, outbox_id=OUTBOX, seq=self._seq + 1, at=at
        )
        with self.conn.transaction():
            batch = sort([deliver(message, at=at), a_delivery(topic, payload, at=at)])
            assert store_batch(self.conn, batch, media=self._media, now=at).dead == 0
        return message.event_id

    def judged_event(self, at: datetime, verdict: matching.Verdict) -> None:
        """An event of an incident of its own, with the verdict of an operator."""
        event_id = self.event(at)
        incident_id = process_known(self.conn, event_id, now=at)
        with self.conn.transaction():
            matching.judge(self.conn, incident_id, verdict, by="op", note="seen", now=at)

    def frame(self, at: datetime) -> FrameMessage:
        """A frame of a snapshot that was requested."""
        with self.conn.transaction():
            assert views.request_snapshots(self.conn, ["cam-1"], by="op", now=at) == 1
        view = one(self.conn, "SELECT id FROM camera_view ORDER BY requested_at DESC LIMIT 1")
        header = FrameHeader(
            node="node-a", view_id=view["id"], camera="cam-1", number=1, taken_at=at, width=64, height=48, redacted=True
        )
        return FrameMessage(header=header, jpeg=a_jpeg())


def process_known(conn: Connection, event_id: UUID, *, now: datetime) -> UUID:
    with conn.transaction():
        found = matching.process_signal(conn, event_id, areas=AREAS, now=now)
    assert found is not None
    return found


def accuracy_of(conn: Connection) -> StoredAccuracy:
    (found,) = store.stored(conn, camera_id="cam-1", limit=10)
    return found


def refresh(conn: Connection, at: datetime) -> int:
    with conn.transaction():
        return service.refresh(conn, now=at)


def task_states(conn: Connection, incident_id: UUID) -> list[str]:
    rows = conn.execute("SELECT state FROM task WHERE incident_id = %s ORDER BY created_at", (incident_id,))
    return [row["state"] for row in rows]


def test_verdicts_below_the_floor_end_automatic_tasks_until_the_camera_recovers(
    conn: Connection, tmp_path: Path
) -> None:
    street = Street(conn, tmp_path)
    at = NOW
    for number in range(POLICY.min_judged):
        at += timedelta(hours=4)
        street.judged_event(at, "confirmed" if number < 3 else "false_alarm")
    assert refresh(conn, at) == 1
    held = accuracy_of(conn)
    assert (held.right_count, held.judged_count, held.precision_share) == (3, 20, 0.15)
    assert held.precision_high < POLICY.precision_floor
    assert (held.present_count, held.recall_share) == (0, None), "recall is not known yet"
    assert held.suspended_since == at
    line = one(conn, "SELECT actor, details FROM audit WHERE action = 'suspend_camera_tasks'")
    assert (line["actor"], line["details"]["hazard"], line["details"]["judged"]) == ("siaga", "flooding", 20)
    assert refresh(conn, at) == 0, "once"

    at += timedelta(hours=4)
    doubted = process(conn, a_signal(at=at, confidence=1.0))
    assert process(conn, a_report("r1", at=at, metres=3)) == doubted
    assert one(conn, "SELECT confidence FROM incident WHERE id = %s", doubted)["confidence"] > 0.55
    assert task_states(conn, doubted) == ["review"], "an operator looks first at what needs the camera to be a task"
    assert process(conn, a_signal(at=at, source_key="camera:cam-2", metres=3)) == doubted
    assert task_states(conn, doubted) == ["open"], "the other sources suffice without it"

    for _ in range(20):
        at += timedelta(hours=4)
        street.judged_event(at, "confirmed")
    assert refresh(conn, at) == 1
    assert accuracy_of(conn).suspended_since is None
    assert one(conn, "SELECT count(*) AS n FROM audit WHERE action = 'resume_camera_tasks'")["n"] == 1
    at += timedelta(hours=4)
    assert task_states(conn, process(conn, a_signal(at=at, confidence=1.0, metres=900))) == ["open"]


def test_events_and_frames_are_drawn_once_within_the_bound_and_judged_blind(conn: Connection, tmp_path: Path) -> None:
    street = Street(conn, tmp_path)
    with conn.transaction():
        conn.execute("INSERT INTO node (id, state) VALUES ('node-a', 'online')")
        conn.execute("UPDATE camera SET node_id = 'node-a'")
    noticed = street.event(NOW)
    during, after = street.frame(NOW + timedelta(minutes=2)), street.frame(NOW + timedelta(minutes=30))
    street.event(NOW + timedelta(minutes=5), state=EventState.ENDED, event_id=noticed)
    late = NOW + timedelta(minutes=40)
    with conn.transaction():
        assert service.draw_frames(conn, [during], now=late, share=0.0) == 0
        assert service.draw_frames(conn, [during, after], now=late, share=1.0) == 2
        assert service.draw_frames(conn, [during], now=late, share=1.0) == 0, "once"
        assert service.draw_events(conn, now=late, share=1.0) == 1
        assert service.draw_events(conn, now=late, share=1.0) == 0, "once"
    waiting = store.waiting(conn, limit=10, now=late)
    assert {item.camera_id for item in waiting} == {"cam-1"}
    assert all("flooding" in item.hazards and item.jpeg is None for item in waiting), "what it decided is not shown"

    with conn.transaction():
        for item in waiting:
            service.answer(conn, item.id, present=["flooding"], by="op", now=late)
        with pytest.raises(ConflictError):
            service.answer(conn, waiting[0].id, present=[], by="other", now=late)
        with pytest.raises(NotFoundError):
            service.answer(conn, uuid7(late), present=[], by="op", now=late)
    refresh(conn, late)
    held = accuracy_of(conn)
    assert (held.right_count, held.judged_count) == (1, 1)
    assert (held.noticed_count, held.present_count) == (1, 2), "the later frame shows a flood that it missed"
    assert held.precision_share is None, "not known yet"
    assert one(conn, "SELECT count(*) AS n FROM audit WHERE action = 'judge_accuracy_item'")["n"] == 3


@pytest.mark.parametrize(("present", "exported"), [([], 1), (["flooding"], 1), (["trash"], 0), (None, 0)])
def test_a_frame_without_trash_is_exported_for_training_as_just_that(
    conn: Connection, tmp_path: Path, present: list[str] | None, exported: int
) -> None:
    """An operator answered about trash, and not about whatever else may be in the image."""
    street, late = Street(conn, tmp_path), NOW + timedelta(minutes=40)
    with conn.transaction():
        conn.execute("INSERT INTO node (id, state) VALUES ('node-a', 'online')")
        conn.execute("UPDATE camera SET node_id = 'node-a'")
    frame = street.frame(NOW)
    with conn.transaction():
        assert service.draw_frames(conn, [frame], now=late, share=1.0) == 1
        assert review_store.clean_frames(conn, limit=10, now=late) == [], "nobody has looked at it yet"
        (item,) = store.waiting(conn, limit=10, now=late)
        service.answer(conn, item.id, present=present, by="op", now=late)
    clean = review_store.clean_frames(conn, limit=10, now=late)
    assert [(one.camera_id, one.jpeg) for one in clean] == [("cam-1", frame.jpeg)] * exported
    out = tmp_path / "pack"
    _, counts = review_export.write(out, [], MediaFolder(tmp_path), val_share=0.2, marked=False, clean=clean)
    assert sum(counts.values()) == exported
    manifest = json.loads((out / "manifest.json").read_text())
    assert [(one["annotated_classes"], one["verdict"]) for one in manifest.values()] == [
        (["trash"], "absent")
    ] * exported
    assert [path.read_text() for path in (out / "labels").rglob("*.txt")] == [""] * exported
    assert review_store.clean_frames(conn, limit=10, now=late + service.IMAGE_RETENTION) == []


def test_no_more_than_a_few_are_drawn_a_day_and_images_are_deleted(conn: Connection, tmp_path: Path) -> None:
    street = Street(conn, tmp_path)
    for number in range(POLICY.most_a_day + 5):
        street.event(NOW + timedelta(seconds=number))
    late = NOW + timedelta(minutes=30)
    with conn.transaction():
        assert service.draw_events(conn, now=late, share=1.0) == POLICY.most_a_day
        assert service.draw_events(conn, now=late, share=1.0) == 0
        item = store.waiting(conn, limit=1, now=late)[0]
        with pytest.raises(InvalidError):
            service.answer(conn, item.id, present=["dragons"], by="op", now=late)
        service.answer(conn, item.id, present=None, by="op", now=late)
    refresh(conn, late)
    assert accuracy_of(conn).judged_count == 0, "an image that cannot be judged counts for nothing"
    with conn.transaction():
        service.forget(conn, now=late + service.IMAGE_RETENTION)
    assert one(conn, "SELECT count(*) AS n FROM accuracy_item")["n"] == 1, "only what was answered stays"
