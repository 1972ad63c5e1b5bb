"""What the soak makes of what it saw."""

from __future__ import annotations

import math

import pytest
from benchmarks.city_soak import _line, _name


def test_a_slope_is_that_after_the_warm_up() -> None:
    warming = [(float(at), 50.0 + 10 * at) for at in range(10)]
    steady = [(float(at), 150.0 + at / 3600 * 6) for at in range(10, 1000)]
    line = _line([*warming, *steady])
    assert line["an_hour"] == pytest.approx(6, abs=0.01)
    assert line["error"] < 0.01
    assert line["first"] == 50.0
    assert line["most"] == pytest.approx(151.66, abs=0.01)


def test_too_few_looks_decide_nothing() -> None:
    assert _line([(0.0, 1.0), (1.0, 2.0)])["error"] > 1e8
    assert math.isfinite(_line([(0.0, 1.0)])["error"])


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["/x/python", "/x/bin/siaga-cloud", "ingest"], "siaga-cloud ingest"),
        (["/x/python", "/x/bin/siaga-edge", "run", "/run/nodes/box-one/node.toml"], "siaga-edge box-one"),
        (["postgres: writer"], "postgres"),
    ],
)
def test_processes_have_names_that_last(words: list[str], name: str) -> None:
    assert _name(words, words[0].partition(":")[0]) == name
