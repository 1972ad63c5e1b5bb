"""What the cloud orders of a smart gauge: checked like a box checks its orders, then told to the firmware."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import ValidationError

from siaga_core.wire.fleet import MAX_COMMAND_BYTES, AnnounceStorm, CommandMessage, command_statement
from siaga_core.wire.gauge_orders import GAUGE_COMMAND_BODY, GaugeCommandBody, Reboot, ResyncClock, SetGauge
from siaga_core.wire.parts import CommandHealth
from siaga_sim.firmware import Settings, machine


class OrderError(ValueError):
    """An order that is not obeyed; the text says why."""


@dataclass(slots=True, kw_only=True)
class OrderBook:
    """Only what this city's `key` signed for this node, newer than all before, and in time. None: obeys nobody."""

    node: str
    key: Ed25519PublicKey | None
    last: CommandHealth | None = None

    def read(self, payload: bytes, *, now: datetime) -> GaugeCommandBody | None:
        """The order; None when it is refused or was done before, and `last` says why."""
        try:
            message = self._genuine(payload)
        except OrderError as error:
            self.last = CommandHealth(number=self._above, done=False, text=str(error)[:500])
            return None
        if message.number <= self._above:
            return None
        try:
            body = _body(message, now=now)
        except OrderError as error:
            self.last = CommandHealth(number=message.number, done=False, text=str(error)[:500])
            return None
        self.last = CommandHealth(number=message.number, done=True, text=f"{body.kind}: done")
        return body

    @property
    def _above(self) -> int:
        return 0 if self.last is None else self.last.number

    def _genuine(self, payload: bytes) -> CommandMessage:
        if len(payload) > MAX_COMMAND_BYTES:
            raise OrderError(f"got {len(payload)} bytes, expected at most {MAX_COMMAND_BYTES}")
        try:
            message = CommandMessage.model_validate_json(payload)
        except ValidationError as error:
            raise OrderError(_first_problem(error)) from None
        if message.node != self.node:
            raise OrderError(f"node: got {message.node}, expected {self.node}")
        if self.key is None:
            raise OrderError("this gauge has no city key, so it obeys no orders")
        try:
            self.key.verify(base64.b64decode(message.signature), command_statement(message))
        except InvalidSignature:
            raise OrderError("the signature does not fit: not signed by this city's key, or changed since") from None
        return message


def read_key(path: Path) -> Ed25519PublicKey:
    """The city's public key from a PEM file. Raises OrderError or OSError."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except ValueError as error:
        raise OrderError(f"{path}: expected a PEM file with an Ed25519 public key: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise OrderError(f"{path}: got a key of another kind, expected an Ed25519 public key")
    return key


def as_event(order: GaugeCommandBody, settings: Settings, *, now: datetime) -> machine.Event:
    """The order in the firmware's own words."""
    match order:
        case SetGauge():
            return machine.NewSettings(changed(settings, order))
        case ResyncClock():
            return machine.Resync()
        case Reboot():
            return machine.Reboot("ordered")
        case AnnounceStorm(until=until):
            return machine.Storm(max(0.0, (until - now).total_seconds()))


def changed(settings: Settings, order: SetGauge) -> Settings:
    """The settings with what the order names."""
    seconds = order.model_dump(exclude_none=True, exclude={"kind", "change_cm", "brisk_above_cm"})
    settings = replace(settings, **seconds)
    if order.change_cm is not None:
        settings = replace(settings, change_mm=max(1, round(order.change_cm * 10)))
    if order.brisk_above_cm is not None:
        settings = replace(settings, brisk_above_mm=round(order.brisk_above_cm * 10))
    return settings


def _body(message: CommandMessage, *, now: datetime) -> GaugeCommandBody:
    if message.expires_at <= now:
        raise OrderError(f"expires_at: got {message.expires_at.isoformat()}, which is past")
    try:
        return GAUGE_COMMAND_BODY.validate_json(message.body)
    except ValidationError as error:
        raise OrderError(_first_problem(error)) from None


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "payload"
    return f"{where}: {first['msg']}"
