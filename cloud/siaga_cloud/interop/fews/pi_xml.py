"""Writes the readings of gauges as PI-XML, the time series of Delft-FEWS.

Schema: https://fewsdocs.deltares.nl/schemas/version1.0/pi-schemas/pi_timeseries.xsd. A missing reading is `missVal`
with the flag 9; the other flags are those of Delft-FEWS for original values: 0 reliable, 3 doubtful, 6 unreliable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from siaga_cloud.gauges.store.gauges import Gauge, Reading
from siaga_cloud.interop.xml_text import add, write

NAMESPACE: Final = "http://www.wldelft.nl/fews/PI"
PARAMETER: Final = "H.obs"
MISSING: Final = "-999.0"
_MISSING_FLAG: Final = "9"
_FLAGS: Final[Mapping[str, str]] = {"good": "0", "suspect": "3", "bad": "6"}
_SCHEMA: Final = f"{NAMESPACE} https://fewsdocs.deltares.nl/schemas/version1.0/pi-schemas/pi_timeseries.xsd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Represents the readings of a gauge in a span, oldest first."""

    gauge: Gauge
    readings: Sequence[Reading]
    since: datetime
    until: datetime


def document(series: Iterable[Series]) -> bytes:
    """Return the time series in UTC, levels in cm over each gauge's own zero."""
    root = ET.Element(
        "TimeSeries",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": _SCHEMA,
            "version": "1.25",
        },
    )
    add(root, "timeZone", "0.0")
    for one in series:
        element = ET.SubElement(root, "series")
        element.append(_header(one))
        element.extend(_event(reading) for reading in _by_second(one.readings))
    return write(root)


def _header(series: Series) -> ET.Element:
    header, gauge = ET.Element("header"), series.gauge
    add(header, "type", "instantaneous")
    add(header, "locationId", gauge.id)
    add(header, "parameterId", PARAMETER)
    ET.SubElement(header, "timeStep", {"unit": "nonequidistant"})
    ET.SubElement(header, "startDate", _date_time(series.since))
    ET.SubElement(header, "endDate", _date_time(series.until))
    add(header, "missVal", MISSING)
    add(header, "stationName", gauge.name)
    for name, degrees in (("lat", gauge.lat), ("lon", gauge.lon), ("x", gauge.lon), ("y", gauge.lat)):
        add(header, name, f"{degrees:.6f}")
    add(header, "units", "cm")
    return header


def _by_second(readings: Sequence[Reading]) -> Iterable[Reading]:
    """PI-XML has whole seconds: the last reading of a second stands for it."""
    return {reading.measured_at.replace(microsecond=0): reading for reading in readings}.values()


def _event(reading: Reading) -> ET.Element:
    is_missing = reading.level_cm is None or reading.quality not in _FLAGS
    value = MISSING if is_missing else f"{reading.level_cm:.1f}"
    flag = _MISSING_FLAG if is_missing else _FLAGS[reading.quality]
    return ET.Element("event", {**_date_time(reading.measured_at), "value": value, "flag": flag})


def _date_time(at: datetime) -> dict[str, str]:
    utc = at.astimezone(UTC)
    return {"date": utc.strftime("%Y-%m-%d"), "time": utc.strftime("%H:%M:%S")}
