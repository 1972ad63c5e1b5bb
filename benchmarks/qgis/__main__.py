"""`make qgis`: QGIS opens the SensorThings of the API as layers; ends with 1 unless it sees every gauge."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import typer
from tests.support.cloud_core import cloud_process
from tests.support.http_api import load_demo_city
from tests.support.served.api_process import is_healthy

from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

ROOT: Final = Path(__file__).resolve().parents[2]
START_SECONDS: Final = 180
QGIS_SECONDS: Final = 600


def main(out: Path = ROOT / ".run" / "qgis.json") -> None:
    """Serve the demo city and open it with and without a slash at the end of the address."""
    with tempfile.TemporaryDirectory() as name, _served(Path(name)) as (address, gauges):
        result = _opened([f"{address}/sta/v1.1", f"{address}/sta/v1.1/"])
    passed = all(_is_whole(layer, gauges) for layer in result["layers"])
    result = {"passed": passed, "gauges": gauges, **result}
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(result, indent=1))
    raise typer.Exit(0 if passed else 1)


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, int]]:
    """The real API over the demo city: its address, and how many gauges the city has."""
    with Postgres(folder=folder / "postgres", durable=False) as cluster:
        url, port = cluster.create_database("siaga_qgis"), free_port()
        migrate(url)
        load_demo_city(url)
        with connect(url) as conn:
            row = conn.execute("SELECT count(*) AS gauges FROM gauge").fetchone()
        environment = {
            "SIAGA_DATABASE_URL": url,
            "SIAGA_HTTP_PORT": str(port),
            "SIAGA_MEDIA_DIR": str(folder / "media"),
            "SIAGA_SERVER_KEY": "server key of a run of QGIS, 32 long",
        }
        address = f"http://127.0.0.1:{port}"
        with cloud_process("api", environment, folder / "api.log") as child:
            child.wait_for(lambda: is_healthy(address), seconds=START_SECONDS)
            yield address, row["gauges"] if row else 0


def _opened(addresses: list[str]) -> dict[str, Any]:
    """Run QGIS with Debian's own Python, which alone has its libraries."""
    script = ROOT / "benchmarks" / "qgis" / "layers.py"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        environment.pop(name, None)
    done = subprocess.run(
        ["/usr/bin/python3", str(script), *addresses],
        env=environment,
        capture_output=True,
        text=True,
        timeout=QGIS_SECONDS,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _is_whole(layer: dict[str, Any], gauges: int) -> bool:
    """Every gauge has a location; those whose level was never read have no feature of interest yet."""
    if not layer["valid"]:
        return False
    match layer["layer"]:
        case "Location":
            return bool(layer["features"] == layer["placed"] == layer["count"] == gauges > 0)
        case "Thing":
            return bool(layer["features"] == gauges)
        case "Datastream":
            return bool(layer["features"] == 2 * gauges)
        case _:
            return bool(layer["features"] == layer["placed"])


if __name__ == "__main__":
    typer.run(main)
