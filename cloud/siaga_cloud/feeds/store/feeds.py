"""Stores the configured feeds, their state, their raw answers and the outcome of each item."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.connectors import store as connectors
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.stage import StageLimits
from siaga_core.wire.ids import FEED_PREFIX

ITEMS_RETENTION: Final = timedelta(days=40)
_SWEPT_AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """Represents a configured feed and its state."""

    id: str
    kind: str
    options: Mapping[str, Any]
    failures: int
    etag: str | None
    last_modified: str | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldItem:
    """Represents what is stored of an item."""

    source_id: str
    content_sha256: bytes
    revision: int
    signal_id: UUID | None
    item_at: datetime
    gone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeRow:
    """Represents a gauge as far as feeds need it."""

    id: str
    limits: StageLimits | None


@dataclass(slots=True, kw_only=True)
class Counts:
    """Counts the outcomes of a poll."""

    accepted: int = 0
    repeated: int = 0
    skipped: int = 0
    dead: int = 0

    def add(self, other: Counts) -> None:
        """Add the counts of another poll to these."""
        self.accepted, self.repeated = self.accepted + other.accepted, self.repeated + other.repeated
        self.skipped, self.dead = self.skipped + other.skipped, self.dead + other.dead


def channel_of(feed_id: str) -> str:
    """Return what a feed is called among the connectors."""
    return f"feed:{feed_id}"


def node_of(feed_id: str) -> str:
    """Return the name under which a feed owns gauges and cameras."""
    return f"{FEED_PREFIX}{feed_id}"


def replace(conn: Connection, rows: Sequence[tuple[str, str, Mapping[str, Any], bool]], *, now: datetime) -> int:
    """Replace the feeds imported before by these (id, kind, options, enabled); return how many of those are gone."""
    gone = conn.execute("DELETE FROM feed WHERE id <> ALL(%s)", ([row[0] for row in rows],)).rowcount
    for feed_id, kind, options, enabled in rows:
        conn.execute(
            "INSERT INTO feed (id, kind, options, enabled, updated_at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, options = excluded.options,"
            " enabled = excluded.enabled, updated_at = excluded.updated_at",
            (feed_id, kind, Jsonb(dict(options)), enabled, now),
        )
        # Another configuration may read the same answer differently, so that it is requested anew and whole.
        conn.execute(
            "INSERT INTO feed_state (feed_id, next_at) VALUES (%s, %s) ON CONFLICT (feed_id) DO UPDATE SET"
            " next_at = excluded.next_at, failures = 0, etag = NULL, last_modified = NULL",
            (feed_id, now),
        )
        conn.execute(
            "INSERT INTO connector_health (channel) VALUES (%s) ON CONFLICT DO NOTHING", (channel_of(feed_id),)
        )
    return gone


def claim_due(conn: Connection, kinds: Collection[str], *, now: datetime, repoll_after: timedelta) -> list[str]:
    """Claim the due feeds of these kinds; each is due again after a while, or at the time that its poll sets."""
    rows = conn.execute(
        "UPDATE feed_state SET next_at = %(again)s FROM feed WHERE feed.id = feed_id AND enabled"
        " AND kind = ANY(%(kinds)s) AND next_at <= %(now)s RETURNING feed_id",
        {"again": now + repoll_after, "now": now, "kinds": list(kinds)},
    )
    return sorted(row["feed_id"] for row in rows)


_FEED = (
    "SELECT feed.id, kind, options, failures, etag, last_modified, as_of FROM feed"
    " JOIN feed_state ON feed_state.feed_id = feed.id"
)


def get(conn: Connection, feed_id: str) -> FeedRow | None:
    """Return a feed that is configured and not switched off."""
    return (
        conn.cursor(row_factory=class_row(FeedRow))
        .execute(f"{_FEED} WHERE feed.id = %s AND enabled", (feed_id,))
        .fetchone()
    )


def of_kind(conn: Connection, kind: str) -> list[FeedRow]:
    """Return the feeds of a kind that are not switched off."""
    query = f"{_FEED} WHERE kind = %s AND enabled ORDER BY feed.id"
    return conn.cursor(row_factory=class_row(FeedRow)).execute(query, (kind,)).fetchall()


def observation_feeds(conn: Connection) -> list[Mapping[str, Any]]:
    """Return the options of the feeds of kind `observations` that are not switched off; the API may read no others."""
    rows = conn.execute("SELECT options FROM observation_feeds()").fetchall()
    return [row["options"] for row in rows]


def gauges(conn: Connection) -> Mapping[str, GaugeRow]:
    """Return every gauge of the city."""
    rows = conn.execute("SELECT id, s3_cm, s2_cm, s1_cm FROM gauge WHERE retired_at IS NULL")
    return {
        row["id"]: GaugeRow(
            id=row["id"],
            limits=None
            if row["s3_cm"] is None
            else StageLimits(s3_cm=row["s3_cm"], s2_cm=row["s2_cm"], s1_cm=row["s1_cm"]),
        )
        for row in rows
    }


def camera_place(conn: Connection, camera_id: str, node_id: str) -> tuple[float, float] | None:
    """(lat, lon) of a camera, None where there is none or another node reports it."""
    row = conn.execute(
        "SELECT lat, lon FROM camera WHERE id = %s AND (node_id IS NULL OR node_id = %s)", (camera_id, node_id)
    ).fetchone()
    return (row["lat"], row["lon"]) if row else None


def open_event(conn: Connection, event_id: UUID) -> bool | None:
    """Return whether an event goes on; None where there is none."""
    row = conn.execute("SELECT ended_at IS NULL AS goes_on FROM event WHERE id = %s", (event_id,)).fetchone()
    return bool(row["goes_on"]) if row else None


def try_lead(conn: Connection, feed_id: str) -> bool:
    """Return whether this session, and no other, listens to a feed; held until its connection ends."""
    row = conn.execute(
        "SELECT pg_try_advisory_lock(hashtext('siaga listen'), hashtext(%s)) AS mine", (feed_id,)
    ).fetchone()
    return bool(row and row["mine"])


def store_raw(
    conn: Connection,
    feed_id: str,
    body: bytes,
    *,
    label: str,
    sha256: bytes,
    most_bytes: int,
    before: datetime,
    now: datetime,
) -> None:
    """Stores a body that differs from the newest of its label; forgets those that are too old or too much."""
    newest = conn.execute(
        "SELECT sha256 FROM feed_raw WHERE feed_id = %s AND label = %s ORDER BY id DESC LIMIT 1", (feed_id, label)
    ).fetchone()
    if newest is None or bytes(newest["sha256"]) != sha256:
        conn.execute(
            "INSERT INTO feed_raw (feed_id, received_at, label, sha256, size_bytes, body)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (feed_id, now, label, sha256, len(body), gzip.compress(body, 5)),
        )
    conn.execute(
        "DELETE FROM feed_raw WHERE id IN (SELECT id FROM (SELECT id, received_at,"
        "  sum(length(body)) OVER (ORDER BY id DESC) AS held FROM feed_raw WHERE feed_id = %s) AS one"
        " WHERE held > %s OR received_at < %s)",
        (feed_id, most_bytes, before),
    )


def items(conn: Connection, feed_id: str, source_ids: Collection[str]) -> dict[str, HeldItem]:
    """Return those of these items that came before."""
    rows = conn.cursor(row_factory=class_row(HeldItem)).execute(
        "SELECT source_id, content_sha256, revision, signal_id, item_at, gone_at FROM feed_item"
        " WHERE feed_id = %s AND source_id = ANY(%s)",
        (feed_id, list(source_ids)),
    )
    return {row.source_id: row for row in rows}


def lock_feed(conn: Connection, feed_id: str) -> None:
    """Until the transaction ends nobody else stores items of this feed."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('siaga feed'), hashtext(%s))", (feed_id,))


