from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import FakeModels, bag, car, decoded, street

from siaga_core.rules.geometry import Box
from siaga_core.wire.messages import EventState, EvidenceRole, Hazard, Severity
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.events.drafts import EventDraft
from siaga_edge.settings import CameraSettings

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)  # ten in the morning in Jakarta
EVERYWHERE = [[0, 0], [1, 0], [1, 1], [0, 1]]
NO_STOPPING = {"id": "kerb", "kind": "no_stopping", "polygon": EVERYWHERE, "allowed_seconds": 20}
WATCH = {"id": "corner", "kind": "watch", "polygon": EVERYWHERE, "allowed_seconds": 10}
ROAD = {"id": "road", "kind": "road", "polygon": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]}


class Scene:
    """A pipeline, its fake eyes, and a clock that goes on by fifths of a second."""

    def __init__(self, *zones: dict[str, Any], **camera: Any) -> None:
        place = {"lat": -6.2, "lon": 106.8}
        settings = {"id": "cam-1", "url": "rtsp://camera/1", "place": place, "zone": list(zones), **camera}
        self.settings = CameraSettings.model_validate(settings)
        self.fake = FakeModels()
        self.pipeline = CameraPipeline(self.settings, self.fake.vision_models())
        self.at = START
        self.frames = 0

    def passes(self, seconds: float, image: np.ndarray | None = None) -> list[EventDraft]:
        drafts: list[EventDraft] = []
        for _ in range(round(seconds * 5)):
            shown = street(self.frames % 50) if image is None else image
            drafts += self.pipeline.step(shown, self.at)
            self.frames += 1
            self.at += timedelta(seconds=0.2)
        return drafts


def _reported(drafts: list[EventDraft]) -> list[tuple[str, str]]:
    return [(draft.hazard.value, draft.state.value) for draft in drafts]


@pytest.mark.parametrize("marks", [True, False])
def test_evidence_for_training_has_nothing_drawn_on_it(*, marks: bool) -> None:
    scene = Scene(NO_STOPPING, evidence_marks=marks)
    scene.passes(5)
    scene.fake.see(car())
    (began,) = scene.passes(40)
    image = decoded(began.evidence_images[-1].jpeg).astype(int)
    red = image[:, :, 2] - image[:, :, :2].max(axis=2) > 100
    assert bool(red.any()) == marks


@pytest.mark.parametrize(("threshold", "reported"), [(0.75, 1), (0.85, 0)])
def test_a_cameras_own_threshold_beats_the_models(threshold: float, reported: int) -> None:
    scene = Scene(NO_STOPPING, thresholds={"car": threshold})
    scene.passes(5)
    scene.fake.see(car())  # seen with 0.8
    assert len(scene.passes(30)) == reported


def test_a_car_that_remains_too_long_begins_an_event_that_ends_when_it_has_left() -> None:
    scene = Scene(NO_STOPPING)
    scene.passes(5)
    scene.fake.see(car())
    drafts = scene.passes(40)
    assert _reported(drafts) == [("illegal_parking", "began")]
    began = drafts[0]
    assert 25 <= (began.at - START).total_seconds() <= 30
    assert (began.zone, began.source.id, began.place.lat) == ("kerb", "cam-1", -6.2)
    assert began.details.kind == "illegal_parking"
    assert began.details.allowed_seconds == 20
    assert began.details.dwell_seconds > 20
    assert began.details.box.x1 == pytest.approx(0.4, abs=0.01)
    assert began.confidence == pytest.approx(0.8, abs=0.01)
    assert [evidence.role for evidence in began.evidence_images] == [EvidenceRole.ARRIVAL, EvidenceRole.THRESHOLD]
    assert began.evidence_images[0].taken_at < began.evidence_images[1].taken_at == began.at
    assert all(evidence.redacted for evidence in began.evidence_images)

    scene.fake.see()
    left_at = scene.at
    (ended,) = scene.passes(20)
    assert (ended.state, ended.key, ended.began_at) == (EventState.ENDED, began.key, began.at)
    assert ended.ended_at is not None
    assert abs(left_at - ended.ended_at) <= timedelta(seconds=2)
    assert [evidence.role for evidence in ended.evidence_images] == [EvidenceRole.DEPARTURE]


