"""`siaga-sim siege`: starts the real programs, plays an honest storm and an attack, and measures from outside."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from siaga_sim.demo.layout import REPOSITORY, DemoError, fresh_layout
from siaga_sim.siege.city import built
from siaga_sim.siege.ground import jakarta
from siaga_sim.siege.plan import LONGEST_SECONDS, SHORTEST_SECONDS, drawn
from siaga_sim.siege.running import Siege
from siaga_sim.siege.verdict import Verdict, judged
from siaga_sim.stack.child import ServiceError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def siege(
    seconds: Annotated[
        float, typer.Option("--seconds", min=SHORTEST_SECONDS, max=LONGEST_SECONDS, help="Duration in seconds.")
    ] = 300,
    seed: Annotated[int, typer.Option("--seed", help="Draws everything that is random.")] = 1,
    run_dir: Annotated[
        Path, typer.Option("--run-dir", help="Folder for the files of the run.", show_default=".run/siege")
    ] = REPOSITORY / ".run" / "siege",
    out: Annotated[
        Path, typer.Option("--out", help="File for the figures, as JSON.", show_default=".run/siege.json")
    ] = REPOSITORY / ".run" / "siege.json",
) -> None:
    """Attack the real programs beside an honest storm; end with 1 if the platform believed a lie or missed a truth."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    plan, ground, began = drawn(seed, seconds, jakarta()), jakarta(), time.monotonic()

    def log(words: str) -> None:
        typer.echo(f"[{time.monotonic() - began:6.1f} s] {words}")

    try:
        with fresh_layout(run_dir) as layout, built(layout, plan, ground, log) as city:
            run = Siege(city, plan, ground, log)
            verdict = judged(run.play())
    except (DemoError, ServiceError) as error:
        typer.echo(f"siege: {error}", err=True)
        raise typer.Exit(2) from None
    _write(out, verdict, run.tally.as_dict())
    typer.echo(f"\n{verdict.table()}\n")
    raise typer.Exit(0 if verdict.holds else 1)


def _write(path: Path, verdict: Verdict, details: Mapping[str, int]) -> None:
    lines = [{"what": one.name, "got": one.got, "target": one.target, "holds": one.holds} for one in verdict.lines]
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {**verdict.figures, "holds": verdict.holds, "checks": lines, "counted": dict(details), **verdict.details}
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