def save_item(conn: Connection, feed_id: str, held: HeldItem, *, now: datetime) -> None:
    """Stores what became of an item."""
    conn.execute(
        "INSERT INTO feed_item (feed_id, source_id, content_sha256, revision, signal_id, item_at, seen_at, gone_at)"
        " VALUES (%(feed)s, %(source)s, %(sha)s, %(revision)s, %(signal)s, %(said)s, %(now)s, %(gone)s)"
        " ON CONFLICT (feed_id, source_id) DO UPDATE SET content_sha256 = excluded.content_sha256,"
        " revision = excluded.revision, signal_id = coalesce(excluded.signal_id, feed_item.signal_id),"
        " item_at = excluded.item_at, seen_at = excluded.seen_at, gone_at = excluded.gone_at",
        {
            "feed": feed_id,
            "source": held.source_id,
            "sha": held.content_sha256,
            "revision": held.revision,
            "signal": held.signal_id,
            "said": held.item_at,
            "now": now,
            "gone": held.gone_at,
        },
    )


def reconfirmed(conn: Connection, feed_id: str, source_ids: Collection[str], *, now: datetime) -> None:
    """Records that these items are still there."""
    conn.execute(
        "UPDATE feed_item SET seen_at = %s WHERE feed_id = %s AND source_id = ANY(%s)",
        (now, feed_id, list(source_ids)),
    )


