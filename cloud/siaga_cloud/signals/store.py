"""Stores the signals of all origins and reads those that incidents process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.incident import MatchPolicy, Signal

SignalKind = Literal["event", "report", "feed", "stage", "rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRow:
    """Represents a stored signal. `measured_at` is that of the newest revision, `last_at` when it was last
    confirmed."""

    id: UUID
    kind: str
    category: str
    source_key: str
    confidence: float
    severity: str
    lat: float
    lon: float
    began_at: datetime
    last_at: datetime
    ended_at: datetime | None
    measured_at: datetime
    received_at: datetime
    note: str
    revision: int = 1
    depth_cm: float | None = None

    @property
    def is_sensor(self) -> bool:
        """Return whether a camera, a gauge or a rule of ours reported it (those also report the end)."""
        return self.source_key.startswith(("camera:", "gauge:", "rule:"))

    def for_rules(self) -> Signal:
        """Return the part that the incident rules look at."""
        return Signal(
            id=str(self.id),
            source=self.source_key,
            category=self.category,
            place=LatLon(self.lat, self.lon),
            observed_at=self.last_at,
            strength=self.confidence,
        )


COLUMNS = (
    "id, kind, category, source_key, confidence, severity, lat, lon, began_at, last_at, ended_at, measured_at,"
    " received_at, note, revision, depth_cm"
)

_SAVE = f"""
    INSERT INTO signal ({COLUMNS})
    VALUES (%(id)s, %(kind)s, %(category)s, %(source_key)s, %(confidence)s, %(severity)s, %(lat)s, %(lon)s,
        %(began_at)s, %(last_at)s, %(ended_at)s, %(measured_at)s, %(received_at)s, %(note)s, %(revision)s, %(depth_cm)s)
    ON CONFLICT (id) DO UPDATE SET
        confidence = excluded.confidence, severity = excluded.severity, lat = excluded.lat, lon = excluded.lon,
        last_at = greatest(signal.last_at, excluded.last_at), ended_at = excluded.ended_at,
        measured_at = excluded.measured_at, note = excluded.note, revision = excluded.revision,
        depth_cm = coalesce(excluded.depth_cm, signal.depth_cm)
    WHERE signal.revision < excluded.revision
