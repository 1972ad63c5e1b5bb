"""Messages of every lane for tests of the outbox."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from siaga_core.wire.messages import OutboxHealth, Reading
from siaga_edge.outbox.parcels import Parcel, of_event, of_evidence, of_health, of_readings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVENT = UUID("019b7000-0000-7000-8000-000000000001")
NODE = "node-a"


def readings(at: datetime = NOW, level_cm: float = 1.0) -> Parcel:
    return of_readings(NODE, [Reading(gauge="manggarai", measured_at=at, level_cm=level_cm)])


def health(at: datetime = NOW) -> Parcel:
    fields = {"uptime_seconds": 1.0, "outbox": OutboxHealth(waiting=0, evicted=0, bytes=0)}
    return of_health(NODE, at=at, fields=fields)


def evidence(size: int = 1000, at: datetime = NOW, number: int = 3) -> Parcel:
    fields = {"role": "update", "sha256": "0" * 64, "width": 10, "height": 10, "redacted": True}
    jpeg = b"\xff\xd8\xff" + bytes(size)
    return of_evidence(NODE, EVENT, number, taken_at=at, fields=fields, jpeg=jpeg)


def alert(at: datetime = NOW) -> Parcel:
    fields: dict[str, object] = {
        "event_id": EVENT,
        "revision": 1,
        "state": "began",
        "hazard": "water_level",
        "source": {"kind": "gauge", "id": "manggarai"},
        "place": {"lat": 0, "lon": 0},
        "began_at": at,
        "confidence": 1,
        "severity": "minor",
        "details": {"kind": "water_level", "stage": 3, "level_cm": 750},
    }
    return of_event(NODE, measured_at=at, fields=fields)
