"""Lays what administrators keep of cameras and gauges over the node's own file.

`[[camera_site]]` has a camera's place, and its stream's address where one was given in the cloud; with an address it
may name a camera that the node does not know yet. `off = true` takes a camera out of use. `[[gauge_site]]` has a
gauge's place and limits. What the node does not know by its id, and could not make of this, waits until the node's file
names it: a gauge is often on record before it is wired.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from siaga_edge.settings.errors import did_you_mean, got

CAMERA_KEY: Final = "camera_site"
GAUGE_KEY: Final = "gauge_site"
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    CAMERA_KEY: frozenset({"id", "place", "url", "off"}),
    GAUGE_KEY: frozenset({"id", "place", "limits", "hysteresis_cm"}),
}

Table = dict[str, Any]


def laid(raw: Mapping[str, Any], cameras: object, gauges: object) -> tuple[Table, list[str]]:
    """The tables of a node with these over them, and complaints; what the values must be is said by the validation."""
    complaints = [*_complaints(CAMERA_KEY, cameras), *_complaints(GAUGE_KEY, gauges)]
    if complaints or not (_are_tables(cameras) and _are_tables(gauges)):
        return dict(raw), complaints
    found = dict(raw)
    for key, sites in (("camera", cameras), ("gauge", gauges)):
        own = found.get(key, [])
        if sites and isinstance(own, list):
            found[key] = _over(own, sites)
            if not found[key] and key not in raw:
                del found[key]
    return found, []


def _complaints(key: str, sites: object) -> list[str]:
    if not _are_tables(sites):
        return [f"{key}: got {got(sites)}, expected [[{key}]] tables"]
    found: list[str] = []
    for number, site in enumerate(sites):
        name = site.get("id")
        if not isinstance(name, str):
            found.append(f"{key}[{number}].id: got {got(name)}, expected the id of a camera or gauge in quotes")
        unknown = sorted(site.keys() - _KNOWN[key])
        found += [f"{key}[{name}].{one}: unknown key{did_you_mean(one, _KNOWN[key])}" for one in unknown]
    return found


def _over(own: list[Any], sites: list[Table]) -> list[Any]:
    by_id = {site["id"]: site for site in sites}
    known = {each.get("id") for each in own if isinstance(each, dict)}
    updated = [_one(each, by_id.get(each.get("id"), {})) for each in own if isinstance(each, dict)]
    new = [_one({}, site) for site in sites if "url" in site and site["id"] not in known]
    strange = [each for each in own if not isinstance(each, dict)]  # the validation says what is wrong with them
    return [*(each for each in [*updated, *new] if each is not None), *strange]


def _one(own: Table, site: Table) -> Table | None:
    return None if site.get("off") is True else {**own, **{key: value for key, value in site.items() if key != "off"}}


def _are_tables(value: object) -> TypeGuard[list[Table]]:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)
