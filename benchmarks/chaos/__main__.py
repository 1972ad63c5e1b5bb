"""`make chaos SECONDS= SEED=`: everything runs, everything breaks at random, and then the ledger must close."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from benchmarks.chaos.breaking import Breaker
from benchmarks.chaos.faults import FAKETIME, Fault, PastBreak, drawn
from benchmarks.chaos.ledger import Check, SentCounts, Verdict, judged, settled
from benchmarks.chaos.world import DRAIN_SECONDS, World, built, wait_for

ROOT = Path(__file__).resolve().parents[2]
WARM_UP_SECONDS = 8.0
RECEIVED_TWICE = 2.0
LOAD_BEGINS_WITHIN_SECONDS = 120.0


def main(
    seconds: Annotated[float, typer.Option(min=30, max=86_400, help="how long things are broken")] = 120,
    seed: Annotated[int, typer.Option(help="draws the faults")] = 1,
    every: Annotated[float, typer.Option(min=0.5, max=600, help="seconds between two faults, on average")] = 3.3,
    nodes: Annotated[int, typer.Option(min=1, max=5000, help="simulated gauges, beside three real boxes")] = 1000,
    rate: Annotated[float, typer.Option(min=1, max=2000, help="messages a second of all simulated gauges")] = 100,
    folder: Annotated[Path, typer.Option(help="where it runs")] = ROOT / ".run" / "chaos",
    out: Annotated[Path, typer.Option(help="what it came to, as JSON")] = ROOT / ".run" / "chaos.json",
) -> None:
    """Breaks everything at random for a while. Ends with 1 if anything was lost, doubled or late."""
    began = time.monotonic()

    def log(line: str) -> None:
        typer.echo(f"{time.monotonic() - began:7.1f} s  {line}", err=True)

    with built(folder, nodes=nodes, rate=rate, seconds=seconds + WARM_UP_SECONDS, seed=seed, log_line=log) as world:
        wait_for(lambda: world.control_socket() is not None, seconds=LOAD_BEGINS_WITHIN_SECONDS)
        time.sleep(WARM_UP_SECONDS)
        faults = drawn(
            seed=seed,
            seconds=seconds,
            every_seconds=every,
            nodes=nodes,
            with_disk=world.disk is not None,
            with_clocks=FAKETIME.exists(),
            with_line=world.link is not None,
        )
        log(f"seed {seed}: {len(faults)} faults in {seconds:.0f} s, {nodes} gauges and 3 boxes, {rate:g} messages/s")
        breaker = Breaker(world)
        breaker.run(faults, lambda fault: log(f"{fault.kind} {fault.target} for {fault.hold_seconds} s"))
        time.sleep(RECEIVED_TWICE * nodes / rate)  # who is not heard after a rewind cannot be asked what it lost
        world.end_load()
        log("everything is mended; waiting until all is delivered and done")
        sent = _end_of_sending(world, log)
        if not wait_for(lambda: settled(world.database_url), seconds=DRAIN_SECONDS):
            log("not all work of the cloud was done in time")
        verdict = judged(world.database_url, sent, breaker.done, [Check("faults not mended", breaker.failed, [])])
        revived, gone = dict(world.revived), world.citizens.gone
        packets, refused = world.link.set() if world.link else [], world.refused
    summary = _summary(verdict, breaker.done, revived, seed=seed, seconds=seconds)
    extra = {"packets": packets, "refused_for_their_clock": refused, "reports_gone_with_the_database": gone}
    _write(out, {**summary, **extra})
    _print(verdict, breaker.done, revived)
    raise typer.Exit(0 if verdict.holds else 1)


def _end_of_sending(world: World, log: Any) -> SentCounts:
    hanging = not world.citizens.stop(DRAIN_SECONDS)
    wait_for(lambda: not world.load.is_running, seconds=2 * DRAIN_SECONDS)
    load = world.load_result()
    log(f"gauges: stored {load['stored']}, acknowledged {load['acked']}, waiting {load['waiting']}")
    world.devices.stop()
    wait_for(lambda: sum(node.waiting for node in world.edge_nodes.sent()) == 0, seconds=DRAIN_SECONDS)
    for name in world.edge_nodes.children:
        world.broken.add(name)  # they are asked to end now; nobody shall start them again
    world.edge_nodes.stop()
    edge_nodes = world.edge_nodes.sent()
    return SentCounts(
        load=load["stored"],
        load_evicted=load["evicted"],
        load_waiting=load["waiting"],
        edge_nodes=sum(node.sent for node in edge_nodes),
        nodes_evicted=sum(node.evicted for node in edge_nodes),
        nodes_waiting=sum(node.waiting for node in edge_nodes),
        reports=len(set(world.citizens.accepted.values())),
        reports_hanging=hanging,
        reports_refused=world.citizens.refused,
    )


def _summary(
    verdict: Verdict, done: Sequence[PastBreak], revived: dict[str, int], *, seed: int, seconds: float
) -> dict[str, Any]:
    return {
        "seed": seed,
        "seconds": seconds,
        "faults": sum(not one.skipped for one in done),
        "sent": verdict.sent,
        "stored": verdict.stored,
        "evicted": verdict.evicted,
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "late_alerts": verdict.late_alerts,
        "alerts": verdict.alerts,
        "worst_alert_seconds": verdict.worst_alert_seconds,
        "revived": revived,
        "faults_by_kind": dict(Counter(_name(one.fault) for one in done if not one.skipped)),
        "checks": [_check(one) for one in verdict.checks],
        "holds": verdict.holds,
    }


def _check(one: Check) -> dict[str, Any]:
    shown = {} if one.holds else {"shown": list(one.shown)}
    return {"what": one.what, "got": one.got, "expected": one.expected, **shown}


def _name(fault: Fault) -> str:
    return fault.kind if fault.target.startswith("load-") else f"{fault.kind} {fault.target}"


def _write(path: Path, summary: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


def _print(verdict: Verdict, done: Sequence[PastBreak], revived: dict[str, int]) -> None:
    for check in verdict.checks:
        mark = "ok  " if check.holds else "FAIL"
        expected = "" if check.holds else f", expected {check.expected}"
        typer.echo(f"{mark} {check.what}: {check.got}{expected}")
        for line in () if check.holds else check.shown:
            typer.echo(f"     {line}")
    carried = sum(not one.skipped for one in done)
    typer.echo(
        f"{carried} faults: sent {verdict.sent}, stored {verdict.stored}, evicted {verdict.evicted},"
        f" lost {verdict.lost}, doubled {verdict.doubled}"
    )
    typer.echo(
        f"{verdict.alerts} alerts, {verdict.late_alerts} late, worst {verdict.worst_alert_seconds} s after recovery"
    )
    typer.echo(f"died by themselves and were started again: {revived or 'nobody'}")


if __name__ == "__main__":
    typer.run(main)
