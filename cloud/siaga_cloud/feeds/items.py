"""What a feed's module turns bytes into, and how it says that it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from siaga_core.rules.stage import StageLimits

MAX_SOURCE_ID = 300


class BodyError(Exception):
    """A whole answer cannot be read; the message says where, what was there, and what was expected."""


class ItemError(Exception):
    """One item cannot be read or kept; the others can. It becomes a dead letter with its bytes and this reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One answer to ask for. `label`: what the module wants to know again when it comes.

    With a `version`, the answer is asked for once: not again until the version is another.
    """

    url: str
    label: str = ""
    version: str | None = None


@dataclass(frozen=True, slots=True)
class RawItem:
    """One item as it came. `source_id`: the source's own id or a stated substitute; "" where what is found in it has a
    key of its own (readings by gauge and time, warnings by sender and identifier)."""

    payload: bytes
    source_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedResponse:
    """An answer taken apart. `as_of`: of when the source says that it is.

    `is_complete`: it lists everything that holds now, so that what is not in it any more is over.
    `more`: what must be asked for besides (further pages, linked alerts).
    """

    items: Sequence[RawItem] = ()
    as_of: datetime | None = None
    is_complete: bool = False
    more: Sequence[Request] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSignal:
    """Something is the matter somewhere. `strength` 0..1: how sure the source is; `note` is shown to the public."""

    category: str
    strength: float
    severity: str
    lat: float
    lon: float
    began_at: datetime
    last_at: datetime
    ended_at: datetime | None = None
    note: str = ""
    depth_cm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReport:
    """A citizen's report that came by way of another system. `reporter`: whatever tells reporters apart there."""

    channel: str
    category: str
    text: str
    lat: float
    lon: float
    reporter: str
    happened_at: datetime
    photo_urls: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMessage:
    """A citizen's message whose category or place is not sure: an operator reads it. `place`: (lat, lon)."""

    channel: str
    source_id: str
    sender: str
    text: str
    place: tuple[float, float] | None
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReading:
    """A level of one of our gauges, in cm over its zero; None is no level, never zero."""

    gauge_id: str
    measured_at: datetime
    level_cm: float | None
    quality: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStage:
    """A stage of one of our gauges as officials publish it, kept beside the computed one."""

    gauge_id: str
    at: datetime
    stage: int
    level_cm: float | None
    published_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningText:
    """What a warning says in one language."""

    language: str
    event: str
    headline: str
    description: str
    instruction: str
    web: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningArea:
    """Where a warning holds. Polygons are rings of (lat, lon); circles are (lat, lon, radius in km)."""

    description: str
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    geocodes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWarning:
    """A message of somebody who warns (CAP 1.2). `refers_to`: (sender, identifier) of those that it replaces."""

    identifier: str
    sender: str
    sent_at: datetime
    status: str
    message_type: str
    refers_to: tuple[tuple[str, str], ...]
    urgency: str
    severity: str
    certainty: str
    onset_at: datetime | None
    expires_at: datetime
    texts: tuple[WarningText, ...]
    areas: tuple[WarningArea, ...]
    signal: FoundSignal | None = None


Found: TypeAlias = FoundSignal | FoundReport | FoundMessage | FoundReading | FoundStage | FoundWarning


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeFacts:
    """What a module may know of a gauge of ours. `node_id`: the only node that may speak for it, where one is set."""

    id: str
    limits: StageLimits | None
    node_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """What modules may know of the city. `own_sender`: what our own CAP messages say that they come from."""

    gauges: Mapping[str, GaugeFacts]
    own_sender: str = ""


class Feed(Protocol):
    """One kind of feed, bound to the options of one. An instance serves one poll."""

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """What to ask for first."""
        ...

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """Takes an answer apart; raises BodyError."""
        ...

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """What one item says; nothing for one that is not for us. Raises ItemError."""
        ...
