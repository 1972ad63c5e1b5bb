"""Average precision, confusion and thresholds on boxes small enough to reckon by hand."""

import numpy as np
import pytest
from workbench.bounding_boxes import decode, letterbox, overlap, suppress
from workbench.detection_figures import (
    JudgedImage,
    best_thresholds,
    brief_figures,
    confusion,
    figures,
    match,
    matches_of,
)

NAMES = ("car", "trash")
EVERY = frozenset({0, 1})


def an_image(truth: list[list[float]], found: list[list[float]], covered: frozenset[int] = EVERY) -> JudgedImage:
    return JudgedImage(
        name="a.jpg",
        truth=np.array(truth, float).reshape(-1, 5),
        found=np.array(found, float).reshape(-1, 6),
        covered=covered,
    )


def test_perfect_boxes_score_one_at_every_overlap() -> None:
    one = an_image([[0, 0, 0.5, 0.5, 0]], [[0, 0, 0.5, 0.5, 0.9, 0]])
    measured = figures([one], NAMES, {}, rounds=0)
    assert measured["map50"][0] == 1.0
    assert measured["map50_95"][0] == 1.0
    assert list(measured["classes"]) == ["car"]


def test_average_precision_is_the_area_under_the_envelope() -> None:
    # Right, false, right: precision 1 up to recall 1/2, then 2/3 up to recall 1.
    truth = [[0, 0, 0.1, 0.1, 0], [0.5, 0.5, 0.6, 0.6, 0]]
    found = [[0, 0, 0.1, 0.1, 0.9, 0], [0.8, 0, 0.9, 0.1, 0.8, 0], [0.5, 0.5, 0.6, 0.6, 0.7, 0]]
    measured = brief_figures([an_image(truth, found)], NAMES, rounds=0)
    assert measured["map50"][0] == pytest.approx((51 * 1.0 + 50 * 2 / 3) / 101, abs=1e-3)


def test_second_box_on_the_same_truth_is_false() -> None:
    truth = np.array([[0, 0, 1, 1, 0.0]])
    found = np.array([[0, 0, 1, 1, 0.9, 0], [0, 0, 1, 0.95, 0.8, 0]])
    assert match(found, truth)[:, 0].tolist() == [True, False]


def test_overlap_decides_which_of_the_ten_levels_are_right() -> None:
    found = np.array([[0, 0, 1, 0.72, 0.9, 0]])
    assert match(found, np.array([[0, 0, 1, 1, 0.0]]))[0].tolist() == [True] * 5 + [False] * 5


def test_class_that_the_labels_do_not_cover_is_neither_right_nor_wrong() -> None:
    node = [[0, 0, 0.5, 0.5, 0.9, 0]]
    blind = an_image([], node, covered=frozenset({1}))
    seeing = an_image([], node)
    good = an_image([[0, 0, 0.5, 0.5, 0]], [[0, 0, 0.5, 0.5, 0.8, 0]])
    assert brief_figures([good, blind], NAMES, rounds=0)["map50"][0] == 1.0
    assert brief_figures([good, seeing], NAMES, rounds=0)["map50"][0] == pytest.approx(0.5)


def test_small_boxes_are_measured_alone() -> None:
    truth = [[0, 0, 0.5, 0.5, 0], [0.9, 0.9, 0.92, 0.92, 0]]
    found = [[0, 0, 0.5, 0.5, 0.9, 0]]
    one = an_image(truth, found)
    assert brief_figures([one], NAMES, rounds=0, smaller_than=0.05)["map50"][0] == 0.0
    assert brief_figures([one], NAMES, rounds=0)["map50"][0] == pytest.approx(0.5, abs=0.01)


def test_precision_and_recall_are_those_at_the_threshold_in_use() -> None:
    truth = [[0, 0, 0.1, 0.1, 0], [0.5, 0.5, 0.6, 0.6, 0]]
    found = [[0, 0, 0.1, 0.1, 0.9, 0], [0.5, 0.5, 0.6, 0.6, 0.3, 0], [0.8, 0.8, 0.9, 0.9, 0.2, 0]]
    row = figures([an_image(truth, found)], NAMES, {"car": 0.5}, rounds=0)["classes"]["car"]
    assert row["precision"][0] == 1.0
    assert row["recall"][0] == 0.5