def test_a_long_dwell_is_reported_again_and_grows_more_severe() -> None:
    scene = Scene(NO_STOPPING)
    scene.fake.see(car())
    drafts = scene.passes(300)
    assert _reported(drafts)[:2] == [("illegal_parking", "began"), ("illegal_parking", "updated")]
    assert len({draft.key for draft in drafts}) == 1
    assert next(draft.severity for draft in drafts if draft.severity != drafts[0].severity) is Severity.MODERATE
    assert drafts[-1].severity is Severity.SEVERE


def test_a_car_that_drives_through_is_no_event_and_leaves_no_image_behind() -> None:
    scene = Scene(NO_STOPPING)
    for number in range(100):
        scene.fake.see(car(x=(number % 20) * 0.04))
        assert scene.passes(1) == []
    assert not scene.pipeline._dwells[0]._arrivals


def test_a_bus_in_between_and_a_new_track_do_not_reset_the_dwell() -> None:
    scene = Scene(NO_STOPPING)
    scene.fake.see(car())
    scene.passes(12)
    scene.fake.see(car(0.25, 0.2, label="bus"))
    assert scene.passes(7) == []
    scene.fake.see(car())
    (began,) = scene.passes(6)
    assert began.state is EventState.BEGAN


def test_outside_its_hours_a_zone_reports_nothing() -> None:
    scene = Scene({**NO_STOPPING, "active": [{"from": "22:00", "to": "05:00"}]})
    scene.fake.see(car())
    assert scene.passes(60) == []


def test_labels_that_the_zone_does_not_name_are_left_alone() -> None:
    scene = Scene({**NO_STOPPING, "labels": ["truck"]})
    scene.fake.see(car())
    assert scene.passes(60) == []


def test_trash_that_remains_is_reported_with_its_share_of_the_zone() -> None:
    scene = Scene(WATCH)
    scene.fake.see(bag(size=0.35))
    (began,) = scene.passes(20)
    assert began.hazard is Hazard.TRASH
    assert began.details.kind == "trash"
    assert began.details.area_share == pytest.approx(0.1225, abs=0.002)
    assert began.severity is Severity.MODERATE


def test_trash_below_the_size_that_counts_is_left_alone() -> None:
    scene = Scene({**WATCH, "min_area_share": 0.01})
    scene.fake.see(bag(size=0.06))
    assert scene.passes(30) == []


def test_trash_mostly_outside_the_zone_is_left_alone() -> None:
    scene = Scene({**WATCH, "polygon": [[0, 0], [0.55, 0], [0.55, 1], [0, 1]]})
    scene.fake.see(bag(x=0.5, size=0.2))
    assert scene.passes(30) == []


def test_water_over_the_road_is_a_flood_until_it_is_gone() -> None:
    scene = Scene(ROAD)
    scene.fake.see(car(y=0.6))
    scene.passes(20)
    scene.fake.water.surface = 0.6
    drafts = scene.passes(40)
    assert _reported(drafts)[0] == ("flooding", "began")
    began = drafts[0]
    assert began.details.kind == "flooding"
    assert began.details.water_share >= 0.25
    assert began.confidence == pytest.approx(0.9, abs=0.01)
    assert began.evidence_images[0].role is EvidenceRole.THRESHOLD
    scene.fake.water.surface = 1.0
    ended = scene.passes(40)[-1]
    assert (ended.state, ended.key) == (EventState.ENDED, began.key)


def test_a_moment_of_glare_is_no_flood() -> None:
    scene = Scene(ROAD)
    scene.passes(20)
    scene.fake.water.surface = 0.5
    assert scene.passes(5) == []
    scene.fake.water.surface = 1.0
    assert scene.passes(60) == []


