"""Schedules the retries of failed jobs after delays that double and vary, so that they do not all run at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from siaga_cloud.platform.db.connection import backoff_seconds


def _always(_: BaseException) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class JitteredRetry(BaseRetryStrategy):
    """Allows `most_attempts` in all. `passes` decides whether a failure may be temporary; other failures are not
    retried.
    """

    most_attempts: int
    first_seconds: float = 2.0
    most_seconds: float = 120.0
    passes: Callable[[BaseException], bool] = _always

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to retry the job; None ends the attempts."""
        if not self.passes(exception) or job.attempts + 1 >= self.most_attempts:
            return None
        wait = backoff_seconds(job.attempts + 1, first=self.first_seconds, most=self.most_seconds)
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=wait))
