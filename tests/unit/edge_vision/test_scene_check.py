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
ImageArray = np.ndarray


def _drawn(**script: object) -> Street:
    return Street(parse({"layout": "kampung", "seed": 3, "density": 1.0, **SIZE, **script}))


@pytest.fixture(scope="module")
def day() -> Street:
    return _drawn()


@pytest.fixture(scope="module")
def frames(day: Street) -> list[ImageArray]:
    return [day.frame(5.0 + second) for second in range(8)]


def _shifted(image: ImageArray, x: float, y: float) -> ImageArray:
    height, width = image.shape[:2]
    move = np.array([[1, 0, x * width], [0, 1, y * height]], np.float32)
    return np.asarray(cv2.warpAffine(image, move, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _turned(image: ImageArray, degrees: float, zoom: float = 1.0) -> ImageArray:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    return np.asarray(cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _half_covered(image: ImageArray) -> ImageArray:
    covered = image.copy()
    covered[:, : image.shape[1] // 2] = 60
    return covered


class SceneCheckRun:
    """A scene check that learned a street, and a clock that goes on by seconds."""

    def __init__(self, frames: Iterable[ImageArray], check: SceneCheck | None = None) -> None:
        self.check = check or SceneCheck()
        self.at = START
        for image in frames:
            assert self.sees(image) is None

    def sees(self, image: ImageArray) -> str | None:
        self.at += timedelta(seconds=1)
        grey = small_grey(image)
        fault = self.check.fault(grey, self.at)
        if self.check.renewal_due(self.at):
            self.check.renew(small_grey(self.check.aligned(image)), self.at)
        return fault


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param(lambda image: cv2.GaussianBlur(image, (0, 0), 4), "blurred", id="out of focus"),
        pytest.param(_half_covered, "covered", id="a bag over half of the lens"),
        pytest.param(lambda image: _shifted(image, 0.25, 0.1), "moved", id="turned a quarter of the picture"),
        pytest.param(lambda image: _turned(image, 8), "moved", id="tilted"),
        pytest.param(lambda image: _turned(image, 0, 1.2), "moved", id="zoomed"),
        pytest.param(lambda image: (image * 0.6).astype(np.uint8), None, id="a cloud"),
        pytest.param(lambda image: np.repeat(image[:, :, 1:2], 3, axis=2), None, id="infrared"),
    ],
)
def test_what_is_wrong_with_a_scene(
    day: Street, frames: list[ImageArray], change: Callable[[ImageArray], ImageArray], fault: str | None
) -> None:
    watched = SceneCheckRun(frames)
    reported = [watched.sees(change(day.frame(20.0 + second))) for second in range(4)]
    assert set(reported) == {fault}
    assert watched.sees(day.frame(30.0)) is None


@pytest.mark.parametrize("script", [{"rain": 0.8, "wet_road": True}, {"light": "night"}, {"light": "dusk"}])
def test_weather_and_night_are_the_same_scene(frames: list[ImageArray], script: dict[str, object]) -> None:
    watched = SceneCheckRun(frames)
    other = _drawn(**script)
    assert {watched.sees(other.frame(20.0 + second)) for second in range(3)} == {None}
    assert watched.check.shift.size == 0


def test_a_flood_over_the_lower_half_is_the_same_scene(day: Street, frames: list[ImageArray]) -> None:
    watched = SceneCheckRun(frames)
    assert {watched.sees(day.frame(20.0 + second, 30.0)) for second in range(3)} == {None}


def test_another_camera_site_is_not_the_same_scene(frames: list[ImageArray]) -> None:
    watched = SceneCheckRun(frames)
    assert watched.sees(_drawn(layout="canal").frame(5.0)) == "moved"


@pytest.mark.parametrize(("x", "y"), [(0.03, -0.02), (-0.05, 0.01), (0.0, 0.07)])
def test_a_small_shift_is_followed_so_that_zones_lie_where_they_were_drawn(
    day: Street, frames: list[ImageArray], x: float, y: float
) -> None:
    watched = SceneCheckRun(frames)
    shifted = [_shifted(day.frame(20.0 + second), x, y) for second in range(3)]
    assert [watched.sees(image) for image in shifted] == ["moved", None, None]
    assert (watched.check.shift.x, watched.check.shift.y) == pytest.approx((x, y), abs=0.003)
    back = matched(edges_of(small_grey(frames[0])), edges_of(small_grey(watched.check.aligned(shifted[-1]))))
    assert back.shift.size < 0.003


def test_a_gust_of_wind_moves_no_zone(day: Street, frames: list[ImageArray]) -> None:
    watched = SceneCheckRun(frames)
    watched.sees(_shifted(day.frame(20.0), 0.03, 0))
    assert watched.sees(day.frame(21.0)) is None
    assert watched.check.shift.size == 0


def test_a_scene_that_is_never_like_itself_is_not_reported_to_have_moved() -> None:
    watched = SceneCheckRun([street(seed) for seed in range(12)])
    assert {watched.sees(street(seed)) for seed in range(12, 40)} == {None}


def test_a_mask_remains_where_it_is_and_does_not_hide_a_turned_camera(day: Street) -> None:
    masks = [[(0.0, 0.0), (0.35, 0.0), (0.35, 1.0), (0.0, 1.0)]]

    def masked(image: ImageArray) -> ImageArray:
        burnt = image.copy()
        burn_in(burnt, masks)
        return burnt

    watched = SceneCheckRun(
        [masked(day.frame(5.0 + second)) for second in range(6)], SceneCheck(hidden=hidden_by(masks))
    )
    shifted = [masked(_shifted(day.frame(20.0 + second), 0.04, 0.02)) for second in range(3)]
    assert [watched.sees(image) for image in shifted][-1] is None
    assert watched.check.shift.x == pytest.approx(0.04, abs=0.005)
    assert watched.sees(masked(_shifted(day.frame(24.0), 0.3, 0.0))) == "moved"


def test_sharpness_hardly_depends_on_light_or_scene(day: Street) -> None:
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
    tmp_path: Path, day: Street, frames: list[ImageArray]
) -> None:
    SceneCheckRun(frames, SceneCheck(store=FileReferenceStore(tmp_path, _camera())))
    again = SceneCheckRun([], SceneCheck(store=FileReferenceStore(tmp_path, _camera())))
    assert again.sees(_shifted(day.frame(60.0), 0.3, 0.1)) == "moved"
    assert again.sees(day.frame(61.0)) is None


def test_zones_that_are_drawn_anew_need_a_new_reference(tmp_path: Path, frames: list[ImageArray]) -> None:
    SceneCheckRun(frames, SceneCheck(store=FileReferenceStore(tmp_path, _camera())))
    assert FileReferenceStore(tmp_path, _camera()).load() is not None
    other = {"id": "kerb", "kind": "no_stopping", "polygon": [[0, 0], [1, 0], [1, 1]], "allowed_seconds": 20}
    assert FileReferenceStore(tmp_path, _camera(zone=[other])).load() is None


@pytest.mark.parametrize("damage", [b"", b"{}", b"\x89PNG", b"[1, 2]"])
@pytest.mark.parametrize("file", ["cam-1.png", "cam-1.json"])
def test_a_damaged_reference_is_as_none(tmp_path: Path, damage: bytes, file: str) -> None:
    store = FileReferenceStore(tmp_path, _camera())
    store.save(StoredReference(grey=small_grey(street(1)), sharpness=0.5))
    stored = store.load()
    assert stored is not None
    assert np.array_equal(stored.grey, small_grey(street(1)))
    (tmp_path / file).write_bytes(damage)
    assert store.load() is None


def test_a_folder_that_cannot_be_written_costs_the_reference_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "views").write_text("a file where the folder should be")
    store = FileReferenceStore(tmp_path / "views", _camera())
    store.save(StoredReference(grey=small_grey(street(1)), sharpness=0.5))
    assert store.load() is None
    assert "cannot be stored" in caplog.text


