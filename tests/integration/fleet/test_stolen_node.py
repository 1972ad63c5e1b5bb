"""A node was stolen: one command ends it at ingest, at the real broker and for commands; others go on and renew."""

from __future__ import annotations

import signal
import ssl
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import NOW, a_reading, deliver, eventually, readings_message
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve
from typer.testing import CliRunner, Result

from siaga_cloud.cli import app
from siaga_cloud.fleet import keys
from siaga_cloud.fleet.service import enrolment, sites
from siaga_cloud.fleet.service.commands import CommandFileError, make_command, make_config
from siaga_cloud.fleet.store import blocks
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.operations.setup import certificates
from siaga_cloud.operations.store import retention
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.errors import InvalidError
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.settings import FleetSettings
from siaga_core.wire.fleet import DropModel
from siaga_core.wire.topics import DownStream, UpStream, down, up
from siaga_edge.fleet.renewal import CertificateRenewal, RenewalError
from siaga_sim.stack.child import Child
from siaga_sim.stack.ports import free_port, is_listening

STOLEN, HONEST = "posko-utara", "pintu-manggarai"
SECONDS = 15.0
REASON = ("--reason", "stolen at night")


@dataclass(kw_only=True)
class Town:
    """A fleet folder with an authority and the files of two nodes, and the database."""

    url: str
    folder: Path
    serials: dict[str, str] = field(default_factory=dict)

    def admin(self, *words: str) -> Result:
        environment = {"SIAGA_DATABASE_URL": self.url, "SIAGA_FLEET_DIR": str(self.folder)}
        return CliRunner().invoke(app, ["fleet", *words], env=environment)

    def certify(self, node: str, *, at: datetime) -> None:
        key = certificates.new_key()
        (self.folder / f"{node}.key.pem").unlink(missing_ok=True)
        keys.write_private(self.folder / f"{node}.key.pem", keys.private_pem(key))
        with connect(self.url) as conn:
            csr = certificates.request_pem(key, node)
            pem = enrolment.certified(conn, self.folder, csr, node, now=at)
        (self.folder / f"{node}.cert.pem").write_text(pem)


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Town:
    load_demo_city(database_url)
    folder = tmp_path / "fleet"
    keys.make_key(folder)
    keys.make_authority(folder, now=datetime.now(UTC))
    made = Town(url=database_url, folder=folder)
    for node in (STOLEN, HONEST):
        made.certify(node, at=datetime.now(UTC))
    return made


@dataclass
class Door:
    port: int
    child: Child
    ca: Path


@pytest.fixture
def door(town: Town) -> Iterator[Door]:
    """Mosquitto as packaging configures the door of the nodes, on the files that the town writes."""
    now, key = datetime.now(UTC), certificates.new_key()
    authority = certificates.broker_authority(key, now=now)
    own = certificates.new_key()
    shown = certificates.broker_certificate(own, authority, key, ["127.0.0.1"], now=now)
    keys.write_private(town.folder / "server.key.pem", keys.private_pem(own))
    (town.folder / "server.pem").write_bytes(certificates.pem(shown))
    (town.folder / "broker-ca.pem").write_bytes(certificates.pem(authority))
    assert town.admin("broker-files").exit_code == 0
    port, folder = free_port(), town.folder
    (folder / "conf").write_text(
        f"user root\nacl_file {folder}/acl\nlog_dest stderr\nlog_type all\nlistener {port} 127.0.0.1\n"
        f"allow_anonymous false\ncafile {folder}/node-ca.pem\ncrlfile {folder}/node-crl.pem\n"
        f"certfile {folder}/server.pem\nkeyfile {folder}/server.key.pem\n"
        "require_certificate true\nuse_identity_as_username true\n"
    )
    child = Child(name="door", argv=["/usr/sbin/mosquitto", "-c", str(folder / "conf")], log=folder / "door.log")
    with child:
        child.wait_for(lambda: is_listening(port), seconds=90)
        yield Door(port, child, folder / "broker-ca.pem")