def test_at_night_by_infrared_a_road_is_unknown_which_is_neither_flooded_nor_clear() -> None:
    scene = Scene(ROAD)
    scene.fake.water.surface = 0.5
    grey = [np.repeat(street(seed)[:, :, :1], 3, axis=2) for seed in range(9)]
    drafts = [draft for number in range(300) for draft in scene.passes(0.2, grey[number % 9])]
    assert [(draft.hazard, draft.state, draft.zone) for draft in drafts] == [
        (Hazard.VIEW_LOST, EventState.BEGAN, "road")
    ]
    assert drafts[0].details.model_dump()["reason"] == "infrared"
    assert scene.fake.water.looks == 0
    scene.fake.water.surface = 1.0
    by_day = scene.passes(30)
    assert [(draft.key, draft.state) for draft in by_day] == [(drafts[0].key, EventState.ENDED)]


def test_a_flood_that_was_seen_remains_open_through_the_infrared_night() -> None:
    scene = Scene(ROAD)
    scene.fake.water.surface = 0.5
    (began,) = scene.passes(60)
    night = [np.repeat(street(seed)[:, :, :1], 3, axis=2) for seed in range(9)]
    drafts = [draft for number in range(300) for draft in scene.passes(0.2, night[number % 9])]
    assert EventState.ENDED not in [draft.state for draft in drafts if draft.key == began.key]


