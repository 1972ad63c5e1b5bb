"""`make audit` never looks as if it had checked what it did not."""

from __future__ import annotations

import pytest
from tools.audit import Audit, Vulnerability, exit_code, summary

GOOD, UNKNOWN = Audit(12), Audit(None)
BAD = Audit(3, [Vulnerability("left-pad 1", "GHSA-1", "2")])


@pytest.mark.parametrize(
    ("audits", "code", "strict_code", "line"),
    [
        ({"a": UNKNOWN, "b": UNKNOWN}, 0, 2, "audit: NOTHING WAS CHECKED; this says nothing about vulnerabilities"),
        ({"a": GOOD, "b": UNKNOWN}, 0, 2, "audit: 1 of 2 checked, 0 with vulnerabilities; not checked: b"),
        ({"a": GOOD, "b": GOOD}, 0, 0, "audit: 2 of 2 checked, 0 with vulnerabilities"),
        ({"a": BAD, "b": UNKNOWN}, 1, 1, "audit: 1 of 2 checked, 1 with vulnerabilities; not checked: b"),
    ],
)
def test_what_was_not_checked_is_named(audits: dict[str, Audit], code: int, strict_code: int, line: str) -> None:
    assert summary(audits) == line
    assert exit_code(audits, strict=False) == code
    assert exit_code(audits, strict=True) == strict_code
