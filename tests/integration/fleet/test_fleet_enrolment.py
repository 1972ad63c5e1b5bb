"""From a token to a box that runs: enrolment over HTTP, certificates and passwords at a real Mosquitto, drift."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.support.admin.commands import run_admin
from tests.support.edge.io import EdgeProcess, wait_for
from tests.support.http_api import Api, SettingsForTests, serve

from siaga_cloud.fleet import keys
from siaga_cloud.fleet.service import enrolment
from siaga_cloud.fleet.store import commands as db
from siaga_cloud.fleet.store import nodes
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.settings import FleetSettings
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import ConfigMessage, ConfigState
from siaga_edge.fleet.enrolment import EnrolmentError, enrol_node
from siaga_sim.stack.child import Child
from siaga_sim.stack.ports import free_port, is_listening

Admin = Callable[..., "subprocess.CompletedProcess[str]"]
ACL = """\
pattern write siaga/v1/+/%u/up/#
pattern read siaga/v1/+/%u/down/#
user ingest
topic readwrite siaga/v1/#
"""


@pytest.fixture
def fleet_folder(tmp_path: Path) -> Path:
    return tmp_path / "fleet"


@pytest.fixture
def admin(database_url: str, fleet_folder: Path) -> Admin:
    def command(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        own = {"SIAGA_DATABASE_URL": database_url, "SIAGA_FLEET_DIR": str(fleet_folder), **environment}
        return run_admin(*args, environment=own)

    return command


@contextmanager
def served(database_url: str, tmp_path: Path, place: FleetSettings) -> Iterator[Api]:
    with serve(SettingsForTests(database_url=database_url, media_dir=tmp_path / "media"), {}, fleet=place) as api:
        yield api


@dataclass
class TlsBroker:
    """A Mosquitto with TLS; with an authority it wants certificates and takes their name as the user's."""

    folder: Path
    port: int
    ca_file: Path
    child: Child

    def log(self) -> str:
        return (self.folder / "server.log").read_text()


