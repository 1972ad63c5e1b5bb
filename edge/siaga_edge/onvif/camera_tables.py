"""Writes discovered cameras as tables of NODE.toml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit, urlunsplit

import tomlkit

from siaga_edge.onvif.roles import Role, chosen
from siaga_edge.onvif.types import OnvifDevice

_NO_NAME = re.compile(r"[^a-z0-9]+")


def camera_tables(devices: Sequence[OnvifDevice], role: Role, user: str | None, password: str | None) -> str:
    """Return a table for each sensor of each device. The place is left to the technician: `check` reports it."""
    document, used = tomlkit.document(), set[str]()
    tables = tomlkit.aot()
    for device in devices:
        for profile in chosen(device.profiles, role):
            table = tomlkit.table()
            name = _free_name(f"{device.model or 'camera'}-{device.host}", used)
            table.add(
                tomlkit.comment(f"{device.maker} {device.model}, {role} stream: {profile.width} x {profile.height}")
            )
            table.add("id", name)
            table.add("url", with_password(profile.stream_url, user, password))
            table.add(tomlkit.comment("place = { lat = ..., lon = ... }"))
            tables.append(table)
    if tables:
        document.add("camera", tables)
    return tomlkit.dumps(document)


def with_password(url: str, user: str | None, password: str | None) -> str:
    """Return an address that contains the user and the password, as the settings of a camera expect it."""
    parts = urlsplit(url)
    if user is None or parts.username is not None:
        return url
    own = f"{quote(user, safe='')}:{quote(password or '', safe='')}"
    return urlunsplit(parts._replace(netloc=f"{own}@{parts.netloc}"))


def _free_name(text: str, used: set[str]) -> str:
    name = _NO_NAME.sub("-", text.lower()).strip("-")[:44] or "camera"
    number, free = 2, name
    while free in used:
        free, number = f"{name}-{number}", number + 1
    used.add(free)
    return free
