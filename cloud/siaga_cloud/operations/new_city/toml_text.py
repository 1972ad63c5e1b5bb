"""Writes tables as people write TOML: one `[[table]]` for each row, short values on one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import tomli_w

_KEY: Final = "x"


def toml_text(tables: Mapping[str, Any]) -> str:
    """Return a document whose values are tables or lists of tables."""
    parts = [
        part
        for name, held in tables.items()
        for part in (_rows(name, held) if isinstance(held, list | tuple) else [_table(f"[{name}]", name, held)])
    ]
    return "\n".join(parts)


def _rows(name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [_table(f"[[{name}]]", name, row) for row in rows]


def _table(head: str, name: str, row: Mapping[str, Any]) -> str:
    """Return a table; lists of tables within it follow with its name before theirs."""
    inner = {key: value for key, value in row.items() if _is_rows(value)}
    lines = [head, *(f"{key} = {_value(value)}" for key, value in row.items() if key not in inner)]
    below = [part for key, value in inner.items() for part in _rows(f"{name}.{key}", value)]
    return "\n".join(["\n".join(lines) + "\n", *below])


def _is_rows(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return tomli_w.dumps({_KEY: value}).removeprefix(f"{_KEY} = ").removesuffix("\n")
