"""Warns subscribers ahead of their own levels, by stored forecasts that proved right often enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from siaga_cloud.alerts import threshold_texts as texts
from siaga_cloud.alerts.store import thresholds as db
from siaga_cloud.alerts.store.thresholds import ThresholdAlert, WaitingThreshold
from siaga_cloud.city.service import policy as policies
from siaga_cloud.forecast import precision
from siaga_cloud.forecast import store as forecasts
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.ahead.precision import crossing, may_warn
from siaga_core.rules.forecast import ForecastPoint
from siaga_core.wire.ids import uuid7

MOST_THRESHOLDS: Final = 500
MOST_A_TURN: Final = 5000
FRESH_FOR: Final = timedelta(minutes=30)  # forecasts are made every ten minutes
# One warning for one flood: until so long after the announced time there is no other of the same level.
ENDS_AFTER: Final = timedelta(hours=2)


def measure_precision(conn: Connection, *, now: datetime) -> int:
    """Measure how often forecasts of the levels of stages and of subscribers proved right; how many levels."""
    return precision.measure(conn, db.in_use(conn, most=MOST_THRESHOLDS), now=now)


def warn_ahead(conn: Connection, *, now: datetime) -> int:
    """Warn every subscription whose level a forecast announces within its lead time; how many.

    Nobody is warned of a level for which no precision is published, or too low a one.
    """
    if not db.lock(conn):
        return 0
    zone = policies.current(conn).zone
    waiting = db.waiting(
        conn,
        fresh_after=now - FRESH_FOR,
        time_of_day=now.astimezone(zone).strftime("%H:%M:%S"),
        now=now,
        limit=MOST_A_TURN,
    )
    believed = [one for one in waiting if may_warn(one.measured)]
    points = {one.gauge_id: forecasts.points_of(conn, one.gauge_id, one.made_at) for one in believed}
    alerts = [alert for one in believed if (alert := _alert(one, points[one.gauge_id], zone, now=now)) is not None]
    db.insert(conn, alerts, [uuid7(now) for _ in alerts], now=now)
    return len(alerts)


def _alert(
    one: WaitingThreshold, points: Sequence[ForecastPoint], zone: tzinfo, *, now: datetime
) -> ThresholdAlert | None:
    """The warning of a level that the forecast announces; None where it does not."""
    point = crossing(points, one.level_cm, now=now, lead=timedelta(minutes=one.lead_minutes))
    measured = one.measured
    if point is None or measured is None:
        return None
    alert_id = uuid7(now)
    return ThresholdAlert(
        id=alert_id,
        subscription_id=one.subscription_id,
        channel=one.channel,
        gauge_id=one.gauge_id,
        level_cm=one.level_cm,
        made_at=one.made_at,
        at=point.at,
        ends_at=point.at + ENDS_AFTER,
        part=texts.part_of(one, point, measured, alert_id=alert_id, zone=zone, now=now),
    )
