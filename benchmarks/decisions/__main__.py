"""`make decisions`: plays every labelled story through `siaga-edge replay` and prints how the decisions compare."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from benchmarks.decisions import paces
from benchmarks.decisions.judge import Verdict, judge, reported_events
from benchmarks.decisions.real import judged_clips, real_figures, real_table
from benchmarks.decisions.staging import clip_of, write_site
from benchmarks.decisions.stored import StoredResults
from benchmarks.decisions.story import Story, StoryError, load_all
from benchmarks.decisions.table import as_json, as_table, missed_targets, wrongs

ROOT = Path(__file__).resolve().parents[2]
STORIES = Path(__file__).resolve().parent / "stories"
_PAGE = ROOT / "docs" / "decisions.md"
_MARK = "<!-- table: written by `make decisions` -->"
_REAL = "## Real clips"
_SLOW = "The same clips without a parked vehicle, seen by a node that gets a frame each 0.5 to 5 s:"
_REPLAY_SECONDS = 600
app = typer.Typer(add_completion=False)


def play(story: Story, run: Path, *, stale_is_fine: bool = False) -> Verdict:
    """Draws a story where needed, replays it, and judges what was told; keeps the events beside the clips."""
    clip = clip_of(story, run / "clips", stale_is_fine=stale_is_fine)
    site = write_site(story, run / f"{story.name}.site.toml")
    made_from = (clip.name.encode(), site.read_bytes())
    printed = StoredResults(run / "stored" / "stories").result(
        story.name, made_from, lambda: _replayed(story, clip, site)
    )
    (run / f"{story.name}.jsonl").write_text(printed, encoding="utf-8")
    return judge(story, reported_events(json.loads(line) for line in printed.splitlines()))


def _replayed(story: Story, clip: Path, site: Path) -> str:
    program = [sys.executable, "-m", "siaga_edge.main", "replay", str(clip), "--site", str(site), "--json"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=_REPLAY_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"{story.name}: replay ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


@app.command()
def main(
    only: Annotated[list[str] | None, typer.Argument(help="Parts of story names; by default all stories.")] = None,
    *,
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 2,
    run: Annotated[Path, typer.Option(help="Folder for clips, events and decisions.json.")] = ROOT / ".run",
    stale_clips: Annotated[bool, typer.Option("--stale-clips", help="Use clips that older code rendered.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Folder of real clips with labels, judged next to the stories.")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Compute everything again.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Also write the table into docs/decisions.md.")] = False,
) -> None:
    """Replay labelled synthetic stories and judge the decisions; exit with code 1 if a target is missed.

    A run that was interrupted continues: what was computed with the same code, models and clip is not computed again.
    """
    began = time.monotonic()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        stories = load_all(STORIES, tuple(only or ()))
    except StoryError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    stored = run / "decisions"
    stored.mkdir(parents=True, exist_ok=True)
    if anew:
        shutil.rmtree(stored / "stored", ignore_errors=True)
    judged: dict[str, Any] | None = None
    slow: dict[str, list[paces.PaceFigures]] | None = None
    if folder is not None and not only:
        judged = judged_clips(folder, StoredResults(stored / "stored" / "real"), jobs=jobs)
        slow = paces.figures_of(folder, StoredResults(stored / "stored" / "starved"), jobs=jobs)
        _write(run, judged=judged, slow=slow)
    verdicts = []
    with ProcessPoolExecutor(jobs) as pool:
        for verdict in pool.map(partial(play, run=stored, stale_is_fine=stale_clips), stories):
            verdicts.append(verdict)
            sys.stderr.write(f"{'ok   ' if verdict.is_right else 'WRONG'} {verdict.story.name}\n")
    table, listed = as_table(verdicts), wrongs(verdicts)
    typer.echo("\n".join([table, "", *listed, f"{time.monotonic() - began:.0f} s, {jobs} processes"]))
    if only:
        return
    real = "" if judged is None or slow is None else f"{real_table(judged)}\n\n{_SLOW}\n\n{paces.as_table(slow)}"
    typer.echo(real or "no folder of real clips was given: nothing is known of decisions on them")
    _write(run, verdicts=verdicts, judged=judged, slow=slow)
    if page:
        head, _, before = _PAGE.read_text(encoding="utf-8").partition(_MARK)
        # Without a folder the table of the last run with one stays.
        real = f"{time.strftime('%Y-%m-%d', time.gmtime())}, {real}" if real else before.partition(_REAL)[2].strip()
        when = f"{time.strftime('%Y-%m-%d', time.gmtime())}, `make decisions`, {len(stories)} stories."
        wrong = listed or ["Every event was reported right, and none was false."]
        drawn = [head + _MARK, "", when, "", table, "", *wrong]
        _PAGE.write_text("\n".join([*drawn, "", _REAL, "", real, ""]), encoding="utf-8")
    missed = missed_targets(verdicts) + ([] if slow is None else paces.missed_targets(slow))
    if missed:
        typer.echo("missed: " + "; ".join(missed), err=True)
        raise typer.Exit(1)


def _write(
    run: Path,
    *,
    verdicts: Sequence[Verdict] = (),
    judged: dict[str, Any] | None,
    slow: dict[str, list[paces.PaceFigures]] | None,
) -> None:
    """Writes decisions.json; the stories are missing in it until the last of them was played."""
    figures = {
        **(as_json(verdicts) if verdicts else {}),
        "real": {} if judged is None else real_figures(judged),
        "starved": {} if slow is None else paces.as_json(slow),
    }
    (run / "decisions.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    app()
