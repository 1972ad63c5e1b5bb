"""What the worker needs of a channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message on its way. `id` stays the same when it is sent again, so that a receiver can drop the second."""

    id: UUID
    priority: int
    notices: int
    text_id: str
    text_en: str
    created_at: datetime


class DeliveryError(Exception):
    """A message was not delivered. `is_final`: trying again is of no use."""

    def __init__(self, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


class Channel(Protocol):
    """Sends a message to an address."""

    def send(self, address: str, message: Outgoing) -> None:
        """Returns once the other side has taken it; raises DeliveryError."""
        ...
