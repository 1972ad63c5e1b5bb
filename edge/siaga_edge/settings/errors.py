"""Turns what pydantic found into complaints: `FILE: key.path: got VALUE, expected ...`, one line each."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from siaga_edge.platform.redaction import redact

Location: TypeAlias = Sequence[int | str]

_LONGEST_VALUE = 80
# Raised by the settings themselves with a finished text.
OWN = "siaga"


def complaints_of(error: ValidationError, model: type[BaseModel], raw: object) -> Iterator[str]:
    """Each finding as `key.path: got VALUE, expected ...`; `raw` is the parsed file that was validated."""
    for problem in error.errors(include_url=False):
        if problem["type"] == "default_factory_not_called":  # follows from a complaint that is made anyway
            continue
        path = path_of(problem["loc"], raw, model)
        if problem["type"].startswith("union_tag_"):
            path += ".kind"
        yield f"{path}: {_problem_text(problem, model)}"


def path_of(location: Location, raw: object, model: type[BaseModel] | None = None) -> str:
    """A dotted path in which entries of a list are called by their id, where they have one."""
    path = ""
    is_chosen = False
    for part in location:
        below = _TAG if not is_chosen and _is_choice(raw, part) else _step(raw, part)
        is_chosen = below is _TAG
        if isinstance(part, str):
            if below is _TAG:
                continue
            path += f".{part}" if path else part
        else:
            path += f"[{_entry_name(below, part)}]"
        raw = below
    return path or (model.__name__ if model else "")


def got(value: object) -> str:
    """A value as it may be shown: as JSON, without credentials, cut when long."""
    text = redact(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "..."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?` for a likely slip, else the list of what is known."""
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; known here: {', '.join(choices)}"


class _Tag:
    """Stands for a part of a location that is the choice of a variant and not a key of the file."""


_TAG = _Tag()


def _is_choice(raw: object, part: int | str) -> bool:
    """Whether a part names the variant, where a key of the table has the variant's own name (kind "camera")."""
    return isinstance(raw, dict) and part in raw and raw.get("kind") == part


def _step(raw: object, part: int | str) -> object:
    if isinstance(raw, dict):
        if part not in raw and part in raw.values():
            return _TAG
        return raw.get(part)
    if isinstance(raw, list) and isinstance(part, int) and part < len(raw):
        return raw[part]
    return None


def _entry_name(entry: object, index: int) -> object:
    name = entry.get("id") if isinstance(entry, dict) else None
    return name if isinstance(name, str) and name else index


def _problem_text(problem: ErrorDetails, model: type[BaseModel]) -> str:
    kind = problem["type"]
    if kind == OWN:
        return problem["msg"]
    if kind == "extra_forbidden":
        key = str(problem["loc"][-1])
        return f"unknown key{did_you_mean(key, _keys_beside(model, problem['loc']))}"
    wanted = _expected(problem, _field_at(model, problem["loc"]))
    if kind in {"missing", "union_tag_not_found"}:
        return f"missing, expected {wanted}"
    value = problem["ctx"]["tag"] if kind == "union_tag_invalid" else problem["input"]
    return f"got {got(value)}, expected {wanted}"


def _expected(problem: ErrorDetails, field: FieldInfo | None) -> str:
    described = field.description if field else None
    return described or problem["msg"].removeprefix("Input should be ").removeprefix("Value error, ")


def _keys_beside(model: type[BaseModel], location: Location) -> Iterable[str]:
    models, _ = _walk(model, location[:-1])
    return [field.alias or name for each in models for name, field in each.model_fields.items()]


def _field_at(model: type[BaseModel], location: Location) -> FieldInfo | None:
    return _walk(model, location)[1]


def _walk(model: type[BaseModel], location: Location) -> tuple[list[type[BaseModel]], FieldInfo | None]:
    """The models that a location may lie in, and the last field on the way to it."""
    models, field = [model], None
    for part in location:
        if isinstance(part, int):
            continue
        if len(models) > 1 and any(_variant_of(each) == part for each in models):
            models = [each for each in models if _variant_of(each) == part]
            continue
        found = [each for candidate in models if (each := _field_named(candidate, part)) is not None]
        if found:
            field = found[0]
            models = list(_models_in(field.annotation))
    return models, field


def _field_named(model: type[BaseModel], key: str) -> FieldInfo | None:
    for name, field in model.model_fields.items():
        if key == (field.alias or name):
            return field
    return None


def _variant_of(model: type[BaseModel]) -> object:
    kind = model.model_fields.get("kind")
    choices = get_args(kind.annotation) if kind else ()
    return choices[0] if len(choices) == 1 else None


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for inner in get_args(annotation):
        yield from _models_in(inner)
