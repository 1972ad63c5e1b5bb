"""Stores subscriptions to alerts. Addresses are stored apart and are read only to send messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.ahead.precision import Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPreferences:
    """Holds what a subscription covers: stages 1 (worst) to 3, flood states 1 to 4 (worst), and own levels."""

    areas: tuple[str, ...]
    gauges: tuple[str, ...]
    least_stage: int
    least_flood_state: int
    language: str
    quiet_from: time | None
    quiet_to: time | None
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """Holds a subscription that is to be stored, with its address."""

    id: UUID
    channel: str
    address: str
    address_sha256: bytes
    keys: Mapping[str, str] | None
    secret: str
    secret_sha256: bytes
    code: str | None
    code_sha256: bytes | None
    created_at: datetime
    expires_at: datetime | None
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow:
    """Represents a subscription as its owner sees it."""

    id: UUID
    channel: str
    areas: list[str]
    gauges: list[str]
    least_stage: int
    least_flood_state: int
    language: str
    quiet_from: time | None
    quiet_to: time | None
    confirmed_at: datetime | None
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGuess:
    """Holds what an entered code is compared with."""

    code_sha256: bytes | None
    code_attempts: int


_OWN = (
    "SELECT id, channel, areas, gauges, least_stage, least_flood_state, language, quiet_from, quiet_to, confirmed_at,"
    " created_at, expires_at FROM subscription WHERE secret_sha256 = %s"
)
# An alert is made for a kelurahan: who requests an RW receives that of its kelurahan.
_AREAS_MATCH = (
    "(SELECT array_agg(DISTINCT held.id) FROM unnest(%(areas)s::text[]) AS wanted(id)"
    " CROSS JOIN LATERAL (SELECT wanted.id UNION ALL SELECT above.id FROM area AS above"
    "  JOIN area AS own ON own.id = wanted.id AND own.level = 'rw'"
    "  WHERE above.id = ANY (area_path(wanted.id)) AND above.level = 'kelurahan') AS held)"
)

_ADD = (
    (
        "INSERT INTO subscription (id, channel, address_sha256, secret_sha256, areas, area_ids, gauges, least_stage,"
        " least_flood_state, language, quiet_from, quiet_to, confirmed_at, code_sha256, created_at, expires_at) VALUES"
        " (%(id)s, %(channel)s, %(address_sha256)s, %(secret_sha256)s, %(areas)s, coalesce(AREA_IDS, '{}'),"
        " %(gauges)s, %(least_stage)s, %(least_flood_state)s, %(language)s, %(quiet_from)s, %(quiet_to)s,"
        " %(confirmed_at)s, %(code_sha256)s, %(created_at)s, %(expires_at)s)"
    )
    .replace("AREA_IDS", _AREAS_MATCH)
    .encode()
)
_CHANGE = (
    (
        "UPDATE subscription SET areas = %(areas)s, area_ids = coalesce(AREA_IDS, '{}'), gauges = %(gauges)s,"
        " least_stage = %(least_stage)s, least_flood_state = %(least_flood_state)s, language = %(language)s,"
        " quiet_from = %(quiet_from)s, quiet_to = %(quiet_to)s WHERE id = %(id)s"
    )
    .replace("AREA_IDS", _AREAS_MATCH)
    .encode()
)


def unknown_places(conn: Connection, areas: Sequence[str], gauges: Sequence[str]) -> list[str]:
    """Return those of these areas and gauges that do not exist."""
    rows = conn.execute(
        "SELECT wanted FROM unnest(%s::text[]) AS wanted WHERE NOT EXISTS (SELECT FROM area WHERE id = wanted)"
        " UNION ALL SELECT wanted FROM unnest(%s::text[]) AS wanted"
        " WHERE NOT EXISTS (SELECT FROM gauge WHERE id = wanted AND retired_at IS NULL)",
        (list(areas), list(gauges)),
    )
    return [row["wanted"] for row in rows]


def place_names(conn: Connection, areas: Sequence[str], gauges: Sequence[str]) -> list[str]:
    """Return what these areas and gauges are called."""
    rows = conn.execute(
        "SELECT name FROM area WHERE id = ANY(%s) UNION ALL"
        " SELECT coalesce(nullif(name, ''), id) FROM gauge WHERE id = ANY(%s) ORDER BY 1",
        (list(areas), list(gauges)),
    )
    return [row["name"] for row in rows]


def lock_address(conn: Connection, address_sha256: bytes) -> None:
    """Until the transaction ends nobody else subscribes this address."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('subscription'), hashtext(%s))", (address_sha256.hex(),))