@contextmanager
def tls_broker(folder: Path, *, authority: Path | None, password_file: Path | None) -> Iterator[TlsBroker]:
    folder.mkdir()
    ca_file = _server_files(folder)
    port = free_port()
    lines = [
        "user root",  # it starts as whoever runs the tests, whose files it must read
        f"listener {port} 127.0.0.1",
        f"certfile {folder}/server.pem",
        f"keyfile {folder}/server.key",
        f"cafile {authority or ca_file}",
        f"acl_file {folder}/acl",
        "allow_anonymous false",
        "log_dest stderr",
    ]
    lines += ["require_certificate true", "use_identity_as_username true"] if authority else []
    lines += [f"password_file {password_file}"] if password_file else []
    (folder / "acl").write_text(ACL)
    (folder / "acl").chmod(0o600)
    (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    argv = ["/usr/sbin/mosquitto", "-c", str(folder / "mosquitto.conf")]
    child = Child(name="tls broker", argv=argv, log=folder / "server.log").start()
    child.wait_for(lambda: is_listening(port), seconds=90)
    try:
        yield TlsBroker(folder=folder, port=port, ca_file=ca_file, child=child)
    finally:
        child.stop()


def _server_files(folder: Path) -> Path:
    """The broker's own certificate, by an authority of its own."""
    now, name = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker of the test")])
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "server.pem").write_bytes(certificate.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "server.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / "server.key").chmod(0o600)
    return folder / "server.pem"


def place_of(folder: Path, broker: TlsBroker) -> FleetSettings:
    return FleetSettings(folder=folder, broker_host="127.0.0.1", broker_port=broker.port, broker_ca_file=broker.ca_file)


def test_a_node_enrols_with_a_certificate_and_connects_with_it(
    admin: Admin, database_url: str, fleet_folder: Path, tmp_path: Path
) -> None:
    assert admin("fleet-key").returncode == 0
    assert admin("fleet-key", "--authority").returncode == 0
    again = admin("fleet-key")
    assert again.returncode == 2
    assert "the key exists; it is not replaced" in again.stderr
    token = admin("enrol", "pintu-manggarai").stdout.strip()
    node_id = tmp_path / "box"
    with (
        tls_broker(tmp_path / "broker", authority=fleet_folder / keys.CA_FILE, password_file=None) as broker,
        served(database_url, tmp_path, place_of(fleet_folder, broker)) as api,
    ):
        written = enrol_node(api.url, token, node_id)
        assert {path.name for path in written} >= {"node.key.pem", "node.cert.pem", "fleet-key.pub.pem", "node.toml"}
        assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
        with pytest.raises(EnrolmentError, match="this node is already enrolled"):
            enrol_node(api.url, token, node_id)
        with pytest.raises(
            EnrolmentError, match="The token does not work: the token is not known, was used, or is too old"
        ):
            enrol_node(api.url, token, tmp_path / "thief")
        with EdgeProcess(node_id / "node.toml") as edge:
            wait_for(lambda: "connected" in edge.log(), why=lambda: (edge.log(), broker.log()))
            edge.stop()
        assert "u'pintu-manggarai'" in broker.log()
        # Without the certificate the broker lets nobody in.
        text = (node_id / "node.toml").read_text()
        (node_id / "node.toml").write_text(
            "\n".join(line for line in text.splitlines() if "node.cert" not in line and "node.key" not in line)
        )
        with EdgeProcess(node_id / "node.toml") as edge:
            wait_for(lambda: "peer did not return a certificate" in broker.log(), why=broker.log)
            wait_for(lambda: "connection closed during the login" in edge.log(), why=edge.log)
        assert edge.log().count("connected") == 1


def test_a_node_enrols_with_a_password_that_mosquitto_accepts(
    admin: Admin, database_url: str, fleet_folder: Path, tmp_path: Path
) -> None:
    assert admin("fleet-key").returncode == 0
    passwords = fleet_folder / enrolment.PASSWORD_FILE
    enrolment.set_password(passwords, "somebody", "else")
    token = admin("enrol", "karet").stdout.strip()
    with (
        tls_broker(tmp_path / "broker", authority=None, password_file=passwords) as broker,
        served(database_url, tmp_path, place_of(fleet_folder, broker)) as api,
    ):
        enrol_node(api.url, token, tmp_path / "box")
        os.kill(broker.child.pid, signal.SIGHUP)
        with EdgeProcess(tmp_path / "box" / "node.toml") as edge:
            wait_for(lambda: "connected" in edge.log(), why=lambda: (edge.log(), broker.log()))
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    password = (tmp_path / "box" / "broker-password").read_text()
    assert password not in passwords.read_text()


def test_tokens_expire_are_hashed_and_a_bad_request_does_not_use_one_up(
    database_url: str, fleet_folder: Path, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    keys.make_key(fleet_folder)
    keys.make_authority(fleet_folder, now=now)
    place = FleetSettings(folder=fleet_folder, broker_host="b", broker_port=1, broker_ca_file=None)
    with connect(database_url) as conn:
        old = enrolment.make_token(conn, "node-a", now=now - timedelta(hours=2), lasts=timedelta(hours=1))
        fresh = enrolment.make_token(conn, "node-b", now=now, lasts=timedelta(hours=1))
        held = conn.execute("SELECT node_id, token_sha256 FROM fleet_enrolment ORDER BY 1").fetchall()
    assert [row["node_id"] for row in held] == ["node-a", "node-b"]
    assert fresh.encode() not in b"".join(bytes(row["token_sha256"]) for row in held)
    with served(database_url, tmp_path, place) as api, httpx.Client(trust_env=False) as web:
        with pytest.raises(EnrolmentError, match="too old"):
            enrol_node(api.url, old, tmp_path / "a")
        bad = web.post(f"{api.url}/api/v1/enrol", json={"token": fresh, "csr": "nonsense"})
        assert (bad.status_code, bad.json()["title"]) == (422, "Enrolment is not possible")
        assert enrol_node(api.url, fresh, tmp_path / "b")
        answers = [web.post(f"{api.url}/api/v1/enrol", json={"token": "x" * 40, "csr": ""}) for _ in range(12)]
        assert {answer.status_code for answer in answers} == {403, 429}
    with pytest.raises(EnrolmentError, match=r"expected https://"):
        enrol_node("http://cloud.example", fresh, tmp_path / "c")


def message(
    second: int, version: int, state: ConfigState, reason: str = "", *, sha256: str | None = None
) -> ConfigMessage:
    """What the box answers; it runs its own file unless `sha256` says otherwise."""
    at = datetime(2026, 1, 15, 8, 30, second, tzinfo=UTC)
    return ConfigMessage(
        id=uuid7(at),
        node="karet",
        outbox_id=UUID(int=7),
        seq=second + 1,
        measured_at=at,
        sent_at=at,
        version=version,
        sha256=sha256 or "0" * 64,
        applied=sha256 is not None,
        reason=reason,
        state=state,
        running_version=version if sha256 else 0,
        running_sha256=sha256,
    )


def test_commands_are_numbered_stored_and_shown_against_what_runs(
    admin: Admin, database_url: str, fleet_folder: Path, tmp_path: Path
) -> None:
    config = tmp_path / "wanted.toml"
    config.write_text("[health]\nevery_seconds = 30\n")
    missing = admin("fleet", "config", "karet", str(config))
    assert missing.returncode == 2
    assert "siaga-cloud admin fleet-key" in missing.stderr
    assert admin("fleet-key").returncode == 0
    assert stat.S_IMODE((fleet_folder / keys.KEY_FILE).stat().st_mode) == 0o600
    away = admin("fleet", "config", "karet", str(config), SIAGA_BROKER_PORT=str(free_port()))
    assert away.returncode == 1
    assert "stored, but not sent" in away.stderr
    config.write_text('[broker]\nhost = "x"\n')
    refused = admin("fleet", "config", "karet", str(config))
    assert (refused.returncode, "which only NODE.toml may contain" in refused.stderr) == (2, True)
    with connect(database_url) as conn:
        (stored,) = db.wanted(conn, "karet")
        assert stored.version == 1
        conn.execute("INSERT INTO node (id) VALUES ('karet'), ('without-orders')")
        nodes.save_config(conn, message(0, 2**60, ConfigState.REFUSED, "signature does not fit"))
        nodes.save_config(conn, message(1, 1, ConfigState.REFUSED, "health: wrong"))
    shown = admin("fleet", "list").stdout
    assert "2 nodes, 1 differ" in shown
    assert "health: wrong" in shown
    assert "without-orders" not in admin("fleet", "list", "--drift").stdout
    with connect(database_url) as conn:
        nodes.save_config(conn, message(2, 1, ConfigState.TRIAL, sha256=stored.sha256))
        nodes.save_config(conn, message(1, 1, ConfigState.ROLLED_BACK, "from before"))
    assert "0 differ" in admin("fleet", "list").stdout
    (fleet_folder / keys.KEY_FILE).chmod(0o644)
    config.write_text("")
    assert "got mode 0644, expected 0600" in admin("fleet", "config", "karet", str(config)).stderr
