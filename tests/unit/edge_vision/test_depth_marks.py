"""Marks of known height on a road: what a look finds of them, what the flood's event says, and drawn floods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import FakeDetector, FakeWater, car, decoded, street

from siaga_core.rules.geometry import Box
from siaga_core.vision.image import Image
from siaga_core.vision.manifest import read_manifest
from siaga_core.wire.messages import FloodingDetails
from siaga_edge.camera.detection.look import Look
from siaga_edge.camera.detection.tracker import Track
from siaga_edge.camera.zones.depth_marks import is_covered
from siaga_edge.camera.zones.road_zones import RoadZone
from siaga_edge.events.drafts import EventDraft
from siaga_edge.settings import CameraSettings
from siaga_edge.vision.ports import WaterSegmenter
from siaga_edge.vision.water import OnnxWater
from siaga_sim.scene.script import StreetScript
from siaga_sim.scene.street import Street

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
KERB = {"at": [0.5, 0.8], "depth_cm": 15, "name": "kerb"}
CONTROL_ROOM = {"at": [0.1, 0.55], "depth_cm": 80, "name": "wall"}
ROAD = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]]


class MarkedRoad:
    """A road with marks that is looked at every five seconds."""

    def __init__(self, *marks: dict[str, Any], polygon: list[list[float]] = ROAD, water: WaterSegmenter) -> None:
        zone = {"id": "road", "kind": "road", "polygon": polygon, "marks": list(marks)}
        place = {"lat": -6.2, "lon": 106.8}
        camera = CameraSettings.model_validate({"id": "cam-1", "url": "rtsp://c/1", "place": place, "zone": [zone]})
        self.road = RoadZone(camera, camera.zones[0])
        self.water, self.at = water, START

    def sees(self, *images: Image, before: Box | None = None) -> list[EventDraft]:
        drafts: list[EventDraft] = []
        for image in images:
            self.at += timedelta(seconds=5)
            tracks = () if before is None else (a_track(before, self.at),)
            look = Look(image=image, at=self.at, detector=FakeDetector(), tracks=tracks)
            drafts += self.road.step(look, self.water.look(image))
        return drafts


def a_track(box: Box, at: datetime) -> Track:
    return Track(id=1, group="vehicle", votes=(("bus", 0.9),), box=box, origin=box, score=0.9, seen_at=at)


def reported(draft: EventDraft) -> tuple[str, float | None, str]:
    assert isinstance(draft.details, FloodingDetails)
    return draft.state, draft.details.depth_cm, draft.severity


def test_a_mark_behind_a_vehicle_is_neither_covered_nor_dry() -> None:
    water = FakeWater(surface=0.7).look(street())
    (_, _, box) = car(0.4, 0.7)
    assert is_covered(water, (0.5, 0.8), hidden_by=[]) is True
    assert is_covered(water, (0.5, 0.6), hidden_by=[box]) is False
    assert is_covered(water, (0.5, 0.8), hidden_by=[box]) is None


@pytest.mark.parametrize("spot", [(0.0, 0.0), (1.0, 1.0), (1.0, 0.0)])
def test_a_mark_at_the_very_edge_is_looked_at_too(spot: tuple[float, float]) -> None:
    assert is_covered(FakeWater(surface=0.5).look(street()), spot, hidden_by=[]) is (spot[1] == 1.0)


def test_the_event_reports_the_depth_and_is_as_severe_as_the_deeper_of_share_and_marks() -> None:
    road = MarkedRoad(KERB, CONTROL_ROOM, water=(water := FakeWater()))
    water.surface = 0.7  # three fifths of the road, the kerb under water
    assert [reported(draft) for draft in road.sees(*[street()] * 8)] == [("began", 15, "moderate")]
    water.surface = 0.52  # the wall's mark too: 80 cm are moderate, this share of the road is severe
    drafts = [reported(draft) for draft in road.sees(*[street()] * 8)]
    assert drafts == [("updated", 80, "moderate"), ("updated", 80, "severe")]


def test_a_shallow_share_that_reaches_a_high_mark_is_raised_by_it() -> None:
    deep = {"at": [0.5, 0.9], "depth_cm": 160}
    road = MarkedRoad(deep, water=(water := FakeWater()))
    water.surface = 0.85  # a third of the road: minor by its share
    assert [reported(draft) for draft in road.sees(*[street()] * 8)] == [("began", 160, "severe")]
    bare = MarkedRoad(water=water)
    assert [reported(draft) for draft in bare.sees(*[street()] * 8)] == [("began", None, "minor")]


def test_a_flood_is_announced_again_when_only_its_depth_has_changed_and_not_at_each_wave() -> None:
    low, high = {"at": [0.3, 0.71], "depth_cm": 20}, {"at": [0.3, 0.69], "depth_cm": 30}
    road = MarkedRoad(low, high, water=(water := FakeWater(surface=0.7)))
    assert [reported(draft) for draft in road.sees(*[street()] * 8)] == [("began", 20, "moderate")]
    drafts = []
    for turn in range(24):
        water.surface = 0.68 if turn // 3 % 2 == 0 else 0.7
        drafts += road.sees(street())
    assert [reported(draft)[:2] for draft in drafts][:1] == [("updated", 30)]
    assert 2 <= len(drafts) <= 4  # two minutes of waves


def test_a_mark_above_the_road_is_inside_of_what_the_water_model_is_shown() -> None:
    above = {"at": [0.5, 0.2], "depth_cm": 100}
    assert MarkedRoad(above, water=FakeWater()).road.top == 0.2
    assert MarkedRoad(KERB, water=FakeWater()).road.top == 0.5


def test_a_bus_before_the_kerb_changes_nothing_of_the_depth() -> None:
    road = MarkedRoad(KERB, water=FakeWater(surface=0.7))
    assert [reported(draft)[1] for draft in road.sees(*[street()] * 8)] == [15]
    assert road.sees(*[street()] * 20, before=Box(0.4, 0.5, 0.7, 0.9)) == []


def test_evidence_shows_the_marks() -> None:
    bare, marked = (
        MarkedRoad(*marks, water=FakeWater(surface=0.7)).sees(*[street()] * 8)[0].evidence_images[0].jpeg
        for marks in ((), (CONTROL_ROOM,))
    )
    images = [decoded(each).astype(int) for each in (bare, marked)]
    apart = np.abs(images[0] - images[1]).max(axis=2) > 60
    rows, columns = np.nonzero(apart)
    assert len(rows) > 20
    assert abs(rows.mean() / 180 - 0.55) < 0.1  # beside the mark, where its tag stands
    assert columns.min() / 320 < 0.12


@pytest.fixture(scope="module")
def alley() -> Street:
    script = {"layout": "kampung", "width": 640, "height": 360, "fps": 2, "seconds": 60, "seed": 3, "density": 0}
    return Street(StreetScript.model_validate(script))


def drawn_marks(alley: Street) -> list[dict[str, Any]]:
    """On the kerb and on the corner of a house, each with the level that truly reaches it."""
    kerb = alley.camera.project(np.array([[alley.layout.road[0] - 0.1, 8, 0.15]], np.float32))[0]
    spots = [(int(kerb[0]), int(kerb[1])), (150, 254), (150, 234)]
    masks = {level: alley.water_mask(0, level) for level in range(1, 130)}
    marks = []
    for x, y in spots:
        level = next(level for level, mask in masks.items() if mask[y, x])
        marks.append({"at": [(x + 0.5) / 640, (y + 0.5) / 360], "depth_cm": level})
    return marks


def test_the_depth_of_a_drawn_flood_is_reported_within_one_mark_of_the_truth(alley: Street) -> None:
    marks = drawn_marks(alley)
    heights = [0, *sorted(mark["depth_cm"] for mark in marks)]
    assert heights == [0, 16, 39, 81]
    segmenter = OnnxWater(read_manifest().load("water", "segment_water"))
    road = MarkedRoad(*marks, polygon=alley.zones()["road"], water=segmenter)
    apart = []
    for level in (0, 8, 20, 60, 100, 30, 8):  # rising, and falling at last
        drafts = road.sees(*[alley.frame(5.0 + number, level) for number in range(4)])
        found = road.road.depth_cm or 0
        truth = max(height for height in heights if height <= level)
        apart.append(heights.index(int(found)) - heights.index(truth))
        assert all(reported(draft)[1] in (None, *heights) for draft in drafts)
    assert all(abs(steps) <= 1 for steps in apart), apart
    assert sum(steps == 0 for steps in apart) >= 5, apart
