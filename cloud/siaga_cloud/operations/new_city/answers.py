"""Models the answers that describe a new city: from a TOML file, from options or from questions at a terminal."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from siaga_cloud.city.files.areas import LEVELS
from siaga_cloud.city.files.city import Text
from siaga_cloud.city.service.policy_file import Clock, Day
from siaga_cloud.operations.new_city.borders import ADMIN_LEVELS
from siaga_cloud.platform.import_errors import FileModel, ImportFileError, read_toml, shown

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
FILE_KEYS: Final = ("borders", "rivers", "agencies", "gauges", "cameras", "users", "gazetteer")
_WORKDAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri")


class OfficeHours(FileModel):
    """Models the table `[office]`: when the offices are open, which deadlines in working hours count by."""

    opens: Clock = "08:00"
    closes: Clock = "16:00"
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = _WORKDAYS

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens before closes")
        return self


class Answers(FileModel):
    """Models the answers. Paths are relative to the folder of the file that names them."""

    name: Text
    timezone: str
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=10)] = ("id", "en")
    admin: Text = "Administrator"
    office: OfficeHours = OfficeHours()
    borders: Path | None = None
    properties: Mapping[Literal["name", "code", "kind", "parent"], Text] = {}
    kind: Literal["province", "city", "kecamatan", "kelurahan", "rw"] | None = None
    admin_levels: Mapping[str, str] = ADMIN_LEVELS
    rivers: Path | None = None
    agencies: Path | None = None
    gauges: Path | None = None
    cameras: Path | None = None
    users: Path | None = None
    gazetteer: Path | None = None
    words: tuple[Path, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            raise ValueError("the name of a time zone, such as Asia/Jakarta or Europe/Lisbon")
        return value

    @field_validator("admin_levels")
    @classmethod
    def _names_levels(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        wrong = [one for one in value.values() if one not in LEVELS]
        if wrong:
            raise ValueError(f"levels among {', '.join(LEVELS)}, not {wrong[0]!r}")
        return value


class _AnswersFile(FileModel):
    """Models the file as written: everything may be left out and asked for."""

    name: Any = None
    timezone: Any = None
    languages: Any = None
    admin: Any = None
    office: Any = None
    borders: Any = None
    properties: Any = None
    kind: Any = None
    admin_levels: Any = None
    rivers: Any = None
    agencies: Any = None
    gauges: Any = None
    cameras: Any = None
    users: Any = None
    gazetteer: Any = None
    words: Any = None


def read_given(path: Path) -> dict[str, Any]:
    """Return what an answers file gives, with its paths made relative to the current folder."""
    given = read_toml(path, _AnswersFile).model_dump(exclude_none=True)
    for key in FILE_KEYS:
        if isinstance(given.get(key), str):
            given[key] = path.parent / given[key]
    if isinstance(given.get("words"), list | tuple):
        given["words"] = [path.parent / str(one) for one in given["words"]]
    return given


def checked(given: Mapping[str, Any], *, source: str) -> Answers:
    """Return the answers; raises `ImportFileError` with a line for each wrong one, which names the `source`."""
    try:
        return Answers.model_validate(given)
    except ValidationError as error:
        raise ImportFileError("\n".join(_line(item, source) for item in error.errors(include_url=False))) from None


def _line(item: Any, source: str) -> str:
    key = ".".join(str(part) for part in item["loc"]) or "answers"
    if item["type"] == "missing":
        return f"{source}: {key}: got nothing, expected a value"
    message = str(item["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    return f"{source}: {key}: got {shown(item['input'])}, expected {message}"