def test_confusion_names_what_was_mistaken_for_what() -> None:
    truth = [[0, 0, 0.5, 0.5, 0], [0.6, 0.6, 0.9, 0.9, 1]]
    found = [[0, 0, 0.5, 0.5, 0.9, 1], [0.1, 0.8, 0.2, 0.9, 0.9, 0]]
    table = confusion([an_image(truth, found)], NAMES, {})
    assert table == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_threshold_is_chosen_only_with_enough_boxes() -> None:
    images = [
        an_image([[0, 0, 0.5, 0.5, 0]], [[0, 0, 0.5, 0.5, 0.6, 0], [0.6, 0, 0.9, 0.5, 0.3, 0]]) for _ in range(40)
    ]
    chosen = best_thresholds(images, NAMES, fallback={"trash": 0.375})
    assert 0.3 < chosen["car"] <= 0.6
    assert chosen["trash"] == 0.375


def test_interval_holds_the_figure_and_narrows_with_images() -> None:
    good = an_image([[0, 0, 0.5, 0.5, 0]], [[0, 0, 0.5, 0.5, 0.9, 0]])
    bad = an_image([[0, 0, 0.5, 0.5, 0]], [])
    few = figures([good, bad] * 4, NAMES, {}, rounds=200)["classes"]["car"]["recall"]
    many = figures([good, bad] * 100, NAMES, {}, rounds=200)["classes"]["car"]["recall"]
    assert few[1] <= few[0] <= few[2]
    assert many[2] - many[1] < few[2] - few[1]


def test_weighing_images_equals_repeating_them() -> None:
    good = an_image([[0, 0, 0.5, 0.5, 0]], [[0, 0, 0.5, 0.5, 0.5, 0]])
    bad = an_image([[0, 0, 0.5, 0.5, 0]], [[0.5, 0.5, 0.6, 0.6, 0.9, 0]])
    weighed = matches_of([good, bad], 0).average_precision(np.array([3.0, 1.0]))
    repeated = matches_of([good, good, good, bad], 0).average_precision(np.ones(4))
    assert weighed == pytest.approx(repeated)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (480, 640), (33, 900)])
def test_letterbox_preserves_the_aspect_and_leads_back(width: int, height: int) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    canvas, fit = letterbox(image, width=640, height=384)
    assert canvas.shape == (384, 640, 3)
    corners = np.array([[fit.left, fit.top, fit.left + fit.inner_width, fit.top + fit.inner_height]], float)
    back = fit.back(corners, width=width, height=height)
    assert back[0] == pytest.approx([0, 0, width, height], abs=max(width, height) / 100)


def test_suppression_retains_the_best_of_a_class_and_leaves_other_classes() -> None:
    rows = np.array(
        [[0, 0, 10, 10, 0.5, 0], [0, 0, 10, 9, 0.9, 0], [0, 0, 10, 10, 0.4, 1], [50, 50, 60, 60, 0.3, 0]], float
    )
    retained = suppress(rows, iou=0.6)
    assert retained[:, 4].tolist() == [0.9, 0.4, 0.3]


def test_decode_gives_a_row_per_class_that_reaches_the_floor() -> None:
    output = np.array([[10.0, 20.0], [10.0, 20.0], [4.0, 4.0], [4.0, 4.0], [0.9, 0.001], [0.3, 0.2]])
    rows = decode(output, floor=0.1)
    assert sorted(map(tuple, rows.round(3).tolist())) == [
        (8.0, 8.0, 12.0, 12.0, 0.3, 1.0),
        (8.0, 8.0, 12.0, 12.0, 0.9, 0.0),
        (18.0, 18.0, 22.0, 22.0, 0.2, 1.0),
    ]


def test_overlap_of_boxes_that_only_touch_is_nothing() -> None:
    assert overlap(np.array([[0.0, 0, 1, 1]]), np.array([[1.0, 0, 2, 1]]))[0, 0] == 0
