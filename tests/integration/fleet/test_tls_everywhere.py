"""Broker, database and API by TLS alone; the broker's certificate is renewed while box and ingest are connected."""

from __future__ import annotations

import signal
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from tests.support.cloud_core import eventually, utc_now

from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.mqtt.subscriber import MqttSubscriber
from siaga_cloud.ingest.queue import Inbox
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.settings import BrokerSettings
from siaga_core.wire.topics import UpStream, every_shard, up
from siaga_edge.adapters.mqtt_link import BrokerAddress, MqttLink, Tls
from siaga_edge.outbox.sender_inbox import SenderInbox
from siaga_sim.demo.layout import program
from siaga_sim.stack.child import Child
from siaga_sim.stack.folders import give_to
from siaga_sim.stack.ports import free_port, is_listening
from siaga_sim.stack.postgres import Postgres, find_programs

# The client of MQTT 5 does TLS by s2n, which waits 10 to 30 random seconds after a handshake that failed before it
# says so (its "blinding" against timing attacks).
BLINDING_SECONDS = 30


@dataclass
class Authority:
    """Signs certificates for 127.0.0.1; each has a name of its own, by which a test knows it again."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority {self.folder.name}")])
        self.file = self.folder / "ca.pem"
        self.file.write_bytes(_pem(self._sign(self.name, self.key, is_authority=True)))

    def certify(self, name: str, to: Path) -> None:
        """NAME's key and certificate into `to`/server.key and server.pem, in place of what is there."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        plain, encoding = serialization.NoEncryption(), serialization.Encoding.PEM
        (to / "server.key").write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
        (to / "server.key").chmod(0o600)
        (to / "server.pem").write_bytes(_pem(self._sign(subject, key, is_authority=False)))

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def shown(port: int, ca_file: Path) -> str:
    """The name in the certificate that a server shows to whoever connects now."""
    context = ssl.create_default_context(cafile=str(ca_file))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as line,
        context.wrap_socket(line, server_hostname="127.0.0.1") as wrapped,
    ):
        held = wrapped.getpeercert() or {}
    subject: Any = held["subject"]
    return str(dict(part[0] for part in subject)["commonName"])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@dataclass
class TlsBroker:
    port: int
    child: Child
    folder: Path
    authority: Authority

    def renew(self, name: str) -> None:
        self.authority.certify(name, self.folder)
        self.child.process.send_signal(signal.SIGHUP)  # type: ignore[union-attr]
        eventually(lambda: shown(self.port, self.authority.file) == name, what="the new certificate")


@pytest.fixture
def broker(authority: Authority, tmp_path: Path) -> Iterator[TlsBroker]:
    folder, port = tmp_path / "broker", free_port()
    folder.mkdir()
    authority.certify("first", folder)
    (folder / "conf").write_text(
        f"user root\nlistener {port} 127.0.0.1\ncertfile {folder}/server.pem\nkeyfile {folder}/server.key\n"
        "allow_anonymous true\nlog_dest stderr\n"
    )
    child = Child(name="tls broker", argv=["/usr/sbin/mosquitto", "-c", str(folder / "conf")], log=folder / "log")
    with child:
        child.wait_for(lambda: is_listening(port), seconds=90)
        yield TlsBroker(port, child, folder, authority)


def a_link(port: int, ca_file: Path) -> MqttLink:
    address = BrokerAddress(
        host="127.0.0.1", port=port, username="box-one", password=SecretStr("x"), tls=Tls(ca_file=ca_file)
    )
    return MqttLink("box-one", address, software="test", clock=utc_now, receiver=SenderInbox())


def a_subscriber(port: int, ca_file: Path, protocol: str) -> tuple[MqttSubscriber, Inbox]:
    settings = BrokerSettings(
        host="127.0.0.1", port=port, username="ingest", password="x", ca_file=ca_file, protocol=protocol
    )
    inbox = Inbox()
    subscriber = MqttSubscriber(settings, client_id="siaga-ingest-1", inbox=inbox, metrics=IngestMetrics())
    subscriber.serve(frozenset(every_shard()))
    return subscriber, inbox


