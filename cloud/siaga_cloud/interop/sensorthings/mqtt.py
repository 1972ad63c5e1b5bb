"""Publishes new Observations to SensorThings subscribers over MQTT once they are committed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

from siaga_cloud.gauges.store.readings import ReadingRow, StageChange
from siaga_cloud.ingest.store.batches import BatchResult
from siaga_cloud.interop.sensorthings.ids import observation_id
from siaga_cloud.interop.sensorthings.shape import BASE, observation
from siaga_cloud.interop.sensorthings.store_model import LEVEL, STAGE

VERSION: Final = "v1.1"
# A backlog of hours that comes at once is read over HTTP; live topics publish the newest of it.
MOST_AT_ONCE: Final = 1000

log = logging.getLogger(__name__)


class Publisher(Protocol):
    """Publishes a message and returns False where there is no connection."""

    def __call__(self, topic: str, payload: bytes, *, qos: int) -> bool:
        """At QoS 0 nothing waits for it."""


class SensorThingsPublisher:
    """Publishes to v1.1/Datastreams('ID')/Observations and v1.1/Observations with QoS 0; a client that missed some
    reads them over HTTP.
    """

    def __init__(self, publish: Publisher, *, public_url: str) -> None:
        self._publish, self._root = publish, f"{public_url}{BASE}"

    def __call__(self, stored: BatchResult) -> None:
        """Publish the Observations of a stored batch."""
        rows = sorted([*_levels(stored.rows), *_stages(stored)], key=lambda row: row["phenomenon"])
        if len(rows) > MOST_AT_ONCE:
            log.info("%d Observations in one batch; publishing only the newest %d", len(rows), MOST_AT_ONCE)
        for row in rows[-MOST_AT_ONCE:]:
            payload = json.dumps(observation(row, self._root), separators=(",", ":")).encode()
            for topic in topics_of(row["gauge_id"], row["property_id"]):
                self._publish(topic, payload, qos=0)


def topics_of(gauge_id: str, property_id: str) -> tuple[str, str]:
    """Return the topics on which the Observations of a Datastream are published."""
    return f"{VERSION}/Datastreams('{gauge_id}.{property_id}')/Observations", f"{VERSION}/Observations"


def _levels(rows: Sequence[ReadingRow]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {
            "id": observation_id(row.gauge_id, LEVEL, row.measured_at),
            "gauge_id": row.gauge_id,
            "property_id": LEVEL,
            "phenomenon": row.measured_at,
            "result_time": row.received_at,
            "result": _rounded(row.level_cm),
            "quality": row.quality,
            "flags": list(row.flags),
            "spread_cm": _rounded(row.spread_cm),
            "samples": row.samples,
        }


def _stages(stored: BatchResult) -> Iterator[dict[str, Any]]:
    received = {(row.gauge_id, row.measured_at): row.received_at for row in stored.rows}
    for one in stored.stages:
        yield _stage(one) | {"result_time": received.get((one.gauge_id, one.at))}


def _stage(one: StageChange) -> dict[str, Any]:
    return {
        "id": observation_id(one.gauge_id, STAGE, one.at),
        "gauge_id": one.gauge_id,
        "property_id": STAGE,
        "phenomenon": one.at,
        "result": float(one.stage),
        "quality": "good",
        "flags": [],
        "spread_cm": None,
        "samples": None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
