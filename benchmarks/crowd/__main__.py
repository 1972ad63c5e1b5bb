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
    seconds: Annotated[
        float, typer.Option(min=10, max=3600, help="how long the crowd stays; all takes thrice that")
    ] = 60,
    rate: Annotated[float, typer.Option(min=1, max=5000, help="messages a second of the simulated gauges")] = 300,
    only: Annotated[list[str] | None, typer.Option(help=f"phases to run: {', '.join(PHASES)}")] = None,
    folder: Annotated[Path, typer.Option(help="where it runs")] = ROOT / ".run" / "crowd",
    out: Annotated[Path, typer.Option(help="what it came to, as JSON")] = ROOT / ".run" / "crowd.json",
) -> None:
    """Load the front door with real programs behind it. Ends with 1 where a figure is missed or not measured."""
    began = time.monotonic()

    def log(line: str) -> None:
        typer.echo(f"{time.monotonic() - began:7.1f} s  {line}", err=True)

    wanted = only or list(PHASES)
    with built(folder, rate=rate, seconds=4 * seconds + 600, log_line=log) as world:
        wait_until(lambda: _has_state(world), seconds=STATE_SECONDS, what="the published state")
        paths = public_paths(world.nginx.url)
        log(f"{len(paths)} public addresses")
        results = {name: _phase(name, world, paths, seconds, log) for name in wanted}
    phases_of_file = _merged(out, results, seconds=seconds, rate=rate, paths=len(paths))
    table = list(rows(phases_of_file, PHASES, BENCH))
    _write(out, phases_of_file, table)
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


def _merged(path: Path, results: dict[str, Result], **facts: Any) -> dict[str, Any]:
    """Return the phases of the file with those that were run now; the others stay with the time that they are of."""
    before = json.loads(path.read_text("utf-8")).get("phases", {}) if path.is_file() else {}
    at, load = datetime.now(UTC).isoformat(timespec="seconds"), round(os.getloadavg()[0], 1)
    now = {
        name: {"at": at, "load": load, **facts, "figures": {each.name: each.row() for each in one.figures}, **one.facts}
        for name, one in results.items()
    }
    return {name: one for name, one in (before | now).items() if name in PHASES and "figures" in one}


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