def enters(door: Door, folder: Path, node: str) -> bool:
    """Whether the broker lets a node in with its certificate."""
    settled, entered = threading.Event(), []
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"{node}-{uuid4()}", protocol=MQTTv311)
    client.tls_set(str(door.ca), str(folder / f"{node}.cert.pem"), str(folder / f"{node}.key.pem"))

    def connected(_c: Client, _d: object, _f: object, reason: Any, _p: object) -> None:
        entered.append(not reason.is_failure)
        settled.set()

    client.on_connect, client.on_disconnect = connected, lambda *_: settled.set()
    try:
        client.connect("127.0.0.1", door.port)
    except (OSError, ssl.SSLError):
        return False
    client.loop_start()
    assert settled.wait(SECONDS)
    client.disconnect()
    client.loop_stop()
    return entered == [True]


def test_a_block_ends_a_stolen_node_at_the_broker_even_while_it_is_connected(town: Town, door: Door) -> None:
    thief = Client(CallbackAPIVersion.VERSION2, client_id=STOLEN, protocol=MQTTv311)
    thief.tls_set(str(door.ca), str(town.folder / f"{STOLEN}.cert.pem"), str(town.folder / f"{STOLEN}.key.pem"))
    thief.connect("127.0.0.1", door.port)
    thief.loop_start()
    try:
        eventually(thief.is_connected, what="the stolen node is connected")
        done = town.admin("block", STOLEN, *REASON)
        assert done.exit_code == 0, done.output
        assert "blocked, 1 certificates revoked" in done.output
        door.child.process.send_signal(signal.SIGHUP)  # type: ignore[union-attr]
        eventually(lambda: not enters(door, town.folder, STOLEN), what="the certificate is refused")
        thief.publish(up(STOLEN, UpStream.READINGS), b"{}", qos=1).wait_for_publish(SECONDS)
        refused = f"Denied PUBLISH from {STOLEN}"
        eventually(
            lambda: refused in (town.folder / "door.log").read_text(), what="its open connection may write nothing"
        )
        assert enters(door, town.folder, HONEST)
    finally:
        thief.disconnect()
        thief.loop_stop()


def reading(node: str, seq: int) -> Any:
    gauge = {STOLEN: "pasar-ikan", HONEST: "manggarai"}[node]
    return deliver(readings_message(a_reading(100, at=NOW, gauge=gauge), node=node, outbox_id=uuid4(), seq=seq))


def stored(conn: Connection, folder: Path) -> Any:
    with conn.transaction():
        batch = sort([reading(STOLEN, 1), reading(HONEST, 1)])
        return store(conn, batch, media=MediaFolder(folder), now=NOW, policy=IngestPolicy())


def test_ingest_drops_all_of_a_blocked_node_and_no_command_goes_to_it(town: Town, tmp_path: Path) -> None:
    assert town.admin("block", STOLEN, *REASON).exit_code == 0
    with connect(town.url) as conn:
        conn.execute("SET ROLE siaga_ingest")
        prepare_stages(conn)
        result = stored(conn, tmp_path)
        conn.execute("RESET ROLE")
        assert (result.blocked, [node for node, _ in result.acknowledge]) == (1, [HONEST])
        assert [row["gauge_id"] for row in conn.execute("SELECT gauge_id FROM reading")] == ["manggarai"]
        (block,) = blocks.blocks(conn)
        assert (block.node_id, block.dropped, block.dropped_bytes > 0) == (STOLEN, 1, True)
        with pytest.raises(CommandFileError, match="is blocked"):
            make_command(conn, keys.load_key(town.folder), STOLEN, DropModel(role="water"), now=NOW, by="test")
        line = conn.execute("SELECT actor, why FROM audit WHERE action = 'block_node'").fetchone()
        assert line is not None
        assert line["actor"].startswith("command:")
        assert line["why"] == "stolen at night"
    assert town.admin("block", STOLEN, *REASON).exit_code == 2
    assert f"{STOLEN} since" in town.admin("blocked").output


