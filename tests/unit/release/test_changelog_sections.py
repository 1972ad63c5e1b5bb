"""The version of a commit follows from pyproject.toml and CHANGELOG.md."""

from __future__ import annotations

import pytest
from tools.release import changelog
from tools.release.changelog import ChangelogError
from tools.release.commands import ROOT
from tools.release.version import Version, project_version, version_of, with_version

PYPROJECT = '[project]\nname = "siaga"\nversion = "1.2.0"\n[tool.mypy]\npython_version = "3.11"\n'
CHANGES = """# Changelog

## Unreleased

### Added

## 1.2.0 - 2026-12-03

### Added

- A line
  that goes on.

## 1.1.0 - 2026-01-01

- Another.
"""


def test_a_commit_without_open_changes_is_the_release() -> None:
    version = version_of(PYPROJECT, CHANGES, "0e19e476aa")
    assert (version, version.is_interim, version.tag) == (Version("1.2.0", "1.2.0"), False, "1.2.0")
    assert changelog.section_of(CHANGES, version.section) == "### Added\n\n- A line\n  that goes on.\n"


def test_a_commit_with_open_changes_is_never_called_by_the_version_of_a_release() -> None:
    version = version_of(PYPROJECT, CHANGES.replace("### Added\n\n## 1.2", "- New.\n\n## 1.2", 1), "0e19e476aa")
    assert (version.name, version.section, version.is_interim) == ("1.2.0+g0e19e476", "Unreleased", True)
    assert version.tag == "1.2.0-g0e19e476", "a tag cannot contain a plus sign"
    assert project_version(with_version(PYPROJECT, version)) == "1.2.0+g0e19e476"
    assert 'python_version = "3.11"' in with_version(PYPROJECT, version)


@pytest.mark.parametrize(
    ("text", "title", "message"),
    [
        (CHANGES, "1.3.0", "no section '1.3.0'"),
        (CHANGES, "Unreleased", "lists no change"),
        (CHANGES + "\n## 1.1.0\n", "1.2.0", "two sections '1.1.0'"),
    ],
)
def test_a_changelog_that_describes_no_release_is_refused(text: str, title: str, message: str) -> None:
    with pytest.raises(ChangelogError, match=message):
        changelog.section_of(text, title)


def test_two_versions_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2 versions"):
        project_version(PYPROJECT + 'version = "9"\n')


def test_the_project_has_a_section_for_its_version() -> None:
    version = project_version((ROOT / "pyproject.toml").read_text("utf-8"))
    assert changelog.section_of((ROOT / "CHANGELOG.md").read_text("utf-8"), version)
