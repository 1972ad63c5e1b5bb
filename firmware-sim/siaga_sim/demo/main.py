"""`siaga-sim demo`: starts all programs, plays a story, prints a summary and stops everything."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from siaga_sim.complaints import BadFileError
from siaga_sim.demo.layout import REPOSITORY, DemoError, free_layout, fresh_layout
from siaga_sim.demo.play import Play
from siaga_sim.demo.story import load_people
from siaga_sim.scenario import load_scenario
from siaga_sim.stack.child import ServiceError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

STOPPED_EARLY = 130  # the exit code of shells for Ctrl-C
FLOOD_SECONDS = 300.0  # what the story in real time needs at least


@app.command()
def demo(
    story: Annotated[
        str | None,
        typer.Option(
            "--story",
            help="Story to play: flood (real time), storm, two-storms or calm.",
            show_default="flood, or storm with less than 300 seconds",
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Duration in seconds; without it, the demo runs until Ctrl-C.")
    ] = None,
    run_dir: Annotated[
        Path | None,
        typer.Option(
            "--run-dir",
            help="Folder for the files of the run.",
            show_default=".run of the repository, or .run-2 beside it where another demo runs",
        ),
    ] = None,
    retains_data: Annotated[bool, typer.Option("--keep", help="Leave the database of the run in its folder.")] = False,
) -> None:
    """Play a story in Jakarta through the real database, broker, cloud and edge agents on this machine."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stop = threading.Event()
    story = story or ("flood" if seconds is None or seconds >= FLOOD_SECONDS else "storm")
    try:
        scenario, city = load_scenario(story, seconds=seconds)
        people = load_people(story)
        folder = free_layout(REPOSITORY / ".run") if run_dir is None else fresh_layout(run_dir)
        with folder as layout, _set_on_signals(stop):
            Play(layout, scenario, city, people, stop, ends=seconds is not None, retains_data=retains_data).play()
    except (DemoError, ServiceError, BadFileError) as error:
        if stop.is_set():  # Ctrl-C also reaches the programs that prepare the run, which then fail
            typer.echo("demo: stopped before the story started; all programs have ended", err=True)
            raise typer.Exit(STOPPED_EARLY) from None
        typer.echo(f"demo: {error}", err=True)
        raise typer.Exit(1) from None


@contextmanager
def _set_on_signals(stop: threading.Event) -> Iterator[None]:
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