def held_by(conn: Connection, address_sha256: bytes, *, now: datetime) -> int:
    """Return how many subscriptions an address has, pending ones counted."""
    row = conn.execute(
        "SELECT count(*) AS n FROM subscription WHERE address_sha256 = %s AND (expires_at IS NULL OR expires_at > %s)",
        (address_sha256, now),
    ).fetchone()
    return int(row["n"]) if row else 0


def count_attempt(conn: Connection, key: str, *, since: datetime, now: datetime) -> int:
    """Writes an attempt down; how many there were since then, this one counted."""
    conn.execute("INSERT INTO subscription_attempt (key, at) VALUES (%s, %s)", (key, now))
    row = conn.execute(
        "SELECT count(*) AS n FROM subscription_attempt WHERE key = %s AND at > %s", (key, since)
    ).fetchone()
    return int(row["n"]) if row else 0


def add(conn: Connection, new: NewSubscription, preferences: SubscriptionPreferences) -> None:
    """Stores a subscription and, apart, its address."""
    own = {name: getattr(new, name) for name in NewSubscription.__slots__ if name != "keys"}
    conn.execute(_ADD, {**_values(preferences), **own})
    conn.execute(
        "INSERT INTO subscription_address (subscription_id, address, keys, secret, code) VALUES (%s, %s, %s, %s, %s)",
        (new.id, new.address, Jsonb(dict(new.keys)) if new.keys else None, new.secret, new.code),
    )


def by_secret(conn: Connection, secret_sha256: bytes) -> SubscriptionRow | None:
    """Return the subscription of a secret; whoever has it may see and end it."""
    conn.execute("SELECT set_config('siaga.secret', %s, true)", (secret_sha256.hex(),))
    found = conn.cursor(row_factory=class_row(SubscriptionRow)).execute(
        _OWN.encode(),
        (secret_sha256,),
    )
    return found.fetchone()


def guess(conn: Connection, subscription_id: UUID) -> CodeGuess | None:
    """Return what a code is compared with; counts the try, and holds the row."""
    found = conn.cursor(row_factory=class_row(CodeGuess)).execute(
        "UPDATE subscription SET code_attempts = code_attempts + 1 WHERE id = %s RETURNING code_sha256, code_attempts",
        (subscription_id,),
    )
    return found.fetchone()


def confirm(conn: Connection, subscription_id: UUID, *, now: datetime) -> None:
    """It counts from now on; its code is of no more use."""
    conn.execute(
        "UPDATE subscription SET confirmed_at = %s, expires_at = NULL, code_sha256 = NULL"
        " WHERE id = %s AND confirmed_at IS NULL",
        (now, subscription_id),
    )


def change(conn: Connection, subscription_id: UUID, preferences: SubscriptionPreferences) -> None:
    """Other areas, gauges, thresholds, quiet hours or language."""
    conn.execute(_CHANGE, {**_values(preferences), "id": subscription_id})


def forget(conn: Connection, subscription_id: UUID) -> None:
    """Erases a subscription and its address; messages that wait for it are not sent."""
    conn.execute("DELETE FROM subscription WHERE id = %s", (subscription_id,))


def forget_address(conn: Connection, address_sha256: bytes) -> int:
    """Erases every subscription of an address; how many."""
    return conn.execute("DELETE FROM subscription WHERE address_sha256 = %s", (address_sha256,)).rowcount


def forget_expired(conn: Connection, *, attempts_before: datetime, now: datetime) -> int:
    """Erases subscriptions that were never confirmed, and what was counted long ago; how many subscriptions."""
    conn.execute("DELETE FROM subscription_attempt WHERE at < %s", (attempts_before,))
    return conn.execute("DELETE FROM subscription WHERE confirmed_at IS NULL AND expires_at < %s", (now,)).rowcount


def _values(preferences: SubscriptionPreferences) -> dict[str, object]:
    return {
        **{name: getattr(preferences, name) for name in SubscriptionPreferences.__slots__},
        "areas": list(preferences.areas),
        "gauges": list(preferences.gauges),
    }
