"""The tests that `make mutants` copies exist, and its report counts the rules of all packages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tools import mutants
from tools.mutants import ROOT, TESTS


@pytest.mark.parametrize("name", TESTS)
def test_every_file_that_the_run_copies_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_the_report_counts_packages_of_rules_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutants, "RESULTS", tmp_path)
    for module, codes in (("stage", [1]), ("trust/accuracy", [0, 1])):
        names = {f"siaga_core.rules.{module.replace('/', '.')}.x_f__mutmut_{n}": code for n, code in enumerate(codes)}
        path = tmp_path / f"{module}.py.meta"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"exit_code_by_key": names}))
    assert mutants.report() == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "survived: siaga_core.rules.trust.accuracy.x_f__mutmut_0"
    assert [line.split()[:2] for line in lines[1:]] == [
        ["stage", "100.0"],
        ["trust.accuracy", "50.0"],
        ["all", "rules"],
    ]