def test_an_unblocked_node_enrols_anew_because_its_certificates_remain_revoked(
    town: Town, door: Door, tmp_path: Path
) -> None:
    assert town.admin("block", STOLEN, *REASON).exit_code == 0
    assert town.admin("unblock", STOLEN, "--reason", "found again").exit_code == 0
    door.child.process.send_signal(signal.SIGHUP)  # type: ignore[union-attr]
    eventually(lambda: not enters(door, town.folder, STOLEN), what="the old certificate is refused")
    town.certify(STOLEN, at=datetime.now(UTC))
    assert enters(door, town.folder, STOLEN)
    with connect(town.url) as conn:
        prepare_stages(conn)
        assert stored(conn, tmp_path).blocked == 0


@pytest.fixture
def api(town: Town, tmp_path: Path) -> Iterator[Api]:
    place = FleetSettings(folder=town.folder)
    settings = SettingsForTests(database_url=town.url, media_dir=tmp_path / "media")
    with serve(settings, {}, fleet=place) as served:
        yield served


def renewal(town: Town, api: Api, node: str, *, at: datetime) -> CertificateRenewal:
    return CertificateRenewal(
        url=api.url,
        cert_file=town.folder / f"{node}.cert.pem",
        key_file=town.folder / f"{node}.key.pem",
        clock=lambda: at,
    )


def test_a_node_renews_its_certificate_of_ninety_days_in_its_last_third(town: Town, api: Api, door: Door) -> None:
    now = datetime.now(UTC)
    town.certify(HONEST, at=now - timedelta(days=65))
    file = town.folder / f"{HONEST}.cert.pem"
    before = x509.load_pem_x509_certificate(file.read_bytes())
    assert (before.not_valid_after_utc - now).days == 24
    assert not renewal(town, api, HONEST, at=now - timedelta(days=6)).tick(), "59 days old: not yet"
    assert renewal(town, api, HONEST, at=now).tick()
    after = x509.load_pem_x509_certificate(file.read_bytes())
    # Certificates hold whole seconds, and it was made a moment after `now`.
    assert abs(after.not_valid_after_utc - now - timedelta(days=keys.NODE_DAYS)) < timedelta(minutes=1)
    assert after.subject == before.subject
    assert enters(door, town.folder, HONEST), "with the key of before"


def test_a_stolen_node_cannot_renew_and_nobody_can_with_another_key(town: Town, api: Api) -> None:
    now = datetime.now(UTC)
    town.certify(STOLEN, at=now - timedelta(days=65))
    town.certify(HONEST, at=now - timedelta(days=65))
    assert town.admin("block", STOLEN, *REASON).exit_code == 0
    with pytest.raises(RenewalError, match="HTTP 403"):
        renewal(town, api, STOLEN, at=now).tick()
    foreign = certificates.request_pem(certificates.new_key(), HONEST)
    body = {"certificate": (town.folder / f"{HONEST}.cert.pem").read_text(), "csr": foreign}
    answer = httpx.post(f"{api.url}/api/v1/enrol/renewal", json=body)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:siaga:problem:unknown-certificate")


def test_without_the_fleet_folder_a_block_reports_what_was_done_and_what_was_not(town: Town, tmp_path: Path) -> None:
    broker = tmp_path / "broker"
    broker.mkdir()
    lost = Town(url=town.url, folder=tmp_path / "missing")
    done = lost.admin("block", STOLEN, *REASON, "--broker-dir", str(broker))
    assert done.exit_code == 3
    assert f"{STOLEN}: blocked, 1 certificates revoked" in done.stdout
    assert f"wrote {broker}/acl" in done.stdout
    assert "node-crl.pem and broker-passwords were not written" in done.stderr
    assert f"{STOLEN} is blocked at ingest, but the broker may still let it in" in done.stderr
    assert f"user {STOLEN}\ntopic deny #" in (broker / "acl").read_text()
    nothing = lost.admin("block", HONEST, *REASON)
    assert nothing.exit_code == 3
    assert "no file of the broker was written" in nothing.stderr
    with connect(town.url) as conn:
        assert blocks.blocked(conn) == {STOLEN, HONEST}
    assert lost.admin("block", STOLEN, *REASON).exit_code == 2
    again = town.admin("broker-files", "--broker-dir", str(broker))
    assert again.exit_code == 0, again.output
    assert (broker / "node-crl.pem").exists()


