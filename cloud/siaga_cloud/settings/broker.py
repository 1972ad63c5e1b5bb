"""Defines the settings of the MQTT broker, for ingest and for nodes that enrol."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, Field

from siaga_cloud.settings.fields import Folder, OptionalFile, Port, positive, secret, shape, whole
from siaga_cloud.settings.group import SettingsGroup


class BrokerSettings(SettingsGroup, env_prefix="SIAGA_BROKER_"):
    """States how ingest reaches the MQTT broker. `protocol` is 5, or 3.1.1 for brokers without MQTT 5.

    `subscribe`: `shards` subscribes to the shards that the replica serves. `all` subscribes to everything at once, for
    brokers where a subscription is expensive; the replica then drops what other replicas serve.
    """

    host: str = "127.0.0.1"
    port: Port = 1883
    username: str | None = None
    password: str | None = secret()
    ca_file: OptionalFile = None
    protocol: Annotated[str, shape(r"^(5|3\.1\.1)$", "5 or 3.1.1")] = "5"
    subscribe: Annotated[str, shape(r"^(shards|all)$", "shards or all")] = "shards"


def _node_broker(name: str) -> AliasChoices:
    """Nodes use the broker of ingest unless another one is set for them."""
    return AliasChoices(f"SIAGA_NODE_BROKER_{name}", f"SIAGA_BROKER_{name}")


class FleetSettings(SettingsGroup):
    """Holds the folder of the fleet's keys, and the broker that nodes connect to after they enrol."""

    folder: Folder = Field(default=Folder("fleet"), validation_alias="SIAGA_FLEET_DIR")
    broker_host: str = Field(default="127.0.0.1", validation_alias=_node_broker("HOST"))
    broker_port: Port = Field(default=1883, validation_alias=_node_broker("PORT"))
    broker_ca_file: OptionalFile = Field(default=None, validation_alias=_node_broker("CA_FILE"))


class IngestSettings(SettingsGroup):
    """Holds the name of a replica of ingest, and how long it owns a shard without a heartbeat.

    `unowned`: what ingest does with readings and events of cameras and gauges that the city has not recorded.
    `jump_cm`, `rate_cm_per_minute`: how far a level can be from the reading before, and what a river can rise; a faster
    one changes no stage until a second reading agrees. The dead letters of a node are stored up to so many an hour.
    """

    broker: BrokerSettings
    fleet: FleetSettings
    replica: Annotated[
        str, shape(r"^[a-z0-9][a-z0-9-]{0,31}$", "a name of a-z, 0-9 and -, at most 32 long")
    ] = "1"  # fmt: skip
    lease_seconds: Annotated[int, whole(2, 600)] = 15
    clock_limit_seconds: Annotated[int, whole(0, 3600)] = 30
    unowned: Annotated[str, shape(r"^(refuse|accept)$", "refuse or accept")] = "refuse"
    jump_cm: Annotated[float, positive("cm")] = 30.0
    rate_cm_per_minute: Annotated[float, positive("cm a minute")] = 25.0
    dead_letters_per_hour: Annotated[int, whole(1, 1_000_000)] = 500
    dead_letter_kilobytes_per_hour: Annotated[int, whole(1, 10_000_000)] = 8192
