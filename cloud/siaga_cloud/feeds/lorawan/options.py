"""Models the tables of feeds.toml for gauges behind a LoRaWAN network server."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from siaga_cloud.feeds.feed_table import FeedTable, GaugeLink, Words, once

_EUI = re.compile(r"[0-9a-f]{16}")


def _device_eui(value: str) -> str:
    eui = value.lower().replace("-", "").replace(":", "")
    if not _EUI.fullmatch(eui):
        raise ValueError(f"16 hexadecimal digits, not {value!r}")
    return eui


class LorawanLink(GaugeLink):
    """Models `[[feed.gauge]]`: one of our gauges by its device EUI and the field of its decoded payload.

    `field` may lead into objects (`water.level`). A distance is measured down from `mount_cm` above the gauge's zero.
    """

    device_eui: Annotated[str, AfterValidator(_device_eui)]
    field: Words
    unit: Literal["mm", "cm", "m"]
    measures: Literal["level", "distance"] = "level"
    mount_cm: Annotated[float, Field(gt=0, le=100_000)] | None = None
    offset_cm: Annotated[float, Field(ge=-100_000, le=100_000)] = 0

    @model_validator(mode="after")
    def _has_a_mount(self) -> Self:
        if (self.measures == "distance") != (self.mount_cm is not None):
            raise ValueError('mount_cm with measures = "distance" only')
        return self

    def level_cm(self, value: float) -> float:
        """Return the level in cm that a value of the field stands for."""
        length = value * {"mm": 0.1, "cm": 1.0, "m": 100.0}[self.unit]
        level = length if self.mount_cm is None else self.mount_cm - length
        return round(level + self.offset_cm, 2)


class LorawanTable(FeedTable):
    """Models the uplinks of a network server over MQTT. `secret` is the password of `username` at its broker."""

    kind: Literal["lorawan"]
    server: Literal["chirpstack", "ttn"]
    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 1883
    username: Words | None = None
    tls: bool = False
    topic: Annotated[str, StringConstraints(pattern=r"^[^\s#]+$", max_length=200)] | None = None
    gauge: Annotated[tuple[LorawanLink, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _each_device_once(self) -> Self:
        once("device_eui", (link.device_eui for link in self.gauge))
        return self

    @property
    def mqtt_topic(self) -> str:
        """Return the topic of uplinks: that of the file, else that of the documentation of the server."""
        own = {"chirpstack": "application/+/device/+/event/up", "ttn": "v3/+/devices/+/up"}
        return self.topic or own[self.server]
