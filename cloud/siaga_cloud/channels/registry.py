"""The registry of channels: every channel by which citizens write to the city, apart from the pages and Open311.

To add a channel, write a module in `siaga_cloud.channels.kinds` that defines a `CitizenChannel`, and add it to
`_CHANNELS`. Settings, routes, answers, photos, polling and the page of connectors read this registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from siaga_cloud.channels.gateways.photos import PhotoSource
from siaga_cloud.channels.kinds import (
    email,
    facebook,
    frontlinesms,
    lapor,
    smssync,
    telegram,
    twilio,
    whatsapp_cloud,
    x,
)
from siaga_cloud.channels.kinds.channel import CitizenChannel, Gateway, PollContext, PollUntil
from siaga_cloud.platform.delivery.ports import Channel
from siaga_cloud.settings import ChannelSettings, Settings, SettingsGroup, load

_CHANNELS: Final = (
    email.CHANNEL,
    twilio.SMS,
    twilio.WHATSAPP,
    whatsapp_cloud.CHANNEL,
    telegram.CHANNEL,
    smssync.CHANNEL,
    frontlinesms.CHANNEL,
    lapor.CHANNEL,
    x.CHANNEL,
    facebook.CHANNEL,
)


def registry_of(entries: Iterable[CitizenChannel]) -> Mapping[str, CitizenChannel]:
    """Return the channels by id, in order; raises ValueError for an id or a path that is there twice."""
    listed = tuple(entries)
    paths = [one.gateway.path for one in listed if one.gateway is not None]
    by_id = {one.id: one for one in listed}
    if len(by_id) < len(listed) or len(set(paths)) < len(paths):
        raise ValueError(f"expected every id and path once, got {[one.id for one in listed]} and {paths}")
    return MappingProxyType(by_id)


# The tests put another mapping in its place; every function below reads it when it is called.
_registry: Mapping[str, CitizenChannel] = registry_of(_CHANNELS)


def all_channels() -> tuple[CitizenChannel, ...]:
    """Return every channel, in the order of the registry."""
    return tuple(_registry.values())


def find_channel(channel_id: str) -> CitizenChannel | None:
    """Return the channel of an id, None where the registry has none."""
    return _registry.get(channel_id)


def gateways() -> tuple[tuple[CitizenChannel, Gateway], ...]:
    """Return the channels that a service delivers to by HTTP, each with its gateway."""
    return tuple((one, one.gateway) for one in all_channels() if one.gateway is not None)


def settings_groups() -> dict[str, type[SettingsGroup]]:
    """Return the groups of settings of all channels, each once, by the id of the first channel that has it."""
    first: dict[type[SettingsGroup], str] = {}
    for one in all_channels():
        first.setdefault(one.settings, one.id.replace("-", "_"))
    return {name: group for group, name in first.items()}


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings of SIAGA_* variables with those of every channel; raises `SettingsError`."""
    return load(environment, settings_groups())


def set_up_channels(settings: ChannelSettings) -> frozenset[str]:
    """Return the ids of the channels whose messages this server can accept."""
    return frozenset(one.id for one in all_channels() if one.is_set_up(settings))


def phone_channels() -> frozenset[str]:
    """Return the ids of the channels whose senders are phone numbers."""
    return frozenset(one.id for one in all_channels() if one.sender_is_phone)


def proving_channels() -> frozenset[str]:
    """Return the ids of the channels whose senders are proven to have a phone, so that an account has its price."""
    return frozenset(one.id for one in all_channels() if one.sender_is_phone or one.needs_phone)


def collected_channels(settings: ChannelSettings) -> frozenset[str]:
    """Return the ids of the channels whose gateway requests the answers that wait."""
    return frozenset(one.id for one in all_channels() if one.is_collected(settings))


def answer_channels(settings: Settings) -> dict[str, Channel]:
    """Return the port that answers go out by for each channel that has one; e-mail uses that of notifications."""
    ports = ((one.id, one.answers(settings)) for one in all_channels())
    return {channel_id: port for channel_id, port in ports if port is not None}


def photo_sources(settings: ChannelSettings) -> dict[str, PhotoSource]:
    """Return where the photos of each channel are fetched; nothing is fetched for a channel that is not set up."""
    sources = ((one.id, one.photos(settings)) for one in all_channels())
    return {channel_id: source for channel_id, source in sources if source is not None}


def pollers(context: PollContext) -> dict[str, PollUntil]:
    """Return what fetches the messages of each channel that is polled."""
    fetched = ((one.id, one.polling(context)) for one in all_channels())
    return {channel_id: poll for channel_id, poll in fetched if poll is not None}
