"""Defines the errors of imported files: which file, which key, what it held and what was expected."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from siaga_core.wire import toml

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
_SHOWN_CHARACTERS = 80
_MAX_COMPLAINTS = 20
_Model = TypeVar("_Model", bound=BaseModel)


class ImportFileError(Exception):
    """A file cannot be imported, and nothing of it was. The message has one line for each error."""


class FileModel(BaseModel):
    """Models a table of an imported file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_bytes(path: Path) -> bytes:
    """Return the file's bytes; raises `ImportFileError`."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ImportFileError(f"{path}: got {path.stat().st_size} bytes, expected at most {MAX_FILE_BYTES}")
        return path.read_bytes()
    except OSError as error:
        raise ImportFileError(f"{path}: {error.strerror or error}") from error


def read_toml(path: Path, model: type[_Model]) -> _Model:
    """Return a TOML file as a model; raises `ImportFileError` naming every wrong key."""
    try:
        tables = toml.parsed(read_bytes(path).decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImportFileError(f"{path}: not readable as TOML: {error}") from error
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        raise ImportFileError("\n".join(_lines(path, tables, error))) from error


def shown(value: object) -> str:
    """Return a value as it is shown in a complaint."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def bounded(complaints: list[str]) -> str:
    """Return the first complaints, and how many more there are."""
    more = len(complaints) - _MAX_COMPLAINTS
    tail = [f"… and {more} more"] if more > 0 else []
    return "\n".join(complaints[:_MAX_COMPLAINTS] + tail)


def _lines(path: Path, tables: Mapping[str, Any], error: ValidationError) -> list[str]:
    return [
        f"{path}: {_key(tables, _place(item))}: got {_got(item)}, expected {_expected(item)}"
        for item in error.errors()[:_MAX_COMPLAINTS]
    ]


def _place(item: Any) -> tuple[int | str, ...]:
    where: tuple[int | str, ...] = item["loc"]
    return (*where, "kind") if str(item["type"]).startswith("union_tag") else where


def _key(tables: Mapping[str, Any], where: tuple[int | str, ...]) -> str:
    """`gauge[2] "karet" s3_cm`: counted from 1, with the id where there is one."""
    words, held = "", tables
    for part in where:
        if isinstance(held, dict) and part not in held and held.get("kind") == part:
            continue  # pydantic names the kind that it chose, which is no key
        held = _inside(held, part)
        if isinstance(part, int):
            name = held.get("id") if isinstance(held, dict) else None
            words += f"[{part + 1}]" + (f' "{name}"' if isinstance(name, str) else "")
        else:
            words += ("" if not words else "." if words[-1] != '"' else " ") + part
    return words


def _inside(held: Any, part: int | str) -> Any:
    try:
        return held[part]
    except (KeyError, IndexError, TypeError):
        return None


def _got(item: Any) -> str:
    match item["type"]:
        case "missing" | "union_tag_not_found":
            return "nothing"
        case "union_tag_invalid":
            return shown(item["ctx"]["tag"])
        case _:
            return shown(item["input"])


def _expected(item: Any) -> str:
    match item["type"]:
        case "missing":
            return "a value"
        case "extra_forbidden":
            return "no such key"
        case "union_tag_invalid":
            return f"one of {str(item['ctx']['expected_tags']).replace(chr(39), '')}"
        case "union_tag_not_found":
            return "a value"
        case _:
            message = str(item["msg"])
            for start in ("Input should be ", "Value error, "):
                message = message.removeprefix(start)
            return message
