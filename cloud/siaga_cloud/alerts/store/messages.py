"""Stores the messages of alerts to subscriptions: they are planned as a set, once for each revision, and sent in
batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

BURST = 3

# Who is to be notified of which alert's newest revision, and was not:
# - by area or by gauge, from the subscription's own stage or flood state on; an all-clear only after a warning;
# - in quiet hours only Siaga 1 (at hand or coming) and water to the chest; an all-clear waits for the morning, too,
#   unless the place is warned again, so that the two do not come in the wrong order;
# - three messages in ten minutes (three a minute in danger) are a storm: what comes then waits and is grouped.
_DUE = """
    WITH newest AS MATERIALIZED (
        SELECT alert.id, alert.area_id, alert.gauge_id, alert.revision, told.level, told.stage, told.why, told.at,
            told.flood_state, told.kind = 'all_clear' OR told.why = 'lapsed' AS is_end,
            coalesce(area_path(alert.area_id), '{}') AS path, EXISTS (SELECT FROM area_alert AS again
                WHERE again.ended_at IS NULL AND again.id <> alert.id AND (again.area_id = alert.area_id
                    OR again.gauge_id = alert.gauge_id)) AS is_warned_again
        FROM area_alert AS alert
        JOIN area_alert_revision AS told ON told.alert_id = alert.id AND told.revision = alert.revision
        WHERE alert.ended_at IS NULL OR alert.ended_at > %(now)s::timestamptz - interval '1 day'
    ), lately AS MATERIALIZED (
        SELECT subscription_id, count(*) AS within_ten,
            count(*) FILTER (WHERE created_at > %(now)s::timestamptz - interval '1 minute') AS within_one
        FROM alert_message WHERE kind = 'alert' AND created_at > %(now)s::timestamptz - interval '10 minutes' GROUP BY 1
    ), warned AS MATERIALIZED (
        SELECT newest.id, told.subscription_id, max(line.level) AS level FROM newest
        JOIN alert_notified AS told ON told.alert_id = newest.id
        JOIN area_alert_revision AS line ON line.alert_id = told.alert_id AND line.revision = told.revision
        JOIN alert_message AS message ON message.id = told.message_id AND message.state <> 'failed'
        WHERE newest.is_end OR newest.why IN ('known', 'unknown') GROUP BY 1, 2
    ), untold AS MATERIALIZED (
        SELECT newest.id, sub.id AS subscription_id FROM newest
            JOIN subscription AS sub ON sub.confirmed_at IS NOT NULL AND sub.area_ids && newest.path
            WHERE newest.area_id IS NOT NULL
        UNION ALL
        SELECT newest.id, sub.id FROM newest
            JOIN subscription AS sub ON sub.confirmed_at IS NOT NULL AND sub.gauges @> ARRAY[newest.gauge_id]
            WHERE newest.gauge_id IS NOT NULL
        EXCEPT
        SELECT newest.id, told.subscription_id FROM newest
            JOIN alert_notified AS told ON told.alert_id = newest.id AND told.revision = newest.revision
    )
    SELECT heard.id AS alert_id, heard.revision, heard.level, sub.id AS subscription_id, sub.channel
    FROM untold JOIN newest AS heard ON heard.id = untold.id JOIN subscription AS sub ON sub.id = untold.subscription_id
        LEFT JOIN lately ON lately.subscription_id = sub.id
        LEFT JOIN warned ON warned.id = heard.id AND warned.subscription_id = sub.id
    WHERE CASE WHEN heard.is_end OR heard.why = 'known' THEN warned.id IS NOT NULL
            ELSE heard.stage <= sub.least_stage OR heard.flood_state >= sub.least_flood_state END
        AND (sub.quiet_from IS NULL OR heard.stage = 1 OR heard.flood_state >= 3
            OR (heard.is_end AND heard.is_warned_again)
            OR NOT CASE WHEN sub.quiet_from <= sub.quiet_to
                THEN %(clock)s::time >= sub.quiet_from AND %(clock)s::time < sub.quiet_to
                ELSE %(clock)s::time >= sub.quiet_from OR %(clock)s::time < sub.quiet_to END)
        AND (heard.why <> 'unknown' OR warned.id IS NULL OR warned.level < heard.level
            OR heard.at <= %(now)s::timestamptz - interval '5 minutes')
        AND coalesce(CASE heard.level WHEN 3 THEN lately.within_one ELSE lately.within_ten END, 0) < %(burst)s
