from __future__ import annotations

import numpy as np

from siaga_core.vision.detector import MAX_CANDIDATES, _candidates, _suppressed


def _output(*rows: tuple[float, float, float, float, dict[int, float]]) -> np.ndarray:
    columns = np.zeros((11, len(rows)), np.float32)
    for number, (x, y, width, height, scores) in enumerate(rows):
        columns[:4, number] = x, y, width, height
        for label, score in scores.items():
            columns[4 + label, number] = score
    return columns


def test_overlapping_boxes_of_one_class_leave_the_best_and_other_classes_remain() -> None:
    output = _output(
        (100, 100, 50, 50, {3: 0.9}),
        (102, 100, 50, 50, {3: 0.7}),
        (102, 100, 50, 50, {5: 0.6}),
        (300, 100, 50, 50, {3: 0.5}),
        (300, 300, 50, 50, {3: 0.1}),
    )
    corners, scores, classes = _candidates(output, 0.25)
    stored = _suppressed(corners, scores, classes, floor=0.25, nms_iou=0.6)
    assert [(int(classes[one]), round(float(scores[one]), 2)) for one in stored] == [(3, 0.9), (5, 0.6), (3, 0.5)]
    assert corners[stored[0]].tolist() == [75, 75, 125, 125]


def test_nothing_above_the_floor_is_nothing() -> None:
    corners, scores, classes = _candidates(_output((100, 100, 50, 50, {3: 0.1})), 0.25)
    assert len(_suppressed(corners, scores, classes, floor=0.25, nms_iou=0.6)) == 0


def test_each_class_of_a_box_above_the_floor_is_a_candidate() -> None:
    output = _output((100, 100, 50, 50, {3: 0.5, 5: 0.45, 4: 0.1}), (104, 100, 50, 50, {3: 0.3, 5: 0.6}))
    corners, scores, classes = _candidates(output, 0.25)
    selected = _suppressed(corners, scores, classes, floor=0.25, nms_iou=0.6)
    assert [(int(classes[one]), round(float(scores[one]), 2)) for one in selected] == [(5, 0.6), (3, 0.5)]


def test_of_more_candidates_than_can_be_compared_the_surest_remain() -> None:
    output = np.zeros((11, MAX_CANDIDATES + 50), np.float32)
    output[4] = np.linspace(0.2, 0.9, MAX_CANDIDATES + 50)
    _, scores, _ = _candidates(output, 0.1)
    assert len(scores) == MAX_CANDIDATES
    assert scores.min() > output[4, 49]
