"""Settings of the channels that citizens write by; the registry of channels adds a group for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import create_model

from siaga_cloud.settings.fields import shape
from siaga_cloud.settings.group import SettingsGroup

MIN_SECRET: Final = 16
PhoneNumber = Annotated[str | None, shape(r"^\+\d{5,15}$", "a number as +6221...")]

_Group = TypeVar("_Group", bound=SettingsGroup)


class ChannelSettings(SettingsGroup):
    """The settings of every channel: a field for each group that `channel_settings` was given."""

    def of(self, group: type[_Group]) -> _Group:
        """Return the settings of one channel; raise LookupError where they were not read."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if type(value) is group:
                return value
        raise LookupError(f"{group.__name__}: the settings were read without this group")


class CitizenChannelSettings(SettingsGroup):
    """All channels that citizens write by."""

    channels: ChannelSettings


def channel_settings(groups: Mapping[str, type[SettingsGroup]]) -> type[ChannelSettings]:
    """Return the class of settings that has a field for each of these groups."""
    fields: dict[str, Any] = {name: (group, ...) for name, group in groups.items()}
    return create_model("ChannelSettings", __base__=ChannelSettings, **fields)
