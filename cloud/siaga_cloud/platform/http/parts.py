"""Holds what every request may use: the parts of the application, which `create_app` builds once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeVar, cast

from fastapi import Depends, Request

from siaga_cloud.platform.db import callers
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.platform.db.replica import Replica
from siaga_cloud.platform.http.limits import TokenBuckets
from siaga_cloud.platform.http.live_hub import LiveHub
from siaga_cloud.platform.http.metrics import Metrics
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo_pool import PhotoPool
from siaga_cloud.settings import CapSignature, ChannelSettings, DemoSettings, FleetSettings, OidcSettings, PasskeyPolicy

Part = TypeVar("Part")

may_lag: ContextVar[bool] = ContextVar("may_lag", default=False)
"""Whether an answer from a replica that is a little behind will do (platform/http/lagging.py)."""

is_writing: ContextVar[bool] = ContextVar("is_writing", default=False)
"""Whether the request in hand may change something: its method says so (platform/http/unsafe.py)."""


class HttpSettings(Protocol):
    """Defines the settings that the HTTP layer reads."""

    @property
    def database_url(self) -> str:
        """Return where to listen for changes."""
        ...

    @property
    def media_dir(self) -> Path:
        """Return the folder of the images."""
        ...

    @property
    def server_key(self) -> str | None:
        """Return the secret that keyed hashes and signed cookies are made with."""
        ...

    @property
    def instance(self) -> str | None:
        """Return what /readyz names this process, or None."""
        ...

    @property
    def tile_url(self) -> str | None:
        """Return a raster tile address with {z}, {x} and {y}, or None: the map needs none."""
        ...

    @property
    def tile_attribution(self) -> str | None:
        """Return the words that must be shown with these tiles, or None: the host is named."""
        ...

    @property
    def public_url(self) -> str:
        """Return how people reach this server."""
        ...

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """Return the sites whose pages may read the public API, `*` for all."""
        ...

    @property
    def oidc(self) -> OidcSettings | None:
        """Return the city's identity provider, where there is one."""
        ...

    @property
    def passkeys(self) -> PasskeyPolicy:
        """Return whether operators and administrators must sign in with a passkey or the identity provider."""
        ...

    @property
    def position_decimals(self) -> int:
        """To how many decimals of a degree officers' positions are stored."""
        ...

    @property
    def open311_anonymous(self) -> bool:
        """Return whether reports may be sent by Open311 without an api_key."""
        ...

    @property
    def cap_contact(self) -> str | None:
        """Return whom readers of CAP messages ask, as it stands in each message."""
        ...

    @property
    def cap_status(self) -> Literal["Actual", "Exercise", "Test"]:
        """Return what CAP messages are: warnings of a real city, of an exercise, or of a test."""
        ...

    @property
    def cap_signature(self) -> CapSignature | None:
        """Return the key that CAP messages are signed with, and its certificate; None: they are not signed."""
        ...

    @property
    def road_impassable_cm(self) -> int:
        """Return from which depth of water a road counts as impassable."""
        ...

    @property
    def gtfs_agency(self) -> str | None:
        """Return the agency whose riders read about flooded roads, or None: there is no such feed."""
        ...

    @property
    def gtfs_stops_file(self) -> Path | None:
        """Return the stops.txt of the agency's GTFS, or None."""
        ...

    @property
    def sta_mqtt_url(self) -> str | None:
        """Return where the public reads SensorThings' topics, or None where nowhere."""
        ...

    @property
    def channels(self) -> ChannelSettings:
        """Return the settings of the channels that citizens write by."""
        ...

    @property
    def contacts_retention_days(self) -> int:
        """How long contacts of reporters are stored after their report."""
        ...

    @property
    def photos_retention_days(self) -> int:
        """How long photos of reporters are stored after their report is over."""
        ...

    @property
    def c2pa_trust_file(self) -> Path | None:
        """Return the file of the certificates whose C2PA signatures on photos are trusted, or None."""
        ...

    @property
    def publish_folder(self) -> Path | None:
        """Return the folder that the publisher writes, or None: then the published state is made when requested."""
        ...

    @property
    def demo(self) -> DemoSettings | None:
        """Return what makes this server a simulation, or None."""
        ...

    @property
    def basemap_folder(self) -> Path | None:
        """Return the folder of the basemap, or None where there is none."""
        ...

    @property
    def review_days(self) -> int | None:
        """How long the review set keeps an image; None: there is no review set."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Holds the parts of one application."""

    settings: HttpSettings
    database: Database
    media: MediaFolder
    photos: PhotoPool
    hub: LiveHub
    report_limit: TokenBuckets
    address_limit: TokenBuckets
    message_limit: TokenBuckets
    metrics: Metrics
    fleet: FleetSettings | None
    enrol_limit: TokenBuckets
    sign_in_limit: TokenBuckets
    challenge_limit: TokenBuckets
    replica: Replica | None = None
    of_subjects: dict[type, object] = field(default_factory=dict)
    """Parts that belong to a subject above the platform, by their class."""

    def of(self, kind: type[Part]) -> Part:
        """Return the part of this class; KeyError where the application has none."""
        return cast("Part", self.of_subjects[kind])

    def find(self, kind: type[Part]) -> Part | None:
        """Return the part of this class, or None where the application has none."""
        return cast("Part | None", self.of_subjects.get(kind))

    @contextmanager
    def transaction(self, caller: Person | None) -> Iterator[Connection]:
        """Yield a transaction that acts for `caller`; None is the public. Committed when the block ends well.

        Row-level security holds it to what the caller may see (db/migrations/policies.sql).
        """
        with ExitStack() as stack:
            conn = self._lagging(stack) or stack.enter_context(self.database.transaction())
            callers.act_for(conn, caller, writes=is_writing.get())
            yield conn

    def _lagging(self, stack: ExitStack) -> Connection | None:
        if self.replica is None or is_writing.get() or not may_lag.get():
            return None
        conn = self.replica.connection(stack)
        self.metrics.replica_reads.labels("primary" if conn is None else "replica").inc()
        return conn


async def get_parts(request: Request) -> Parts:
    """Return the parts of the application that a request came to; asynchronous so that it needs no worker thread."""
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(get_parts)]
