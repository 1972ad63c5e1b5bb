"""The view of drawn streets: what is the same scene in any weather, and what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import FakeModels, car, street

from siaga_core.wire.messages import EventState
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.camera.view.masks import burn_in, hidden_by
from siaga_edge.camera.view.motion import small_grey
from siaga_edge.camera.view.reference_store import FileReferenceStore
from siaga_edge.camera.view.registration import edges_of, matched, sharpness_of
from siaga_edge.camera.view.scene_check import SceneCheck, StoredReference
from siaga_edge.settings import CameraSettings
from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
SIZE = {"width": 640, "height": 360}
Picture = np.ndarray


def _drawn(**script: object) -> Street:
    return Street(parse({"layout": "kampung", "seed": 3, "density": 1.0, **SIZE, **script}))


@pytest.fixture(scope="module")
def day() -> Street:
    return _drawn()


@pytest.fixture(scope="module")
def frames(day: Street) -> list[Picture]:
    return [day.frame(5.0 + second) for second in range(8)]


def _shifted(picture: Picture, x: float, y: float) -> Picture:
    height, width = picture.shape[:2]
    move = np.array([[1, 0, x * width], [0, 1, y * height]], np.float32)
    return np.asarray(cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _turned(picture: Picture, degrees: float, zoom: float = 1.0) -> Picture:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    return np.asarray(cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _half_covered(picture: Picture) -> Picture:
    covered = picture.copy()
    covered[:, : picture.shape[1] // 2] = 60
    return covered


class Watched:
    """A scene check that learned a street, and a clock that goes on by seconds."""

    def __init__(self, frames: Iterable[Picture], check: SceneCheck | None = None) -> None:
        self.check = check or SceneCheck()
        self.at = START
        for picture in frames:
            assert self.sees(picture) is None

    def sees(self, picture: Picture) -> str | None:
        self.at += timedelta(seconds=1)
        grey = small_grey(picture)
        fault = self.check.fault(grey, self.at)
        if self.check.renewal_due(self.at):
            self.check.renew(small_grey(self.check.aligned(picture)), self.at)
        return fault


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param(lambda picture: cv2.GaussianBlur(picture, (0, 0), 4), "blurred", id="out of focus"),
        pytest.param(_half_covered, "covered", id="a bag over half of the lens"),
        pytest.param(lambda picture: _shifted(picture, 0.25, 0.1), "moved", id="turned a quarter of the picture"),
        pytest.param(lambda picture: _turned(picture, 8), "moved", id="tilted"),
        pytest.param(lambda picture: _turned(picture, 0, 1.2), "moved", id="zoomed"),
        pytest.param(lambda picture: (picture * 0.6).astype(np.uint8), None, id="a cloud"),
        pytest.param(lambda picture: np.repeat(picture[:, :, 1:2], 3, axis=2), None, id="infrared"),
    ],
)
def test_what_is_wrong_with_a_scene(
    day: Street, frames: list[Picture], change: Callable[[Picture], Picture], fault: str | None
) -> None:
    watched = Watched(frames)
    told = [watched.sees(change(day.frame(20.0 + second))) for second in range(4)]
    assert set(told) == {fault}
    assert watched.sees(day.frame(30.0)) is None


@pytest.mark.parametrize("script", [{"rain": 0.8, "wet_road": True}, {"light": "night"}, {"light": "dusk"}])
def test_weather_and_night_are_the_same_scene(frames: list[Picture], script: dict[str, object]) -> None:
    watched = Watched(frames)
    other = _drawn(**script)
    assert {watched.sees(other.frame(20.0 + second)) for second in range(3)} == {None}
    assert watched.check.shift.size == 0


def test_a_flood_over_the_lower_half_is_the_same_scene(day: Street, frames: list[Picture]) -> None:
    watched = Watched(frames)
    assert {watched.sees(day.frame(20.0 + second, 30.0)) for second in range(3)} == {None}


def test_another_camera_site_is_not_the_same_scene(frames: list[Picture]) -> None:
    watched = Watched(frames)
    assert watched.sees(_drawn(layout="canal").frame(5.0)) == "moved"


@pytest.mark.parametrize(("x", "y"), [(0.03, -0.02), (-0.05, 0.01), (0.0, 0.07)])
def test_a_small_shift_is_followed_so_that_zones_lie_where_they_were_drawn(
    day: Street, frames: list[Picture], x: float, y: float
) -> None:
    watched = Watched(frames)
    shifted = [_shifted(day.frame(20.0 + second), x, y) for second in range(3)]
    assert [watched.sees(picture) for picture in shifted] == ["moved", None, None]
    assert (watched.check.shift.x, watched.check.shift.y) == pytest.approx((x, y), abs=0.003)
    back = matched(edges_of(small_grey(frames[0])), edges_of(small_grey(watched.check.aligned(shifted[-1]))))
    assert back.shift.size < 0.003


def test_a_gust_of_wind_moves_no_zone(day: Street, frames: list[Picture]) -> None:
    watched = Watched(frames)
    watched.sees(_shifted(day.frame(20.0), 0.03, 0))
    assert watched.sees(day.frame(21.0)) is None
    assert watched.check.shift.size == 0


def test_a_scene_that_is_never_like_itself_is_not_said_to_have_moved() -> None:
    watched = Watched([street(seed) for seed in range(12)])
    assert {watched.sees(street(seed)) for seed in range(12, 40)} == {None}


def test_a_mask_stays_where_it_is_and_does_not_hide_a_turned_camera(day: Street) -> None:
    masks = [[(0.0, 0.0), (0.35, 0.0), (0.35, 1.0), (0.0, 1.0)]]

    def masked(picture: Picture) -> Picture:
        burnt = picture.copy()
        burn_in(burnt, masks)
        return burnt

    watched = Watched([masked(day.frame(5.0 + second)) for second in range(6)], SceneCheck(hidden=hidden_by(masks)))
    shifted = [masked(_shifted(day.frame(20.0 + second), 0.04, 0.02)) for second in range(3)]
    assert [watched.sees(picture) for picture in shifted][-1] is None
    assert watched.check.shift.x == pytest.approx(0.04, abs=0.005)
    assert watched.sees(masked(_shifted(day.frame(24.0), 0.3, 0.0))) == "moved"


def test_sharpness_hardly_asks_for_light_or_scene(day: Street) -> None:
    usual = sharpness_of(small_grey(day.frame(5.0)))
    night = sharpness_of(small_grey(_drawn(light="night").frame(5.0)))
    assert night == pytest.approx(usual, rel=0.35)
    assert sharpness_of(small_grey(np.asarray(cv2.GaussianBlur(day.frame(5.0), (0, 0), 4), np.uint8))) < 0.3 * usual


# --- over a restart --------------------------------------------------------------------------------------------


def _camera(**changes: object) -> CameraSettings:
    zone = {"id": "kerb", "kind": "no_stopping", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]], "allowed_seconds": 20}
    place = {"lat": -6.2, "lon": 106.8}
    raw = {"id": "cam-1", "url": "rtsp://camera/1", "place": place, "zone": [zone], **changes}
    return CameraSettings.model_validate(raw)


def test_a_camera_that_was_turned_while_the_agent_was_off_is_noticed(
    tmp_path: Path, day: Street, frames: list[Picture]
) -> None:
    Watched(frames, SceneCheck(shelf=FileReferenceStore(tmp_path, _camera())))
    again = Watched([], SceneCheck(shelf=FileReferenceStore(tmp_path, _camera())))
    assert again.sees(_shifted(day.frame(60.0), 0.3, 0.1)) == "moved"
    assert again.sees(day.frame(61.0)) is None


def test_zones_that_are_drawn_anew_ask_for_a_new_reference(tmp_path: Path, frames: list[Picture]) -> None:
    Watched(frames, SceneCheck(shelf=FileReferenceStore(tmp_path, _camera())))
    assert FileReferenceStore(tmp_path, _camera()).load() is not None
    other = {"id": "kerb", "kind": "no_stopping", "polygon": [[0, 0], [1, 0], [1, 1]], "allowed_seconds": 20}
    assert FileReferenceStore(tmp_path, _camera(zone=[other])).load() is None


@pytest.mark.parametrize("damage", [b"", b"{}", b"\x89PNG", b"[1, 2]"])
@pytest.mark.parametrize("file", ["cam-1.png", "cam-1.json"])
def test_a_damaged_reference_is_as_none(tmp_path: Path, damage: bytes, file: str) -> None:
    shelf = FileReferenceStore(tmp_path, _camera())
    shelf.keep(StoredReference(grey=small_grey(street(1)), sharpness=0.5))
    kept = shelf.load()
    assert kept is not None
    assert np.array_equal(kept.grey, small_grey(street(1)))
    (tmp_path / file).write_bytes(damage)
    assert shelf.load() is None


def test_a_folder_that_cannot_be_written_costs_the_reference_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "views").write_text("a file where the folder should be")
    shelf = FileReferenceStore(tmp_path / "views", _camera())
    shelf.keep(StoredReference(grey=small_grey(street(1)), sharpness=0.5))
    assert shelf.load() is None
    assert "cannot be kept" in caplog.text


# --- in the pipeline -------------------------------------------------------------------------------------------


def _played(
    pipeline: CameraPipeline, pictures: Iterable[Picture], at: datetime
) -> tuple[list[tuple[str, str]], datetime]:
    told: list[tuple[str, str]] = []
    for picture in pictures:
        told += [(draft.hazard.value, draft.state.value) for draft in pipeline.step(picture, at)]
        at += timedelta(seconds=0.5)
    return told, at


def test_a_turned_camera_is_unknown_within_ten_seconds_looks_for_nothing_and_is_well_when_turned_back(
    day: Street,
) -> None:
    fake = FakeModels()
    pipeline = CameraPipeline(_camera(), fake.eyes())
    told, at = _played(pipeline, (day.frame(number / 2) for number in range(20)), START)
    assert told == []
    fake.see(car())
    looks = fake.detector.looks
    told, at = _played(pipeline, (_shifted(day.frame(10 + n / 2), 0.3, 0.1) for n in range(20)), at)
    assert told == [("view_lost", EventState.BEGAN)]
    assert fake.detector.looks <= looks + 1
    fake.see()
    told, at = _played(pipeline, (day.frame(20 + n / 2) for n in range(6)), at)
    assert told == [("view_lost", EventState.ENDED)]


def test_a_small_knock_is_followed_without_an_event(day: Street) -> None:
    pipeline = CameraPipeline(_camera(), FakeModels().eyes())
    _, at = _played(pipeline, (day.frame(number / 2) for number in range(20)), START)
    told, _ = _played(pipeline, (_shifted(day.frame(10 + n / 2), 0.03, 0.02) for n in range(20)), at)
    assert told == []
    assert pipeline.unknown_since is None


def test_the_reference_shows_nobody(tmp_path: Path) -> None:
    fake = FakeModels()
    fake.see(("person", 0.9, car()[2]))
    shelf = FileReferenceStore(tmp_path, _camera())
    chequered = street(1, width=640, height=360)
    chequered[150:210, 260:380] = (np.indices((60, 120)).sum(axis=0) // 6 % 2 * 255)[:, :, None]
    pipeline = CameraPipeline(_camera(), fake.eyes(), shelf=shelf)
    _played(pipeline, (np.clip(chequered.astype(np.int16) + n % 3, 0, 255).astype(np.uint8) for n in range(20)), START)
    kept = shelf.load()
    assert kept is not None
    assert small_grey(chequered)[78:102, 134:186].std() > 80
    assert kept.grey[78:102, 134:186].std() < 40
