"""The command `siaga-edge discover`."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from siaga_edge.onvif.camera_tables import camera_tables
from siaga_edge.onvif.device import read_device
from siaga_edge.onvif.probe import DiscoveryError, discover
from siaga_edge.onvif.roles import CameraProfile
from siaga_edge.onvif.types import DeviceAddress, DeviceError, OnvifDevice

_AT_ONCE = 8
_HTTP_PORT = 80


def discover_cameras(
    hosts: Annotated[
        list[str] | None,
        typer.Argument(metavar="HOST[:PORT]", help="Devices to read; without any, those that answer a probe."),
    ] = None,
    user: Annotated[str | None, typer.Option(metavar="USER", help="User of the cameras.")] = None,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that contains the password; - reads it from the terminal.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.5, max=60, metavar="S", help="How long to wait for answers to the probe.")
    ] = 4.0,
    answer_seconds: Annotated[
        float, typer.Option(min=1, max=60, metavar="S", help="How long a device may take for each answer.")
    ] = 5.0,
    role: Annotated[str, typer.Option(metavar="main|sub", help="Role of the stream that --toml writes.")] = "main",
    as_toml: Annotated[bool, typer.Option("--toml", help="Print [[camera]] tables for NODE.toml.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Find ONVIF cameras in the network, and print their profiles, streams and snapshots; exit with code 1 if none can
    be read."""
    logging.basicConfig(level=logging.ERROR)
    if role not in ("main", "sub"):
        raise typer.BadParameter(f"got {role}, expected main or sub", param_hint="--role")
    password = _password(password_file)
    try:
        addresses = [
            DeviceAddress(
                host=host, port=port, is_https=https, user=user, password=password, answer_seconds=answer_seconds
            )
            for host, port, https in _places(hosts or [], seconds)
        ]
    except DiscoveryError as error:
        typer.echo(f"siaga-edge discover: {error}", err=True)
        raise typer.Exit(1) from None
    answers = asyncio.run(_read_all(addresses))
    devices = [each for each in answers if isinstance(each, OnvifDevice)]
    for address, answer in zip(addresses, answers, strict=True):
        if isinstance(answer, DeviceError):
            typer.echo(f"siaga-edge discover: {address.host}:{address.port}: {answer}", err=True)
    if as_json:
        typer.echo(json.dumps({"devices": [asdict(each) for each in devices]}, ensure_ascii=False, indent=2))
    elif as_toml:
        typer.echo(camera_tables(devices, "main" if role == "main" else "sub", user, password), nl=False)
    else:
        typer.echo("\n".join(_lines(devices)) or "no ONVIF device was read")
    if not devices:
        raise typer.Exit(1)


def _places(hosts: Sequence[str], seconds: float) -> list[tuple[str, int, bool]]:
    if not hosts:
        return [(each.host, each.port, each.is_https) for each in discover(seconds)]
    return [_place(host) for host in hosts]


def _place(text: str) -> tuple[str, int, bool]:
    host, colon, port = text.rpartition(":")
    if not colon or host.count(":"):  # an address of IPv6 has colons of its own
        return text.strip("[]"), _HTTP_PORT, False
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise typer.BadParameter(f"got {text}, expected HOST or HOST:PORT with a port from 1 to 65535")
    return host, int(port), False


def _password(file: Path | None) -> str | None:
    if file is None:
        return None
    if str(file) == "-":
        return str(typer.prompt("Password of the cameras", hide_input=True, err=True))
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--password-file") from None


async def _read_all(addresses: Sequence[DeviceAddress]) -> list[OnvifDevice | DeviceError]:
    limit = asyncio.Semaphore(_AT_ONCE)

    async def read(address: DeviceAddress) -> OnvifDevice | DeviceError:
        async with limit:
            try:
                return await read_device(address)
            except DeviceError as error:
                return error

    return list(await asyncio.gather(*map(read, addresses)))


def _lines(devices: Sequence[OnvifDevice]) -> Iterator[str]:
    for device in devices:
        yield f"{device.host}:{device.port}  {device.maker} {device.model}, firmware {device.firmware or 'unknown'}"
        for profile in device.profiles:
            yield f"  {profile.role:<4} {_described(profile)}  {profile.stream_url}"
        snapshots = dict.fromkeys(each.snapshot_url for each in device.profiles if each.snapshot_url)
        yield from (f"  snapshot  {url}" for url in snapshots)


def _described(profile: CameraProfile) -> str:
    size = f"{profile.width} x {profile.height}" if profile.width and profile.height else "unknown size"
    rate = f" {profile.fps:g} fps" if profile.fps else ""
    return f"{profile.encoding or 'unknown encoding'} {size}{rate}"