"""  # noqa: S608 - a constant of ours, no input


def save(conn: Connection, signals: Sequence[SignalRow]) -> None:
    """Stores new signals and higher revisions of known ones; lower revisions change nothing."""
    with conn.cursor() as cursor:
        cursor.executemany(_SAVE, [_parameters(signal) for signal in sorted(signals, key=lambda one: one.id)])


def _parameters(signal: SignalRow) -> dict[str, object]:
    names = [name.strip() for name in COLUMNS.split(",")]
    return {name: getattr(signal, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalOrigin:
    """Holds the evidence about the sender of a citizen's signal. `is_account`: a phone or messenger proves the
    reporter; `network` is a prefix of the address, or names the partner that passed the report on.
    """

    is_account: bool = False
    device_key: str | None = None
    network: str | None = None
    photos: tuple[int, ...] = ()


_SAVE_ORIGIN = (
    "INSERT INTO signal_origin (signal_id, is_account, device_key, network, photos, received_at)"
    " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)


def save_origin(conn: Connection, signal_id: UUID, origin: SignalOrigin, *, received_at: datetime) -> None:
    """Store the evidence about the sender of a signal that is stored already."""
    save_origins(conn, {signal_id: origin}, received_at=received_at)


def save_origins(conn: Connection, by_signal: Mapping[UUID, SignalOrigin], *, received_at: datetime) -> None:
    """Store the evidence about the senders of signals that are stored already."""
    with conn.cursor() as cursor:
        cursor.executemany(
            _SAVE_ORIGIN,
            [
                (signal_id, one.is_account, one.device_key, one.network, list(one.photos), received_at)
                for signal_id, one in by_signal.items()
            ],
        )


def origins(conn: Connection, signal_ids: Sequence[UUID]) -> Mapping[UUID, SignalOrigin]:
    """Return what is known of the senders of signals; nothing of those of programs that did not store it."""
    rows = conn.execute(
        "SELECT signal_id, is_account, device_key, network, photos FROM signal_origin WHERE signal_id = ANY(%s)",
        (list(signal_ids),),
    )
    return {
        row["signal_id"]: SignalOrigin(
            is_account=row["is_account"],
            device_key=row["device_key"],
            network=row["network"],
            photos=tuple(row["photos"]),
        )
        for row in rows
    }


def forget_origins(conn: Connection, *, before: datetime, limit: int = 10_000) -> int:
    """Delete networks and device keys of signals that came before a time; return of how many."""
    return conn.execute(
        "UPDATE signal_origin SET network = NULL, device_key = NULL WHERE signal_id IN (SELECT signal_id"
        " FROM signal_origin WHERE received_at < %s AND (network IS NOT NULL OR device_key IS NOT NULL) LIMIT %s)",
        (before, limit),
    ).rowcount


def known(conn: Connection, signal_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Return which of these are stored already."""
    rows = conn.execute("SELECT id FROM signal WHERE id = ANY(%s)", (list(signal_ids),))
    return frozenset(row["id"] for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Holds what must be known of a signal before it is processed. `policy` is None where the city has set none."""

    category: str
    place: LatLon
    policy: MatchPolicy | None


def whereabouts(conn: Connection, signal_id: UUID) -> Whereabouts | None:
    """Category, place and the city's match policy of a signal, None where there is no such signal."""
    row = conn.execute(
        "SELECT signal.category, lat, lon, radius_m, window_seconds FROM signal"
        " LEFT JOIN match_policy ON match_policy.category = signal.category WHERE id = %s",
        (signal_id,),
    ).fetchone()
    if row is None:
        return None
    is_set = row["radius_m"] is not None
    policy = MatchPolicy(radius_m=row["radius_m"], window_seconds=row["window_seconds"]) if is_set else None
    return Whereabouts(category=row["category"], place=LatLon(row["lat"], row["lon"]), policy=policy)


def waiting(conn: Connection, signal_id: UUID) -> SignalRow | None:
    """Return the signal, locked, if it has a revision that no incident has taken yet."""
    row = conn.execute(
        f"SELECT {COLUMNS} FROM signal WHERE id = %s AND processed_revision < revision FOR UPDATE",  # noqa: S608
        (signal_id,),
    ).fetchone()
    return SignalRow(**row) if row else None


def mark_processed(conn: Connection, signal: SignalRow) -> None:
    """Records that incidents know this revision."""
    conn.execute("UPDATE signal SET processed_revision = %s WHERE id = %s", (signal.revision, signal.id))


def left_behind(conn: Connection, *, before: datetime, limit: int) -> list[UUID]:
    """Signals that wait since before a time and have no job: it was lost or failed for good."""
    rows = conn.execute(
        "SELECT id FROM signal WHERE processed_revision < revision AND received_at < %s AND NOT EXISTS ("
        " SELECT 1 FROM procrastinate_jobs AS job WHERE job.status IN ('todo', 'doing')"
        "  AND job.queue_name = 'signals' AND job.args ->> 'signal_id' = signal.id::text)"
        " ORDER BY received_at LIMIT %s",
        (before, limit),
    )
    return [row["id"] for row in rows]


def end(conn: Connection, signal_id: UUID, *, at: datetime) -> None:
    """Record that what a signal reports is over; incidents must process the revision."""
    conn.execute(
        "UPDATE signal SET ended_at = greatest(%(at)s, began_at), last_at = greatest(last_at, %(at)s),"
        " measured_at = greatest(measured_at, %(at)s), revision = revision + 1 WHERE id = %(id)s AND ended_at IS NULL",
        {"at": at, "id": signal_id},
    )
