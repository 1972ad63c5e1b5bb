"""Water figures on masks of a few pixels."""

import numpy as np
import pytest
from workbench.water_figures import figures, judge


def a_mask(share: float) -> np.ndarray:
    mask = np.zeros((10, 10), bool)
    mask.ravel()[: round(share * 100)] = True
    return mask


def test_iou_counts_pixels_of_images_with_water_only() -> None:
    judged = [judge("wet", a_mask(0.4), a_mask(0.5)), judge("dry", a_mask(0.2), a_mask(0.0))]
    measured = figures(judged, rounds=0)
    assert measured["iou"][0] == 0.8
    assert measured["recall"][0] == 0.8
    assert measured["precision"][0] == pytest.approx(40 / 60, abs=1e-4)


def test_false_water_is_measured_on_dry_images() -> None:
    judged = [
        judge("dry", a_mask(0.1), a_mask(0)),
        judge("dry2", a_mask(0), a_mask(0)),
        judge("wet", a_mask(1), a_mask(0.1)),
    ]
    measured = figures(judged, rounds=0)
    assert measured["false_share_on_dry"][0] == 0.05
    assert measured["dry_over_2_percent"][0] == 0.5


def test_flooded_is_more_than_the_configured_share() -> None:
    judged = [
        judge("a", a_mask(0.06), a_mask(0.5)),
        judge("b", a_mask(0.05), a_mask(0.5)),
        judge("c", a_mask(0), a_mask(0)),
    ]
    measured = figures(judged, rounds=0, flooded_share=0.05)
    assert measured["flooded_sensitivity"][0] == 0.5
    assert measured["flooded_specificity"][0] == 1.0
    assert measured["flooded_accuracy"][0] == pytest.approx(2 / 3, abs=1e-4)


def test_a_figure_that_cannot_be_computed_is_none_not_zero() -> None:
    measured = figures([judge("dry", a_mask(0), a_mask(0))], rounds=10)
    assert measured["iou"] == [None, None, None]
    assert measured["flooded_sensitivity"][0] is None
