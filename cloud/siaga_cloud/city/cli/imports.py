"""Imports checked files into the database; each file is imported completely or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from siaga_cloud.city.cli.gazetteer import load_gazetteer
from siaga_cloud.city.files.areas import PropertyNames, read_area_file
from siaga_cloud.city.files.city import (
    AgenciesFile,
    CameraTable,
    GaugesFile,
    GaugeTable,
    IncidentsFile,
    SitesFile,
    UsersFile,
)
from siaga_cloud.city.files.words import WORDS_PATTERN, read_words
from siaga_cloud.city.service import layers, policy
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.policy_file import PolicyFile
from siaga_cloud.city.store import imports as load_city
from siaga_cloud.city.store import match_policies, words
from siaga_cloud.city.store.policy import Team, save_team
from siaga_cloud.people.service import accounts as people
from siaga_cloud.people.store import accounts
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.import_errors import ImportFileError, bounded, read_toml, shown
from siaga_core.rules.incident import MatchPolicy
from siaga_core.rules.reliability import BetaPrior


def load_city_folder(conn: Connection, folder: Path) -> list[str]:
    """Imports the files of a city that a folder holds, in the order that they need; what was done, in words."""
    steps: dict[str, Callable[[Connection, Path], str]] = {
        "areas.geojson": lambda conn, path: load_areas(conn, path, PropertyNames()),
        "rivers.geojson": lambda conn, path: load_areas(conn, path, PropertyNames()),
        "agencies.toml": load_agencies,
        "gauges.toml": load_gauges,
        "sites.toml": load_sites,
        "users.toml": load_users,
        "incidents.toml": load_incident_rules,
        "policy.toml": load_policy,
        "gazetteer.csv": load_gazetteer,
    }
    there = [(folder / name, load) for name, load in steps.items() if (folder / name).is_file()]
    there += [(path, load_words) for path in sorted(folder.glob(WORDS_PATTERN))]
    if not there:
        raise ImportFileError(f"{folder}: expected a folder with at least one of {', '.join((*steps, WORDS_PATTERN))}")
    return [f"{load(conn, path)} from {path}" for path, load in there]


def load_words(conn: Connection, path: Path) -> str:
    """Imports a word list of the city; it replaces the earlier one of its language."""
    file = read_words(path)
    words.save(conn, file.language, file.model_dump(mode="json"))
    return f"{sum(map(len, file.category.values()))} words of the language {file.language}"


def load_areas(conn: Connection, path: Path, names: PropertyNames) -> str:
    """Imports areas and waterways; what was done, in words."""
    found = read_area_file(path, names, load_city.known_ids(conn, "area"))
    load_city.save_areas(conn, found.areas)
    load_city.save_waterways(conn, found.waterways)
    mended = f", {found.repaired} of them mended because they crossed themselves" if found.repaired else ""
    moved = layers.rejoin(conn, lookup=AreaLookup()) if found.areas else 0
    elsewhere = f", {moved} features of layers lie in another area now" if moved else ""
    return f"{len(found.areas)} areas{mended}, {len(found.waterways)} waterways{elsewhere}"


def load_agencies(conn: Connection, path: Path) -> str:
    """Imports agencies and what is sent to them."""
    file = read_toml(path, AgenciesFile)
    wanted = [(agency.id, route.area) for agency in file.agency for route in agency.routes]
    _require(path, "agency", wanted, "area", load_city.known_ids(conn, "area"))
    for agency in file.agency:
        load_city.save_agency(conn, agency_id=agency.id, name=agency.name, colour=agency.colour)
        for category in agency.categories:
            load_city.save_route(conn, category=category, area_id=None, agency_id=agency.id)
        for route in agency.routes:
            load_city.save_route(conn, category=route.category, area_id=route.area, agency_id=agency.id)
    return f"{len(file.agency)} agencies"


def load_gauges(conn: Connection, path: Path) -> str:
    """Imports gauges; an area that is not given is looked up by the place."""
    file = read_toml(path, GaugesFile)
    _once(path, "gauge", (gauge.id for gauge in file.gauge))
    areas = load_city.known_ids(conn, "area")
    _require(path, "gauge", [(gauge.id, gauge.area) for gauge in file.gauge], "area", areas)
    _require(path, "gauge", [(gauge.id, area) for gauge in file.gauge for area in gauge.warns], "warns", areas)
    gauges = load_city.known_ids(conn, "gauge") | {gauge.id for gauge in file.gauge}
    _require(path, "gauge", [(gauge.id, gauge.downstream) for gauge in file.gauge], "downstream", gauges)
    lookup = AreaLookup()
    load_city.save_gauges(conn, [_gauge_row(conn, gauge, lookup) for gauge in file.gauge])
    return f"{len(file.gauge)} gauges"


def load_sites(conn: Connection, path: Path) -> str:
    """Imports cameras with their zones."""
    file = read_toml(path, SitesFile)
    _once(path, "camera", (camera.id for camera in file.camera))
    areas = load_city.known_ids(conn, "area")
    _require(path, "camera", [(camera.id, camera.area) for camera in file.camera], "area", areas)
    lookup = AreaLookup()
    for camera in file.camera:
        _once(path, f'camera "{camera.id}" zone', (zone.id for zone in camera.zone))
        zones = [
            load_city.ZoneRow(id=zone.id, kind=zone.kind, polygon=zone.polygon, lat=zone.lat, lon=zone.lon)
            for zone in camera.zone
        ]
        load_city.save_camera(conn, _camera_row(conn, camera, lookup), zones)
    return f"{len(file.camera)} cameras"


def load_users(conn: Connection, path: Path) -> str:
    """Imports people; their tokens are made by `admin token`. Another role or place ends sign-ins and tokens."""
    file = read_toml(path, UsersFile)
    _once(path, "user", (user.id for user in file.user))
    areas, agencies = load_city.known_ids(conn, "area"), load_city.known_ids(conn, "agency")
    _require(path, "user", [(user.id, user.area) for user in file.user], "area", areas)
    _require(path, "user", [(user.id, user.agency) for user in file.user], "agency", agencies)
    for user in file.user:
        row = load_city.PersonRow(id=user.id, name=user.name, role=user.role, area_id=user.area, agency_id=user.agency)
        _save_person(conn, row)
    return f"{len(file.user)} users{_load_teams(conn, path, file)}"


def _save_person(conn: Connection, row: load_city.PersonRow) -> None:
    before = accounts.account(conn, row.id)
    load_city.save_person(conn, row)
    if before and (before.role, before.area_id, before.agency_id) != (row.role, row.area_id, row.agency_id):
        people.end_access(conn, row.id, by="admin command", now=datetime.now(UTC))


def load_policy(conn: Connection, path: Path) -> str:
    """Imports what the city decides about tasks; it decides from now on."""
    file = read_toml(path, PolicyFile)
    agencies = load_city.known_ids(conn, "agency")
    _require(path, "routing", [("crew", file.routing.crew_agency)], "crew_agency", agencies)
    targets = [(target.to, target.to.partition(":")[2]) for target in file.target if target.to.startswith("agency:")]
    _require(path, "target", targets, "agency", agencies)
    number = policy.adopt(conn, file, now=datetime.now(UTC))
    return (
        f"policy {number}: {len(file.rule)} rules, {len(file.deadline)} deadline tables, {len(file.template)} templates"
    )


def _load_teams(conn: Connection, path: Path, file: UsersFile) -> str:
    _once(path, "team", (team.id for team in file.team))
    areas, agencies = load_city.known_ids(conn, "area"), load_city.known_ids(conn, "agency")
    people = load_city.known_ids(conn, "app_user")
    _require(path, "team", [(team.id, team.area) for team in file.team], "area", areas)
    _require(path, "team", [(team.id, team.agency) for team in file.team], "agency", agencies)
    _require(path, "team", [(team.id, member) for team in file.team for member in team.members], "members", people)
    for team in file.team:
        row = Team(
            id=team.id, name=team.name, agency_id=team.agency, area_id=team.area, members=sorted(set(team.members))
        )
        save_team(conn, row)
    return f", {len(file.team)} teams" if file.team else ""


def load_incident_rules(conn: Connection, path: Path) -> str:
    """Imports radii and windows of categories and how far kinds of source are believed; others keep what they had."""
    file = read_toml(path, IncidentsFile)
    _once(path, "category", (one.id for one in file.category))
    _once(path, "source", (one.kind for one in file.source))
    match_policies.save(
        conn,
        {one.id: MatchPolicy(radius_m=one.radius_m, window_seconds=one.window_hours * 3600) for one in file.category},
    )
    match_policies.save_priors(
        conn, {one.kind: BetaPrior(mean=one.believed, strength=one.weighs_verdicts) for one in file.source}
    )
    return f"rules of {len(file.category)} categories and {len(file.source)} kinds of source"


def _gauge_row(conn: Connection, gauge: GaugeTable, lookup: AreaLookup) -> load_city.GaugeRow:
    return load_city.GaugeRow(
        id=gauge.id,
        name=gauge.name,
        river=gauge.river,
        node_id=gauge.node,
        min_cm=gauge.min_cm,
        max_cm=gauge.max_cm,
        lat=gauge.lat,
        lon=gauge.lon,
        area_id=gauge.area or lookup.at(conn, lat=gauge.lat, lon=gauge.lon),
        s3_cm=gauge.s3_cm,
        s2_cm=gauge.s2_cm,
        s1_cm=gauge.s1_cm,
        hysteresis_cm=gauge.hysteresis_cm,
        stale_seconds=gauge.stale_seconds,
        datum_cm=gauge.datum_cm,
        downstream_id=gauge.downstream,
        travel_minutes=gauge.travel_minutes,
        warns=gauge.warns,
    )


def _camera_row(conn: Connection, camera: CameraTable, lookup: AreaLookup) -> load_city.CameraRow:
    return load_city.CameraRow(
        id=camera.id,
        name=camera.name,
        node_id=camera.node,
        lat=camera.lat,
        lon=camera.lon,
        area_id=camera.area or lookup.at(conn, lat=camera.lat, lon=camera.lon),
        view_radius_m=camera.view_radius_m,
        permission=camera.permission,
        public_snapshot=camera.public_snapshot,
    )


def _once(path: Path, table: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise ImportFileError(f'{path}: {table} "{one}": given twice, expected each id once')
        seen.add(one)


def _require(path: Path, table: str, wanted: Iterable[tuple[str, str | None]], key: str, known: frozenset[str]) -> None:
    """Every id that is pointed at must be there."""
    wrong = [
        f'{path}: {table} "{owner}" {key}: got {shown(target)}, expected the id of an imported {_noun(key)}'
        for owner, target in wanted
        if target is not None and target not in known
    ]
    if wrong:
        raise ImportFileError(bounded(wrong))


def _noun(key: str) -> str:
    return {"downstream": "gauge", "crew_agency": "agency", "members": "user"}.get(key, key)
