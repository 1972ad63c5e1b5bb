"""A made-up city, not Jakarta, from a few files to a gauge that everybody can read: by the real programs alone.

The city lies in another time zone and writes in another language. The test prints how long each step took.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.cloud_core import all_served, cloud_process, eventually
from tests.support.edge.io import EdgeProcess, ScriptedGauge, scripted_gauge
from tests.support.served.packaged_broker import packaged_broker

from siaga_cloud.operations.setup.logins import login_of
from siaga_cloud.operations.setup.secret_files import BROKER_USER
from siaga_sim.stack.child import Child
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

DATA = Path(__file__).parents[2] / "data" / "second_city"
PROGRAMS = Path(sys.executable).parent
NODE, GAUGE = "posto-um", "ponte-alta"
LEVEL_CM, CM_PER_SECOND = 130.0, 0.2
SECONDS = 120.0


@dataclass(kw_only=True)
class Setup:
    """A folder of the test, an empty database, and how long each step took."""

    folder: Path
    owner_url: str
    doors: tuple[int, int] = (0, 0)
    seconds: dict[str, float] = field(default_factory=dict)
    http_port: int = field(default_factory=free_port)
    began: float = 0.0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measures a step."""
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 1)

    def run(self, program: str, *words: str | Path, typed: str = "", **more: str) -> str:
        """Runs a program to its end; what it printed."""
        argv = [str(PROGRAMS / program), *map(str, words)]
        environment = {**os.environ, "SIAGA_DATABASE_URL": self.owner_url, "SIAGA_FLEET_DIR": str(self.fleet), **more}
        done = subprocess.run(
            argv, env=environment, input=typed, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}{done.stdout}"
        return done.stdout

    def missing(self) -> dict[str, list[str]]:
        """What the checklist of the loaded city lists, by code."""
        argv = [str(PROGRAMS / "siaga-cloud"), "admin", "checklist", "--json"]
        environment = {**os.environ, "SIAGA_DATABASE_URL": self.owner_url}
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS)
        assert done.returncode == 1, done.stderr
        return {gap["code"]: gap["names"] for topic in json.loads(done.stdout)["topics"] for gap in topic["gaps"]}

    @property
    def fleet(self) -> Path:
        return self.secrets / "fleet"

    def program(self, role: str) -> Child:
        """A program of the cloud under its own login, as docker-compose.yml starts it."""
        host = self.owner_url.rpartition("@")[2]
        environment = {
            "SIAGA_DATABASE_URL": f"postgresql://{login_of(role)}@{host}",
            "SIAGA_DATABASE_PASSWORD_FILE": str(self.secrets / f"db_{role}_password"),
            "SIAGA_BROKER_HOST": "127.0.0.1",
            "SIAGA_BROKER_PORT": str(self.doors[1]),
            "SIAGA_BROKER_USERNAME": BROKER_USER,
            "SIAGA_BROKER_PASSWORD_FILE": str(self.secrets / "broker_cloud_password"),
            "SIAGA_BROKER_CA_FILE": str(self.secrets / "broker-ca.pem"),
            "SIAGA_NODE_BROKER_HOST": "127.0.0.1",
            "SIAGA_NODE_BROKER_PORT": str(self.doors[0]),
            "SIAGA_NODE_BROKER_CA_FILE": str(self.secrets / "broker-ca.pem"),
            "SIAGA_FLEET_DIR": str(self.fleet),
            "SIAGA_MEDIA_DIR": str(self.folder / "media"),
            "SIAGA_SERVER_KEY_FILE": str(self.secrets / "server_key"),
            "SIAGA_HTTP_PORT": str(self.http_port),
            "SIAGA_PUBLIC_URL": self.address,
        }
        return cloud_process(role, environment, self.folder / f"{role}.log")


def completed(node_file: Path, gauge: ScriptedGauge) -> str:
    """What a technician makes of the file of a node: the gauge with the address of its sensor."""
    lines = node_file.read_text().splitlines()
    first = lines.index(f'# id = "{GAUGE}"') - 1
    last = next(at for at in range(first, len(lines)) if lines[at].startswith("# source"))
    table = [line.removeprefix("# ") for line in lines[first:last]]
    source = f'source = {{ kind = "modbus_tcp", host = "127.0.0.1", port = {gauge.port}, unit = 1 }}'
    return "\n".join([*table, source, ""])