def test_unblock_warns_of_a_node_whose_certificates_are_not_on_record(town: Town) -> None:
    assert town.admin("block", STOLEN, *REASON).exit_code == 0
    assert "works again" not in town.admin("unblock", STOLEN, *REASON).output
    assert town.admin("block", "prepared-node", *REASON).exit_code == 0
    assert "works again" in town.admin("unblock", "prepared-node", *REASON).stderr


def test_a_certificate_that_is_renewed_while_the_node_is_blocked_is_revoked_too(town: Town) -> None:
    place, now = FleetSettings(folder=town.folder), datetime.now(UTC)
    certificate = (town.folder / f"{STOLEN}.cert.pem").read_text()
    key = serialization.load_pem_private_key((town.folder / f"{STOLEN}.key.pem").read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    with connect(town.url) as conn, ThreadPoolExecutor(1) as pool:
        csr = certificates.request_pem(key, STOLEN)
        renewed = enrolment.renew(conn, place, certificate, csr, now=now)
        blocking = pool.submit(town.admin, "block", STOLEN, *REASON)
        wait([blocking], timeout=2.0)  # it must not end before the renewal is stored
        conn.commit()
        assert blocking.result(SECONDS).exit_code == 0
        assert blocks.is_revoked(conn, keys.serial_of(renewed))


def test_no_node_can_have_the_name_of_a_feed(town: Town, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with connect(town.url) as conn:
        with pytest.raises(InvalidError, match="does not begin with feed-"):
            enrolment.make_token(conn, "feed-dsda", now=now, lasts=timedelta(hours=1))
        facts = {"name": "A node", "lat": None, "lon": None}
        with pytest.raises(InvalidError, match="does not begin with feed-"):
            sites.save_node(conn, "feed-dsda", facts, by="test", now=now)
        # One that enrolled before such names were reserved.
        conn.execute("UPDATE gauge SET node_id = 'feed-dsda' WHERE id = 'manggarai'")
        conn.execute("UPDATE gauge SET node_id = NULL WHERE id = 'pasar-ikan'")
        prepare_stages(conn)
        liar = [
            readings_message(a_reading(100, at=NOW, gauge=gauge), node="feed-dsda", outbox_id=uuid4(), seq=1)
            for gauge in ("manggarai", "pasar-ikan")
        ]
        batch = sort([deliver(one) for one in liar])
        result = store(conn, batch, media=MediaFolder(tmp_path), now=NOW, policy=IngestPolicy())
        assert (result.dead, result.readings) == (2, 0)
    for words in (["enrol", "feed-dsda"], ["secrets", str(tmp_path / "s"), "--host", "broker", "--node", "feed-dsda"]):
        refused = CliRunner().invoke(app, words, env={"SIAGA_DATABASE_URL": town.url})
        assert refused.exit_code == 2, refused.output
        assert "does not begin with feed-" in refused.stderr


def test_the_record_of_a_certificate_is_deleted_after_its_end(town: Town) -> None:
    now = datetime.now(UTC)
    town.certify(STOLEN, at=now - timedelta(days=keys.NODE_DAYS + 41))
    with connect(town.url) as conn:
        conn.execute("SET ROLE siaga_worker")
        retention.forget_certificates(conn, before=now - timedelta(days=40))
        rows = conn.execute("SELECT node_id FROM node_certificate ORDER BY node_id").fetchall()
        assert [row["node_id"] for row in rows] == [HONEST, STOLEN], "those that hold remain"


def test_the_wanted_configuration_of_a_blocked_node_is_not_sent_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def publish(_broker: object, messages: Iterable[tuple[str, bytes, bool]]) -> int:
        sent.extend(topic for topic, _payload, _retain in messages)
        return len(sent)

    monkeypatch.setattr("siaga_cloud.fleet.publisher.publish", publish)
    with connect(town.url) as conn:
        for node in (STOLEN, HONEST):
            make_config(conn, keys.load_key(town.folder), node, "[health]\nevery_seconds = 30\n", now=NOW, by="test")
    assert town.admin("block", STOLEN, *REASON).exit_code == 0
    assert town.admin("publish").exit_code == 0
    assert sent == [down(HONEST, DownStream.CONFIG)]
