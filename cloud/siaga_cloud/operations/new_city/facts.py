"""Defines what the checklist knows of a city, and reads it from the files of a city's folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

from siaga_cloud.city.cli.gazetteer import read_gazetteer
from siaga_cloud.city.files.areas import PropertyNames, read_area_file
from siaga_cloud.city.files.city import AgenciesFile, GaugesFile, SitesFile, UsersFile
from siaga_cloud.city.files.words import WORDS_PATTERN, read_words
from siaga_cloud.city.service.policy_file import PolicyFile
from siaga_cloud.city.store.imports import AreaRow
from siaga_cloud.platform.import_errors import ImportFileError, read_toml
from siaga_core.hazards import all_categories


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFact:
    """Describes an area. `is_schematic` says that its border is drawn, not surveyed."""

    name: str
    has_border: bool
    is_schematic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyFact:
    """Describes an agency: what it is responsible for everywhere, and whether anybody works for it."""

    name: str
    categories: frozenset[str]
    has_people: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeFact:
    """Describes a gauge. `has_reported` is None where it cannot be known, as in files."""

    id: str
    node: str | None
    has_limits: bool
    is_in_area: bool
    has_reported: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFact:
    """Describes a camera. `has_reported` is None where it cannot be known, as in files."""

    id: str
    node: str | None
    has_permission: bool
    has_zones: bool
    is_in_area: bool
    has_reported: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CityFacts:
    """Holds what is known of a city. None stands for what was not checked."""

    areas: tuple[AreaFact, ...] = ()
    zone: str | None = None
    agencies: tuple[AgencyFact, ...] = ()
    admins: int = 0
    people: int = 0
    gauges: tuple[GaugeFact, ...] = ()
    cameras: tuple[CameraFact, ...] = ()
    enrolled_nodes: frozenset[str] | None = None
    places: int = 0
    word_languages: frozenset[str] = frozenset()
    wanted_languages: frozenset[str] = frozenset()
    sends_mail: bool | None = None

    @property
    def nodes(self) -> tuple[str, ...]:
        """Return the nodes that gauges and cameras name."""
        named = {one.node for one in self.gauges} | {one.node for one in self.cameras}
        return tuple(sorted(node for node in named if node is not None))

    @property
    def unrouted(self) -> tuple[str, ...]:
        """Return the categories that no agency is responsible for everywhere."""
        routed = {category for agency in self.agencies for category in agency.categories}
        return tuple(one.id for one in all_categories() if one.id not in routed)


def read_facts(folder: Path, *, wanted_languages: Iterable[str] = ()) -> CityFacts:
    """Return what the files of a city's folder say; raises `ImportFileError` for a file that cannot be imported."""
    if not folder.is_dir():
        raise ImportFileError(f"{folder}: expected a folder with the files of a city")
    areas = _areas(folder)
    agencies = _read(folder, "agencies.toml", AgenciesFile)
    gauges = _read(folder, "gauges.toml", GaugesFile)
    sites = _read(folder, "sites.toml", SitesFile)
    users = _read(folder, "users.toml", UsersFile)
    policy = _read(folder, "policy.toml", PolicyFile)
    employers = {user.agency for user in users.user} if users else set()
    covered = shapely.union_all([shape(one.geometry) for one in areas if one.geometry is not None])
    return CityFacts(
        areas=tuple(
            AreaFact(name=one.name, has_border=one.geometry is not None, is_schematic=one.schematic) for one in areas
        ),
        zone=policy.calendar.zone if policy and policy.calendar else None,
        agencies=tuple(
            AgencyFact(name=one.name, categories=frozenset(one.categories), has_people=one.id in employers)
            for one in (agencies.agency if agencies else ())
        ),
        admins=sum(user.role == "admin" for user in users.user) if users else 0,
        people=len(users.user) if users else 0,
        gauges=tuple(
            GaugeFact(
                id=one.id, node=one.node, is_in_area=one.area is not None or _is_in(covered, one),
                has_limits=any(limit is not None for limit in (one.s3_cm, one.s2_cm, one.s1_cm)),
            )
            for one in (gauges.gauge if gauges else ())
        ),
        cameras=tuple(
            CameraFact(
                id=one.id, node=one.node, has_permission=bool(one.permission), has_zones=bool(one.zone),
                is_in_area=one.area is not None or _is_in(covered, one),
            )
            for one in (sites.camera if sites else ())
        ),
        places=len(read_gazetteer(folder / "gazetteer.csv")) if (folder / "gazetteer.csv").is_file() else 0,
        word_languages=frozenset(read_words(path).language for path in sorted(folder.glob(WORDS_PATTERN))),
        wanted_languages=frozenset(wanted_languages),
    )  # fmt: skip


def _areas(folder: Path) -> Sequence[AreaRow]:
    path = folder / "areas.geojson"
    return read_area_file(path, PropertyNames(), frozenset()).areas if path.is_file() else ()


def _read(folder: Path, name: str, model: Any) -> Any:
    path = folder / name
    return read_toml(path, model) if path.is_file() else None


def _is_in(covered: shapely.Geometry, place: Any) -> bool:
    return bool(shapely.covers(covered, shapely.Point(place.lon, place.lat)))
