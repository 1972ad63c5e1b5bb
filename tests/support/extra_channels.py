"""A channel that only a test knows, with settings, verification, parsing and answers as in a module of `kinds`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from siaga_cloud.channels import registry
from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.kinds.channel import CitizenChannel, Gateway, IncomingDelivery, plain_answer
from siaga_cloud.channels.sources.fields import JSON, object_of, prove_secret, shown, some
from siaga_cloud.platform.delivery.ports import Channel, Outgoing
from siaga_cloud.settings import ChannelSettings, Settings, SettingsGroup
from siaga_cloud.settings.channels import MIN_SECRET
from siaga_cloud.settings.fields import secret as optional_secret
from siaga_core.hazards import Names


class PigeonSettings(SettingsGroup, env_prefix="SIAGA_PIGEON_"):
    """The secret of the loft, and where pigeons return to."""

    secret: str | None = optional_secret(least=MIN_SECRET)
    loft: str | None = None


class Pigeon:
    """The port of answers, which remembers what it carried."""

    carried: list[tuple[str, str]] = []  # noqa: RUF012 - one loft for all pigeons of a test

    def send(self, address: str, message: Outgoing) -> None:
        """Carry a message."""
        self.carried.append((address, message.text))


def read_pigeon(delivery: IncomingDelivery, secret: str) -> list[DeliveredMessage]:
    """Return the note that a pigeon carried; raises ProofError, DeliveryError."""
    prove_secret(delivery.header("X-Ring"), secret, name="X-Ring")
    note = object_of(delivery.body, "a note")
    message = TextMessage(
        channel="pigeon",
        source_id=some(note.get("ring"), str, "ring"),
        sender=some(note.get("from"), str, "from"),
        text=some(note.get("text"), str, "text"),
        received_at=delivery.received_at,
    )
    return [DeliveredMessage(message=message, raw=shown(note))]


def _secret(settings: ChannelSettings) -> str | None:
    return settings.of(PigeonSettings).secret


def _answers(settings: Settings) -> Channel | None:
    return Pigeon() if settings.channels.of(PigeonSettings).loft else None


PIGEON = CitizenChannel(
    id="pigeon",
    name=Names(indonesian="Merpati pos", english="Carrier pigeon"),
    settings=PigeonSettings,
    is_set_up=lambda settings: _secret(settings) is not None,
    sender_is_phone=True,
    gateway=Gateway(
        path="pigeon",
        summary="Notes by carrier pigeon",
        description="With the ring of the pigeon; the answer is the body.",
        media_type=JSON,
        example={"ring": "R1", "from": "+628120000001", "text": "banjir di Kampung Melayu"},
        proof_headers=("x-ring",),
        secret=_secret,
        read=read_pigeon,
        respond=plain_answer,
    ),
    answers=_answers,
)


def a_note(ring: str, text: str) -> bytes:
    """The body of a delivery."""
    return json.dumps({"ring": ring, "from": "+628120000001", "text": text}).encode()


@contextmanager
def registered(*more: CitizenChannel) -> Iterator[None]:
    """Add channels to the registry of this process until the block ends."""
    before = registry._registry
    registry._registry = registry.registry_of((*before.values(), *more))
    try:
        yield
    finally:
        registry._registry = before
