"""Defines what the module of a feed returns for a body, and the errors that it raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from siaga_core.rules.stage import StageLimits

MAX_SOURCE_ID = 300


class BodyError(Exception):
    """A complete answer cannot be read; the message states where, what was there and what was expected."""


class ItemError(Exception):
    """One item cannot be read or stored while the others can. It becomes a dead letter with its bytes and this
    reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Describes one request. `label` is what the module needs to know again when the answer arrives.

    A request with a `version` is not repeated until the version changes.
    """

    url: str
    label: str = ""
    version: str | None = None


@dataclass(frozen=True, slots=True)
class RawItem:
    """Represents one item as it arrived. `source_id` is the source's own id or a stated substitute. It is empty where
    the contents have their own key: readings by gauge and time, warnings by sender and identifier.
    """

    payload: bytes
    source_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedResponse:
    """Represents a parsed answer. `as_of` is the time that the source states for it.

    `is_complete` means that it lists everything in force, so that anything missing is over. `more` lists further
    requests, such as more pages or linked alerts.
    """

    items: Sequence[RawItem] = ()
    as_of: datetime | None = None
    is_complete: bool = False
    more: Sequence[Request] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadLine:
    """Represents a jam or a blocked road as (lat, lon) corners. Speed and delay are what the source states; None: it
    states none.
    """

    corners: tuple[tuple[float, float], ...]
    street: str
    is_blocked: bool
    length_m: float
    speed_kmh: float | None = None
    delay_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSignal:
    """Represents a hazard at a place. `strength` from 0 to 1 is the certainty of the source; `note` is shown to the
    public.
    """

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
    road: RoadLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReport:
    """Represents a citizen's report from another system. `reporter` is whatever distinguishes reporters there."""

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
    """Represents a citizen's message whose category or place is uncertain, for an operator. `place` is (lat, lon)."""

    channel: str
    source_id: str
    sender: str
    text: str
    place: tuple[float, float] | None
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReading:
    """Represents a level of one of our gauges in cm above its datum; None means no level, never zero."""

    gauge_id: str
    measured_at: datetime
    level_cm: float | None
    quality: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRain:
    """Represents what one of our rain gauges measured: `mm` of rain in the `minutes` before `ends_at`."""

    rain_gauge_id: str
    ends_at: datetime
    minutes: int
    mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStage:
    """Represents a stage of one of our gauges as an authority published it; it is stored beside the computed stage."""

    gauge_id: str
    at: datetime
    stage: int
    level_cm: float | None
    published_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningText:
    """Holds the text of a warning in one language."""

    language: str
    event: str
    headline: str
    description: str
    instruction: str
    web: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningArea:
    """Describes where a warning is in force. Polygons are rings of (lat, lon); circles are (lat, lon, radius in km)."""

    description: str
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    geocodes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWarning:
    """Represents a CAP 1.2 message of another authority. `refers_to` holds (sender, identifier) of those that it
    replaces.
    """

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


Found: TypeAlias = FoundSignal | FoundReport | FoundMessage | FoundReading | FoundRain | FoundStage | FoundWarning


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeFacts:
    """Holds what a module may know of one of our gauges."""

    id: str
    limits: StageLimits | None


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Holds what modules may know of the city. `own_sender` is the sender of our own CAP messages."""

    gauges: Mapping[str, GaugeFacts]
    own_sender: str = ""


class Feed(Protocol):
    """Defines a kind of feed, bound to the options of one feed. One instance serves one poll."""

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """Return what to request first."""
        ...

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """Takes an answer apart; raises BodyError."""
        ...

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return what one item contains; nothing for one that is not for us. Raises ItemError."""
        ...