def signals_of(conn: Connection, feed_id: str, source_ids: Collection[str]) -> list[UUID]:
    """Return the signals of these items that are not over."""
    rows = conn.execute(
        "SELECT signal_id FROM feed_item WHERE feed_id = %s AND source_id = ANY(%s) AND signal_id IS NOT NULL"
        " AND gone_at IS NULL",
        (feed_id, list(source_ids)),
    )
    return sorted(row["signal_id"] for row in rows)


def gone(conn: Connection, feed_id: str, seen: Collection[str], *, at: datetime) -> list[UUID]:
    """Records that signals which are not among the seen items are over; their ids."""
    rows = conn.execute(
        "UPDATE feed_item SET gone_at = %s, revision = revision + 1 WHERE feed_id = %s AND signal_id IS NOT NULL"
        " AND gone_at IS NULL AND NOT source_id = ANY(%s) RETURNING signal_id",
        (at, feed_id, list(seen)),
    )
    return sorted(row["signal_id"] for row in rows)


def finish(
    conn: Connection,
    feed_id: str,
    *,
    etag: str | None,
    last_modified: str | None,
    as_of: datetime | None,
    next_at: datetime,
) -> None:
    """A poll went well."""
    conn.execute(
        "UPDATE feed_state SET failures = 0, etag = %s, last_modified = %s, as_of = coalesce(%s, as_of), next_at = %s"
        " WHERE feed_id = %s",
        (etag, last_modified, as_of, next_at, feed_id),
    )


def fail(conn: Connection, feed_id: str, *, next_at: datetime) -> None:
    """A poll went wrong; what is unchanged is requested anew the next time."""
    conn.execute(
        "UPDATE feed_state SET failures = failures + 1, etag = NULL, last_modified = NULL, next_at = %s"
        " WHERE feed_id = %s",
        (next_at, feed_id),
    )


def count_success(conn: Connection, feed_id: str, counts: Counts, *, lag_seconds: float | None, now: datetime) -> None:
    """Health of a poll that went well. Items that could not be read are counted as refused."""
    connectors.count_delivery(
        conn,
        channel_of(feed_id),
        received=counts.accepted + counts.repeated,
        repeated=counts.repeated,
        refused=counts.dead,
        lag_seconds=lag_seconds,
        now=now,
    )


def note_error(conn: Connection, feed_id: str, error: str, *, now: datetime) -> None:
    """What is wrong with a feed, for its health; counts nothing."""
    connectors.note_error(conn, channel_of(feed_id), error=error, now=now)


def forget(conn: Connection, *, now: datetime) -> int:
    """Deletes some items that nobody has shown for long."""
    return conn.execute(
        "DELETE FROM feed_item WHERE (feed_id, source_id) IN (SELECT feed_id, source_id FROM feed_item"
        " WHERE seen_at < %s ORDER BY seen_at LIMIT %s)",
        (now - ITEMS_RETENTION, _SWEPT_AT_ONCE),
    ).rowcount
