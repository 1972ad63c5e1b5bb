"""A waterline on made-up staffs: found where it is, and refused where there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siaga_edge.camera.staff_gauges.staff_gauge_reader import StaffFrameCollector, StaffGaugeReader
from siaga_edge.camera.staff_gauges.staff_readings import StaffReadings, StaffReadingSlot, drawn_as
from siaga_edge.gauge.staff_look import look_at_staff
from siaga_edge.gauge.staff_strip import StaffPlace, cut
from siaga_edge.settings.staff_gauges import CameraSource

WIDTH, HEIGHT, TOP_CM = 320, 400, 100.0
LINE = [[0.5, 0.0], [0.5, 1.0]]
START = datetime(2026, 1, 1, tzinfo=UTC)


def source(**changes: object) -> CameraSource:
    points = [{"at": [0.5, share], "level_cm": TOP_CM * (1 - share)} for share in (0.05, 0.5, 0.95)]
    staff = {"line": LINE, "width": 0.15, "points": points}
    raw = {"kind": "camera", "camera": "cam-1", "staff": staff, "frames": 4, "frames_seconds": 3, "every_seconds": 10}
    return CameraSource.model_validate({**raw, **changes})


def place() -> StaffPlace:
    staff = source().staff
    return StaffPlace(line=staff.line, width=staff.width, scale=staff.scale())


def image(level_cm: float, seed: int) -> np.ndarray:
    """4 pixels a cm: a staff with E blocks on a grey wall, over muddy water that ripples."""
    dice = np.random.default_rng(seed)
    rows = TOP_CM - (np.arange(HEIGHT) + 0.5) * TOP_CM / HEIGHT
    drawn = np.full((HEIGHT, WIDTH, 3), (120, 125, 130), np.float32)
    half = round(0.15 * WIDTH / 2)
    middle = WIDTH // 2
    drawn[:, middle - half : middle + half] = 225
    for number, cm in enumerate(rows):
        block, line = int(cm // 5), int(cm) % 5
        reach = half if line in (0, 2, 4) else half // 3
        left = middle - half if block % 2 == 0 else middle + half - reach
        drawn[number, left : left + reach] = 30
    wet = rows < level_cm
    ripple = dice.normal(0, 9, (HEIGHT // 4, WIDTH // 8)).repeat(4, 0).repeat(8, 1)[..., None]
    drawn[wet] = (np.array((86, 118, 132), np.float32) + ripple)[wet]
    return np.clip(drawn + dice.normal(0, 2, drawn.shape), 0, 255).astype(np.uint8)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(level=st.floats(22, 80), seed=st.integers(0, 1000))
def test_a_waterline_is_found_where_it_is_and_its_uncertainty_states_how_surely(level: float, seed: int) -> None:
    strips = cut([image(level, seed + each) for each in range(4)], place())
    reported = look_at_staff(strips, place(), max_uncertainty_cm=5).reading
    assert reported.level_cm == pytest.approx(level, abs=1.5)
    assert reported.uncertainty_cm is not None
    assert abs((reported.level_cm or 0) - level) <= reported.uncertainty_cm <= 5
    assert reported.frames == 4


@pytest.mark.parametrize("tone", [0, 90, 255])
def test_an_image_that_shows_nothing_gives_no_level(tone: int) -> None:
    blank = np.full((HEIGHT, WIDTH, 3), tone, np.uint8)
    reported = look_at_staff(cut([blank], place()), place(), max_uncertainty_cm=5).reading
    assert reported.level_cm is None
    assert reported.flags[0] in ("weak_signal", "above_range", "below_range")


def test_noise_gives_no_level() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    assert look_at_staff(cut([noise], place()), place(), max_uncertainty_cm=5).reading.level_cm is None


# --- gathering -----------------------------------------------------------------------------------------------------


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_look_collects_its_frames_in_time_and_the_next_waits_its_turn() -> None:
    gathering = StaffFrameCollector(StaffReadingSlot(source()))
    accepted = []
    for tenth in range(0, 120, 2):
        if gathering.wants(at(tenth / 10), 1.0):
            reported = gathering.accept(image(50, tenth), at(tenth / 10), water=None, shift_px=0.0)
            accepted.append((tenth / 10, reported is not None))
    assert accepted == [(0.0, False), (1.0, False), (2.0, False), (3.0, True), (10.0, False), (11.0, False)]


def test_a_lost_view_spoils_the_look_and_is_reported_as_often_as_a_level() -> None:
    gathering = StaffFrameCollector(StaffReadingSlot(source()))
    gathering.accept(image(50, 1), at(0), water=None, shift_px=0.0)
    reported = gathering.give_up(at(1), "view_moved")
    assert reported is not None
    assert (reported.level_cm, reported.flags) == (None, ("view_moved",))
    assert gathering.give_up(at(2), "view_moved") is None
    assert gathering.give_up(at(11), "view_moved") is not None
    assert gathering.wants_water


def test_a_staff_calibrated_anew_is_noticed_also_over_a_restart(tmp_path) -> None:  # type: ignore[no-untyped-def]
    posts, stored = StaffReadings(), tmp_path / "views" / "cam-1.staffs"
    calibration = StaffGaugeReader("cam-1", posts, stored=stored)
    assert not calibration.drawn_anew()
    first = posts.open("quay", source())
    assert not calibration.drawn_anew()
    assert not StaffGaugeReader("cam-1", posts, stored=stored).drawn_anew()
    moved = source(staff={**source().staff.model_dump(), "width": 0.1})
    posts.open("quay", moved)
    posts.close("quay", first)
    assert drawn_as(posts.of("cam-1")) != drawn_as({"quay": first})
    assert StaffGaugeReader("cam-1", posts, stored=stored).drawn_anew()
    assert calibration.drawn_anew()
    assert not calibration.drawn_anew()
