"""What `make compose-test` found is on the page as it was found."""

from __future__ import annotations

import pytest
from tools.compose_test.page import PAGE, checks_table, layers_table, written

FOUND = {
    "at": "2026-12-02T14:00:00Z",
    "checks": [
        {"name": "build", "is_good": True, "seconds": 61.6, "detail": "6 images"},
        {"name": "sizes", "is_good": False, "seconds": 0.4, "detail": "siaga-cloud has 351 MB, wanted 350"},
    ],
    "layers": {"siaga-cloud": [(120.0, ""), (0.2, "RUN groupadd"), (180.4, "COPY /opt/siaga /opt/siaga # buildkit")]},
}


def test_a_check_that_failed_is_named_as_failed() -> None:
    assert checks_table(FOUND).splitlines() == [
        "2026-12-02, 1 of 2 checks:",
        "",
        "| Check | Seconds | What was found |",
        "|---|---|---|",
        "| build | 62 | 6 images |",
        "| sizes | 0 | **failed:** siaga-cloud has 351 MB, wanted 350 |",
    ]


def test_layers_are_named_by_what_was_copied() -> None:
    assert layers_table(FOUND).splitlines()[-1] == "| `siaga-cloud` | 301 | base 120, `/opt/siaga` 180 |"


def test_the_tables_are_put_between_their_marks_and_a_missing_mark_is_refused() -> None:
    page = PAGE.read_text("utf-8")
    once = written(page, FOUND)
    assert "| sizes | 0 | **failed:**" in once
    assert written(once, FOUND) == once
    with pytest.raises(ValueError, match="0 times the mark layers"):
        written(page.replace("<!-- layers -->", ""), FOUND)
