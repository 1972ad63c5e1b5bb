"""Reads the sections of CHANGELOG.md."""

from __future__ import annotations

import re

UNRELEASED = "Unreleased"
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


class ChangelogError(ValueError):
    """The changelog lacks what a release needs."""


def sections(text: str) -> dict[str, str]:
    """Return the text of each section by its title, without the date of a release."""
    found: dict[str, str] = {}
    headings = list(_HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        title = heading[1].partition(" - ")[0].strip()
        if title in found:
            raise ChangelogError(f"got two sections {title!r}, expected one")
        found[title] = text[heading.end() : following.start() if following else len(text)].strip()
    return found


def has_unreleased_changes(text: str) -> bool:
    """Return whether a change is listed that no release has."""
    return any(line.startswith("- ") for line in sections(text).get(UNRELEASED, "").splitlines())


def section_of(text: str, title: str) -> str:
    """Return the section of a version as a page of its own; raises where it is missing or lists nothing."""
    found = sections(text).get(title)
    if found is None:
        raise ChangelogError(f"CHANGELOG.md has no section {title!r}")
    if not any(line.startswith("- ") for line in found.splitlines()):
        raise ChangelogError(f"the section {title!r} of CHANGELOG.md lists no change")
    return found + "\n"
