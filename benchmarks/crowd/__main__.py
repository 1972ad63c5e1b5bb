"""`make crowd SECONDS=`: a crowd at the front door; compares what it does with what happens without it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from benchmarks.crowd import phases
from benchmarks.crowd.page import page
from benchmarks.crowd.paths import public_paths
from benchmarks.crowd.photos import photos
from benchmarks.crowd.reports import reports
from benchmarks.crowd.required import Row, as_markdown, rows
from benchmarks.crowd.result import Result
from benchmarks.crowd.world import World, built

from siaga_sim.stack.child import wait_until

ROOT = Path(__file__).resolve().parents[2]
STATE_SECONDS = 60.0
PHASES = ("page", "static", "readers", "crowd", "photos", "reports", "outage")
BENCH = ROOT / ".run" / "bench.json"


def main(
    seconds: Annotated[float, typer.Option(min=10, max=3600, help="how long the crowd stays")] = 60,
    rate: Annotated[float, typer.Option(min=1, max=5000, help="messages a second of the simulated gauges")] = 300,
    only: Annotated[list[str] | None, typer.Option(help=f"phases to run: {', '.join(PHASES)}")] = None,
    folder: Annotated[Path, typer.Option(help="where it runs")] = ROOT / ".run" / "crowd",
    out: Annotated[Path, typer.Option(help="what it came to, as JSON")] = ROOT / ".run" / "crowd.json",
) -> None:
    """Load the front door with real programs behind it. Ends with 1 where a figure is missed or not measured."""
    began = time.monotonic()

    def log(line: str) -> None:
        typer.echo(f"{time.monotonic() - began:7.1f} s  {line}", err=True)

    wanted, table = only or list(PHASES), list[Row]()
    with built(folder, rate=rate, seconds=4 * seconds + 600, log_line=log) as world:
        wait_until(lambda: _has_state(world), seconds=STATE_SECONDS, what="the published state")
        paths = public_paths(world.nginx.url)
        log(f"{len(paths)} public addresses")
        for name in wanted:  # written after each, so that an error in one leaves what the others measured
            result = _phase(name, world, paths, seconds, log)
            table = _record(out, name, result, seconds=seconds, rate=rate, paths=len(paths))
    _print(table)
    raise typer.Exit(0 if all(one.is_reached for one in table) else 1)


def _phase(name: str, world: World, paths: list[str], seconds: float, log: phases.Log) -> Result:
    log(f"--- {name}")
    match name:
        case "static":
            return phases.static(world, seconds=seconds, log=log)
        case "readers":
            return phases.readers(world, paths, seconds=seconds, log=log)
        case "crowd":
            return phases.crowd(world, paths, seconds=seconds, log=log)
        case "page":
            return page(world, log=log)
        case "photos":
            return photos(world, log=log)
        case "reports":
            return reports(world, log=log)
        case "outage":
            return phases.outage(world, paths, seconds=seconds, log=log)
    raise typer.BadParameter(f"got {name!r}, expected one of {', '.join(PHASES)}")


def _has_state(world: World) -> bool:
    return (world.nginx.state / "state" / "now.json").is_file()


def _record(path: Path, name: str, result: Result, **facts: Any) -> list[Row]:
    """Put a phase into the file, whose other phases stay with the time that they are of; return the table of all."""
    before = json.loads(path.read_text("utf-8")).get("phases", {}) if path.is_file() else {}
    now = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "load": round(os.getloadavg()[0], 1),
        **facts,
        **result.facts,
        "figures": {each.name: each.row() for each in result.figures},
    }
    phases_of_file = {each: one for each, one in (before | {name: now}).items() if each in PHASES and "figures" in one}
    table = list(rows(phases_of_file, PHASES, BENCH))
    _write(path, phases_of_file, table)
    return table


def _write(path: Path, phases_of_file: dict[str, Any], table: Sequence[Row]) -> None:
    summary = {
        "holds": all(one.is_reached for one in table),
        "table": {one.name: one.as_json() for one in table},
        "phases": phases_of_file,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(as_markdown(table), encoding="utf-8")


def _print(table: Sequence[Row]) -> None:
    for one in table:
        judged = "" if one.judged is None else f", judged {one.judged:.4g}"
        typer.echo(f"{one.verdict:12} {one.name}: {one.value}{judged}, limit {one.limit} ({one.source})")


if __name__ == "__main__":
    typer.run(main)
