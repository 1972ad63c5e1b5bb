"""Stores the web reports of a crowd: those that arrive while the database is busy share the next transaction.

Of a crowd, every report is stored first and matched to incidents a minute later, because a match takes several times
the work of storing (docs/adr/0066).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Final

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.platform.db import callers
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError
from siaga_cloud.platform.shared_commit import SharedCommit
from siaga_cloud.reports.service.intake import AcceptedReport, ArrivedReport, accept_reports, receipt_of

# So many in one transaction arrive only while the one before is stored: more than is matched in the same time.
CROWD: Final = 4
DECIDE_LATER: Final = timedelta(minutes=1)


class ReportIntake:
    """Accepts reports of one process, in few transactions however many people report at once."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[Connection]], areas: AreaLookup) -> None:
        self._transaction, self._areas = transaction, areas
        self._commit: SharedCommit[ArrivedReport, AcceptedReport | InvalidError] = SharedCommit(self._store)

    @property
    def waiting(self) -> int:
        """Return how many reports have arrived and are not being stored yet."""
        return self._commit.waiting

    def accept(self, arrived: ArrivedReport) -> AcceptedReport:
        """Return the receipt of a report once it is committed; raises InvalidError."""
        return receipt_of(arrived, self._commit.run(arrived))

    def _store(self, arrived: Sequence[ArrivedReport]) -> list[AcceptedReport | InvalidError]:
        now = datetime.now(UTC)
        decide_at = now + DECIDE_LATER if len(arrived) >= CROWD else None
        with self._transaction() as conn:
            callers.act_for(conn, None, writes=True)
            return accept_reports(conn, arrived, areas=self._areas, now=now, decide_at=decide_at)
