"""One TOML file of settings into a frozen value; unknown or ill-typed keys are refused by name."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class SettingsError(ValueError):
    """A settings file is wrong: names file, key, value and what was expected."""


def read_settings(path: Path, kind: type[T]) -> T:
    """The file as `kind`, a dataclass; tables may fill fields of type dict."""
    if not path.is_file():
        raise SettingsError(f"{path}: no such file")
    try:
        given = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from error
    hints = get_type_hints(kind)
    for key, value in given.items():
        if key not in hints:
            raise SettingsError(f"{path}: unknown key `{key}`; known: {', '.join(sorted(hints))}")
        given[key] = _checked(path, key, value, hints[key])
    absent = [f.name for f in dataclasses.fields(kind) if f.name not in given and _needed(f)]  # type: ignore[arg-type]
    if absent:
        raise SettingsError(f"{path}: key `{absent[0]}` is missing")
    return kind(**given)


def _needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _checked(path: Path, key: str, value: Any, wanted: Any) -> Any:
    origin = get_origin(wanted) or wanted
    if origin is float and type(value) is int:
        return float(value)
    if origin is tuple and isinstance(value, list):
        inner = get_args(wanted)[0]
        return tuple(_checked(path, f"{key}[{i}]", one, inner) for i, one in enumerate(value))
    if origin is dict and isinstance(value, dict):
        inner = get_args(wanted)[1]
        return value if inner is Any else {k: _checked(path, f"{key}.{k}", one, inner) for k, one in value.items()}
    if not isinstance(value, origin) or (origin is not bool and isinstance(value, bool)):
        raise SettingsError(f"{path}: {key} = {value!r}: expected {getattr(origin, '__name__', origin)}")
    return value
