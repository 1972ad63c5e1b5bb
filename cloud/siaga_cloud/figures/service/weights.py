"""Weighs tasks for the rankings, and finds reporters and officers who meet more often than chance explains."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.figures.store import ranks as db
from siaga_cloud.figures.store.ranks import PairRow, TaskToWeigh
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.verification.pairs import LEAST_MEETINGS, unusual_pairs
from siaga_core.rules.verification.reporter import ACCOUNT_CHANNELS, ReporterRecord
from siaga_core.rules.verification.weight import RankEvidence, weigh

AT_ONCE: Final = 2_000
PAIRS_SINCE: Final = timedelta(days=180)


def weigh_tasks(conn: Connection, *, now: datetime) -> int:
    """Weigh tasks that were made or changed, a few thousand at once; return how many."""
    waiting = db.to_weigh(conn, limit=AT_ONCE)
    if waiting:
        weights = [(one.task_id, weigh(_evidence(one))) for one in waiting]
        rows = [(task_id, one.is_ranked, one.credit, one.reason) for task_id, one in weights]
        db.set_weights(conn, rows, now=now)
    return len(waiting)


def find_pairs(conn: Connection, *, now: datetime) -> int:
    """Find the pairs anew; return how many there are."""
    since = now - PAIRS_SINCE
    meetings = db.meetings(conn, since=since, least=LEAST_MEETINGS)
    totals = db.officer_totals(conn, sorted({one.stratum for one in meetings}), since=since)
    found = unusual_pairs(meetings, totals)
    db.replace_pairs(conn, found, now=now)
    return len(found)


def weigh_again(conn: Connection, *, now: datetime) -> int:
    """Have the unranked tasks of the last months weighed anew; return how many."""
    return db.weigh_again(conn, since=now - PAIRS_SINCE)


def pairs(conn: Connection, *, limit: int) -> list[PairRow]:
    """Return the pairs, the least probable first."""
    return db.pairs(conn, limit=limit)


def _evidence(one: TaskToWeigh) -> RankEvidence:
    return RankEvidence(
        witness=one.witness,
        is_imported=one.is_imported,
        has_sensor=one.has_sensor,
        has_verdict=one.has_verdict,
        is_unexamined=one.is_unexamined,
        reporters=[
            ReporterRecord(
                has_account=row["channel"] in ACCOUNT_CHANNELS,
                confirmed_elsewhere=row["confirmed_elsewhere"],
                is_paired=row["is_paired"],
            )
            for row in one.reporters
        ],
    )
