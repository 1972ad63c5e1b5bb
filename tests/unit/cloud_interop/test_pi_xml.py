"""Readings as PI-XML of Delft-FEWS: whole seconds in UTC, missing readings as missing, flags of FEWS."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree as ET

from tests.support.standards.feed_shapes import pi_complaints

from siaga_cloud.gauges.store.gauges import Gauge, Reading
from siaga_cloud.interop.fews.pi_xml import NAMESPACE, Series, document

NOON = datetime(2026, 12, 1, 12, 0, 0, tzinfo=timezone(timedelta(hours=7)))
NAMES = {"": NAMESPACE}


def a_gauge(**known: Any) -> Gauge:
    return Gauge(**{one.name: None for one in fields(Gauge)} | known)


def a_reading(seconds: float, level_cm: float | None, quality: str = "good") -> Reading:
    return Reading(measured_at=NOON + timedelta(seconds=seconds), level_cm=level_cm, quality=quality, stage=None)


def test_each_quality_has_its_flag_and_nothing_is_zero() -> None:
    readings = [
        a_reading(0, 612.34), a_reading(1.2, 613.0), a_reading(1.8, 614.0, "suspect"), a_reading(2, 2000.0, "bad"),
        a_reading(3, None, "missing"), a_reading(4, 615.0, "missing"),
    ]  # fmt: skip
    gauge = a_gauge(id="manggarai", name="PA <Manggarai>", lat=-6.2079, lon=106.8484)
    content = document([Series(gauge=gauge, readings=readings, since=NOON, until=NOON + timedelta(hours=1))])
    assert pi_complaints(content) == []
    root = ET.fromstring(content)  # noqa: S314 - our own answer
    found = [(one.get("time"), one.get("value"), one.get("flag")) for one in root.iterfind("series/event", NAMES)]
    assert found == [
        ("05:00:00", "612.3", "0"), ("05:00:01", "614.0", "3"), ("05:00:02", "2000.0", "6"),
        ("05:00:03", "-999.0", "9"), ("05:00:04", "-999.0", "9"),
    ]  # fmt: skip
    assert root.findtext("series/header/stationName", None, NAMES) == "PA <Manggarai>"
    assert root.findtext("timeZone", None, NAMES) == "0.0"


def test_a_silent_gauge_is_a_series_without_events() -> None:
    gauge = a_gauge(id="karet", name="PA Karet", lat=-6.1987, lon=106.8102)
    content = document([Series(gauge=gauge, readings=[], since=NOON, until=NOON + timedelta(days=1))])
    assert pi_complaints(content) == []
    dates = ET.fromstring(content).find("series/header/endDate", NAMES)  # noqa: S314 - our own answer
    assert dates is not None
    assert dates.attrib == {"date": (NOON + timedelta(days=1)).astimezone(UTC).date().isoformat(), "time": "05:00:00"}
