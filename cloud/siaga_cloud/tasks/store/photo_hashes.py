"""Stores the fingerprints of images and finds earlier ones that differ in few bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

BANDS, BAND_BITS = 4, 16
_BAND_MASK = (1 << BAND_BITS) - 1
# Images of one kind may crowd one band; what is beyond this is found by another band or not at all.
MOST_IN_A_BAND = 2000
_MOST_ALIKE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class HashQuery:
    """Represents a hash to search for. `near` also searches with one bit of a band changed, so that all within 7 bits
    are found, not 3.
    """

    hash: int
    part: int
    near: bool
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HashMatch:
    """Represents an image near one of the searched hashes; `number` is that of the hash."""

    media_id: UUID
    distance: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HashedPhoto:
    """Represents an image that has no hash yet."""

    id: UUID
    sha256: str


def nearest(conn: Connection, queries: Sequence[HashQuery], *, most_bits: int) -> list[HashMatch]:
    """Return images within `most_bits` of any given hash, each once with its least distance, the nearest first."""
    found = conn.cursor(row_factory=class_row(HashMatch)).execute(_NEAREST, {**_arrays(queries), "most": most_bits})
    return found.fetchall()


def scan(conn: Connection, queries: Sequence[HashQuery], *, most_bits: int) -> list[HashMatch]:
    """Return the same without the index, for measuring: every stored hash is compared."""
    found = conn.cursor(row_factory=class_row(HashMatch)).execute(
        "SELECT DISTINCT ON (media_id) media_id, bit_count((held.hash # asked.hash)::bit(64))::int AS distance, number"
        " FROM photo_hash AS held JOIN unnest(%s::bigint[], %s::smallint[], %s::int[]) AS asked (hash, part, number)"
        " ON held.part = asked.part WHERE bit_count((held.hash # asked.hash)::bit(64)) <= %s"
        " ORDER BY media_id, distance",
        (
            [query.hash for query in queries],
            [query.part for query in queries],
            [query.number for query in queries],
            most_bits,
        ),
    )
    return sorted(found.fetchall(), key=lambda one: one.distance)


_ONE_BAND = """
SELECT hit.media_id, hit.distance, asked.number
FROM unnest(%(hash{n})s::bigint[], %(part{n})s::smallint[], %(band{n})s::int[], %(number{n})s::int[])
    AS asked (hash, part, band, number)
CROSS JOIN LATERAL (
    SELECT held.media_id, bit_count((held.hash # asked.hash)::bit(64))::int AS distance
    FROM photo_hash AS held WHERE held.band{n} = asked.band AND held.part = asked.part LIMIT {most}
) AS hit
WHERE hit.distance <= %(most)s
"""
_BANDS = " UNION ALL ".join(
    _ONE_BAND.replace("{n}", str(band)).replace("{most}", str(MOST_IN_A_BAND)) for band in range(BANDS)
)
_NEAREST = (
    "SELECT media_id, distance, number FROM (SELECT DISTINCT ON (media_id) media_id, distance, number FROM ("  # noqa: S608
    f"{_BANDS}) AS hits ORDER BY media_id, distance, number) AS found ORDER BY distance, media_id LIMIT {_MOST_ALIKE}"
).encode()


def _arrays(queries: Sequence[HashQuery]) -> dict[str, list[int]]:
    arrays: dict[str, list[int]] = {}
    for band in range(BANDS):
        rows = [(query, wanted) for query in queries for wanted in _wanted(query, band)]
        arrays |= {
            f"hash{band}": [query.hash for query, _ in rows],
            f"part{band}": [query.part for query, _ in rows],
            f"band{band}": [wanted for _, wanted in rows],
            f"number{band}": [query.number for query, _ in rows],
        }
    return arrays


def _wanted(query: HashQuery, band: int) -> list[int]:
    """Return the values of a band at which an alike hash may be stored."""
    own = (query.hash >> (BAND_BITS * (BANDS - 1 - band))) & _BAND_MASK
    return [own, *(own ^ (1 << bit) for bit in range(BAND_BITS))] if query.near else [own]


def save(conn: Connection, media_id: UUID, *, whole: int, middle: int) -> None:
    """Stores an image's hashes; a second time changes nothing."""
    conn.execute(
        "INSERT INTO photo_hash (media_id, part, hash) VALUES (%s, 0, %s), (%s, 1, %s) ON CONFLICT DO NOTHING",
        (media_id, whole, media_id, middle),
    )


def save_unhashed(conn: Connection, media_id: UUID, reason: str, *, now: datetime) -> None:
    """Stores that an image has no hash, and why."""
    conn.execute("INSERT INTO photo_unhashed VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", (media_id, reason[:200], now))


def is_known(conn: Connection, media_id: UUID) -> bool:
    """Return whether an image was hashed, or found to be without hash."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM photo_hash WHERE media_id = %(id)s)"
        " OR EXISTS (SELECT FROM photo_unhashed WHERE media_id = %(id)s) AS yes",
        {"id": media_id},
    ).fetchone()
    return bool(row and row["yes"])


def unhashed(conn: Connection, *, since: datetime, limit: int) -> list[HashedPhoto]:
    """Return images stored since then that have no hash yet, oldest first."""
    found = conn.cursor(row_factory=class_row(HashedPhoto)).execute(
        "SELECT id, sha256 FROM media WHERE created_at >= %s AND kind <> 'clip'"
        " AND NOT EXISTS (SELECT FROM photo_hash WHERE media_id = media.id)"
        " AND NOT EXISTS (SELECT FROM photo_unhashed WHERE media_id = media.id)"
        " AND NOT EXISTS (SELECT FROM photo_redaction WHERE redacted_media_id = media.id) ORDER BY created_at LIMIT %s",
        (since, limit),
    )
    return found.fetchall()
