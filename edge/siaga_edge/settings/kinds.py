"""The kinds of values that a setting can have, each with its own exact refusal."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from siaga_core.rules.outline import Spot, problem_with
from siaga_edge.settings.errors import OWN, got

_CAMERA_SCHEMES = ("rtsp", "rtsps", "http", "https")
_SIZE = re.compile(r"^\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[KMGT]i?B|B)?\s*$")
_UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}
NAME_TEXT: Final = 'a name of 2 to 48 letters a-z, digits and "-", beginning with a letter or digit'


def refuse(text: str) -> PydanticCustomError:
    """The error that becomes a complaint with this text, which says what was got and expected."""
    # Braces would be read as places to fill in.
    return PydanticCustomError(OWN, "{text}", {"text": text})


def _bytes_from(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _SIZE.match(value)
    if found is None:
        raise refuse(f"got {got(value)}, expected a number of bytes, or text such as 500MB or 1GiB")
    unit = found["unit"] or "B"
    step = 1024 if "i" in unit else 1000
    return int(float(found["number"]) * step ** _UNITS.get(unit[0], 0))


def _in_folder(value: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    try:
        path: Path = folder / value.expanduser() if folder else value.expanduser()
        path.exists()
    except (OSError, RuntimeError) as error:  # too long, not ours to look at, or the home of nobody
        why = error.strerror if isinstance(error, OSError) else error
        raise refuse(f"got {got(str(value))}, expected a path that can be: {why}") from None
    return path


def _existing_file(value: Path, info: ValidationInfo) -> Path:
    path = _in_folder(value, info)
    if info.context is not None and not path.is_file():
        raise refuse(f"got {got(str(value))}, expected a file that exists (looked for {path})")
    return path


def _folder(value: Path, info: ValidationInfo) -> Path:
    path = _in_folder(value, info)
    if path.exists() and not path.is_dir():
        raise refuse(f"got {got(str(value))}, expected a folder, but {path} is a file")
    return path


def _stream_url(value: str, info: ValidationInfo) -> str:
    parts = urlsplit(value)
    if "://" not in value:
        return str(_existing_file(Path(value), info))
    if parts.scheme == "v4l2" and not parts.netloc and parts.path.startswith("/dev/"):
        return value
    if parts.scheme not in _CAMERA_SCHEMES or not parts.hostname:
        wanted = ", ".join(f"{scheme}://host/..." for scheme in _CAMERA_SCHEMES)
        raise refuse(f"got {got(value)}, expected {wanted}, v4l2:///dev/videoN or the path of a file")
    return value


def _outline(value: tuple[Spot, ...]) -> tuple[Spot, ...]:
    if len(value) > 1 and value[0] == value[-1]:
        value = value[:-1]  # closed by hand, as GeoJSON does; ours close themselves
    problem = problem_with(value)
    if problem is not None:
        raise refuse(problem)
    return value


def _clock_time(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d(:00)?", value):
        hour, minute = int(value[:2]), int(value[3:5])
        if (hour, minute) == (24, 0):
            return time(0)
        if hour < 24 and minute < 60:
            return time(hour, minute)
    elif isinstance(value, time):
        return value
    raise refuse(f"got {got(value)}, expected a time of day as HH:MM, 00:00 to 24:00")


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise refuse(f"got {got(value)}, expected an IANA time zone such as Asia/Jakarta") from None
    return value


Bytes: TypeAlias = Annotated[int, BeforeValidator(_bytes_from)]
ExistingFile: TypeAlias = Annotated[Path, AfterValidator(_existing_file)]
Folder: TypeAlias = Annotated[Path, AfterValidator(_folder)]
StreamUrl: TypeAlias = Annotated[str, AfterValidator(_stream_url)]
Outline: TypeAlias = Annotated[tuple[Spot, ...], AfterValidator(_outline)]
ClockTime: TypeAlias = Annotated[time, BeforeValidator(_clock_time)]
Timezone: TypeAlias = Annotated[str, AfterValidator(_timezone)]
Score: TypeAlias = Annotated[float, Field(ge=0.15, le=1)]  # below that nothing is looked at
Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A table of the file: frozen, and with no keys but those it knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


class PlaceSettings(Section):
    """A spot on the ground, WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90, description="a number of degrees of latitude from -90 to 90")
    lon: float = Field(ge=-180, le=180, description="a number of degrees of longitude from -180 to 180")


PLACE_TEXT: Final = "a place such as { lat = -6.2, lon = 106.8 }"
