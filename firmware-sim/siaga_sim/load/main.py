"""`siaga-sim load`: load-tests a broker with simulated gauges, or a private one with a cloud that only acknowledges."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from siaga_sim.control import listening
from siaga_sim.gauges.smart import Account
from siaga_sim.load.acker import PASSWORD_VARIABLE, READY
from siaga_sim.load.fleet import Fleet, Sums, TooManyNodesError, allow_files
from siaga_sim.load.passwords import (
    BadPasswordsError,
    accounts_of,
    broker_accounts,
    fresh_passwords,
    write_private,
)
from siaga_sim.stack.broker import INGEST_USER, Broker
from siaga_sim.stack.child import Child, ServiceError

EXIT_BAD_INPUT = 2
EXIT_NOT_ACKED = 1
MOST_NODES = 20_000


def load(
    nodes: Annotated[int, typer.Option("--nodes", min=1, max=MOST_NODES, help="Number of gauges.")] = 1000,
    rate: Annotated[
        float, typer.Option("--rate", min=0.01, max=100_000, help="Messages per second of all gauges together.")
    ] = 100,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, max=86_400, help="Time in seconds during which the gauges send.")
    ] = 60,
    broker: Annotated[
        str | None,
        typer.Option("--broker", help="Host and port of the broker; without it, a private broker is started."),
    ] = None,
    passwords: Annotated[
        Path | None,
        typer.Option("--passwords", help="File with a line NODE:PASSWORD for each gauge; required with --broker."),
    ] = None,
    write_passwords: Annotated[
        Path | None,
        typer.Option("--write-passwords", help="Write a password file with new passwords to this path, and exit."),
    ] = None,
    drain_seconds: Annotated[
        float,
        typer.Option("--drain", min=0, max=3600, help="Longest time in seconds to wait for the last acknowledgements."),
    ] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one line of JSON.")] = False,
) -> None:
    """Load-test with many simulated smart gauges in one process, and print what was sent and acknowledged.

    The command exits with code 1 if a message was not acknowledged.
    """
    try:
        allow_files(nodes)
        if write_passwords is not None:
            write_private(write_passwords, fresh_passwords(nodes))
            return
        with _accounts(nodes, broker, passwords) as accounts:
            fleet = Fleet(accounts=accounts, per_second=rate)
            sums = asyncio.run(_run(fleet, seconds, drain_seconds))
    except (BadPasswordsError, TooManyNodesError, ServiceError, OSError) as error:
        _refuse(str(error))
    _print_summary(sums, fleet.refusals(), rate, seconds, as_json=as_json)
    if sums.waiting or not sums.is_closed:
        raise typer.Exit(EXIT_NOT_ACKED)


@contextmanager
def _accounts(nodes: int, broker: str | None, passwords: Path | None) -> Iterator[Sequence[Account]]:
    if broker is None:
        with _private_broker(fresh_passwords(nodes)) as accounts:
            yield accounts
        return
    yield broker_accounts(broker, passwords, nodes=nodes)


@contextmanager
def _private_broker(logins: Mapping[str, str]) -> Iterator[Sequence[Account]]:
    word = secrets.token_urlsafe(12)
    with tempfile.TemporaryDirectory(prefix="siaga-load-") as folder:
        with Broker(folder=Path(folder) / "mosquitto", logins={**logins, INGEST_USER: word}) as running:
            argv = [sys.executable, "-m", "siaga_sim.load.acker", str(running.port)]
            log = Path(folder) / "acker.log"
            with Child(name="acker", argv=argv, log=log, env={PASSWORD_VARIABLE: word}) as acker:
                acker.wait_for(lambda: READY in acker.tail())
                typer.echo(f"private broker: {running.engine()}, with a cloud that only acknowledges", err=True)
                yield accounts_of(logins, host="127.0.0.1", port=running.port)
        running.remove()


async def _run(fleet: Fleet, seconds: float, drain_seconds: float) -> Sums:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with suppress(asyncio.CancelledError):
        async with listening(fleet):
            return await fleet.run(seconds, drain_seconds=drain_seconds, stop=stop)
    return fleet.sums()


def _print_summary(sums: Sums, refusals: Mapping[str, int], rate: float, seconds: float, *, as_json: bool) -> None:
    if as_json:
        facts = {"rate": rate, "seconds": seconds, "closed": sums.is_closed, "refusals": dict(refusals)}
        typer.echo(json.dumps(asdict(sums) | facts))
        return
    typer.echo(f"nodes {sums.nodes}, connected {sums.connected}, connections {sums.connections}")
    typer.echo(f"stored {sums.stored} = acknowledged {sums.acked} + waiting {sums.waiting} + evicted {sums.evicted}")
    typer.echo(f"sent {sums.sent}, resent {sums.resent}, acknowledged again {sums.late_acks}, refused {sums.refused}")
    typer.echo(f"time to acknowledgement: median {sums.ack_p50_ms} ms, 95th percentile {sums.ack_p95_ms} ms")
    typer.echo(f"this process: {sums.cpu_seconds} s of CPU time, {sums.rss_mib} MiB of memory")
    for why, count in refusals.items():
        typer.echo(f"{count} not connected: {why}", err=True)


def _refuse(line: str) -> NoReturn:
    typer.echo(f"load: {line}", err=True)
    raise typer.Exit(EXIT_BAD_INPUT)