def test_people_are_unrecognisable_in_evidence() -> None:
    scene = Scene(NO_STOPPING)
    scene.fake.see(car(), ("person", 0.2, car(0.05, 0.1)[2]))
    chequered = street()
    chequered[18:54, 16:80] = (np.indices((36, 64)).sum(axis=0) // 2 % 2 * 255)[:, :, None]
    drafts = [draft for n in range(150) for draft in scene.passes(0.2, np.roll(chequered, 0) + (n % 2))]
    evidence = decoded(drafts[0].evidence_images[1].jpeg)
    assert evidence[20:52, 20:76].std() < 50 < chequered[20:52, 20:76].std()


def test_a_lost_camera_is_unknown_and_its_open_events_remain_open() -> None:
    scene = Scene(NO_STOPPING)
    scene.fake.see(car())
    (began,) = scene.passes(25)
    (lost,) = scene.pipeline.lost(scene.at, "no_frames")
    assert (lost.hazard, lost.state, lost.details.model_dump()["reason"]) == (
        Hazard.VIEW_LOST,
        EventState.BEGAN,
        "no_frames",
    )
    assert scene.pipeline.unknown_since == scene.at
    assert scene.pipeline.lost(scene.at, "no_frames") == []
    scene.at += timedelta(minutes=10)
    drafts = scene.passes(10)
    assert [draft.state for draft in drafts if draft.key == lost.key] == [EventState.ENDED]
    assert EventState.ENDED not in [draft.state for draft in drafts if draft.key == began.key]
    assert scene.pipeline.unknown_since is None


def test_a_black_image_becomes_unknown_and_never_clear() -> None:
    scene = Scene(NO_STOPPING)
    scene.fake.see(car())
    scene.passes(25)
    scene.fake.see()
    drafts = scene.passes(60, np.zeros((180, 320, 3), np.uint8))
    assert _reported(drafts) == [("view_lost", "began")]
    assert drafts[0].details.model_dump()["reason"] == "black"


def test_a_detector_that_does_not_answer_becomes_unknown_and_never_clear() -> None:
    scene = Scene(NO_STOPPING, ROAD)
    scene.fake.see(car())
    scene.passes(25)
    scene.fake.detector.broken = True
    drafts = scene.passes(30)
    assert _reported(drafts) == [("view_lost", "began")]
    scene.fake.detector.broken = False
    assert ("view_lost", "ended") in _reported(scene.passes(5))
    assert scene.pipeline.counts.failed > 0


def test_a_water_model_that_does_not_answer_loses_no_event_of_the_detector() -> None:
    scene = Scene(NO_STOPPING, ROAD)
    scene.fake.water.broken = True
    scene.fake.see(car())
    scene.passes(15)
    scene.fake.water.broken = False
    assert ("illegal_parking", "began") in _reported(scene.passes(25))


def test_a_quiet_street_is_analysed_rarely_and_a_moving_one_often() -> None:
    snapshot, moving = Scene(NO_STOPPING), Scene(NO_STOPPING)
    snapshot.passes(30)
    for number in range(150):
        drawn = street(number % 50)
        drawn[90:120, (number * 9) % 280 : (number * 9) % 280 + 40] = (20, 20, 200)
        moving.passes(0.2, drawn)
    assert 9 <= snapshot.fake.detector.looks <= 13
    assert 45 <= moving.fake.detector.looks <= 60


def test_a_clock_that_is_set_back_does_not_blind_the_camera() -> None:
    scene = Scene(NO_STOPPING)
    scene.passes(5)
    scene.at -= timedelta(hours=1)
    looks = scene.fake.detector.looks
    scene.passes(10)
    assert scene.fake.detector.looks > looks


CORNER = {**WATCH, "polygon": [[0.4, 0.5], [0.7, 0.5], [0.7, 0.8], [0.4, 0.8]]}


def test_a_small_zone_is_checked_in_crops_on_its_own_interval() -> None:
    scene = Scene(CORNER, detect_every_seconds=0.5)
    scene.passes(12)
    assert scene.fake.detector.looks == 2 * scene.pipeline.counts.detected  # a still scene is looked at each 3 s


def test_trash_in_a_small_zone_is_reported_from_crops() -> None:
    scene = Scene(CORNER)
    scene.fake.see(bag(size=0.3))
    (began,) = scene.passes(16)
    assert began.hazard is Hazard.TRASH
    assert 10 < (began.at - START).total_seconds() <= 13


def test_trash_that_is_seen_around_the_threshold_only_is_not_reported() -> None:
    scene = Scene(WATCH)
    scene.fake.see(bag(score=0.4))  # 0.375 is enough to be followed
    assert scene.passes(40) == []


def test_a_dwell_is_examined_when_it_becomes_too_long_although_nothing_moves() -> None:
    scene = Scene({**NO_STOPPING, "allowed_seconds": 10})
    scene.fake.see(car())
    (began,) = scene.passes(12, image=street())
    assert (began.at - START).total_seconds() == pytest.approx(10.2)


@pytest.mark.parametrize(("is_hidden", "count"), [(False, 1), (True, 0)])
def test_a_car_that_a_bus_hid_retains_its_dwell_where_it_can_be_recognised(*, is_hidden: bool, count: int) -> None:
    scene = Scene({**NO_STOPPING, "polygon": [[0, 0.5], [1, 0.5], [1, 0.65], [0, 0.65]], "allowed_seconds": 30})
    scene.fake.see(car())
    scene.passes(10)
    bus = ("bus", 0.9, Box(0.25, 0.3, 0.6, 0.8))
    scene.fake.see(bus)
    assert scene.passes(16) == []
    scene.fake.see(car(), *([bus] if is_hidden else []))
    assert len(scene.passes(6)) == count


def test_a_look_that_sees_a_flood_is_soon_followed_by_others() -> None:
    scene = Scene(ROAD, water_every_seconds=5)
    scene.passes(20)
    calm = scene.fake.water.looks
    scene.fake.water.surface = 0.5
    (began,) = [draft for draft in scene.passes(12) if draft.state is EventState.BEGAN]
    assert calm == 4
    assert scene.fake.water.looks == pytest.approx(calm + 2 * 5 + 1, abs=2), (
        "two a second for five seconds, then one more"
    )
    assert (began.at - START).total_seconds() <= 20 + 5 + 6
