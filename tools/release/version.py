"""States under which version a commit is built."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.release import changelog

_VERSION = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Version:
    """The version of what is built; `section`: the part of the changelog that describes it."""

    name: str
    section: str

    @property
    def is_interim(self) -> bool:
        """Whether it is a state between two releases."""
        return self.section == changelog.UNRELEASED

    @property
    def tag(self) -> str:
        """The version in the tag of an image, which cannot contain a plus sign."""
        return self.name.replace("+", "-")


def project_version(pyproject: str) -> str:
    """Return the version that pyproject.toml states."""
    found = _VERSION.findall(pyproject)
    if len(found) != 1:
        raise ValueError(f"pyproject.toml: got {len(found)} versions, expected one")
    return str(found[0])


def version_of(pyproject: str, changes: str, commit: str) -> Version:
    """Return the version of a commit.

    Where the changelog lists changes that no release has, the commit is an interim build: its version names the
    commit, so that nothing is called 0.2.0 that is not 0.2.0.
    """
    version = project_version(pyproject)
    if changelog.has_unreleased_changes(changes):
        return Version(f"{version}+g{commit[:8]}", changelog.UNRELEASED)
    return Version(version, version)


def with_version(pyproject: str, version: Version) -> str:
    """Return pyproject.toml with this version."""
    return _VERSION.sub(f'version = "{version.name}"', pyproject)
