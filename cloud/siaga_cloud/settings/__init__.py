"""This package holds the settings of the cloud's programs: environment variables that are read and checked once."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import create_model

from siaga_cloud.settings.broker import BrokerSettings, FleetSettings, IngestSettings
from siaga_cloud.settings.channels import ChannelSettings, CitizenChannelSettings, channel_settings
from siaga_cloud.settings.database import DatabaseSettings, ReadSettings, StorageSettings
from siaga_cloud.settings.demo import DemoSettings
from siaga_cloud.settings.environment import SettingsError, read
from siaga_cloud.settings.group import SettingsGroup
from siaga_cloud.settings.http import (
    CapSignature,
    CapStatus,
    HttpSettings,
    HttpTls,
    InteropSettings,
    OidcSettings,
    PasskeyPolicy,
)
from siaga_cloud.settings.sending import (
    PUSH_HOSTS,
    PushSettings,
    SendingSettings,
    SmsSettings,
    SmtpSettings,
    WebhookSettings,
)
from siaga_cloud.settings.telemetry import GrafanaSettings, OtlpSettings, TelemetrySettings

__all__ = [
    "PUSH_HOSTS", "BrokerSettings", "CapSignature", "CapStatus", "ChannelSettings", "DemoSettings", "FleetSettings",
    "GrafanaSettings", "HttpTls", "OidcSettings", "OtlpSettings", "PasskeyPolicy", "PushSettings", "ReadSettings",
    "Settings", "SettingsError", "SettingsGroup", "SmsSettings", "SmtpSettings", "WebhookSettings", "load",
]  # fmt: skip


class Settings(
    TelemetrySettings,
    InteropSettings,
    CitizenChannelSettings,
    SendingSettings,
    StorageSettings,
    HttpSettings,
    IngestSettings,
    DatabaseSettings,
):
    """All settings of the cloud's programs; pydantic reads the groups from the last to the first."""


def load(environment: Mapping[str, str], channels: Mapping[str, type[SettingsGroup]] | None = None) -> Settings:
    """Return the settings of SIAGA_* variables; raise `SettingsError` naming every wrong one.

    `channels` are the groups of the channels, by the name of each; a program that uses channels loads its settings by
    `siaga_cloud.channels.registry.load_settings`, which passes those of the registry.
    """
    return read(_settings_with(channels) if channels else Settings, environment)


def _settings_with(channels: Mapping[str, type[SettingsGroup]]) -> type[Settings]:
    return create_model("Settings", __base__=Settings, channels=(channel_settings(channels), ...))
