"""Builds and parses the ids of SensorThings entities that consist of several columns."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from siaga_cloud.interop.sensorthings.store_model import LEVEL, MICROSECONDS, STAGE

_OBSERVATION: Final = re.compile(rf"^([a-z0-9][a-z0-9-]{{1,47}})\.({LEVEL}|{STAGE})@(-?\d{{1,17}})$")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def observation_id(gauge_id: str, property_id: str, at: datetime) -> str:
    """Return an Observation's id: its Datastream's, and its time in microseconds since 1970."""
    return f"{gauge_id}.{property_id}@{(at - _EPOCH) // timedelta(microseconds=1)}"


def observation_key(text: str) -> tuple[str, str, datetime] | None:
    """(gauge, level or stage, time) of an Observation's id; None for what cannot be one."""
    found = _OBSERVATION.match(text)
    if not found:
        return None
    try:
        seconds, micros = divmod(int(found[3]), MICROSECONDS)
        return found[1], found[2], _EPOCH + timedelta(seconds=seconds, microseconds=micros)
    except OverflowError:
        return None