# --- in the pipeline -------------------------------------------------------------------------------------------


def _played(
    pipeline: CameraPipeline, images: Iterable[ImageArray], at: datetime
) -> tuple[list[tuple[str, str]], datetime]:
    reported: list[tuple[str, str]] = []
    for image in images:
        reported += [(draft.hazard.value, draft.state.value) for draft in pipeline.step(image, at)]
        at += timedelta(seconds=0.5)
    return reported, at


def test_a_turned_camera_is_unknown_within_ten_seconds_looks_for_nothing_and_is_well_when_turned_back(
    day: Street,
) -> None:
    fake = FakeModels()
    pipeline = CameraPipeline(_camera(), fake.vision_models())
    reported, at = _played(pipeline, (day.frame(number / 2) for number in range(20)), START)
    assert reported == []
    fake.see(car())
    looks = fake.detector.looks
    reported, at = _played(pipeline, (_shifted(day.frame(10 + n / 2), 0.3, 0.1) for n in range(20)), at)
    assert reported == [("view_lost", EventState.BEGAN)]
    assert fake.detector.looks <= looks + 1
    fake.see()
    reported, at = _played(pipeline, (day.frame(20 + n / 2) for n in range(6)), at)
    assert reported == [("view_lost", EventState.ENDED)]


def test_a_small_knock_is_followed_without_an_event(day: Street) -> None:
    pipeline = CameraPipeline(_camera(), FakeModels().vision_models())
    _, at = _played(pipeline, (day.frame(number / 2) for number in range(20)), START)
    reported, _ = _played(pipeline, (_shifted(day.frame(10 + n / 2), 0.03, 0.02) for n in range(20)), at)
    assert reported == []
    assert pipeline.unknown_since is None


def test_the_reference_shows_nobody(tmp_path: Path) -> None:
    fake = FakeModels()
    fake.see(("person", 0.9, car()[2]))
    store = FileReferenceStore(tmp_path, _camera())
    chequered = street(1, width=640, height=360)
    chequered[150:210, 260:380] = (np.indices((60, 120)).sum(axis=0) // 6 % 2 * 255)[:, :, None]
    pipeline = CameraPipeline(_camera(), fake.vision_models(), store=store)
    _played(pipeline, (np.clip(chequered.astype(np.int16) + n % 3, 0, 255).astype(np.uint8) for n in range(20)), START)
    stored = store.load()
    assert stored is not None
    assert small_grey(chequered)[78:102, 134:186].std() > 80
    assert stored.grey[78:102, 134:186].std() < 40
