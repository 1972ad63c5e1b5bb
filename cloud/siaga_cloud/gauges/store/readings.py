"""Stores readings, the newest of each gauge, recorded stage changes and hourly rollups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from siaga_cloud.platform.db.arrays import array
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.db.copying import copy_rows, insert_unless_stored
from siaga_core.rules.stage import StageLimits


class ReadingRow(NamedTuple):
    """Represents one stored reading in the sequence of its columns. It is a tuple because ingest creates a hundred
    thousand a second.
    """

    gauge_id: str
    measured_at: datetime
    level_cm: float | None
    quality: str
    flags: tuple[str, ...]
    spread_cm: float | None
    samples: int | None
    stage: int | None
    node_id: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """Represents the newest reading of a gauge with the recorded stage (None without limits or a usable level).

    `known` is the newest one of the batch whose level is usable, None where there is none.
    """

    reading: ReadingRow
    known: ReadingRow | None
    stage: int | None
    stage_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeState:
    """Holds the state of a gauge before a batch. `limits` is None where the city has set none, and so is each end of
    its range.
    """

    limits: StageLimits | None
    hysteresis_cm: float
    measured_at: datetime | None = None
    stage: int | None = None
    stage_since: datetime | None = None
    lowest_cm: float | None = None
    highest_cm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChange:
    """Represents a recorded stage change; `previous` is None for the first of a gauge."""

    gauge_id: str
    at: datetime
    previous: int | None
    stage: int
    level_cm: float


UNCONFIRMED: Final = "unconfirmed"
_COLUMNS = "gauge_id, measured_at, level_cm, quality, flags, spread_cm, samples, stage, node_id, received_at"
_FLAGS = ReadingRow._fields.index("flags")
_TYPES = ("text", "timestamptz", "float4", "text", "text[]", "float4", "int4", "int2", "text", "timestamptz")


def insert_new(conn: Connection, rows: Sequence[ReadingRow]) -> int:
    """Store readings that are not stored yet and return their number. `prepare_stages` must have run."""
    if not rows:
        return 0
    with conn.cursor() as cursor:
        copy_rows(cursor, "stage_reading", _COLUMNS, _TYPES, map(_with_list, rows))
        cursor.execute(
            f"INSERT INTO reading ({_COLUMNS}) SELECT DISTINCT ON (gauge_id, measured_at) {_COLUMNS}"  # noqa: S608
            " FROM stage_reading ORDER BY gauge_id, measured_at ON CONFLICT DO NOTHING"
        )
        return cursor.rowcount


def insert_all(conn: Connection, rows: Iterable[ReadingRow]) -> bool:
    """Store readings, in the sequence of gauge and time, of which none is stored yet; False where one is, and nothing
    was changed (docs/adr/0045).
    """
    return insert_unless_stored(conn, "reading", _COLUMNS, _TYPES, map(_with_list, rows))


def _with_list(row: ReadingRow) -> tuple[object, ...]:
    return (*row[:_FLAGS], list(row.flags), *row[_FLAGS + 1 :])


def known(conn: Connection, gauge_ids: Iterable[str]) -> Mapping[str, GaugeState]:
    """Return what is held of these gauges; a gauge that nobody knows is not in it."""
    rows = conn.execute(
        "SELECT coalesce(gauge.id, gauge_id) AS id, s3_cm, s2_cm, s1_cm, coalesce(hysteresis_cm, 0) AS hysteresis_cm,"
        " min_cm, max_cm, latest.measured_at, latest.stage, latest.stage_since"
        " FROM (SELECT * FROM gauge WHERE id = ANY(%(ids)s) AND retired_at IS NULL) AS gauge FULL JOIN"
        " (SELECT * FROM gauge_latest WHERE gauge_id = ANY(%(ids)s)) AS latest ON latest.gauge_id = gauge.id",
        {"ids": sorted(set(gauge_ids))},
    )
    return {
        row["id"]: GaugeState(
            limits=None
            if row["s3_cm"] is None
            else StageLimits(s3_cm=row["s3_cm"], s2_cm=row["s2_cm"], s1_cm=row["s1_cm"]),
            hysteresis_cm=row["hysteresis_cm"],
            measured_at=row["measured_at"],
            stage=row["stage"],
            stage_since=row["stage_since"],
            lowest_cm=row["min_cm"],
            highest_cm=row["max_cm"],
        )
        for row in rows
    }


def flag_unconfirmed(conn: Connection, doubted: Collection[tuple[str, datetime]]) -> None:
    """Mark stored readings that would have changed a stage and that no second reading confirms yet."""
    ordered = sorted(doubted)
    conn.execute(
        "UPDATE reading SET flags = array_append(flags, %(flag)s)"
        " FROM unnest(%(ids)s::text[], %(at)s::timestamptz[]) AS given (id, at)"
        " WHERE gauge_id = given.id AND measured_at = given.at AND NOT flags @> ARRAY[%(flag)s]",
        {"flag": UNCONFIRMED, "ids": array(one for one, _ in ordered), "at": array(at for _, at in ordered)},
    )


def save_latest(conn: Connection, latest: Collection[Latest]) -> None:
    """Replaces the newest reading of each gauge, only by newer ones."""
    ordered = sorted(latest, key=lambda one: one.reading.gauge_id)
    rows = [one.reading for one in ordered]
    conn.execute(
        "INSERT INTO gauge_latest AS held (gauge_id, node_id, measured_at, received_at, level_cm, quality, flags,"
        " edge_stage, stage, stage_since, known_at, known_level_cm)"
        " SELECT id, node, measured, received, level, quality, string_to_array(flags, ','), edge, stage, since,"
        " known_at, known_level_cm"
        " FROM unnest(%(ids)s::text[], %(nodes)s::text[], %(measured)s::timestamptz[], %(received)s::timestamptz[],"
        " %(levels)s::float4[], %(qualities)s::text[], %(flags)s::text[], %(edge)s::int2[], %(stages)s::int2[],"
        " %(since)s::timestamptz[], %(known_at)s::timestamptz[], %(known_cm)s::float4[])"
        " AS given (id, node, measured, received, level, quality, flags, edge, stage, since, known_at, known_level_cm)"
        " ON CONFLICT (gauge_id) DO UPDATE SET node_id = excluded.node_id, measured_at = excluded.measured_at,"
        " received_at = excluded.received_at, level_cm = excluded.level_cm, quality = excluded.quality,"
        " flags = excluded.flags, edge_stage = excluded.edge_stage, stage = excluded.stage,"
        " stage_since = excluded.stage_since, known_at = coalesce(excluded.known_at, held.known_at),"
        " known_level_cm = coalesce(excluded.known_level_cm, held.known_level_cm),"
        " stale_since = CASE WHEN excluded.known_at = excluded.measured_at THEN NULL ELSE held.stale_since END"
        " WHERE held.measured_at < excluded.measured_at",
        {
            "ids": array(row.gauge_id for row in rows),
            "nodes": array(row.node_id for row in rows),
            "measured": array(row.measured_at for row in rows),
            "received": array(row.received_at for row in rows),
            "levels": array(row.level_cm for row in rows),
            "qualities": array(row.quality for row in rows),
            "flags": [",".join(row.flags) for row in rows],  # words of the wire: a-z and _
            "edge": array(row.stage for row in rows),
            "stages": array(one.stage for one in ordered),
            "since": array(one.stage_since for one in ordered),
            "known_at": array(None if one.known is None else one.known.measured_at for one in ordered),
            "known_cm": array(None if one.known is None else one.known.level_cm for one in ordered),
        },
    )


def note_stages(conn: Connection, changes: Sequence[StageChange], *, now: datetime) -> None:
    """Appends stage changes of record."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO gauge_stage (gauge_id, at, previous_stage, stage, level_cm, recorded_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [(one.gauge_id, one.at, one.previous, one.stage, one.level_cm, now) for one in changes],
        )


