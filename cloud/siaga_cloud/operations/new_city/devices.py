"""Reads the gauges and cameras of a new city from CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator

from siaga_cloud.city.files.city import CameraTable, GaugesFile, GaugeTable, Id, Lat, Lon, SitesFile, Text
from siaga_cloud.operations.new_city.tables import read_rows
from siaga_cloud.platform.import_errors import FileModel, ImportFileError, bounded, read_toml

SCHEMES: Final = ("rtsp", "rtsps", "http", "https")


class CameraRow(FileModel):
    """Models a line of the cameras' CSV file. The address is for the node alone and may hold a password."""

    id: Id
    name: Text
    lat: Lat
    lon: Lon
    node: Id | None = None
    area: Text | None = None
    view_radius_m: Annotated[float, Field(gt=0, le=5000)] = 60
    permission: Annotated[str, StringConstraints(max_length=200)] = ""
    address: Annotated[str, StringConstraints(max_length=500)] | None = None

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not _is_address(value):
            raise ValueError(f"an address that begins with {', '.join(f'{one}://' for one in SCHEMES)} and a host")
        return value

    def table(self) -> CameraTable:
        """Return the camera as sites.toml describes it, without the address."""
        return CameraTable.model_validate(self.model_dump(exclude={"address"}))


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.hostname)


def read_gauges(path: Path) -> tuple[GaugeTable, ...]:
    """Return the gauges of a CSV file or of a file like gauges.toml; raises `ImportFileError`."""
    if path.suffix == ".toml":
        gauges = read_toml(path, GaugesFile).gauge
    else:
        gauges = read_rows(path, GaugeTable, required=("name", "lat", "lon"), lists=("warns",))
    _check_downstream(path, gauges)
    return gauges


def read_cameras(path: Path) -> tuple[CameraRow, ...]:
    """Return the cameras of a CSV file; raises `ImportFileError`."""
    return read_rows(path, CameraRow, required=("name", "lat", "lon"))


def read_sites(path: Path) -> tuple[CameraTable, ...]:
    """Return the cameras of a file like sites.toml; raises `ImportFileError`."""
    return read_toml(path, SitesFile).camera


def _check_downstream(path: Path, gauges: tuple[GaugeTable, ...]) -> None:
    ids = {one.id for one in gauges}
    wrong = [
        f"{path}: {one.id}: downstream: got {one.downstream!r}, expected the id of a gauge of this file"
        for one in gauges
        if one.downstream is not None and one.downstream not in ids
    ]
    if wrong:
        raise ImportFileError(bounded(wrong))
