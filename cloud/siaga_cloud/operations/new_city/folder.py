"""Makes the files of a new city from checked answers, and writes them as a folder like city/jakarta."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from siaga_cloud.city.cli.gazetteer import read_gazetteer
from siaga_cloud.city.files.areas import PropertyNames
from siaga_cloud.city.files.city import AgencyTable, CameraTable, GaugeTable, UsersFile, UserTable
from siaga_cloud.city.files.words import WORDS_PATTERN, read_words
from siaga_cloud.city.store.imports import AreaRow, WaterwayRow
from siaga_cloud.operations.new_city.agencies import read_agencies
from siaga_cloud.operations.new_city.answers import Answers
from siaga_cloud.operations.new_city.borders import Borders, feature_collection, read_borders
from siaga_cloud.operations.new_city.devices import CameraRow, read_cameras, read_gauges, read_sites
from siaga_cloud.operations.new_city.node_files import node_files
from siaga_cloud.operations.new_city.policy import initial_tables
from siaga_cloud.operations.new_city.references import check_references
from siaga_cloud.operations.new_city.toml_text import toml_text
from siaga_cloud.platform.import_errors import ImportFileError, read_bytes, read_toml, shown

# What `init` may have written before, and may replace with --force.
OWN_FILES: Final = (
    "areas.geojson", "rivers.geojson", "agencies.toml", "gauges.toml", "sites.toml", "users.toml", "policy.toml",
    "gazetteer.csv",
)  # fmt: skip
_PRIVATE: Final = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCity:
    """Holds everything that was read of a new city."""

    answers: Answers
    areas: Sequence[AreaRow] = ()
    waterways: Sequence[WaterwayRow] = ()
    left_out: int = 0
    agencies: Sequence[AgencyTable] = ()
    gauges: Sequence[GaugeTable] = ()
    cameras: Sequence[CameraTable] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, Any] = field(default_factory=dict)
    copies: Mapping[str, bytes] = field(default_factory=dict)


def read_city(answers: Answers) -> NewCity:
    """Return what the files of the answers hold; raises `ImportFileError` for the first file that is wrong."""
    borders = _borders(answers, answers.borders) if answers.borders else Borders(areas=(), waterways=())
    rivers = _borders(answers, answers.rivers).waterways if answers.rivers else ()
    cameras, addresses = _cameras(answers.cameras)
    city = NewCity(
        answers=answers,
        areas=borders.areas,
        waterways=(*borders.waterways, *rivers),
        left_out=borders.left_out,
        agencies=read_agencies(answers.agencies) if answers.agencies else (),
        gauges=read_gauges(answers.gauges) if answers.gauges else (),
        cameras=cameras,
        addresses=addresses,
        users=_users(answers),
        copies=_copies(answers),
    )
    check_references(city)
    return city


def files_of(city: NewCity) -> dict[str, bytes]:
    """Return the files of the folder by name; empty ones are left out."""
    texts: dict[str, str] = {"policy.toml": toml_text(initial_tables(city.answers))}
    texts["users.toml"] = toml_text(city.users)
    if city.areas:
        texts["areas.geojson"] = feature_collection(city.areas)
    if city.waterways:
        texts["rivers.geojson"] = feature_collection(city.waterways)
    tables: dict[str, tuple[str, Sequence[AgencyTable | GaugeTable | CameraTable]]] = {
        "agencies.toml": ("agency", city.agencies),
        "gauges.toml": ("gauge", city.gauges),
        "sites.toml": ("camera", city.cameras),
    }
    for name, (table, rows) in tables.items():
        if rows:
            texts[name] = toml_text({table: [_table(row) for row in rows]})
    nodes = node_files(city.gauges, city.cameras, city.addresses)
    texts |= nodes
    if nodes:
        texts["nodes/.gitignore"] = "*\n"  # addresses with passwords do not belong into a repository
    return {**{name: text.encode() for name, text in texts.items()}, **city.copies}


def write_folder(folder: Path, files: Mapping[str, bytes], *, force: bool) -> list[Path]:
    """Write the files and return their paths; raises `ImportFileError` where one exists and `force` is not given.

    With `force`, files of an earlier run that this city does not have are removed.
    """
    held = _held(folder)
    if held and not force:
        raise ImportFileError(f"{folder}: got a folder with {held[0].name}, expected a new or empty one (or --force)")
    try:
        for path in held:
            if path.relative_to(folder).as_posix() not in files:
                path.unlink()
        for name, data in files.items():
            _write(folder / name, data)
    except OSError as error:
        raise ImportFileError(f"{error.filename or folder}: {error.strerror or error}") from error
    return [folder / name for name in files]


def _held(folder: Path) -> list[Path]:
    if folder.exists() and not folder.is_dir():
        raise ImportFileError(f"{folder}: got a file, expected a folder")
    own = [folder / name for name in OWN_FILES if (folder / name).exists()]
    return own + sorted(folder.glob(WORDS_PATTERN)) + sorted(folder.glob("nodes/*.toml"))


def _write(path: Path, data: bytes) -> None:
    """Write a file whole; those of nodes hold addresses with passwords and are for their owner alone."""
    is_private = path.parent.name == "nodes"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if is_private else 0o777)
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE if is_private else 0o666)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    temporary.replace(path)


def _borders(answers: Answers, path: Path) -> Borders:
    names = PropertyNames(
        names={str(key): name for key, name in answers.properties.items()},
        kind=answers.kind if path == answers.borders else None,
    )
    return read_borders(path, names, answers.admin_levels)


def _cameras(path: Path | None) -> tuple[Sequence[CameraTable], dict[str, str]]:
    if path is None:
        return (), {}
    if path.suffix == ".toml":
        return read_sites(path), {}
    rows: Iterable[CameraRow] = read_cameras(path)
    return [one.table() for one in rows], {one.id: one.address for one in rows if one.address is not None}


def _users(answers: Answers) -> dict[str, Any]:
    """Return the people of the file, and an administrator where it has none: nobody could sign in without one."""
    file = read_toml(answers.users, UsersFile) if answers.users else None
    tables = file.model_dump(exclude_none=True) if file else {"user": []}
    users = [dict(one) for one in tables["user"]]
    if not any(one["role"] == "admin" for one in users):
        if any(one["id"] == "admin" for one in users):
            raise ImportFileError(f"{answers.users}: user \"admin\" role: got another role, expected 'admin'")
        users.insert(0, UserTable(id="admin", name=answers.admin, role="admin").model_dump(exclude_none=True))
    teams = [dict(one) for one in tables.get("team", ())]
    return {"user": users, **({"team": teams} if teams else {})}


def _copies(answers: Answers) -> dict[str, bytes]:
    copies: dict[str, bytes] = {}
    if answers.gazetteer:
        read_gazetteer(answers.gazetteer)
        copies["gazetteer.csv"] = read_bytes(answers.gazetteer)
    for path in answers.words:
        name = f"words.{read_words(path).language}.toml"
        if name in copies:
            raise ImportFileError(f"{path}: language: got {shown(name[6:-5])} again, expected one file a language")
        copies[name] = read_bytes(path)
    return copies


def _table(row: AgencyTable | GaugeTable | CameraTable) -> dict[str, Any]:
    """Return a row without what is left at its default."""
    return row.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
