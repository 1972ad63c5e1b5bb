"""Checks that the files of a new city fit together: every area and agency that one names is in another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from siaga_cloud.platform.import_errors import ImportFileError, bounded

if TYPE_CHECKING:
    from siaga_cloud.operations.new_city.folder import NewCity


def check_references(city: NewCity) -> None:
    """Raise `ImportFileError` with a line for each id that is named and not there."""
    answers = city.answers
    areas = {one.id for one in city.areas}
    agencies = {one.id for one in city.agencies}
    users, teams = city.users.get("user", ()), city.users.get("team", ())
    complaints = [
        *_missing(answers.gauges, ((one.id, "area", one.area) for one in city.gauges), areas),
        *_missing(answers.gauges, ((one.id, "warns", area) for one in city.gauges for area in one.warns), areas),
        *_missing(answers.cameras, ((one.id, "area", one.area) for one in city.cameras), areas),
        *_missing(
            answers.agencies, ((one.id, "routes", route.area) for one in city.agencies for route in one.routes), areas
        ),
        *_missing(answers.users, ((one["id"], "area", one.get("area")) for one in (*users, *teams)), areas),
        *_missing(answers.users, ((one["id"], "agency", one.get("agency")) for one in (*users, *teams)), agencies),
    ]
    if complaints:
        raise ImportFileError(bounded(complaints))


def _missing(path: object, named: Iterable[tuple[str, str, str | None]], known: set[str]) -> list[str]:
    return [
        f"{path}: {owner}: {key}: got {target!r}, expected the id of {_noun(key)} of this city"
        for owner, key, target in named
        if target is not None and target not in known
    ]


def _noun(key: str) -> str:
    return "an agency" if key == "agency" else "an area"
