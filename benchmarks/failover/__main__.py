"""`python -m benchmarks.failover --patroni PATH`: the primary dies under load; how long, and what was lost.

Patroni is in no environment of ours: `python -m venv VENV && VENV/bin/pip install 'patroni[raft,psycopg3]'`, then
`--patroni VENV/bin/patroni`; or Debian's package patroni. The programs are given one address with both servers in it.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from benchmarks.failover.cluster import LOOP_SECONDS, TTL_SECONDS, Cluster

from siaga_sim.demo.layout import program
from siaga_sim.load.passwords import node_names, write_private
from siaga_sim.stack.broker import INGEST_USER, Broker
from siaga_sim.stack.child import Child, wait_until

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "siaga"


def main(
    patroni: Annotated[Path, typer.Option(help="the program")] = Path("/usr/bin/patroni"),
    nodes: Annotated[int, typer.Option(min=1, max=5000)] = 100,
    rate: Annotated[float, typer.Option(min=1, max=5000, help="messages a second")] = 100,
    seconds: Annotated[float, typer.Option(min=20, max=3600, help="how long messages are sent")] = 70,
    folder: Annotated[Path, typer.Option(help="where it runs")] = ROOT / ".run" / "failover",
    out: Annotated[Path, typer.Option(help="what it came to, as JSON")] = ROOT / ".run" / "failover.json",
) -> None:
    """Ends with 1 if a message was lost or stored twice, or no new primary came."""
    began = time.monotonic()

    def log_line(line: str) -> None:
        typer.echo(f"{time.monotonic() - began:6.1f} s  {line}", err=True)

    shutil.rmtree(folder, ignore_errors=True)
    with ExitStack() as after:
        cluster = Cluster(root=folder, patroni=patroni.absolute())
        after.callback(cluster.stop)
        log_line(f"{cluster.engine()}, {cluster.programs.bin_dir}, lock of {TTL_SECONDS} s, loop of {LOOP_SECONDS} s")
        cluster.start()
        wait_until(lambda: cluster.primary() is not None, seconds=90, what="a primary")
        wait_until(
            lambda: any(node.is_synchronous() for node in cluster.nodes), seconds=90, what="a synchronous replica"
        )
        log_line("a primary and a synchronous replica")
        cluster.create_database(DATABASE)
        found = _attempt(cluster, after, folder, log_line, nodes=nodes, rate=rate, seconds=seconds)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(found, indent=1))
    raise typer.Exit(1 if found["lost"] or found["doubled"] or found["waiting"] else 0)


def _attempt(
    cluster: Cluster,
    after: ExitStack,
    folder: Path,
    log_line: Callable[[str], None],
    *,
    nodes: int,
    rate: float,
    seconds: float,
) -> dict[str, Any]:
    words = {name: secrets.token_urlsafe(12) for name in (INGEST_USER, *node_names(nodes))}
    broker = after.enter_context(Broker(folder=folder / "broker", logins=words))
    url = cluster.url(DATABASE)
    environment = {
        "SIAGA_DATABASE_URL": url,
        "SIAGA_BROKER_PORT": str(broker.port),
        "SIAGA_BROKER_USERNAME": INGEST_USER,
        "SIAGA_BROKER_PASSWORD": words[INGEST_USER],
        "SIAGA_BROKER_PROTOCOL": broker.protocol,
        "SIAGA_MEDIA_DIR": str(folder / "media"),
        "SIAGA_UNOWNED": "accept",
    }
    migrating = Child(
        name="migrate", argv=[program("siaga-cloud"), "migrate"], log=folder / "migrate.log", env=environment
    )
    with migrating:
        wait_until(lambda: not migrating.is_running, seconds=120, what="migrate")
    if migrating.returncode:
        raise typer.Exit(1)
    after.enter_context(
        Child(name="ingest", argv=[program("siaga-cloud"), "ingest"], log=folder / "ingest.log", env=environment)
    )
    write_private(folder / "passwords", {name: words[name] for name in node_names(nodes)})
    argv = [
        "load",
        "--nodes",
        str(nodes),
        "--rate",
        f"{rate:g}",
        "--seconds",
        f"{seconds:g}",
        "--json",
        "--drain",
        "120",
    ]
    argv += ["--broker", f"127.0.0.1:{broker.port}", "--passwords", str(folder / "passwords")]
    load = after.enter_context(Child(name="load", argv=[program("siaga-sim"), *argv], log=folder / "load.log"))
    wait_until(lambda: _stored(url) > rate * 5, seconds=90, what="messages stored")
    log_line("messages flow; the primary's machine dies now (kill -9 of Patroni and PostgreSQL)")
    new_primary_seconds, stored_again_seconds, old = _fail_over(cluster, url, log_line)
    rejoin_seconds = _rejoined(old, log_line)
    wait_until(lambda: not load.is_running, seconds=seconds + 200, what="the end of sending")
    sums = json.loads(next(line for line in load.tail().splitlines()[::-1] if line.startswith("{")))
    with psycopg.connect(url) as connection:
        row = connection.execute(_JUDGED).fetchone()
    stored, distinct, missing = row or (0, 0, 0)
    return {
        "patroni": cluster.engine(),
        "nodes": nodes,
        "rate": rate,
        "ttl_seconds": TTL_SECONDS,
        "new_primary_seconds": round(new_primary_seconds, 1),
        "messages_stored_again_after_seconds": round(stored_again_seconds, 1),
        "old_primary_back_as_replica_seconds": round(rejoin_seconds, 1),
        "sent": sums["kept"],
        "acknowledged": sums["acked"],
        "waiting": sums["waiting"],
        "evicted": sums["evicted"],
        "stored": stored,
        "lost": sums["kept"] - sums["evicted"] - distinct,
        "doubled": stored - distinct,
        "missing_by_the_ledger": int(missing),
    }


def _fail_over(cluster: Cluster, url: str, log_line: Callable[[str], None]) -> tuple[float, float, Any]:
    """Seconds until a server takes writes again, and until ingest stores again; and who died."""
    old = cluster.primary()
    if old is None:
        raise typer.Exit(1)
    began = time.monotonic()
    old.kill()

    def accepts_writes() -> bool:
        with suppress(psycopg.Error), psycopg.connect(url) as connection:
            connection.execute("create table if not exists failover_probe (at timestamptz)")
            connection.execute("insert into failover_probe values (now())")
            return True
        return False

    wait_until(accepts_writes, seconds=120, what="a new primary", every=0.1)
    measured = time.monotonic() - began
    before = _stored(url)
    wait_until(lambda: _stored(url) > before, seconds=120, what="ingest at work again", every=0.1)
    stored_again = time.monotonic() - began
    log_line(f"a new primary takes writes after {measured:.1f} s, ingest stores after {stored_again:.1f} s")
    return measured, stored_again, old


def _rejoined(old: Any, log_line: Callable[[str], None]) -> float:
    began = time.monotonic()
    old.child.start()
    wait_until(lambda: bool(old.is_replica()), seconds=120, what="the old primary as a replica", every=0.2)
    measured = time.monotonic() - began
    log_line(f"the old primary is a replica after {measured:.1f} s")
    return measured


def _stored(url: str) -> int:
    with suppress(psycopg.Error), psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from message").fetchone()
        return int(row[0]) if row else 0
    return 0


_JUDGED = """
select count(*), count(distinct id), (select coalesce(sum(missing), 0) from node_ledger) from message
"""

if __name__ == "__main__":
    typer.run(main)
