"""This package holds the settings of the cloud's programs: environment variables that are read and checked once."""

from __future__ import annotations

from collections.abc import Mapping

from siaga_cloud.settings.broker import BrokerSettings, FleetSettings, IngestSettings
from siaga_cloud.settings.channels import (
    ChannelSettings,
    CitizenChannelSettings,
    FacebookSettings,
    MailboxSettings,
    TelegramSettings,
    TextChannelSettings,
    TwilioSettings,
    XSettings,
)
from siaga_cloud.settings.database import DatabaseSettings, ReadSettings, StorageSettings
from siaga_cloud.settings.environment import SettingsError, read
from siaga_cloud.settings.http import CapStatus, HttpSettings, HttpTls, InteropSettings, OidcSettings
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
    "PUSH_HOSTS", "BrokerSettings", "CapStatus", "ChannelSettings", "FacebookSettings", "FleetSettings",
    "GrafanaSettings", "HttpTls", "MailboxSettings", "OidcSettings", "OtlpSettings", "PushSettings", "ReadSettings",
    "Settings", "SettingsError", "SmsSettings", "SmtpSettings", "TelegramSettings", "TextChannelSettings",
    "TwilioSettings", "WebhookSettings", "XSettings", "load",
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


def load(environment: Mapping[str, str]) -> Settings:
    """Return the settings of SIAGA_* variables; raise `SettingsError` naming every wrong one."""
    return read(Settings, environment)
