"""Converts uplinks of ChirpStack v4 and The Things Stack v3 into readings of our gauges; the functions are pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from siaga_cloud.feeds import fields
from siaga_cloud.feeds.items import FoundReading, ItemError
from siaga_cloud.feeds.lorawan.options import LorawanLink, LorawanTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """Represents one uplink. `source_id` names its frame: the same one may arrive through several gateways."""

    source_id: str
    reading: FoundReading


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    device_eui: str
    session: str
    number: str
    received_at: object
    decoded: object
    decoded_key: str


def read(payload: bytes, options: LorawanTable, *, now: datetime) -> Uplink | None:
    """Return an uplink; None for a device that no gauge names, and for one that was simulated. Raises ItemError."""
    root = fields.item_of(payload)
    frame = _chirpstack(root) if options.server == "chirpstack" else _things_stack(root)
    if frame is None:
        return None
    link = next((link for link in options.gauge if link.device_eui == frame.device_eui.lower()), None)
    if link is None:
        return None
    key = "time" if options.server == "chirpstack" else "received_at"
    return Uplink(
        source_id=f"{frame.device_eui.lower()}:{frame.session}:{frame.number}",
        reading=_reading(link, frame, fields.time_of(frame.received_at, key, now=now)),
    )


def _chirpstack(root: Mapping[str, Any]) -> _Frame:
    device = _object(root, "deviceInfo")
    return _Frame(
        device_eui=fields.identifier(device, "devEui", most=32),
        session=fields.identifier(root, "devAddr", most=32, default=""),
        # Protocol buffers leave a zero out of their JSON.
        number=fields.identifier(root, "fCnt", most=16, default="0"),
        received_at=root.get("time"),
        decoded=root.get("object"),
        decoded_key="object",
    )


def _things_stack(root: Mapping[str, Any]) -> _Frame | None:
    if fields.is_true(root.get("simulated")):
        return None
    device, message = _object(root, "end_device_ids"), _object(root, "uplink_message")
    return _Frame(
        device_eui=fields.identifier(device, "dev_eui", most=32),
        session=fields.identifier(message, "session_key_id", most=64, default=""),
        number=fields.identifier(message, "f_cnt", most=16, default="0"),
        received_at=message.get("received_at") or root.get("received_at"),
        decoded=message.get("decoded_payload"),
        decoded_key="uplink_message.decoded_payload",
    )


def _reading(link: LorawanLink, frame: _Frame, at: datetime) -> FoundReading:
    found, path = frame.decoded, frame.decoded_key
    if not isinstance(found, dict):
        raise ItemError(f"{path}: got {fields.shown(found)}, expected a decoded payload (set a decoder for the device)")
    for key in link.field.split("."):
        if not isinstance(found, dict) or key not in found:
            known = ", ".join(sorted(map(str, found)))[:200] if isinstance(found, dict) else fields.shown(found)
            raise ItemError(f"{path}.{key}: missing, expected the field {link.field!r}; fields here: {known or 'none'}")
        found, path = found[key], f"{path}.{key}"
    if found is None:
        return FoundReading(gauge_id=link.gauge, measured_at=at, level_cm=None, quality="missing")
    level = link.level_cm(fields.checked_number(found, path, least=-1e6, most=1e6))
    is_likely = link.least_cm <= level <= link.most_cm
    return FoundReading(
        gauge_id=link.gauge,
        measured_at=at,
        level_cm=level,
        quality="good" if is_likely else "bad",
        flags=() if is_likely else ("range",),
    )


def _object(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = holder.get(key)
    if not isinstance(found, dict):
        raise ItemError(f"{key}: got {fields.shown(found)}, expected an object")
    return found
