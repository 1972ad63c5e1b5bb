"""What the worker needs of a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias
from uuid import UUID

Language: TypeAlias = Literal["id", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The e-mails that one answers to. `references`: their Message-IDs, the oldest first."""

    subject: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message on its way. `id` stays the same when it is sent again, so that a receiver can drop the second.

    `language`: the one that the receiver wrote in, None where both are sent. `is_reply`: it answers what was just said.
    """

    id: UUID
    priority: int
    notices: int
    text_id: str
    text_en: str
    created_at: datetime
    language: Language | None = None
    thread: Thread | None = None
    is_reply: bool = False

    @property
    def text(self) -> str:
        """What is said where there is room for one language."""
        return self.text_en if self.language == "en" else self.text_id


class DeliveryError(Exception):
    """A message was not delivered. `is_final`: trying again is of no use; `is_gone`: nor any other to this address."""

    def __init__(self, message: str, *, is_final: bool, is_gone: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final
        self.is_gone = is_gone


class Channel(Protocol):
    """Sends a message to an address."""

    def send(self, address: str, message: Outgoing) -> None:
        """Returns once the other side has taken it; raises DeliveryError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Where one subscriber is reached. `keys`: of a browser's push subscription."""

    address: str
    keys: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMessage:
    """A message to one subscriber in the own language. `challenge`: set where the receiver must send it back.

    `manage_url` shows the subscription and ends it; `unsubscribe_url` ends it by one POST.
    """

    id: UUID
    priority: int
    language: str
    title: str
    text: str
    short: str
    manage_url: str
    unsubscribe_url: str
    created_at: datetime
    challenge: str | None = None
    alerts: Sequence[Mapping[str, Any]] = ()


class AlertSender(Protocol):
    """Sends letters one after the other, for as long as it is open."""

    def send(self, to: Addressee, alert_message: AlertMessage) -> None:
        """Returns once the other side has taken it; raises DeliveryError."""
        ...


class AlertChannel(Protocol):
    """Opens a sender; nothing is reached before the first letter."""

    def open(self) -> AbstractContextManager[AlertSender]:
        """A sender for a batch of letters."""
        ...
