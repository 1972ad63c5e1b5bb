"""Defines the settings of a demo, which a server for a real city cannot have by accident."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import Field

from siaga_cloud.settings.fields import shape, split_by
from siaga_cloud.settings.group import SettingsGroup

_WHY: Final = "because a demo lets everybody enter every account"


class DemoSettings(SettingsGroup, env_prefix="SIAGA_DEMO_"):
    """Makes this server a simulation. `accounts`: the users that everybody may enter; `river_speed`: how many times
    faster than a real one the river runs; `console_url`: the page with caught messages, the story's clock and things to
    break; `story_file`: where the simulator states how the story runs.
    """

    accounts: Annotated[
        tuple[str, ...], split_by(), Field(min_length=1, description="user ids with commas between them")
    ]
    console_url: Annotated[str | None, shape(r"^http://127\.0\.0\.1:\d{1,5}$", "as http://127.0.0.1:1234")] = None
    story_file: Path | None = None
    river_speed: Annotated[float, Field(gt=0, le=10_000, description="a number above 0 and at most 10000")] = 1.0


def is_loopback(host: str | None) -> bool:
    """Return whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def complaint_about(server: Mapping[str, Any]) -> str | None:
    """Return why a server with these settings cannot be a demo, or None.

    It must be reached from this machine alone, without a proxy that could forward others to it.
    """
    for variable, host in (
        ("SIAGA_HTTP_HOST", server.get("http_host")),
        ("SIAGA_PUBLIC_URL", urlsplit(server.get("public_url") or "").hostname),
    ):
        if not is_loopback(host):
            return f"{variable}: got {host}, expected 127.0.0.1 {_WHY}"
    if server.get("trusted_proxies"):
        return f"SIAGA_TRUSTED_PROXIES: got a proxy, expected none {_WHY}"
    return None
