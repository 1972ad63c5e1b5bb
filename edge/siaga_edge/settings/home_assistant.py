"""The part of NODE.toml that is about Home Assistant on the network of the site."""

from __future__ import annotations

from pydantic import Field, SecretStr

from siaga_edge.settings.kinds import ExistingFile, Port, Section


class HomeAssistantSettings(Section):
    """The broker of a Home Assistant, which is not the broker of the city; without a host nothing is published."""

    host: str | None = Field(default=None, min_length=1, description="a host name or address; left out: no publishing")
    ca_file: ExistingFile | None = Field(default=None, description="the path of a PEM file")
    port: Port = Field(
        default_factory=lambda data: 8883 if data.get("ca_file") else 1883, description="a port from 1 to 65535"
    )
    username: str | None = Field(default=None, min_length=1, description="text; left out: none")
    password_file: ExistingFile | None = Field(default=None, description="the path of a file with the password")
    prefix: str = Field(
        default="homeassistant", pattern=r"^[A-Za-z0-9_/-]{1,64}$", description="the discovery prefix of Home Assistant"
    )

    def password(self) -> SecretStr | None:
        """The password, or None where none is given; OSError when its file cannot be read."""
        if self.password_file is None:
            return None
        return SecretStr(self.password_file.read_text(encoding="utf-8").strip())