def get(address: str, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{address}{path}", headers=headers, trust_env=False, timeout=20)


def is_up(address: str) -> bool:
    try:
        return get(address, "/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def gauge_now(address: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = get(address, f"/api/v1/gauges/{GAUGE}").raise_for_status().json()
    return found


def measured(setup: Setup, gauge: ScriptedGauge) -> bool:
    """Whether the level has a stage. An alarm needs a second reading, which the node sends at once where the water
    rises and after a minute where nothing changes; so it rises slowly.
    """
    gauge.set_level(LEVEL_CM + CM_PER_SECOND * (time.monotonic() - setup.began))
    return gauge_now(setup.address)["stage"] is not None


@pytest.fixture
def setup(postgres: Postgres, empty_database_url: str, tmp_path: Path) -> Setup:
    return Setup(folder=tmp_path, owner_url=empty_database_url)


@pytest.fixture
def gauge() -> Iterator[ScriptedGauge]:
    with scripted_gauge() as found:
        found.set_level(LEVEL_CM)
        yield found


@pytest.mark.timeout(600)  # a dozen programs start one after the other
def test_a_second_city_is_set_up_from_files_to_a_public_gauge(
    setup: Setup, gauge: ScriptedGauge, record_property: Callable[[str, object], None]
) -> None:
    city = setup.folder / "city"
    with setup.step("siaga-cloud init"):
        report = json.loads(setup.run("siaga-cloud", "init", city, "--from", DATA / "answers.toml", "--json"))
    assert (report["city"], report["timezone"]) == ("Cidade Exemplo", "Asia/Dili")
    with setup.step("siaga-cloud admin secrets"):
        setup.run("siaga-cloud", "admin", "secrets", setup.secrets, "--host", "127.0.0.1")
    with setup.step("siaga-cloud admin first-start --city"):
        loaded = setup.run("siaga-cloud", "admin", "first-start", setup.secrets, "--city", city)
    assert "imported 3 areas" in loaded
    assert "words of the language pt" in loaded
    before = setup.missing()
    assert before["node_not_enrolled"] == [NODE]
    assert before["gauge_silent"] == ["foz", GAUGE]
    with packaged_broker(setup.secrets, setup.folder / "broker") as setup.doors:
        with setup.step("start of API and ingest"):
            api, ingest = setup.program("api").start(), setup.program("ingest").start()
            api.wait_for(lambda: is_up(setup.address), seconds=SECONDS)
            ingest.wait_for(lambda: all_served(setup.owner_url, ["1"]), seconds=SECONDS)
        try:
            node_file = enrolled(setup, city, gauge)
            with EdgeProcess(node_file) as edge:
                setup.began = time.monotonic()
                with setup.step("first level with its stage at the public API"):
                    eventually(lambda: measured(setup, gauge), seconds=SECONDS, what=f"a stage {edge.log()}")
                check_public(setup)
        finally:
            api.stop()
            ingest.stop()
    after = setup.missing()
    assert "node_not_enrolled" not in after
    assert after["gauge_silent"] == ["foz"]
    for name, seconds in setup.seconds.items():
        print(f"{seconds:6.1f} s  {name}")
        record_property(name, seconds)
    print(f"{sum(setup.seconds.values()):6.1f} s  altogether")


def enrolled(setup: Setup, city: Path, gauge: ScriptedGauge) -> Path:
    """Enrols the node by its one-time token, and completes its file; the file."""
    folder = setup.folder / "node"
    with setup.step("siaga-cloud admin enrol, siaga-edge enrol"):
        token, *code = setup.run("siaga-cloud", "admin", "enrol", NODE, "--qr").splitlines()
        setup.run("siaga-edge", "enrol", "--url", setup.address, "--token", "-", "--folder", folder, typed=token)
    assert len({len(line) for line in code}) == 1, "a QR code is a square"
    node_file = folder / "node.toml"
    own = node_file.read_text()
    of_city = city / "nodes" / f"{NODE}.toml"
    node_file.write_text(own + of_city.read_text() + completed(of_city, gauge))
    assert "1 camera" in setup.run("siaga-edge", "check", node_file)
    # The camera of the made-up city has an address where nothing answers, so that this node runs the gauge alone.
    node_file.write_text(own + completed(of_city, gauge))
    return node_file


def check_public(setup: Setup) -> None:
    """What everybody reads: the level with its stage, the borders, the city's own time and language."""
    found = gauge_now(setup.address)
    assert LEVEL_CM <= found["level_cm"] < found["s2_cm"]
    assert (found["stage"], found["area_name"]) == (3, "Monte Claro")
    names = {one["properties"]["name"] for one in get(setup.address, "/api/v1/areas").json()["features"]}
    assert names == {"Cidade Exemplo", "Água Fria", "Monte Claro"}
    page = get(setup.address, "/state/index.en.html").text
    assert "Ponte Alta" in page
    assert " +09" in page, "times are those of Asia/Dili"
    sentence = {"text": "A rua está inundada no Largo da Ponte"}
    guess = httpx.post(f"{setup.address}/api/v1/text/guess", json=sentence, trust_env=False, timeout=20).json()
    assert (guess["category"], guess["category_sure"]) == ("flooding", True)
