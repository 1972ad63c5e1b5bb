"""Lines of a log: for machines and for people, with what the work in hand is about."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from siaga_core.logs import about, formatter, in_hand


def record(text: str = "gauge %s silent", *args: object, error: bool = False, **extra: Any) -> logging.LogRecord:
    info = None
    if error:
        try:
            raise ValueError("rtsp://user:hush@cam/1")  # noqa: TRY301
        except ValueError:
            info = sys.exc_info()
    made = logging.LogRecord("siaga_edge.gauge", logging.WARNING, "x.py", 1, text, args, info)
    made.created = 1_768_465_800.25
    vars(made).update(extra)
    return made


def test_a_line_for_machines_is_one_json_object_with_what_it_is_about() -> None:
    with about(trace="0192", node=None):
        line = formatter("json", "siaga-edge", "%(message)s").format(record("gauge %s silent", "karet", since=3))
    assert json.loads(line) == {
        "at": "2026-01-15T08:30:00.250+00:00", "level": "warning", "program": "siaga-edge", "where": "siaga_edge.gauge",
        "text": "gauge karet silent", "trace": "0192", "since": 3,
    }  # fmt: skip
    assert "\n" not in line


def test_a_line_for_people_ends_with_the_same_names() -> None:
    with about(trace="0192"):
        assert formatter("text", "x", "%(levelname)s %(message)s").format(record("on", since=3)) == (
            "WARNING on trace=0192 since=3"
        )


@pytest.mark.parametrize("wanted", ["json", "text"])
def test_what_is_redacted_is_redacted_in_the_whole_line(wanted: Any) -> None:
    made = formatter(wanted, "x", "%(message)s", redact=lambda text: text.replace("hush", "***"))
    line = made.format(record("hush", error=True, url="hush"))
    assert "hush" not in line
    assert "ValueError" in line


def test_names_hold_within_and_are_gone_after() -> None:
    with about(trace="a", node="n"):
        with about(trace="b"):
            assert in_hand() == {"trace": "b", "node": "n"}
        assert in_hand() == {"trace": "a", "node": "n"}
    assert in_hand() == {}
