"""Measures how often the water came that forecasts announced, for the levels of stages and those of subscribers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from siaga_cloud.forecast import store_precision as db
from siaga_cloud.forecast.service import FORECASTS_RETENTION
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.ahead.precision import DEFAULT_POLICY, Threshold, precision

STAGE_LEADS = (60, 180, 360)
_FORGET_AFTER = timedelta(days=2)


def measure(conn: Connection, wanted: Iterable[Threshold], *, now: datetime) -> int:
    """Measure the precision of the stages' levels and of `wanted` from all stored forecasts; how many."""
    stages = {Threshold(gauge_id, cm, lead) for gauge_id, cm in db.limits(conn) for lead in STAGE_LEADS}
    thresholds = sorted(stages | set(wanted))
    for one in thresholds:
        warnings = db.past_warnings(
            conn, one, since=now - FORECASTS_RETENTION, until=now, late_by=DEFAULT_POLICY.late_by
        )
        db.upsert(conn, one, precision(warnings), now=now)
    db.forget(conn, before=now - _FORGET_AFTER)
    return len(thresholds)
