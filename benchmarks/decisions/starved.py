"""Nodes that are too slow: parked vehicles that they must not invent, and how soon they are shown to be behind.

`python -m benchmarks.decisions.starved FOLDER` plays each labelled clip with a no-stopping zone in which nobody parks,
with a frame each 0.5 to 5 s, once and over again. `--live CLIP` runs a node on a clip with a fifth of a core.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from benchmarks.decisions.paces import as_table, figures_of, missed_targets
from benchmarks.decisions.stored import StoredResults

STORED = Path(__file__).resolve().parents[2] / ".run" / "decisions" / "stored" / "starved"
_PERIOD_SECONDS = 0.1
_BEHIND_SECONDS = 10.0
app = typer.Typer(add_completion=False)


@contextmanager
def limited(process: subprocess.Popen[bytes], *, share: float) -> Iterator[None]:
    """Lets a process run for that share of each tenth of a second, on one core."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.is_set() and process.poll() is None:
            process.send_signal(signal.SIGCONT)
            ended.wait(_PERIOD_SECONDS * share)
            process.send_signal(signal.SIGSTOP)
            ended.wait(_PERIOD_SECONDS * (1 - share))

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        process.send_signal(signal.SIGCONT)


def live(clip: Path, *, share: float, seconds: float) -> dict[str, Any]:
    """Run a node on a clip with a share of a core; what it reported and when its page showed that it is behind."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        node = Path(folder) / "node.toml"
        node.write_text(_NODE.format(clip=json.dumps(str(clip.resolve())), port=port), encoding="utf-8")
        core = {min(os.sched_getaffinity(0))}
        program = [sys.executable, "-m", "siaga_edge.main", "run", str(node)]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(program, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        os.sched_setaffinity(process.pid, core)
        seen: dict[str, float] = {}
        try:
            page = f"http://127.0.0.1:{port}"
            _await(lambda: _metric(page, "siaga_edge_camera_frames_total") > 0, seconds=180)
            with limited(process, share=share):
                began = time.monotonic()
                while time.monotonic() - began < seconds:
                    if "behind" not in seen and _metric(page, "siaga_edge_camera_behind") > 0:
                        seen["behind"] = round(time.monotonic() - began, 1)
                    time.sleep(0.5)
        finally:
            process.terminate()
            process.wait(30)
        lines = (Path(folder) / "log").read_text(encoding="utf-8").splitlines()
        return {
            "share": share,
            "seconds": seconds,
            "behind_after_seconds": seen.get("behind"),
            "false_parking": sum("illegal_parking" in line and "began" in line for line in lines),
            "too_slow": sum("view lost: too_slow" in line for line in lines),
        }


_NODE = """
[node]
name = "starved"
data_dir = "data"
[broker]
host = "127.0.0.1"
port = 1
password_env = "NO_PASSWORD"
[outbox]
min_free_bytes = 0
[status]
port = {port}
[[camera]]
id = "cam"
url = {clip}
place = {{ lat = -6.2, lon = 106.8 }}
[[camera.zone]]
id = "road"
kind = "no_stopping"
polygon = [[0, 0.3], [1, 0.3], [1, 1], [0, 1]]
allowed_seconds = 10
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _metric(page: str, name: str) -> float:
    """The sum over all cameras; 0 while the page does not answer."""
    try:
        text = httpx.get(f"{page}/metrics", timeout=5).text
    except httpx.HTTPError:
        return 0.0
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def _await(condition: Any, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the node was not ready within {seconds:g} s")
        time.sleep(0.5)


@app.command()
def main(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Folder of labelled clips.")] = None,
    *,
    clip: Annotated[
        Path | None, typer.Option("--live", metavar="CLIP", help="Clip of free traffic for a node.")
    ] = None,
    share: Annotated[float, typer.Option(help="Share of a core that the node gets.")] = 0.2,
    seconds: Annotated[float, typer.Option(help="How long the node runs.")] = 120.0,
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes for FOLDER.")] = 2,
    stored: Annotated[Path, typer.Option(help="Folder of results that are not computed again.")] = STORED,
) -> None:
    """Play passing traffic to slow nodes; exit with code 1 if a vehicle is reported or the live node not as behind."""
    is_right = True
    if folder is not None:
        figures = figures_of(folder, StoredResults(stored), jobs=jobs)
        typer.echo(as_table(figures))
        is_right = not missed_targets(figures)
    if clip is not None:
        found = live(clip, share=share, seconds=seconds)
        typer.echo(json.dumps(found))
        after = found["behind_after_seconds"]
        is_right = is_right and not found["false_parking"] and after is not None and after <= _BEHIND_SECONDS
    if not is_right:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
