"""What the audit makes of what its tools print."""

from __future__ import annotations

import json

import pytest
from tools.audit import Audit, UnreadableError, Vulnerability, of_npm, of_pip

PIP = {
    "dependencies": [
        {"name": "fine", "version": "1.0", "vulns": []},
        {
            "name": "holed",
            "version": "2.19.0",
            "vulns": [{"id": "PYSEC-2018-28", "fix_versions": ["2.20.0"], "aliases": ["CVE-2018-18074"]}],
        },
        {"name": "siaga", "skip_reason": "not on PyPI"},
    ],
    "fixes": [],
}
NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "minimist": {
            "via": [{"source": 1179, "url": "https://github.com/advisories/GHSA-xvch-5gv4-984h"}],
            "fixAvailable": True,
        },
        "mkdirp": {"via": ["minimist"], "fixAvailable": True},
    },
    "metadata": {"dependencies": {"total": 113}},
}


def test_a_hole_in_a_python_package_is_found() -> None:
    audit = of_pip("Found 1 known vulnerability\n" + json.dumps(PIP))
    assert audit == Audit(2, [Vulnerability("holed 2.19.0", "PYSEC-2018-28", "2.20.0")])
    assert audit.is_bad


def test_a_vulnerability_in_an_npm_package_is_reported_once() -> None:
    audit = of_npm(json.dumps(NPM))
    assert audit == Audit(113, [Vulnerability("minimist", "GHSA-xvch-5gv4-984h", "a newer version")])
    assert audit.is_bad


def test_clean_is_not_bad() -> None:
    assert not of_npm(json.dumps(NPM | {"vulnerabilities": {}})).is_bad
    assert not of_pip(json.dumps({"dependencies": PIP["dependencies"][:1]})).is_bad


@pytest.mark.parametrize(
    "audit",
    [
        pytest.param(of_pip(""), id="pip-audit could not even start"),
        pytest.param(of_pip(json.dumps({"dependencies": PIP["dependencies"][2:]})), id="nothing is known to it"),
        pytest.param(of_npm(json.dumps({"message": "405 Method Not Allowed", "statusCode": 405})), id="registry"),
    ],
)
def test_without_a_reporter_to_question_the_step_is_skipped(audit: Audit) -> None:
    assert audit.audited is None
    assert not audit.is_bad


@pytest.mark.parametrize("text", ["{}", "[]", "Traceback ..."])
def test_what_cannot_be_read_is_an_error(text: str) -> None:
    for read in (of_pip, of_npm):
        with pytest.raises(UnreadableError):
            read(text)
