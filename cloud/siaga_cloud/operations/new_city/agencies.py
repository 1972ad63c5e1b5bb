"""Reads the agencies of a new city from CSV or TOML, and checks that what they are responsible for exists."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from siaga_cloud.city.files.city import AgenciesFile, AgencyTable
from siaga_cloud.operations.new_city.tables import read_rows
from siaga_cloud.platform.import_errors import ImportFileError, bounded, read_toml
from siaga_core.hazards import all_categories


def read_agencies(path: Path) -> tuple[AgencyTable, ...]:
    """Return the agencies of a file; in CSV the column `categories` holds ids separated by semicolons."""
    agencies = (
        read_toml(path, AgenciesFile).agency
        if path.suffix == ".toml"
        else read_rows(path, AgencyTable, required=("name",), lists=("categories",))
    )
    _check(path, agencies)
    return agencies


def _check(path: Path, agencies: tuple[AgencyTable, ...]) -> None:
    known = {one.id for one in all_categories()}
    wrong = [
        f"{path}: {agency.id}: categories: got {category!r}, expected one of {', '.join(sorted(known))}"
        for agency in agencies
        for category in agency.categories
        if category not in known
    ]
    if wrong:
        raise ImportFileError(bounded(wrong))
    try:
        AgenciesFile(agency=agencies)
    except ValidationError as error:
        message = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ImportFileError(f"{path}: expected {message}") from None