def accepted(inbox: Inbox, payload: bytes) -> bool:
    found = inbox.next_batch(max_messages=100, max_bytes=10**7, first_wait_seconds=0.1, gather_seconds=0)
    return any(one.payload == payload for one in found)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_renewed_certificate_breaks_nobodys_connection_and_is_used_by_the_next(
    broker: TlsBroker, authority: Authority, protocol: str
) -> None:
    link = a_link(broker.port, authority.file)
    subscriber, inbox = a_subscriber(broker.port, authority.file, protocol)
    link.start()
    subscriber.start()
    try:
        eventually(lambda: link.is_up() and subscriber.is_connected, what="both connected")
        epoch, topic = subscriber.epoch, up("box-one", UpStream.READINGS)

        def arrives(payload: bytes) -> bool:
            link.publish(topic, payload, token=1)
            return accepted(inbox, payload)

        eventually(lambda: arrives(b"before"), what="a message by TLS")
        broker.renew("second")
        eventually(lambda: arrives(b"x" * 300_000), what="a large message after the renewal")
        assert subscriber.epoch == epoch, "a renewal ended the connection"
        broker.child.kill()
        broker.child.start()
        eventually(lambda: link.is_up() and subscriber.epoch > epoch and subscriber.is_connected, what="both back")
        eventually(lambda: arrives(b"after"), what="a message on the new certificate")
        assert shown(broker.port, authority.file) == "second"
    finally:
        link.stop()
        subscriber.stop()


# paho leaves the socket of a handshake that failed to the garbage collector, which warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("protocol", "reason"), [("5", "negotiation failed"), ("3.1.1", "verify failed")])
def test_a_broker_of_another_authority_gets_nothing(
    broker: TlsBroker, tmp_path: Path, protocol: str, reason: str
) -> None:
    stranger = Authority(tmp_path / "stranger")
    link = a_link(broker.port, stranger.file)
    subscriber, _ = a_subscriber(broker.port, stranger.file, protocol)
    link.start()
    subscriber.start()
    try:
        eventually(lambda: "verify failed" in link._last_error, what="the node's reason")
        eventually(
            lambda: reason in subscriber._last_error, seconds=BLINDING_SECONDS + 20, what="the subscriber's reason"
        )
        assert not link.is_up()
        assert not subscriber.is_connected
    finally:
        link.stop()
        subscriber.stop()


def test_the_database_is_reached_by_tls_alone(authority: Authority, tmp_path: Path) -> None:
    server = Postgres(folder=tmp_path / "postgres", durable=False)
    with server:
        data = server.folder / "data"
        authority.certify("database", data)
        for name in ("server.key", "server.pem"):
            give_to(find_programs().account, data / name)
        rules = (data / "pg_hba.conf").read_text().replace("host ", "hostssl ")
        (data / "pg_hba.conf").write_text(rules)
        with psycopg.connect(server.dsn, autocommit=True) as conn:
            conn.execute("ALTER SYSTEM SET ssl_cert_file = 'server.pem'")
            conn.execute("ALTER SYSTEM SET ssl = on")
            conn.execute("SELECT pg_reload_conf()")
        checked = f"{server.dsn}?sslmode=verify-full&sslrootcert={authority.file}"

        def by_tls() -> bool:
            with Database(checked, max_connections=1) as database, database.transaction() as conn:
                row = conn.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
            return bool(row and row["ssl"])

        eventually(lambda: _without_error(by_tls), what="TLS to the database")
        with pytest.raises(psycopg.OperationalError, match="no encryption"):
            psycopg.connect(f"{server.dsn}?sslmode=disable")
        stranger = Authority(tmp_path / "stranger")
        with pytest.raises(psycopg.OperationalError, match="verify failed"):
            psycopg.connect(f"{server.dsn}?sslmode=verify-full&sslrootcert={stranger.file}")
    server.remove()


def _without_error(request: object) -> bool:
    try:
        return bool(request())  # type: ignore[operator]
    except psycopg.Error:
        return False


def test_the_api_speaks_https_alone_where_it_has_a_certificate(
    authority: Authority, tmp_path: Path, database_url: str
) -> None:
    authority.certify("api", tmp_path)
    port = free_port()
    env = {
        "SIAGA_DATABASE_URL": database_url,
        "SIAGA_MEDIA_DIR": str(tmp_path / "media"),
        "SIAGA_HTTP_PORT": str(port),
        "SIAGA_HTTP_CERT_FILE": str(tmp_path / "server.pem"),
        "SIAGA_HTTP_KEY_FILE": str(tmp_path / "server.key"),
    }
    with Child(name="api", argv=[program("siaga-cloud"), "api"], log=tmp_path / "log", env=env) as child:
        child.wait_for(lambda: is_listening(port), seconds=90)
        trusted = ssl.create_default_context(cafile=str(authority.file))
        answer = httpx.get(f"https://127.0.0.1:{port}/healthz", verify=trusted, trust_env=False, timeout=60)
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
