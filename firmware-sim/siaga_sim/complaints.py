"""What is wrong with a TOML file, said so that it can be mended: file, key, value, what was expected."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

ModelT = TypeVar("ModelT", bound=BaseModel)

_LONGEST_VALUE = 60


class BadFileError(ValueError):
    """A file that cannot be used; `lines` say everything that is wrong with it, not just the first thing."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def load_toml(path: Path, model: type[ModelT]) -> ModelT:
    """Read a file as the model. Raises BadFileError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFileError([f"{path}: got {error.strerror or error}, expected a readable file"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFileError([f"{path}: got {error}, expected TOML"]) from error
    return validated(content, model, path)


def validated(content: dict[str, Any], model: type[ModelT], path: Path) -> ModelT:
    """The content as the model. Raises BadFileError."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise BadFileError([f"{path}: {line}" for line in _lines(error)]) from error


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_url=False):
        key = key_path(problem["loc"]) or "file"
        match problem["type"]:
            case "missing":
                lines.append(f"{key}: got nothing, expected a value")
            case "extra_forbidden":
                lines.append(f"{key}: got {shown(problem['input'])}, expected no such key")
            case "value_error":
                lines.append(f"{key}: {problem['ctx']['error']}")
            case _:
                wanted = problem["msg"].removeprefix("Input should be ").removeprefix("Value should ")
                lines.append(f"{key}: got {shown(problem['input'])}, expected {wanted}")
    return lines


def key_path(location: tuple[int | str, ...]) -> str:
    """`camera[2].water.max_cm` for a place in a TOML file."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def shown(value: object) -> str:
    """A value as it may stand in a line of text."""
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
