"""A run begins in an empty folder, keeps other commands' results, and is alone in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from siaga_sim.demo.layout import DemoError, fresh_layout
from siaga_sim.demo.summary import percentiles, table


def test_a_second_run_finds_nothing_of_the_first(tmp_path: Path) -> None:
    with fresh_layout(tmp_path) as first:
        (first.logs / "devices.json").write_text("{}")
        first.node("box").mkdir(parents=True)
        first.summary.write_text("{}")
    (tmp_path / "bench.json").write_text("{}")

    with fresh_layout(tmp_path) as second:
        assert list(second.logs.iterdir()) == []
        assert not second.node("box").exists()
        assert not second.summary.exists()
        assert (tmp_path / "bench.json").exists()


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    with fresh_layout(tmp_path), pytest.raises(DemoError, match="another demo is running"), fresh_layout(tmp_path):
        pass


@pytest.mark.parametrize(
    ("values", "p50", "p99"),
    [
        pytest.param([], None, None, id="nothing measured is not zero"),
        pytest.param([7.04], 7.0, 7.0, id="one value is all of them"),
        pytest.param(list(range(1, 101)), 50, 99, id="nearest rank"),
        pytest.param([3.0, 1.0, 2.0], 2.0, 3.0, id="in any order"),
    ],
)
def test_percentiles(values: list[float], p50: float | None, p99: float | None) -> None:
    assert percentiles(values) == {"p50": p50, "p99": p99}


def test_the_table_reads_as_words() -> None:
    summary = {
        "mixed_incidents": 2,
        "tasks": {"open": 3},
        "stages_seen": {"depok": [4, 3]},
        "latency_ms": {"frame_to_task": {"p50": 1.0, "p99": None}},
        "incidents": {},
    }
    assert table(summary).splitlines() == [
        "mixed incidents           2",
        "tasks                     open 3",
        "stages seen               depok 4 → 3",
        "latency ms                frame_to_task 1.0/? (p50/p99)",
        "incidents                 none",
    ]
