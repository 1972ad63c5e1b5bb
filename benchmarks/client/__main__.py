"""`make client`: the generated client reads the real API; ends with 1 unless it finds what the city has."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import typer
from tests.support.cloud_core import cloud_process
from tests.support.http_api import add_signal, load_demo_city, set_level
from tests.support.served.api_process import is_healthy

from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.wiring import register_ports
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHON: Final = ROOT / ".run" / "client" / "env" / "bin" / "python"
START_SECONDS: Final = 180
READ_SECONDS: Final = 120


def main(out: Path = ROOT / ".run" / "client.json") -> None:
    """Serve the demo city with a reading and an incident, and compare what the client reads with the database."""
    with tempfile.TemporaryDirectory() as name, _served(Path(name)) as (address, token, wanted):
        found = _read(address, token)
    result = {"passed": found == wanted, "found": found, "wanted": wanted}
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(result, indent=1))
    raise typer.Exit(0 if result["passed"] else 1)


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The real API over the demo city: its address, an administrator's token, and what the client must find."""
    with Postgres(folder=folder / "postgres", durable=False) as cluster:
        url, port = cluster.create_database("siaga_client"), free_port()
        migrate(url)
        register_ports()
        tokens = load_demo_city(url)
        with connect(url) as conn:
            set_level(conn, "manggarai", 812.3, stage=2)
            incident_id = add_signal(conn)
            row = conn.execute("SELECT count(*) AS gauges FROM gauge").fetchone()
        wanted = {
            "gauges": row["gauges"] if row else 0,
            "level_cm": 812.3,
            "incidents": [str(incident_id)],
            "missing": [404, "urn:siaga:problem:gauge-not-found"],
            "refused": 401,
            "webhooks": [],
        }
        environment = {
            "SIAGA_DATABASE_URL": url,
            "SIAGA_HTTP_PORT": str(port),
            "SIAGA_MEDIA_DIR": str(folder / "media"),
            "SIAGA_SERVER_KEY": "server key of a run of the client, 32",
        }
        address = f"http://127.0.0.1:{port}"
        with cloud_process("api", environment, folder / "api.log") as child:
            child.wait_for(lambda: is_healthy(address), seconds=START_SECONDS)
            yield address, tokens["admin"], wanted


def _read(address: str, token: str) -> dict[str, Any]:
    """Run the reader where only the wheel and what it requires is installed."""
    script = Path(__file__).with_name("reader.py")
    done = subprocess.run(
        [str(PYTHON), "-I", str(script), address, token],
        capture_output=True,
        text=True,
        timeout=READ_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise typer.Exit(_failed(done.stderr))
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _failed(text: str) -> int:
    typer.echo(text, err=True)
    return 1


if __name__ == "__main__":
    typer.run(main)
