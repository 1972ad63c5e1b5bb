"""Reads the recorded stages of a gauge and corrects them where readings arrived after later ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from siaga_cloud.gauges.store.readings import UNCONFIRMED, StageChange
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.trust.plausibility import LevelAt

AT_ONCE = 1000

_CHANGES = "SELECT gauge_id, at, previous_stage AS previous, stage, level_cm FROM gauge_stage WHERE gauge_id = %s"


def change_before(conn: Connection, gauge_id: str, at: datetime) -> StageChange | None:
    """Return the last change earlier than that."""
    row = conn.execute(_CHANGES.encode() + b" AND at < %s ORDER BY at DESC LIMIT 1", (gauge_id, at)).fetchone()
    return None if row is None else StageChange(**row)


def changes_since(conn: Connection, gauge_id: str, at: datetime) -> list[StageChange]:
    """Return all changes from then on, in order."""
    rows = conn.execute(_CHANGES.encode() + b" AND at >= %s ORDER BY at", (gauge_id, at))
    return [StageChange(**row) for row in rows]


def usable_levels(conn: Connection, gauge_id: str, since: datetime) -> Iterator[tuple[datetime, float]]:
    """Levels that may decide a stage, from then on, in order of measurement; requested by the thousand."""
    operator, at = ">=", since
    while True:
        rows = conn.execute(
            f"SELECT measured_at, level_cm FROM reading WHERE gauge_id = %s AND measured_at {operator} %s"  # noqa: S608
            " AND quality IN ('good', 'suspect') AND level_cm IS NOT NULL ORDER BY measured_at LIMIT %s".encode(),
            (gauge_id, at, AT_ONCE),
        ).fetchall()
        for row in rows:
            yield row["measured_at"], row["level_cm"]
        if len(rows) < AT_ONCE:
            return
        operator, at = ">", rows[-1]["measured_at"]


def levels_before(conn: Connection, gauge_id: str, at: datetime, *, limit: int) -> list[LevelAt]:
    """Return the last levels before a moment that may decide a stage, the newest first."""
    rows = conn.execute(
        "SELECT measured_at, level_cm FROM reading WHERE gauge_id = %s AND measured_at < %s"
        " AND quality IN ('good', 'suspect') AND level_cm IS NOT NULL ORDER BY measured_at DESC LIMIT %s",
        (gauge_id, at, limit),
    )
    return [LevelAt(row["measured_at"], row["level_cm"]) for row in rows]


def flag_unconfirmed(
    conn: Connection, gauge_id: str, doubted: Sequence[datetime], *, since: datetime, until: datetime | None
) -> None:
    """Flag these readings of a span as unconfirmed, and no others of it; the gauge's newest reading follows."""
    conn.execute(
        "UPDATE reading SET flags = CASE WHEN measured_at = ANY(%(doubted)s) THEN array_append(flags, %(flag)s)"
        "  ELSE array_remove(flags, %(flag)s) END"
        " WHERE gauge_id = %(id)s AND measured_at >= %(since)s"
        " AND (%(until)s::timestamptz IS NULL OR measured_at <= %(until)s)"
        " AND (flags @> ARRAY[%(flag)s]) <> (measured_at = ANY(%(doubted)s))",
        {"id": gauge_id, "doubted": list(doubted), "since": since, "until": until, "flag": UNCONFIRMED},
    )
    conn.execute(
        "UPDATE gauge_latest AS latest SET flags = reading.flags FROM reading WHERE latest.gauge_id = %s"
        " AND reading.gauge_id = latest.gauge_id AND reading.measured_at = latest.measured_at"
        " AND reading.flags <> latest.flags",
        (gauge_id,),
    )


def mend(
    conn: Connection, gauge_id: str, *, gone: Sequence[datetime], new: Sequence[StageChange], now: datetime
) -> None:
    """Take out what never was and put in what was; the newest change is the stage of the gauge, if one is left."""
    conn.execute("DELETE FROM gauge_stage WHERE gauge_id = %s AND at = ANY(%s)", (gauge_id, list(gone)))
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO gauge_stage (gauge_id, at, previous_stage, stage, level_cm, recorded_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [(one.gauge_id, one.at, one.previous, one.stage, one.level_cm, now) for one in new],
        )
    conn.execute(
        "UPDATE gauge_latest SET (stage, stage_since) ="
        " (SELECT stage, at FROM gauge_stage WHERE gauge_id = %(id)s ORDER BY at DESC LIMIT 1)"
        " WHERE gauge_id = %(id)s",
        {"id": gauge_id},
    )
