"""The first start as docker-compose.yml does it, without containers: secrets, the broker as it is configured, roles."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import psycopg
import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import all_served, cloud_process, event_message, eventually, utc_now
from tests.support.served.packaged_broker import packaged_broker
from tests.unit.packaging.compose_file import ROOT, services

from siaga_cloud.operations.metrics import MEANINGS
from siaga_cloud.operations.setup.logins import login_of
from siaga_cloud.operations.setup.secret_files import BROKER_USER, make_secrets
from siaga_core.wire import codec
from siaga_core.wire.topics import UpStream, down_filter, up
from siaga_sim.stack.child import Child
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

NODE, OTHER = "pintu-manggarai", "posko-utara"
SECONDS = 10.0


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first-start") / "secrets"
    make_secrets(folder, hosts=["broker", "127.0.0.1"], node_ids=[NODE, OTHER], now=datetime.now(UTC))
    return folder


@pytest.fixture(scope="module")
def doors(secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Mosquitto with packaging/mosquitto, its paths and ports put elsewhere; the ports of boxes and of the cloud."""
    with packaged_broker(secrets, tmp_path_factory.mktemp("doors") / "broker") as ports:
        yield ports


class Caller:
    """A client that says whether it was let in, and what it got."""

    def __init__(self, port: int, ca: Path, *, box: Path | None = None, login: tuple[str, str] | None = None) -> None:
        self.got: list[bytes] = []
        self.granted: list[int] = []
        self._settled, self._subscribed = threading.Event(), threading.Event()
        self.is_in = False
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
        cert, key = (str(box / "node.cert.pem"), str(box / "node.key.pem")) if box else (None, None)
        self.client.tls_set(str(ca), cert, key, cert_reqs=ssl.CERT_REQUIRED)
        if login:
            self.client.username_pw_set(*login)
        self.client.on_connect = lambda _c, _d, _f, reason, _p: self._settle(not reason.is_failure)
        self.client.on_disconnect = lambda *_: self._settled.set()
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_message = lambda _c, _d, message: self.got.append(bytes(message.payload))
        try:
            self.client.connect("127.0.0.1", port)
        except (OSError, ssl.SSLError):
            return
        self.client.loop_start()
        self._settled.wait(SECONDS)

    def _settle(self, is_in: bool) -> None:
        self.is_in = is_in
        self._settled.set()

    def subscribe(self, topic: str) -> None:
        self._subscribed.clear()
        self.client.subscribe(topic, qos=1)
        assert self._subscribed.wait(SECONDS)

    def publish(self, topic: str, payload: bytes) -> None:
        self.client.publish(topic, payload, qos=1).wait_for_publish(SECONDS)

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_nodes_connect_by_certificate_and_programs_by_password_each_at_its_own_port(
    secrets: Path, doors: tuple[int, int]
) -> None:
    node_ids, programs = doors
    ca = secrets / "broker-ca.pem"
    word = (secrets / "broker_cloud_password").read_text().strip()
    cloud = (BROKER_USER, word)
    cases = {
        "a box at its door": (Caller(node_ids, ca, box=secrets / "nodes" / NODE), True),
        "the cloud at its own": (Caller(programs, ca, login=cloud), True),
        "nobody at the boxes' door": (Caller(node_ids, ca), False),
        "the cloud's password at the boxes' door": (Caller(node_ids, ca, login=cloud), False),
        "a box at the cloud's door": (Caller(programs, ca, box=secrets / "nodes" / NODE), False),
        "a box with the cloud's name and no password": (
            Caller(programs, ca, box=secrets / "nodes" / NODE, login=(BROKER_USER, "guess")), False,
        ),
    }  # fmt: skip
    try:
        assert {name: one.is_in for name, (one, _) in cases.items()} == {
            name: is_in for name, (_, is_in) in cases.items()
        }
    finally:
        for one, _ in cases.values():
            one.__exit__()


def test_a_node_that_logs_in_with_the_clouds_name_is_identified_by_its_certificate(
    secrets: Path, doors: tuple[int, int]
) -> None:
    ca, word = secrets / "broker-ca.pem", (secrets / "broker_cloud_password").read_text().strip()
    with (
        Caller(doors[1], ca, login=(BROKER_USER, word)) as cloud,
        Caller(doors[0], ca, box=secrets / "nodes" / NODE, login=(BROKER_USER, word)) as box,
        Caller(doors[0], ca, box=secrets / "nodes" / OTHER) as other,
    ):
        cloud.subscribe("siaga/v1/+/+/up/#")
        box.subscribe(down_filter(OTHER))
        box.publish(up(OTHER, UpStream.HEALTH), b"as another")
        box.publish(up(NODE, UpStream.HEALTH), b"as itself")
        other.publish(up(OTHER, UpStream.HEALTH), b"the other")
        eventually(lambda: {b"as itself", b"the other"} <= set(cloud.got), what="both are heard")
        assert b"as another" not in cloud.got
        cloud.publish(down_filter(OTHER).replace("#", "config"), b"for the other")
        cloud.publish(down_filter(NODE).replace("#", "config"), b"for the box")
        box.subscribe(down_filter(NODE))
        cloud.publish(down_filter(NODE).replace("#", "command"), b"for the box, now")
        eventually(lambda: b"for the box, now" in box.got, what="its own orders come")
        assert b"for the other" not in box.got


def admin(url: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / "siaga-cloud")
    environment = {**os.environ, "SIAGA_DATABASE_URL": url, **more}
    return subprocess.run([program, "admin", *words], env=environment, capture_output=True, text=True, check=False)


