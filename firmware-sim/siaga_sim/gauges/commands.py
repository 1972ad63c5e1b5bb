"""Commands from the cloud to a smart gauge: checked as a node checks them, then passed to the firmware."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from siaga_core.wire import signed
from siaga_core.wire.fleet import AnnounceStorm
from siaga_core.wire.gauge_commands import GAUGE_COMMAND_BODY, GaugeCommandBody, Reboot, ResyncClock, SetGauge
from siaga_core.wire.parts import CommandHealth
from siaga_sim.firmware import Settings, machine

CommandError: TypeAlias = signed.RefusedError


@dataclass(slots=True, kw_only=True)
class CommandInbox:
    """Only what this city's `key` signed for this node, newer than all before, and in time. None: obeys nobody."""

    node: str
    key: Ed25519PublicKey | None
    last: CommandHealth | None = None

    def read(self, payload: bytes, *, now: datetime) -> GaugeCommandBody | None:
        """The command; None when it is refused or was done before, and `last` says why."""
        try:
            message = signed.read_command(payload, node=self.node, verify=self._is_signed)
        except CommandError as error:
            self.last = CommandHealth(number=self._above, done=False, text=str(error)[:500])
            return None
        if message.number <= self._above:
            return None
        try:
            signed.check_expiry(message, now=now)
            body = signed.body_of(message, GAUGE_COMMAND_BODY)
        except CommandError as error:
            self.last = CommandHealth(number=message.number, done=False, text=str(error)[:500])
            return None
        self.last = CommandHealth(number=message.number, done=True, text=f"{body.kind}: done")
        return body

    @property
    def _above(self) -> int:
        return 0 if self.last is None else self.last.number

    def _is_signed(self, signature: bytes, statement: bytes) -> bool:
        if self.key is None:
            raise CommandError("this gauge has no city key and accepts no commands")
        try:
            self.key.verify(signature, statement)
        except InvalidSignature:
            return False
        return True


def read_key(path: Path) -> Ed25519PublicKey:
    """Return the city's public key from a PEM file; raises `CommandError` or OSError."""
    key: Ed25519PublicKey = signed.read_key(path, load_pem_public_key, Ed25519PublicKey)
    return key


def as_event(command: GaugeCommandBody, settings: Settings, *, now: datetime) -> machine.Event:
    """Return the firmware event that a command causes."""
    match command:
        case SetGauge():
            return machine.NewSettings(changed(settings, command))
        case ResyncClock():
            return machine.Resync()
        case Reboot():
            return machine.Reboot("ordered")
        case AnnounceStorm(until=until):
            return machine.Storm(max(0.0, (until - now).total_seconds()))


def changed(settings: Settings, command: SetGauge) -> Settings:
    """The settings with what the command names."""
    seconds = command.model_dump(exclude_none=True, exclude={"kind", "change_cm", "brisk_above_cm"})
    settings = replace(settings, **seconds)
    if command.change_cm is not None:
        settings = replace(settings, change_mm=max(1, round(command.change_cm * 10)))
    if command.brisk_above_cm is not None:
        settings = replace(settings, brisk_above_mm=round(command.brisk_above_cm * 10))
    return settings
