"""Reads groups of settings from environment variables and names every wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource

from siaga_cloud.settings.group import SettingsGroup, group_of, is_secret

_Group = TypeVar("_Group", bound=SettingsGroup)


class SettingsError(Exception):
    """One or more settings are wrong; the message has a line for each: NAME: got VALUE, expected ..."""


class MissingFile:
    """Replaces a secret whose file does not exist, so that its field is refused."""

    def __init__(self, variable: str, path: str) -> None:
        self.variable, self.path = variable, path


class EnvironmentSource(EnvSettingsSource):
    """Reads values from a given mapping, with secrets from files and with the groups inside the group."""

    def __init__(self, group: type[SettingsGroup], environment: Mapping[str, str]) -> None:
        super().__init__(group, case_sensitive=True)
        self._group, self._environment = group, environment

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the value of a field (None: not set) under its own name."""
        inner = group_of(field)
        value = self._text(field, field_name) if inner is None else self._inner(inner, field)
        return value, field_name, False

    def prepare_field_value(self, field_name: str, field: FieldInfo, value: Any, value_is_complex: bool) -> Any:
        """Leave parsing to the field: no variable holds JSON."""
        return value

    def _text(self, field: FieldInfo, name: str) -> str | MissingFile | None:
        for variable in self._group.variables(name):
            found = self._secret_file(f"{variable}_FILE") if is_secret(field) else None
            text = self._environment.get(variable)
            if found is not None or text:
                return found if found is not None else text
        return None

    def _secret_file(self, variable: str) -> str | MissingFile | None:
        path = self._environment.get(variable)
        if not path:
            return None
        if not Path(path).is_file():
            return MissingFile(variable, path)
        return Path(path).read_text("utf-8").partition("\n")[0]

    def _inner(self, group: type[SettingsGroup], field: FieldInfo) -> dict[str, Any] | None:
        values = EnvironmentSource(group, self._environment)()
        switch = group.switch or tuple(group.model_fields)[:1]
        is_optional = not field.is_required()
        return None if is_optional and values.keys().isdisjoint(switch) else values


def read(group: type[_Group], environment: Mapping[str, str]) -> _Group:
    """Return a group of settings; raise `SettingsError` naming every wrong variable."""
    try:
        return group.model_validate(EnvironmentSource(group, environment)())
    except ValidationError as error:
        lines = dict.fromkeys(_lines(group, environment, error))
    # Raised outside of the handler: the error of pydantic holds the values.
    raise SettingsError("\n".join(lines))


def _lines(group: type[SettingsGroup], environment: Mapping[str, str], error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        # The default follows from a field that has a line of its own.
        if problem["type"] != "default_factory_not_called":
            yield _line(group, environment, problem)


def _line(group: type[SettingsGroup], environment: Mapping[str, str], problem: ErrorDetails) -> str:
    if isinstance(problem["input"], MissingFile):
        return f"{problem['input'].variable}: got {problem['input'].path!r}, expected a file that exists"
    if problem["type"] == "complaint":
        return problem["msg"]
    owner, name = _owner(group, problem["loc"])
    field, variables = owner.model_fields[name], owner.variables(name)
    variable = next((one for one in variables if environment.get(one)), variables[0])
    return f"{variable}: got {_got(field, problem)}, expected {field.description}"


def _owner(group: type[SettingsGroup], location: tuple[int | str, ...]) -> tuple[type[SettingsGroup], str]:
    first, rest = str(location[0]), location[1:]
    inner = group_of(group.model_fields[first])
    return (group, first) if inner is None else _owner(inner, rest)


def _got(field: FieldInfo, problem: ErrorDetails) -> str:
    if problem["type"] == "missing" or problem["input"] == "":
        return "nothing"
    if not is_secret(field):
        return repr(problem["input"])
    return "something short" if problem["type"] == "string_too_short" else "something else"
