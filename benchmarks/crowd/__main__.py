"""`make crowd SECONDS=`: a crowd at the front door; compares what it does with what happens without it."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from benchmarks.crowd import phases
from benchmarks.crowd.paths import public_paths
from benchmarks.crowd.phases import Result
from benchmarks.crowd.world import World, built
from benchmarks.figure import Figure

from siaga_sim.stack.child import wait_until

ROOT = Path(__file__).resolve().parents[2]
STATE_SECONDS = 60.0
PHASES = ("static", "readers", "crowd", "outage")


def main(
    seconds: Annotated[
        float, typer.Option(min=10, max=3600, help="how long the crowd stays; all takes thrice that")
    ] = 60,
    rate: Annotated[float, typer.Option(min=1, max=5000, help="messages a second of the simulated gauges")] = 300,
    only: Annotated[list[str] | None, typer.Option(help=f"phases to run: {', '.join(PHASES)}")] = None,
    folder: Annotated[Path, typer.Option(help="where it runs")] = ROOT / ".run" / "crowd",
    out: Annotated[Path, typer.Option(help="what it came to, as JSON")] = ROOT / ".run" / "crowd.json",
) -> None:
    """Load the front door with real programs behind it. Ends with 1 where a target is missed."""
    began = time.monotonic()

    def log(line: str) -> None:
        typer.echo(f"{time.monotonic() - began:7.1f} s  {line}", err=True)

    wanted = only or list(PHASES)
    with built(folder, rate=rate, seconds=4 * seconds + 600, log_line=log) as world:
        wait_until(lambda: _has_state(world), seconds=STATE_SECONDS, what="the published state")
        paths = public_paths(world.nginx.url)
        log(f"{len(paths)} public addresses")
        results = {name: _phase(name, world, paths, seconds, log) for name in wanted}
    figures = [figure for one in results.values() for figure in one.figures]
    load = os.getloadavg()
    _write(out, results, seconds=seconds, rate=rate, paths=len(paths), load=load[0])
    _print(figures)
    raise typer.Exit(0 if all(one.is_reached for one in figures) else 1)


def _phase(name: str, world: World, paths: list[str], seconds: float, log: phases.Log) -> Result:
    log(f"--- {name}")
    match name:
        case "static":
            return phases.static(world, seconds=seconds, log=log)
        case "readers":
            return phases.readers(world, paths, seconds=seconds, log=log)
        case "crowd":
            return phases.crowd(world, paths, seconds=seconds, log=log)
        case "outage":
            return phases.outage(world, paths, seconds=seconds, log=log)
    raise typer.BadParameter(f"got {name!r}, expected one of {', '.join(PHASES)}")


def _has_state(world: World) -> bool:
    return (world.nginx.state / "state" / "now.json").is_file()


def _write(path: Path, results: dict[str, Result], **facts: Any) -> None:
    figures = {figure.name: figure.row() for one in results.values() for figure in one.figures}
    summary = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        **facts,
        "figures": figures,
        "phases": {name: one.facts for name, one in results.items()},
        "holds": all(row["met"] for row in figures.values()),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


def _print(figures: list[Figure]) -> None:
    for figure in figures:
        name, value, baseline, ratio, target = figure.cells()
        mark = "ok  " if figure.is_reached else "FAIL"
        typer.echo(f"{mark} {name}: {value}, without {baseline}, ratio {ratio}, target {target}")


if __name__ == "__main__":
    typer.run(main)
