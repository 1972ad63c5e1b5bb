"""When clips are recorded, of what, and when none may be; with the outbox and the folder that a node has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.support.edge.clip_node import DUE_AFTER, EVENT_AFTER, ClipNode, clip_node
from tests.support.edge.clip_street import START, FaceDetector, found_face, frames_of

from siaga_core.wire.codec import decode_up
from siaga_core.wire.messages import EventState, EvidenceMessage, EvidenceRole
from siaga_core.wire.topics import parse_up
from siaga_edge.camera.clips.clip_counts import ClipCounts
from siaga_edge.camera.clips.clip_folder import MOST_CLIPS, ClipFolder
from siaga_edge.camera.clips.recorder import ClipRecorder, RecordedClip
from siaga_edge.camera.sealed_originals import SealedFolder, unseal
from siaga_edge.events.drafts import StoredStep
from siaga_edge.outbox.parcels import Lane


def recorder_of(
    node: ClipNode,
    delivered: list[RecordedClip],
    *,
    detector: FaceDetector | None = None,
    originals: SealedFolder | None = None,
    hazards: tuple[str, ...] = ("illegal_parking",),
) -> ClipRecorder:
    """A recorder of its own, whose clips are not sent and which rests for no time."""
    seen = detector or FaceDetector()
    return ClipRecorder(
        {"cam-1": node.camera}.__getitem__, lambda: seen, delivered.append, hazards=lambda: hazards,
        clock=lambda: node.clock[-1], originals=originals, pause=lambda _: None,
    )  # fmt: skip


def steps(node: ClipNode, state: EventState, *, camera: str = "cam-1") -> list[StoredStep]:
    """A step of the event as the registry has stored it."""
    return [StoredStep(event_id=uuid4(), state=state, draft=node.draft(state, camera=camera))]


def test_an_event_gets_a_clip_when_it_begins_and_one_when_it_ends(tmp_path: Path) -> None:
    with clip_node(tmp_path, START) as node:
        node.report(EventState.BEGAN)
        node.report(EventState.UPDATED)
        node.report(EventState.ENDED)
        node.make(clips=2)
        found = [decode_up(parse_up(topic), payload) for topic, payload in node.messages(Lane.CLIPS)]
        stored = node.folder.clips()
    clips = [message for message in found if isinstance(message, EvidenceMessage)]
    assert [(clip.header.role, clip.header.number) for clip in clips] == [
        (EvidenceRole.THRESHOLD, 90), (EvidenceRole.DEPARTURE, 91),
    ]  # fmt: skip
    assert len({clip.header.event_id for clip in clips}) == 1
    for clip in clips:
        assert START <= clip.header.measured_at <= START + EVENT_AFTER - timedelta(seconds=5)
        assert clip.header.redacted
        assert all(found_face(frame) is None for frame in frames_of(clip.content, tmp_path / "clip.mp4"))
    assert [(one.moment, one.camera_id, one.hazard) for one in stored] == [
        ("ended", "cam-1", "illegal_parking"), ("began", "cam-1", "illegal_parking"),
    ]  # fmt: skip
    assert {node.folder.read(one.name) for one in stored} == {clip.content for clip in clips}


def test_no_clip_leaves_a_node_that_does_not_know_what_it_shows(tmp_path: Path) -> None:
    delivered: list[RecordedClip] = []
    with clip_node(tmp_path, START) as node:
        recorder = recorder_of(node, delivered, detector=FaceDetector(broken=True))
        source, seeing = node.camera.clips, node.camera.seeing_since
        for camera, clips, seeing_since in (
            ("cam-1", source, seeing),  # the detector is broken
            ("cam-1", source, None),  # the view is lost
            ("cam-1", source, START + EVENT_AFTER + timedelta(seconds=1)),  # it was lost meanwhile
            ("cam-1", None, seeing),  # single images
            ("cam-2", source, seeing),  # the camera is gone
        ):
            node.clock.append(START + EVENT_AFTER)
            node.camera.clips, node.camera.seeing_since = clips, seeing_since
            recorder.note(steps(node, EventState.BEGAN, camera=camera))
            recorder.note(steps(node, EventState.ENDED, camera=camera))
            node.clock.append(START + DUE_AFTER)
            recorder.tick()
            recorder.tick()
    assert delivered == []
    assert recorder.counts == ClipCounts(given_up=10)


def test_what_is_sealed_is_the_stream_as_it_was_and_only_the_key_opens_it(tmp_path: Path) -> None:
    key, delivered = X25519PrivateKey.generate(), list[RecordedClip]()
    (tmp_path / "key.pem").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with clip_node(tmp_path, START) as node:
        originals = SealedFolder(tmp_path / "sealed", tmp_path / "key.pem", max_bytes=2**24)
        recorder = recorder_of(node, delivered, originals=originals)
        recorder.note(steps(node, EventState.BEGAN))
        node.clock.append(START + DUE_AFTER)
        recorder.tick()
    (sealed,) = (tmp_path / "sealed").glob("*.mp4.sealed")
    original = frames_of(unseal(sealed.read_bytes(), key), tmp_path / "original.mp4")
    assert all(found_face(frame) is not None for frame in original)
    (recorded,) = delivered
    assert all(found_face(frame) is None for frame in frames_of(recorded.clip.content, tmp_path / "clip.mp4"))
    assert b"ftyp" not in sealed.read_bytes()


def test_clips_are_recorded_of_the_hazards_that_are_configured(tmp_path: Path) -> None:
    delivered: list[RecordedClip] = []
    with clip_node(tmp_path, START) as node:
        for hazards, made in ((("trash", "flooding"), 0), (("illegal_parking",), 1)):
            recorder = recorder_of(node, delivered, hazards=hazards)
            node.clock.append(START + EVENT_AFTER)
            recorder.note(steps(node, EventState.BEGAN))
            node.clock.append(START + DUE_AFTER)
            recorder.tick()
            assert recorder.counts.made == made


def test_the_folder_of_the_status_page_is_bounded(tmp_path: Path) -> None:
    folder = ClipFolder(tmp_path / "clips", max_bytes=500, max_age=timedelta(days=1))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    event = UUID("019bc0c6-9b40-7cc3-98c4-dc0c0c07398f")

    def save(minutes: float, size: int = 100) -> None:
        at = now + timedelta(minutes=minutes)
        folder.save(bytes(size), at=at, camera_id="cam-1", hazard="trash", moment="began", event_id=event)

    for minute in range(8):
        save(minute)
    assert [clip.at.minute for clip in folder.clips()] == [7, 6, 5, 4, 3], "500 bytes"
    save(60 * 24 + 5)
    assert [clip.at.minute for clip in folder.clips()] == [5, 7, 6, 5], "a day"
    assert folder.read("../../etc/passwd") is None
    assert folder.read(folder.clips()[0].name.replace("trash", "other")) is None
    for second in range(2 * MOST_CLIPS):
        save(60 * 25 + second / 60, size=1)
    assert len(folder.clips()) <= MOST_CLIPS
