"""The part of NODE.toml that is about commands of the cloud and the node's own status page."""

from __future__ import annotations

from pydantic import Field

from siaga_edge.settings.kinds import ExistingFile, Port, Section


class FleetSettings(Section):
    """Whether the cloud may change this node, how long a change is on trial, and where the certificate is renewed."""

    key_file: ExistingFile | None = Field(
        default=None, description="the path of a PEM file with the city's public key; without it no command is accepted"
    )
    trial_seconds: float = Field(default=120.0, ge=1, le=86_400, description="a number of seconds from 1 to 86400")
    url: str | None = Field(
        default=None,
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost)(:|/|$))[^\s]*$",
        description="the https:// address of the city's pages, where the certificate is renewed; left out: it is not",
    )
    url_ca_file: ExistingFile | None = Field(
        default=None,
        description="the path of a PEM file with the authority of that address; left out: the system's",
    )


class StatusSettings(Section):
    """The local status page and /metrics."""

    port: Port | None = Field(default=None, description="a port from 1 to 65535; no page when left out")
    host: str = Field(default="127.0.0.1", min_length=1, description="the address to listen on")