"""
_PLAN = f"""
    WITH due AS MATERIALIZED ({_DUE}),
    message AS (
        INSERT INTO alert_message (id, subscription_id, channel, kind, priority, created_at, due_at)
        SELECT gen_random_uuid(), subscription_id, min(channel), 'alert',
            min(CASE level WHEN 3 THEN 1 WHEN 2 THEN 2 ELSE 3 END), %(now)s, %(now)s
        FROM due GROUP BY subscription_id RETURNING id, subscription_id
    ), told AS (
        INSERT INTO alert_notified (subscription_id, alert_id, revision, message_id)
        SELECT due.subscription_id, due.alert_id, due.revision, message.id
        FROM due JOIN message USING (subscription_id)
    )
    SELECT count(*) AS n FROM message
"""  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Represents the messages of one channel and priority that one job sends."""

    channel: str
    priority: int
    message_ids: list[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMessage:
    """Represents a message that is due, with all that its sender needs. `address` is None where the subscription is
    gone.
    """

    id: UUID
    subscription_id: UUID
    channel: str
    kind: str
    priority: int
    attempts: int
    created_at: datetime
    language: str | None
    address: str | None
    keys: dict[str, str] | None
    secret: str | None
    code: str | None
    parts: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Holds the result of one attempt to send."""

    message_id: UUID
    state: str
    error: str
    due_at: datetime


def plan(conn: Connection, *, time_of_day: str, now: datetime) -> int:
    """Store the messages that are due now; return how many. `time_of_day` is that of the city, HH:MM:SS."""
    # Two planners at once would both find the same people not notified.
    locked = conn.execute("SELECT pg_try_advisory_xact_lock(hashtext('siaga plan alerts')) AS yes").fetchone()
    if not (locked and locked["yes"]):
        return 0
    # In a storm these tables grow by many times before anything has counted them, and loops over them would not end.
    conn.execute("SET LOCAL enable_nestloop = off")
    row = conn.execute(_PLAN.encode(), {"now": now, "clock": time_of_day, "burst": BURST}).fetchone()
    conn.execute("RESET enable_nestloop")
    return int(row["n"]) if row else 0


def add_confirmation(conn: Connection, *, message_id: UUID, subscription_id: UUID, channel: str, now: datetime) -> None:
    """Add a message that requests a confirmation from the owner of an address."""
    conn.execute(
        "INSERT INTO alert_message (id, subscription_id, channel, kind, priority, created_at, due_at)"
        " VALUES (%s, %s, %s, 'confirm', 2, %s, %s)",
        (message_id, subscription_id, channel, now, now),
    )


def claim_due(conn: Connection, *, stale_before: datetime, now: datetime, batch: int, limit: int) -> list[Batch]:
    """Messages that wait and that no job has in hand, the most urgent first, in batches."""
    rows = conn.execute(
        "WITH wanted AS (SELECT id FROM alert_message WHERE state = 'queued' AND due_at <= %(now)s"
        "  AND (requested_at IS NULL OR requested_at < %(stale)s) ORDER BY priority, due_at LIMIT %(limit)s"
        "  FOR UPDATE SKIP LOCKED),"
        " asked AS (UPDATE alert_message SET requested_at = %(now)s FROM wanted WHERE alert_message.id = wanted.id"
        "  RETURNING alert_message.id, channel, priority),"
        " numbered AS (SELECT *, (row_number() OVER (PARTITION BY priority, channel) - 1) / %(batch)s AS part"
        "  FROM asked)"
        " SELECT channel, priority, array_agg(id) AS message_ids FROM numbered GROUP BY priority, channel, part"
        " ORDER BY priority, part",
        {"now": now, "stale": stale_before, "limit": limit, "batch": batch},
    )
    return [Batch(**row) for row in rows]


def hold(conn: Connection, message_ids: Sequence[UUID]) -> list[DueMessage]:
    """Lock and return those messages that are still to be sent; superseded ones are left out."""
    return (
        conn.cursor(row_factory=class_row(DueMessage))
        .execute(
            "WITH held AS MATERIALIZED (SELECT * FROM alert_message WHERE id = ANY(%s) AND state = 'queued'"
            "  FOR UPDATE SKIP LOCKED)"
            " SELECT held.id, held.subscription_id, held.channel, held.kind, held.priority, held.attempts,"
            " held.created_at, sub.language, place.address, place.keys, place.secret, place.code,"
            " coalesce((SELECT jsonb_agg(jsonb_build_object('alert_id', told.alert_id, 'revision', line.revision,"
            "   'kind', line.kind, 'level', line.level, 'stage', line.stage, 'flood_state', line.flood_state,"
            "   'flood_certainty', line.flood_certainty,"
            "   'place', coalesce(alert.area_id, alert.gauge_id), 'severity', line.severity, 'urgency', line.urgency,"
            "   'certainty', line.certainty, 'onset_at', line.onset_at,"
            "   'headline', CASE sub.language WHEN 'en' THEN line.headline_en ELSE line.headline_id END,"
            "   'text', CASE sub.language WHEN 'en' THEN line.text_en ELSE line.text_id END,"
            "   'short', CASE sub.language WHEN 'en' THEN line.short_en ELSE line.short_id END)"
            "   ORDER BY line.kind <> 'all_clear', line.level DESC, line.at)"
            "  FROM alert_notified AS told JOIN area_alert_revision AS line ON line.alert_id = told.alert_id"
            "   AND line.revision = told.revision JOIN area_alert AS alert ON alert.id = told.alert_id"
            "  WHERE told.message_id = held.id AND NOT EXISTS (SELECT FROM alert_notified AS newer"
            "   WHERE newer.alert_id = told.alert_id AND newer.subscription_id = told.subscription_id"
            "    AND newer.revision > told.revision)), '[]')"
            " || coalesce((SELECT jsonb_agg(ahead.part ORDER BY ahead.at) FROM threshold_alert AS ahead"
            "  WHERE ahead.message_id = held.id), '[]') AS parts"
            " FROM held LEFT JOIN subscription AS sub ON sub.id = held.subscription_id"
            " LEFT JOIN subscription_address AS place ON place.subscription_id = sub.id"
            " ORDER BY held.priority, held.id",
            (list(message_ids),),
        )
        .fetchall()
    )


def write_outcomes(conn: Connection, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Store the outcomes of attempts to send."""
    conn.execute(
        "UPDATE alert_message SET state = found.state, attempts = attempts + 1, error = found.error,"
        " due_at = found.due_at, requested_at = NULL, done_at = CASE found.state WHEN 'queued' THEN NULL ELSE %s END"
        " FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[]) AS found (id, state, error, due_at)"
        " WHERE alert_message.id = found.id",
        (
            now,
            [one.message_id for one in outcomes],
            [one.state for one in outcomes],
            [one.error[:500] for one in outcomes],
            [one.due_at for one in outcomes],
        ),
    )


def put_off(conn: Connection, message_ids: Sequence[UUID], *, due_at: datetime) -> None:
    """Postpone messages that were not tried at all."""
    conn.execute(
        "UPDATE alert_message SET due_at = %s, requested_at = NULL WHERE id = ANY(%s) AND state = 'queued'",
        (due_at, list(message_ids)),
    )


def count_failures(conn: Connection, failed: Sequence[UUID], sent: Sequence[UUID], *, most: int) -> int:
    """Subscriptions whose address takes nothing any more are erased after `most` failures in a row; how many."""
    conn.execute("UPDATE subscription SET failures = 0 WHERE id = ANY(%s) AND failures > 0", (list(sent),))
    if not failed:
        return 0
    conn.execute("UPDATE subscription SET failures = failures + 1 WHERE id = ANY(%s)", (list(failed),))
    return conn.execute("DELETE FROM subscription WHERE id = ANY(%s) AND failures >= %s", (list(failed), most)).rowcount


def forget(conn: Connection, *, before: datetime, limit: int = 20000) -> int:
    """Drops old messages; how many."""
    return conn.execute(
        "DELETE FROM alert_message WHERE id IN (SELECT id FROM alert_message WHERE created_at < %s LIMIT %s)",
        (before, limit),
    ).rowcount
