"""docs/wire.md is what the models say today."""

from __future__ import annotations

from docs import make_wire


def test_the_page_is_not_stale() -> None:
    written = (make_wire.DOCS / "wire.md").read_text(encoding="utf-8")
    assert written == make_wire.page(), "run: python docs/make_wire.py"


def test_every_field_is_documented() -> None:
    assert make_wire.undescribed() == []
