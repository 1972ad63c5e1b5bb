"""Performs the scheduled work: rollups, silence, overdue tasks and retention. Each is one transaction and safe to
repeat.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from siaga_cloud.accuracy import service as accuracy
from siaga_cloud.feeds.store import warnings as feed_warnings
from siaga_cloud.gauges.service import knowledge
from siaga_cloud.gauges.store import readings as gauges
from siaga_cloud.operations.store import minutes as platform
from siaga_cloud.operations.store import retention as upkeep
from siaga_cloud.people.service import device_keys, positions
from siaga_cloud.people.store import sessions
from siaga_cloud.platform.db import jobs, sizes
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.review import store as review
from siaga_cloud.signals import store as signals
from siaga_cloud.tasks.proof import captures

ROLLUP_BITE = 500
LEFT_BEHIND_AFTER = timedelta(minutes=1)
LEFT_BEHIND_BITE = 500
FORGET_SIGN_INS_AFTER = timedelta(days=30)
FORGET_PLATFORM_AFTER = timedelta(days=400)  # a year, and the same month of the year before
FORGET_HEALTH_AFTER = timedelta(days=7)  # a node sends again what is a day old at most
FORGET_ORIGINS_AFTER = timedelta(days=30)  # networks and devices of reporters
FORGET_WARNINGS_AFTER = timedelta(days=40)  # those of others, after they expired
INGEST_BITE = timedelta(minutes=15)
INGEST_MAY_GROW = timedelta(minutes=2)  # no batch is longer under way
INGEST_GIVES_UP_AFTER = timedelta(days=2)


def roll_up(conn: Connection, *, now: datetime) -> int:
    """Recomputes hours whose readings changed; how many."""
    return gauges.recompute_dirty(conn, limit=ROLLUP_BITE, now=now)


def record_silence(conn: Connection, *, now: datetime) -> int:
    """Records which gauges became unknown or are known again; how many."""
    return knowledge.record_unknown(conn, now=now)


def add_up_ingest(conn: Connection, *, now: datetime) -> int:
    """Adds up the minutes of messages that are over, those that may have grown anew; how many lines.

    After a pause it catches up by a bite each time; what is older than two days it leaves.
    """
    this_minute = now.replace(second=0, microsecond=0)
    oldest = this_minute - INGEST_GIVES_UP_AFTER
    mark = max(platform.added_up_until(conn) or this_minute - INGEST_BITE, oldest)
    until = min(mark + INGEST_BITE, this_minute)
    return platform.add_up_minutes(conn, since=mark - INGEST_MAY_GROW, until=until)


def pick_up_left_behind(conn: Connection, *, now: datetime) -> int:
    """Queue new jobs for signals whose job was lost or failed for good; return how many."""
    waiting = signals.left_behind(conn, before=now - LEFT_BEHIND_AFTER, limit=LEFT_BEHIND_BITE)
    jobs.defer_signals(conn, waiting)
    return len(waiting)


def forget_warnings(conn: Connection, *, now: datetime) -> int:
    """Deletes warnings of others that have long expired, a bounded bite; how many."""
    return feed_warnings.forget(conn, before=now - FORGET_WARNINGS_AFTER)


def forget_health(conn: Connection, *, now: datetime) -> int:
    """Delete health messages that are older than a week, a chunk or a bite; return how many."""
    return upkeep.forget_health(conn, before=now - FORGET_HEALTH_AFTER)


def forget(conn: Connection, *, forget_old_readings: timedelta, forget_old_messages: timedelta, now: datetime) -> None:
    """Delete raw readings, records of single messages, positions, origins of reports and sessions that are older than
    their retention.
    """
    upkeep.forget_messages(conn, before=now - forget_old_messages)
    upkeep.forget_dead_letters(conn, before=now - forget_old_messages)
    upkeep.forget_refusals(conn, before=now - forget_old_messages)
    upkeep.forget_certificates(conn, before=now - forget_old_messages)
    upkeep.forget_readings(conn, before=now - forget_old_readings)
    review.forget_expired(conn, now=now)
    accuracy.forget(conn, now=now)
    positions.forget_old(conn, now=now)
    device_keys.forget_old(conn, now=now)
    captures.forget_old(conn, now=now)
    sessions.forget(conn, before=now - FORGET_SIGN_INS_AFTER)
    signals.forget_origins(conn, before=now - FORGET_ORIGINS_AFTER)
    platform.forget(conn, before=now - FORGET_PLATFORM_AFTER)
    sizes.record(conn, now=now)
