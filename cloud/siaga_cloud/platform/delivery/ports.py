"""Defines what the worker needs of a channel."""

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
    """Represents the e-mails that an e-mail answers. `references` are their Message-IDs, the oldest first."""

    subject: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Represents a message to be sent. `id` stays the same when it is sent again, so that a receiver can drop the
    second.

    `language` is the one that the receiver wrote in, None where both are sent. `is_reply` means that it answers a
    message just received.
    """

    id: UUID
    priority: int
    notification_count: int
    text_id: str
    text_en: str
    created_at: datetime
    language: Language | None = None
    thread: Thread | None = None
    is_reply: bool = False

    @property
    def text(self) -> str:
        """Return the text where there is room for one language."""
        return self.text_en if self.language == "en" else self.text_id


@dataclass(frozen=True, slots=True)
class Answer:
    """Represents the answer of another system: its HTTP status, and the beginning of its body as text."""

    status: int
    text: str


class DeliveryError(Exception):
    """A message was not delivered. `is_final` means that a retry is useless; `is_gone` that every other message to this
    address is useless too. `answer` is that of the other side, where one came.
    """

    def __init__(self, message: str, *, is_final: bool, is_gone: bool = False, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.is_final = is_final
        self.is_gone = is_gone
        self.answer = answer


class Channel(Protocol):
    """Sends a message to an address."""

    def send(self, address: str, message: Outgoing) -> None:
        """Returns once the other side has taken it; raises DeliveryError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Holds where one subscriber is reached. `keys` are those of a browser's push subscription."""

    address: str
    keys: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMessage:
    """Represents a message to one subscriber in the subscriber's language. `challenge` is set where the receiver must
    return it.

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
    """Sends alert messages one after the other while it is open."""

    def send(self, to: Addressee, alert_message: AlertMessage) -> None:
        """Returns once the other side has taken it; raises DeliveryError."""
        ...


class AlertChannel(Protocol):
    """Opens a sender, which connects at the first alert message."""

    def open(self) -> AbstractContextManager[AlertSender]:
        """Return a sender for a batch of alert messages."""
        ...
