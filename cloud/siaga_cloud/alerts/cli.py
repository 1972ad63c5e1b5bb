"""Defines the commands `siaga-cloud admin push-key` and `forget-subscriber`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def make_push_key(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", show_default=False, help="File to create; the roles api and worker read the key from it."
        ),
    ],
) -> None:
    """Create the city's key for web push (VAPID) in a new file, and print the public key."""
    from siaga_cloud.platform.cli import fail
    from siaga_cloud.platform.delivery.webpush import new_key, public_key

    pem = new_key()
    try:
        # Never over an old one: every browser that subscribed with it would be lost.
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{file}: the file exists; it is not replaced, because subscribed browsers depend on its key", code=2)
    except OSError as error:
        fail(f"{file}: {error.strerror}", code=2)
    with os.fdopen(number, "wb") as stream:
        stream.write(pem)
    typer.echo(public_key(pem))


def forget_subscriber(
    channel: Annotated[
        str,
        typer.Argument(
            metavar="CHANNEL", help="Channel of the address: email, sms, webhook or webpush.", show_default=False
        ),
    ],
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", show_default=False, help="Address of the subscriber on this channel.")
    ],
) -> None:
    """Erase every subscription of an address, as its owner may request."""
    from siaga_cloud.alerts.service import subscriptions
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import InvalidError

    if channel not in ("email", "sms", "webhook", "webpush"):
        fail(f"CHANNEL: got {channel!r}, expected email, sms, webhook or webpush", code=2)
    try:
        with database() as conn:
            count = subscriptions.forget_address(conn, channel, address)
    except InvalidError as error:
        fail(str(error), code=2)
    typer.echo(f"erased {count} subscriptions")
