"""Defines a group of settings, whose variables have a common prefix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, get_args

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import PydanticBaseSettingsSource as _Source


class SettingsGroup(BaseSettings):
    """Represents settings whose variables have a common prefix; only `load` reads the environment.

    An optional group is None unless its first field, or one of its `switch` fields, is set.
    """

    model_config = SettingsConfigDict(
        env_prefix="SIAGA_",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        loc_by_alias=False,
        validate_by_name=True,
        validate_default=True,
    )
    switch: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: _Source, *_: _Source, **__: _Source
    ) -> tuple[_Source, ...]:
        """Take the values that are passed, and nothing from the environment of the process."""
        return (init_settings,)

    @classmethod
    def variables(cls, name: str) -> tuple[str, ...]:
        """Return the variables that a field is read from; the first one that is set counts."""
        match cls.model_fields[name].validation_alias:
            case str() as alias:
                return (alias,)
            case AliasChoices(choices=choices):
                return tuple(str(choice) for choice in choices)
        return (f"{cls.model_config.get('env_prefix', '')}{name}".upper(),)


def group_of(field: FieldInfo) -> type[SettingsGroup] | None:
    """Return the group that a field holds, if it holds one."""
    return next(_groups(field.annotation), None)


def is_secret(field: FieldInfo) -> bool:
    """Return whether the value of a field must not be shown."""
    return not field.repr


def _groups(annotation: object) -> Iterator[type[SettingsGroup]]:
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, SettingsGroup):
            yield kind
