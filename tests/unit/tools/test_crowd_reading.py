"""What `make crowd` reads: the result of wrk, the log of nginx, and the commands that it runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from benchmarks.crowd import wrk
from benchmarks.crowd.phases import refused
from benchmarks.crowd.required import OF_BENCHMARKS, as_markdown, rows
from benchmarks.crowd.watching import percentile

ROOT = Path(__file__).parents[3]
PRINTED = """\
Running 3s test @ http://127.0.0.1:1
{"requests":1500,"seconds":3.000,"bad_status":2,"socket_errors":1,"timeouts":0,"p50_ms":1.25,"p99_ms":9.50}
"""


def test_the_result_of_wrk_is_read() -> None:
    load = wrk.parsed(PRINTED)
    assert (load.per_second, load.bad_status, load.socket_errors, load.p99_ms) == (500, 2, 1, 9.5)


def test_a_run_of_wrk_without_a_result_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="unable to connect"):
        wrk.parsed("unable to connect to 127.0.0.1:1 Connection refused")


def test_every_path_is_in_the_script_and_quoted(tmp_path: Path) -> None:
    script = tmp_path / "load.lua"
    words = wrk.command("http://x", ['/a"b', "/c"], connections=7, seconds=2, script=script, enter=("nice",))
    assert words[:2] == ["nice", "wrk"]
    assert 'local paths = {"/a\\"b", "/c"}' in script.read_text()


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2.0), (0.99, 4.0), (0.25, 1.0)])
def test_percentiles_are_values_that_were_measured(share: float, expected: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], share) == expected


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_only_a_503_that_names_the_time_to_try_again_is_deliberate() -> None:
    log = "".join(line_of(status, after) for status, after in (("200", "-"), ("503", "5"), ("503", "-"), ("502", "-")))
    assert refused(log) == (2, 1)


def line_of(status: str, retry_after: str) -> str:
    """A line of the log as packaging/nginx/siaga/http.conf describes it."""
    described = (ROOT / "packaging" / "nginx" / "siaga" / "http.conf").read_text("utf-8")
    parts = re.search(r"log_format siaga ((?:\s*'[^']*')+);", described)
    assert parts is not None
    line = "".join(re.findall(r"'([^']*)'", parts[1]))
    values = {"$upstream_status": status, "$status": status, "$sent_http_retry_after": retry_after}
    for name, value in values.items():
        line = line.replace(name, value)
    return re.sub(r"\$\w+", "1", line) + "\n"


def figure(*, reached: bool) -> dict[str, object]:
    return {"value": 150.0, "unit": "ms", "ratio": None, "target": 300.0, "at_most": True, "met": reached}


def test_the_table_holds_only_when_every_figure_was_measured_and_reached(tmp_path: Path) -> None:
    bench = tmp_path / "bench.json"
    phases: dict[str, Any] = {"crowd": {"at": "now", "figures": {"staff": figure(reached=True)}}}
    bench.write_text(json.dumps({name: figure(reached=True) for name in OF_BENCHMARKS}))
    assert all(one.is_reached for one in rows(phases, ("crowd",), bench))
    assert [one.name for one in rows(phases, ("crowd", "page"), bench) if not one.is_reached] == ["phase page"]
    bench.write_text(json.dumps({name: figure(reached=True) for name in OF_BENCHMARKS[1:]}))
    (missing,) = [one for one in rows(phases, ("crowd",), bench) if not one.is_reached]
    assert (missing.name, missing.verdict) == (OF_BENCHMARKS[0], "not measured")
    phases["crowd"]["figures"] = {"staff": figure(reached=False)}
    found = list(rows(phases, ("crowd",), bench))
    assert (found[0].verdict, found[0].limit, found[0].judged) == ("missed", "<= 300", 150.0)
    assert "| staff | 150 ms | 150 | <= 300 | missed |" in as_markdown(found)
