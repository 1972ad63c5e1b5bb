"""Uplinks of LoRaWAN network servers: what becomes a reading, what is not for us, and what is refused and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from tests.support.lorawan_uplinks import DEVICE, chirpstack, things_stack

from siaga_cloud.feeds.items import FoundReading, ItemError
from siaga_cloud.feeds.lorawan.options import LorawanTable
from siaga_cloud.feeds.lorawan.uplinks import read
from siaga_cloud.feeds.options import FEED

NOW = datetime(2026, 11, 20, 8, 0, 0, 250_000, tzinfo=UTC)
DISTANCE = {"field": "water.distance", "unit": "mm", "measures": "distance", "mount_cm": 1200}
AT = NOW - timedelta(seconds=2)


def table(server: str = "chirpstack", **link: Any) -> LorawanTable:
    own = {"gauge": "manggarai", "device_eui": DEVICE, "field": "level", "unit": "cm", **link}
    found = FEED.validate_python(
        {"id": "radio", "kind": "lorawan", "server": server, "host": "mqtt.example.org", "gauge": [own]}
    )
    assert isinstance(found, LorawanTable)
    return found


def reading_of(payload: bytes, options: LorawanTable) -> FoundReading:
    uplink = read(payload, options, now=NOW)
    assert uplink is not None
    return uplink.reading


@pytest.mark.parametrize(
    ("link", "decoded", "level_cm"),
    [
        ({}, {"level": 412.5}, 412.5),
        ({"unit": "m", "offset_cm": -20}, {"level": "4.125"}, 392.5),
        (DISTANCE, {"water": {"distance": 7875}}, 412.5),
    ],
)
@pytest.mark.parametrize("server", ["chirpstack", "ttn"])
def test_a_named_field_becomes_a_level(server: str, link: dict[str, Any], decoded: Any, level_cm: float) -> None:
    payload = (chirpstack if server == "chirpstack" else things_stack)(AT, decoded)
    assert reading_of(payload, table(server, **link)) == FoundReading(
        gauge_id="manggarai", measured_at=AT, level_cm=level_cm, quality="good"
    )


def test_no_level_is_never_zero_and_one_that_cannot_be_is_bad() -> None:
    assert reading_of(chirpstack(AT, {"level": None}), table()).quality == "missing"
    found = reading_of(chirpstack(AT, {"level": 9999}), table(most_cm=1500))
    assert (found.level_cm, found.quality, found.flags) == (9999, "bad", ("range",))


def test_a_frame_has_the_same_name_whichever_gateway_received_it() -> None:
    one = read(chirpstack(AT, {"level": 1}), table(), now=NOW)
    two = read(chirpstack(AT + timedelta(seconds=1), {"level": 1}, gateway="ff"), table(), now=NOW)
    next_one = read(chirpstack(AT, {"level": 1}, number=11), table(), now=NOW)
    assert one is not None
    assert two is not None
    assert next_one is not None
    assert one.source_id == two.source_id != next_one.source_id


def test_other_devices_and_simulated_uplinks_are_not_for_us() -> None:
    assert read(chirpstack(AT, {"level": 1}, device="ff" * 8), table(), now=NOW) is None
    assert read(things_stack(AT, {"level": 1}, simulated=True), table("ttn"), now=NOW) is None


@pytest.mark.parametrize(
    ("payload", "server", "reason"),
    [
        (
            chirpstack(AT, {"Level": 3, "battery": 90}),
            "chirpstack",
            "object.level: missing, expected the field 'level'; fields here: Level, battery",
        ),
        (
            chirpstack(AT, None),
            "chirpstack",
            "object: got None, expected a decoded payload (set a decoder for the device)",
        ),
        (
            things_stack(AT, {}),
            "ttn",
            "uplink_message.decoded_payload.level: missing, expected the field 'level'; fields here: none",
        ),
        (
            chirpstack(AT, {"level": "high"}),
            "chirpstack",
            "object.level: got 'high', expected a number from -1e+06 to 1e+06",
        ),
        (things_stack(AT, {"level": 1}), "chirpstack", "deviceInfo: got None, expected an object"),
        (chirpstack(AT, {"level": 1}), "ttn", "end_device_ids: got None, expected an object"),
        (
            chirpstack(NOW + timedelta(hours=1), {"level": 1}),
            "chirpstack",
            "time: got 2026-11-20T09:00:00.250000+00:00, expected a time that is not ahead of ours",
        ),
        (b"[]", "chirpstack", "got [], expected an object"),
    ],
)
def test_an_uplink_that_cannot_be_read_is_refused(payload: bytes, server: str, reason: str) -> None:
    with pytest.raises(ItemError) as caught:
        read(payload, table(server), now=NOW)
    assert str(caught.value) == reason


def test_device_euis_have_any_notation_and_topics_are_those_of_the_server() -> None:
    assert table(device_eui="01-01-01-01-01-01-01-01").gauge[0].device_eui == DEVICE
    assert table().mqtt_topic == "application/+/device/+/event/up"
    assert table("ttn").mqtt_topic == "v3/+/devices/+/up"


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ({"device_eui": "01"}, "16 hexadecimal digits, not '01'"),
        ({"measures": "distance"}, 'mount_cm with measures = "distance" only'),
        ({"mount_cm": 100}, 'mount_cm with measures = "distance" only'),
    ],
)
def test_a_wrong_gauge_is_refused(link: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        table(**link)


def test_a_device_belongs_to_one_gauge() -> None:
    one = {"device_eui": DEVICE, "field": "level", "unit": "cm"}
    feed = {"id": "radio", "kind": "lorawan", "server": "ttn", "host": "h"}
    with pytest.raises(ValidationError, match="each device_eui once"):
        FEED.validate_python({**feed, "gauge": [{"gauge": "a1", **one}, {"gauge": "b1", **one}]})
