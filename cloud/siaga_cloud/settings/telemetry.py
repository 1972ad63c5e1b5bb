"""Defines the settings of metrics, traces and dashboards."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from siaga_cloud.settings.fields import PortOrNone, needed_secret, shape, whole
from siaga_cloud.settings.group import SettingsGroup


class GrafanaSettings(SettingsGroup, env_prefix="SIAGA_GRAFANA_"):
    """Describes the Grafana that `admin grafana sync` fills, and the token of its service account (role Admin)."""

    # A wrong address may hold a password, so it is not repeated.
    url: str = Field(pattern=r"^https?://[^\s@]+$", repr=False, description="http(s)://host:port without a login")
    token: str = needed_secret("the token of a service account with the role Admin, or _FILE")


class OtlpSettings(SettingsGroup, env_prefix="SIAGA_OTLP_"):
    """Describes the collector of traces (OTLP over HTTP), and the percentage of traces that are sent."""

    url: Annotated[
        str,
        shape(r"^https?://[^\s@]+$", "the collector, as http://collector:4318"),
        AfterValidator(lambda url: url.rstrip("/")),
    ]
    percent: Annotated[int, whole(1, 100)] = 100


class TelemetrySettings(SettingsGroup):
    """Holds the port of Prometheus metrics (0 means none), and where traces and dashboards go."""

    metrics_port: PortOrNone = 0
    otlp: OtlpSettings | None = None
    grafana: GrafanaSettings | None = None
