from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import street

from siaga_edge.camera.view.motion import MotionGate, small_grey
from siaga_edge.camera.view.view_check import ViewCheck, ViewPolicy, is_infrared, spoilt_by

START = datetime(2026, 1, 1, tzinfo=UTC)


def _with_car(image: np.ndarray, x: int) -> np.ndarray:
    drawn = image.copy()
    drawn[90:110, x : x + 30] = (20, 20, 200)
    return drawn


def _noisy(level: float, spread: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(level, spread, (180, 320, 3))
    return np.clip(noise, 0, 255).round().astype(np.uint8)


def _ripples(level: float, height: float) -> np.ndarray:
    y, x = np.mgrid[0:180, 0:320]
    waves = level + height * np.sin(y / 2.0 + 2 * np.sin(x / 15))
    return np.repeat(waves[:, :, None], 3, axis=2).round().astype(np.uint8)


def test_noise_does_not_move_and_a_small_car_does() -> None:
    gate = MotionGate()
    assert gate.moves(small_grey(street(0)))  # nothing to compare with yet
    assert not any(gate.moves(small_grey(street(seed))) for seed in range(1, 20))
    assert gate.moves(small_grey(_with_car(street(21), 50)))
    assert gate.moves(small_grey(_with_car(street(22), 80)))


def test_a_motionless_thing_is_absorbed() -> None:
    gate = MotionGate()
    for seed in range(5):
        gate.moves(small_grey(street(seed)))
    moved = [gate.moves(small_grey(_with_car(street(seed), 50))) for seed in range(5, 40)]
    assert moved[0]
    assert not moved[-1]


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        pytest.param(street(), None, id="street"),
        pytest.param(street() // 4, None, id="dark street"),
        pytest.param(np.zeros((180, 320, 3), np.uint8), "black", id="black"),
        pytest.param(street() // 20, "black", id="nearly black"),
        pytest.param(np.full((180, 320, 3), 252, np.uint8), "overexposed", id="white"),
        pytest.param(np.full((180, 320, 3), 90, np.uint8), "covered", id="one grey"),
        pytest.param(_noisy(40, 3.0), "covered", id="a covered lens before a noisy sensor"),
        pytest.param(_ripples(40, 1.6), None, id="nothing but water at dusk"),
    ],
)
def test_what_a_single_frame_shows(image: np.ndarray, reason: str | None) -> None:
    assert spoilt_by(small_grey(image)) == reason


def _faults(images: list[np.ndarray], seconds: float = 1.0) -> list[tuple[str | None, bool]]:
    check = ViewCheck(ViewPolicy(bad_seconds=5, frozen_seconds=30))
    return [
        check.fault(small_grey(image), START + timedelta(seconds=seconds * number))
        for number, image in enumerate(images)
    ]


def test_an_unchanging_frame_is_frozen_after_a_while_and_well_as_soon_as_it_moves() -> None:
    faults = _faults([street(1)] * 40 + [street(2)])
    assert faults[29] == (None, False)
    assert faults[30] == ("frozen", True)
    assert faults[-1] == (None, False)


def test_a_live_frame_of_a_quiet_street_is_not_frozen() -> None:
    assert set(_faults([street(seed) for seed in range(60)])) == {(None, False)}


def test_a_flash_of_black_is_not_reported() -> None:
    black = np.zeros((180, 320, 3), np.uint8)
    faults = _faults([street(1), black, black, street(2), *[black] * 7])
    assert faults[1:4] == [("black", False), ("black", False), (None, False)]
    assert faults[-3:] == [("black", False), ("black", True), ("black", True)]


def test_infrared_frames_are_known_by_their_lack_of_colour() -> None:
    assert not is_infrared(street())
    assert is_infrared(np.repeat(street()[:, :, :1], 3, axis=2))
