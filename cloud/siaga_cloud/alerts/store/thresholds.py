"""Stores subscribers' own levels and lead times, and who was warned ahead of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.ahead.precision import Precision, Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnThreshold:
    """Represents a subscriber's own level, with the precision that is published for it, if any."""

    gauge_id: str
    level_cm: float
    lead_minutes: int
    episodes: int | None
    came: int | None

    @property
    def measured(self) -> Precision | None:
        """Return the published precision; None where it was never measured."""
        if self.episodes is None or self.came is None:
            return None
        return Precision(episodes=self.episodes, came=self.came)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingThreshold(OwnThreshold):
    """Represents a level of a confirmed subscription that was not warned of lately, and the newest forecast there."""

    subscription_id: UUID
    channel: str
    language: str
    gauge_name: str
    made_at: datetime
    now_cm: float
    s3_cm: float | None
    s2_cm: float | None
    s1_cm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdAlert:
    """Holds a warning of a subscriber's own level that is to be stored and sent."""

    id: UUID
    subscription_id: UUID
    channel: str
    gauge_id: str
    level_cm: float
    made_at: datetime
    at: datetime
    ends_at: datetime
    part: Mapping[str, Any]


_PRECISION = (
    " LEFT JOIN forecast_precision AS measured ON measured.gauge_id = own.gauge_id"
    " AND measured.level_cm = own.level_cm AND measured.lead_minutes = own.lead_minutes"
)


def replace(conn: Connection, subscription_id: UUID, thresholds: Sequence[Threshold]) -> None:
    """Store the levels of a subscription in place of those that it had."""
    conn.execute("DELETE FROM subscription_threshold WHERE subscription_id = %s", (subscription_id,))
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO subscription_threshold (subscription_id, gauge_id, level_cm, lead_minutes)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [(subscription_id, *one) for one in thresholds],
        )


def of_subscription(conn: Connection, subscription_id: UUID) -> list[OwnThreshold]:
    """Return the levels of a subscription, by gauge and level."""
    rows = conn.cursor(row_factory=class_row(OwnThreshold)).execute(
        "SELECT own.gauge_id, own.level_cm, own.lead_minutes, measured.episodes, measured.came"  # noqa: S608 - ours
        f" FROM subscription_threshold AS own{_PRECISION} WHERE own.subscription_id = %s ORDER BY 1, 2".encode(),
        (subscription_id,),
    )
    return rows.fetchall()


def in_use(conn: Connection, *, most: int) -> list[Threshold]:
    """Return the levels of all subscriptions, each once."""
    rows = conn.execute(
        "SELECT gauge_id, level_cm, lead_minutes, count(*) AS n FROM subscription_threshold GROUP BY 1, 2, 3"
        " ORDER BY n DESC, 1, 2, 3 LIMIT %s",
        (most,),
    )
    return [Threshold(row["gauge_id"], row["level_cm"], row["lead_minutes"]) for row in rows]


def lock(conn: Connection) -> bool:
    """Return whether nobody else plans warnings ahead; holds the place until the transaction ends."""
    row = conn.execute("SELECT pg_try_advisory_xact_lock(hashtext('siaga plan thresholds')) AS yes").fetchone()
    return bool(row and row["yes"])


def waiting(
    conn: Connection, *, fresh_after: datetime, time_of_day: str, now: datetime, limit: int
) -> list[WaitingThreshold]:
    """Return the levels that a forecast may announce now: confirmed, not in quiet hours, below the level, not warned
    of lately, and forecast since `fresh_after`."""
    rows = conn.cursor(row_factory=class_row(WaitingThreshold)).execute(
        "SELECT own.gauge_id, own.level_cm, own.lead_minutes, measured.episodes, measured.came,"  # noqa: S608 - ours
        " own.subscription_id, sub.channel, sub.language, coalesce(nullif(gauge.name, ''), gauge.id) AS gauge_name,"
        " run.made_at, run.level_cm AS now_cm, gauge.s3_cm::float8 AS s3_cm, gauge.s2_cm::float8 AS s2_cm,"
        " gauge.s1_cm::float8 AS s1_cm FROM subscription_threshold AS own"
        " JOIN subscription AS sub ON sub.id = own.subscription_id AND sub.confirmed_at IS NOT NULL"
        " JOIN gauge ON gauge.id = own.gauge_id AND gauge.retired_at IS NULL"
        " JOIN forecast_run AS run ON run.gauge_id = own.gauge_id AND run.made_at >= %(fresh)s"
        f"  AND run.level_cm < own.level_cm{_PRECISION}"
        " WHERE NOT EXISTS (SELECT FROM threshold_alert AS sent WHERE sent.subscription_id = own.subscription_id"
        "   AND sent.gauge_id = own.gauge_id AND sent.level_cm = own.level_cm AND sent.ends_at > %(now)s)"
        " AND (sub.quiet_from IS NULL OR NOT CASE WHEN sub.quiet_from <= sub.quiet_to"
        "   THEN %(clock)s::time >= sub.quiet_from AND %(clock)s::time < sub.quiet_to"
        "   ELSE %(clock)s::time >= sub.quiet_from OR %(clock)s::time < sub.quiet_to END)"
        " ORDER BY own.gauge_id, own.level_cm, own.subscription_id LIMIT %(limit)s".encode(),
        {"fresh": fresh_after, "now": now, "clock": time_of_day, "limit": limit},
    )
    return rows.fetchall()


def insert(conn: Connection, alerts: Sequence[ThresholdAlert], message_ids: Sequence[UUID], *, now: datetime) -> None:
    """Store warnings with a message for each, which is sent as every other."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO alert_message (id, subscription_id, channel, kind, priority, created_at, due_at)"
            " VALUES (%s, %s, %s, 'alert', 3, %s, %s)",
            [
                (message_id, one.subscription_id, one.channel, now, now)
                for one, message_id in zip(alerts, message_ids, strict=True)
            ],
        )
        cursor.executemany(
            "INSERT INTO threshold_alert (id, subscription_id, gauge_id, level_cm, made_at, at, raised_at, ends_at,"
            " message_id, part) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    one.id,
                    one.subscription_id,
                    one.gauge_id,
                    one.level_cm,
                    one.made_at,
                    one.at,
                    now,
                    one.ends_at,
                    message_id,
                    Jsonb(dict(one.part)),
                )
                for one, message_id in zip(alerts, message_ids, strict=True)
            ],
        )
