"""Results of clips are used again only while all that they were made from is the same, and add up to one judgement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks.decisions import stored as stored_module
from benchmarks.decisions.real import merged
from benchmarks.decisions.stored import StoredResults
from tests.unit.decisions.test_judging_clips import _clip, _event

from siaga_edge.camera.offline.judgement import as_json, judged


class _Work:
    def __init__(self, result: Any) -> None:
        self.result, self.calls = result, 0

    def __call__(self) -> Any:
        self.calls += 1
        return self.result


def test_a_result_is_made_once_for_the_same_inputs(tmp_path: Path) -> None:
    make, store = _Work({"right": 1}), StoredResults(tmp_path)
    assert store.result("kerb", [b"clip", b"label"], make) == {"right": 1}
    assert StoredResults(tmp_path).result("kerb", [b"clip", b"label"], make) == {"right": 1}
    assert make.calls == 1


def test_another_clip_label_or_code_is_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, store = _Work([1]), StoredResults(tmp_path)
    store.result("kerb", [b"clip", b"label"], make)
    store.result("kerb", [b"clip", b"other label"], make)
    store.result("kerb", [b"clipl", b"abel"], make)  # the same bytes, divided otherwise
    monkeypatch.setattr(stored_module, "code_key", lambda: "other code")
    store.result("kerb", [b"clipl", b"abel"], make)
    assert make.calls == 4


def test_a_damaged_result_is_made_again(tmp_path: Path) -> None:
    make, store = _Work("told"), StoredResults(tmp_path)
    store.result("kerb", [b"clip"], make)
    (tmp_path / "kerb.json").write_text("{", encoding="utf-8")
    assert store.result("kerb", [b"clip"], make) == "told"
    assert make.calls == 2


def test_clips_judged_one_by_one_add_up_to_what_they_are_together() -> None:
    verdicts = [
        judged(_clip(), [_event(13), _event(30)]),
        judged(_clip(), [_event(18)]),
        judged(_clip(), [_event(1, hazard="view_lost", zone=None)]),
    ]
    assert merged(as_json([one]) for one in verdicts) == as_json(verdicts)
