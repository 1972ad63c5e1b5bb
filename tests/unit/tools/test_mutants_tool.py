"""The tests that `make mutants` copies exist, so that the long run does not fail at its start."""

from __future__ import annotations

import pytest
from tools.mutants import ROOT, TESTS


@pytest.mark.parametrize("name", TESTS)
def test_every_file_that_the_run_copies_exists(name: str) -> None:
    assert (ROOT / name).exists()
