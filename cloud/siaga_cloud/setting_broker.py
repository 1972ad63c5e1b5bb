"""Where the broker is, for ingest and for the boxes that are told of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from siaga_cloud.setting_reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """How ingest reaches the MQTT broker. `protocol`: 5, or 3.1.1 for brokers that know no newer one.

    `subscribe`: `shards` to those that the replica serves, or `all` at once where a subscription costs the broker much;
    then every replica is sent everything, and what others serve it puts aside.
    """

    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    ca_file: Path | None
    protocol: str = "5"
    subscribe: str = "shards"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSettings:
    """Where the keys of the fleet lie, and where boxes that enrol are sent for the broker."""

    folder: Path
    broker_host: str
    broker_port: int
    broker_ca_file: Path | None


def broker(read: Reader) -> BrokerSettings:
    """Complains to the reader of what is wrong."""
    return BrokerSettings(
        host=read.text("SIAGA_BROKER_HOST", "127.0.0.1"),
        port=read.number("SIAGA_BROKER_PORT", 1883, least=1, most=65535),
        username=read.environment.get("SIAGA_BROKER_USERNAME") or None,
        password=read.secret("SIAGA_BROKER_PASSWORD"),
        ca_file=read.file("SIAGA_BROKER_CA_FILE"),
        protocol=read.matching("SIAGA_BROKER_PROTOCOL", "5", re.compile(r"^(5|3\.1\.1)$"), "5 or 3.1.1"),
        subscribe=read.matching("SIAGA_BROKER_SUBSCRIBE", "shards", re.compile(r"^(shards|all)$"), "shards or all"),
    )


def fleet(read: Reader, inside: BrokerSettings) -> FleetSettings:
    """Boxes are sent where ingest finds the broker, unless told otherwise."""
    return FleetSettings(
        folder=Path(read.text("SIAGA_FLEET_DIR", "fleet")).absolute(),
        broker_host=read.text("SIAGA_NODE_BROKER_HOST", inside.host),
        broker_port=read.number("SIAGA_NODE_BROKER_PORT", inside.port, least=1, most=65535),
        broker_ca_file=read.file("SIAGA_NODE_BROKER_CA_FILE") or inside.ca_file,
    )
