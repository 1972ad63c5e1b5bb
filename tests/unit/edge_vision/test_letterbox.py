from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.vision.letterbox import Letterbox, as_input
from siaga_edge.vision.water import canvas_size

side = st.integers(min_value=16, max_value=1500)


@given(width=side, height=side, canvas=st.sampled_from([(640, 640), (416, 256), (512, 288)]))
def test_boxes_come_back_to_where_they_were_and_nothing_is_stretched(
    width: int, height: int, canvas: tuple[int, int]
) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    node = Letterbox.fit(image, width=canvas[0], height=canvas[1])
    assert abs(node.inner_width - width * node.scale) <= 1
    assert abs(node.inner_height - height * node.scale) <= 1
    corners = np.array([[0.25 * width, 0.5 * height, 0.75 * width, height]], np.float32)
    shift = np.array([node.left, node.top, node.left, node.top])
    back = node.to_source((corners * node.scale + shift).astype(np.float32))
    assert np.abs(back - corners).max() < 0.02 * max(width, height) / 100 + 0.05


@given(width=side, height=side)
def test_the_canvas_of_the_water_model_preserves_the_aspect_of_the_image(width: int, height: int) -> None:
    canvas = canvas_size(width, height, long_side=512)
    assert max(canvas) == 512
    assert all(length % 32 == 0 for length in canvas)
    if max(width, height) <= 4 * min(width, height):  # less than one step of 32 is padding
        assert min(canvas) - 512 * min(width, height) / max(width, height) < 32.1


def test_padding_is_grey_and_left_out_of_the_inner_part() -> None:
    image = np.full((100, 300, 3), 255, np.uint8)
    node = Letterbox.fit(image, width=96, height=96)
    canvas = node.paint(image, pad=114)
    assert set(np.unique(canvas)) == {114, 255}
    assert (node.inner(canvas[:, :, 0].astype(np.float32)) == 255).all()
    assert node.inner(canvas[:, :, 0].astype(np.float32)).shape == (32, 96)


def test_the_model_is_fed_red_first() -> None:
    blue = np.zeros((32, 32, 3), np.uint8)
    blue[:, :, 0] = 255
    assert as_input(blue, scale="0..1")[0, :, 0, 0].tolist() == [0.0, 0.0, 1.0]
    assert as_input(blue, scale="0..255")[0, :, 0, 0].tolist() == [0.0, 0.0, 255.0]