def test_first_start_makes_roles_with_which_the_programs_work(
    secrets: Path, doors: tuple[int, int], postgres: Postgres, empty_database_url: str, tmp_path: Path
) -> None:
    city = ROOT / "city" / "jakarta"
    owner = re.sub(r":[^:@/]*@", "@", empty_database_url)  # the password comes from its file, as in the container
    password = tmp_path / "owner"
    password.write_text(postgres.password + "\n")
    first = admin(owner, "first-start", str(secrets), "--city", str(city), SIAGA_DATABASE_PASSWORD_FILE=str(password))
    assert first.returncode == 0, first.stderr
    assert "migrations applied" in first.stdout
    assert "imported" in first.stdout
    again = admin(owner, "first-start", str(secrets), "--city", str(city), SIAGA_DATABASE_PASSWORD_FILE=str(password))
    assert (again.returncode, "the database contains a city" in again.stdout) == (0, True), again.stderr

    with psycopg.connect(empty_database_url) as conn:
        groups = conn.execute(
            "SELECT member.rolname, array_agg(held.rolname::text ORDER BY 1) FROM pg_auth_members"
            " JOIN pg_roles AS member ON member.oid = member JOIN pg_roles AS held ON held.oid = roleid"
            " WHERE member.rolname LIKE 'siaga_%%_login' AND member.rolname <> 'siaga_worker_login' GROUP BY 1"
        )
        held: dict[str, list[str]] = dict(groups.fetchall())
        stored = conn.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'siaga_api_login'").fetchone()
    assert held["siaga_ingest_login"] == ["siaga_ingest"]
    assert held["siaga_fetch_login"] == ["siaga_api", "siaga_worker"]
    assert stored is not None
    assert stored[0].startswith("SCRAM-SHA-256$")

    grafana = (secrets / "grafana_db_password").read_text().strip()
    with psycopg.connect(empty_database_url, user="siaga_grafana", password=grafana) as conn:
        assert conn.execute("SELECT count(*) FROM dashboards.gauge_now").fetchone() is not None

    def program(role: str) -> Child:
        reported = {key: str(value) for key, value in services()[f"{role}-1"]["environment"].items()}
        host = empty_database_url.rpartition("@")[2]
        reported |= {
            "SIAGA_DATABASE_URL": f"postgresql://{login_of(role)}@{host}",
            "SIAGA_DATABASE_PASSWORD_FILE": str(secrets / f"db_{role}_password"),
            "SIAGA_BROKER_HOST": "127.0.0.1",
            "SIAGA_BROKER_PORT": str(doors[1]),
            "SIAGA_BROKER_PASSWORD_FILE": str(secrets / "broker_cloud_password"),
            "SIAGA_BROKER_CA_FILE": str(secrets / "broker-ca.pem"),
            "SIAGA_MEDIA_DIR": str(tmp_path / "media"),
            "SIAGA_HTTP_HOST": "127.0.0.1",
            "SIAGA_METRICS_PORT": str(free_port()),
            "SIAGA_FLEET_DIR": str(secrets / "fleet"),
            "SIAGA_SERVER_KEY_FILE": str(secrets / "server_key"),
        }
        return cloud_process(role, reported, tmp_path / f"{role}.log")

    ca, box = secrets / "broker-ca.pem", secrets / "nodes" / NODE
    with program("ingest") as ingest, program("worker") as worker, Caller(doors[0], ca, box=box) as sender:
        eventually(lambda: all_served(empty_database_url, ["1"]), what=f"ingest serves {ingest.tail()}")
        payload = codec.encode(event_message(outbox_id=uuid4(), at=utc_now(), node=NODE))

        def has_task() -> bool:
            sender.publish(up(NODE, UpStream.EVENTS), payload)  # until it is heard, as an outbox would
            return tasks(empty_database_url) == 1

        eventually(has_task, what="a task")
        for child in (ingest, worker):
            url = f"http://127.0.0.1:{child.env['SIAGA_METRICS_PORT']}/metrics"  # type: ignore[index]
            check = [str(Path(sys.executable).parent / "siaga-cloud"), "healthcheck", url, "--beat", "120"]
            eventually(lambda check=check: subprocess.run(check, check=False).returncode == 0, what=child.tail())  # type: ignore[misc]
        reported = metrics_of(worker)
        assert 'siaga_jobs_total{outcome="done",task="process_signal"}' in reported
        # No more than the worker's role may read: without a right to one of them, none would be there.
        assert "siaga_database_up 1.0" in reported
        assert {name for name in MEANINGS if f"\nsiaga_{name} " not in reported} <= {
            "ingest_lag_p95_seconds",
            "ingest_silence_seconds",
        }
        assert "siaga_ingest_connected 1.0" in metrics_of(ingest)
        until = re.search(r"^siaga_ingest_broker_certificate_expires\w+ (\S+)$", metrics_of(ingest), re.MULTILINE)
        assert until is not None
        assert (
            timedelta(days=800) < datetime.fromtimestamp(float(until[1]), UTC) - datetime.now(UTC) < timedelta(days=830)
        )


def metrics_of(child: Child) -> str:
    url = f"http://127.0.0.1:{child.env['SIAGA_METRICS_PORT']}/metrics"  # type: ignore[index]
    with urlopen(url, timeout=20) as answer:
        text: str = answer.read().decode()
    return text


def tasks(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT count(*) FROM task").fetchone()
    return row[0] if row else 0
