"""Stays outlive a restart: who stood where since when, and the picture of the arrival."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import FakeModels, car, street

from siaga_core.wire.messages import EventState, EvidenceRole
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.camera.zones.dwell_store import LONGEST_GAP_SECONDS, DwellRecorder, DwellStore
from siaga_edge.events.drafts import EventDraft
from siaga_edge.settings import CameraSettings

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
EVERYWHERE = [[0, 0], [1, 0], [1, 1], [0, 1]]
KERB = {"id": "kerb", "kind": "no_stopping", "polygon": EVERYWHERE, "allowed_seconds": 20}


class Box:
    """A camera whose agent can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        place = {"lat": -6.2, "lon": 106.8}
        self.settings = CameraSettings.model_validate(
            {"id": "cam-1", "url": "rtsp://camera/1", "place": place, "zone": [KERB]}
        )
        self.fake, self.at, self.frames = FakeModels(), START, 0
        self.store = DwellStore(folder / "stays.sqlite")
        self.start()

    def start(self) -> None:
        self.pipeline = CameraPipeline(self.settings, self.fake.vision_models())
        self.recorder = DwellRecorder(self.store, "cam-1")
        self.is_new = True

    def killed(self, *, away_seconds: float) -> None:
        self.at += timedelta(seconds=away_seconds)
        self.start()

    def passes(self, seconds: float) -> list[EventDraft]:
        drafts: list[EventDraft] = []
        for _ in range(round(seconds * 5)):
            if self.is_new:
                self.recorder.recall(self.pipeline, at=self.at)
                self.is_new = False
            reported = self.pipeline.step(street(self.frames % 50), self.at)
            self.recorder.note(self.pipeline, at=self.at, at_once=bool(reported))
            drafts += reported
            self.frames += 1
            self.at += timedelta(seconds=0.2)
        return drafts


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.store.close()


def states(drafts: list[EventDraft]) -> list[EventState]:
    return [draft.state for draft in drafts]


def test_a_dwell_that_was_half_over_is_reported_at_its_time_with_the_arrival(node: Box) -> None:
    node.fake.see(car())
    assert node.passes(14) == []
    node.killed(away_seconds=3)
    (began,) = node.passes(8)
    assert began.state is EventState.BEGAN
    assert began.at - START <= timedelta(seconds=23)  # looked at each 3 s
    assert [evidence.role for evidence in began.evidence_images] == [EvidenceRole.ARRIVAL, EvidenceRole.THRESHOLD]
    assert began.evidence_images[0].taken_at < START + timedelta(seconds=5)


def test_what_was_reported_is_not_reported_again_and_ends_under_its_key(node: Box) -> None:
    node.fake.see(car())
    (began,) = node.passes(24)
    node.killed(away_seconds=60)
    assert EventState.BEGAN not in states(node.passes(5))
    node.fake.see()
    (ended,) = node.passes(20)
    assert (ended.state, ended.key, ended.began_at) == (EventState.ENDED, began.key, began.began_at)


def test_a_vehicle_that_left_meanwhile_ends_its_event(node: Box) -> None:
    node.fake.see(car())
    (began,) = node.passes(24)
    node.fake.see()
    node.killed(away_seconds=60)
    (ended,) = node.passes(20)
    assert (ended.state, ended.key) == (EventState.ENDED, began.key)


def test_after_a_long_time_another_vehicle_may_stand_there(node: Box) -> None:
    node.fake.see(car())
    assert node.passes(14) == []
    node.killed(away_seconds=LONGEST_GAP_SECONDS + 10)
    assert node.passes(15) == []
    assert states(node.passes(10)) == [EventState.BEGAN]


def test_a_clock_that_was_ahead_proves_nothing(node: Box) -> None:
    node.fake.see(car())
    assert node.passes(14) == []
    node.killed(away_seconds=-60)
    assert node.passes(15) == []


def test_an_unchanging_scene_is_written_rarely(node: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[Any] = []
    save = node.store.save

    def counted(*given: Any, at: Any) -> None:
        writes.append(at)
        save(*given, at=at)

    monkeypatch.setattr(node.store, "save", counted)
    node.fake.see(car())
    node.passes(18)
    assert 1 <= len(writes) <= 5


def test_a_damaged_file_is_replaced_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "stays.sqlite"
    path.write_bytes(b"not a database at all" * 1000)
    with caplog.at_level(logging.WARNING):
        store = DwellStore(path)
    assert "stays.sqlite cannot be read" in caplog.text
    assert store.load("cam-1") == {}
    store.close()
    assert path.stat().st_mode & 0o077 == 0


def test_dwells_of_another_version_are_left_alone(node: Box, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    node.fake.see(car())
    node.passes(14)
    with sqlite3.connect(tmp_path / "stays.sqlite") as other:
        other.execute("update stay set watch = ?", [b'{"spots": [{"number": "x"}]}'])
    other.close()
    node.killed(away_seconds=1)
    with caplog.at_level(logging.WARNING):
        assert node.passes(15) == []
    assert "another version" in caplog.text


def test_the_image_of_an_arrival_is_the_stored_one(node: Box) -> None:
    node.fake.see(car())
    node.passes(14)
    ((_, memory),) = node.store.load("cam-1").values()
    (evidence,) = memory.arrivals.values()
    assert np.frombuffer(evidence.jpeg, np.uint8)[:2].tolist() == [0xFF, 0xD8]