def mark_dirty(conn: Connection, hours: Collection[tuple[str, datetime]], *, now: datetime) -> None:
    """Marks hours of gauges for recomputing.

    DO UPDATE, not DO NOTHING: it takes the row's lock, so that the worker cannot compute the hour from before this
    transaction and then drop the mark of it.
    """
    ordered = sorted(hours)
    conn.execute(
        "INSERT INTO rollup_dirty SELECT gauge_id, bucket, %s FROM unnest(%s::text[], %s::timestamptz[])"
        " AS given (gauge_id, bucket) ON CONFLICT (gauge_id, bucket) DO UPDATE SET marked_at = excluded.marked_at",
        (now, array(gauge_id for gauge_id, _ in ordered), array(bucket for _, bucket in ordered)),
    )


def recompute_dirty(conn: Connection, *, limit: int, now: datetime) -> int:
    """Recomputes marked hours from their readings; how many. Hours that someone is writing to are left for later."""
    rows = conn.execute(
        "DELETE FROM rollup_dirty WHERE (gauge_id, bucket) IN (SELECT gauge_id, bucket FROM rollup_dirty"
        " ORDER BY marked_at LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING gauge_id, bucket",
        (limit,),
    ).fetchall()
    with conn.cursor() as cursor:
        cursor.executemany(_RECOMPUTE, [(now, row["gauge_id"], row["bucket"], row["bucket"]) for row in rows])
    return len(rows)


# Plain SQL in place of TimescaleDB's first() and last(), so that plain tables will do. The sum is of float8: one of
# float4 is off by a centimetre at 3000 readings, and by another one when they are added in another order.
_RECOMPUTE = """
    INSERT INTO reading_hourly
    SELECT gauge_id, date_trunc('hour', min(measured_at)), count(*), count(good), sum(good::float8),
        min(good), max(good),
        (array_agg(good ORDER BY measured_at) FILTER (WHERE good IS NOT NULL))[1],
        (array_agg(good ORDER BY measured_at DESC) FILTER (WHERE good IS NOT NULL))[1], %s
    FROM (SELECT gauge_id, measured_at, CASE WHEN quality IN ('good', 'suspect') THEN level_cm END AS good
          FROM reading WHERE gauge_id = %s AND measured_at >= %s AND measured_at < %s + interval '1 hour') AS hour
    GROUP BY gauge_id
    ON CONFLICT (gauge_id, bucket) DO UPDATE SET n = excluded.n, n_good = excluded.n_good, sum_cm = excluded.sum_cm,
        min_cm = excluded.min_cm, max_cm = excluded.max_cm, first_cm = excluded.first_cm, last_cm = excluded.last_cm,
        computed_at = excluded.computed_at
"""
