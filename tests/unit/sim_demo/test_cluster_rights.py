"""A node's rights on clustered brokers are those that Mosquitto gives it: its own topics, its own session."""

from __future__ import annotations

import base64
import hashlib
import re

from benchmarks.cluster.nats import users
from benchmarks.cluster.rabbit import definitions

LOGINS = {"box-one": "secret-one", "ingest": "secret-two"}


def of(name: str, kind: str) -> dict[str, str]:
    found = definitions(LOGINS, replicas=4)
    return next(one for one in found[kind] if one.get("user", one.get("name")) == name)


def test_rabbit_lets_a_node_write_up_and_read_down_and_nothing_of_another() -> None:
    rights = of("box-one", "topic_permissions")
    assert re.search(rights["write"], "siaga.v1.s07.box-one.up.readings")
    assert re.search(rights["read"], "siaga.v1.s07.box-one.down.#")
    for denied in (
        "siaga.v1.s07.box-two.up.readings",
        "siaga.v1.s07.box-one.down.config",
        "x.siaga.v1.s07.box-one.up.a",
    ):
        assert not re.search(rights["write"], denied)
    for denied in ("siaga.v1.s07.box-two.down.#", "siaga.v1.s07.*.down.#", "siaga.#", "#"):
        assert not re.search(rights["read"], denied)


def test_rabbit_binds_each_to_its_own_session() -> None:
    for user, own, others in (
        ("box-one", "mqtt-subscription-box-oneqos1", "mqtt-subscription-box-twoqos1"),
        ("ingest", "mqtt-subscription-siaga-ingest-4qos1", "mqtt-subscription-siaga-ingest-5qos1"),
    ):
        rights = of(user, "permissions")
        for right in ("configure", "write", "read"):
            assert re.search(rights[right], own)
            assert not re.search(rights[right], others)


def test_rabbit_gets_hashes_and_no_passwords() -> None:
    raw = base64.b64decode(of("box-one", "users")["password_hash"])
    assert raw[4:] == hashlib.sha256(raw[:4] + b"secret-one").digest()
    assert "secret" not in str(definitions(LOGINS, replicas=4))


def test_nats_lets_a_node_write_up_and_read_down_alone() -> None:
    line = next(line for line in users(LOGINS).splitlines() if "box-one" in line)
    assert '"publish": {"allow": ["siaga.v1.*.box-one.up.>"]}' in line
    assert '"siaga.v1.*.box-one.down.>"' in line
    assert ".*.*." not in line
