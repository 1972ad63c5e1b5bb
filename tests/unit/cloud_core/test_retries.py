"""What failed is tried again after spread waits; a message is not given up for the database's fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import psycopg
import pytest
from procrastinate.jobs import Job

from siaga_cloud.channels.kinds.telegram import TelegramBot, TelegramFetcher
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.jobs.retries import JitteredRetry


def a_job(attempts: int) -> Job:
    return Job(id=1, queue="q", lock=None, queueing_lock=None, task_name="t", attempts=attempts)


def waits(retry: JitteredRetry, attempts: int) -> list[float]:
    found = (retry.get_retry_decision(exception=OSError(), job=a_job(attempts)) for _ in range(50))
    return [(one.retry_at - datetime.now(UTC)).total_seconds() for one in found if one and one.retry_at]


@pytest.mark.parametrize(("attempts", "ceiling"), [(0, 2), (1, 4), (2, 8), (5, 30)])
def test_waits_double_up_to_a_bound_and_no_two_are_alike(attempts: int, ceiling: float) -> None:
    found = waits(JitteredRetry(most_attempts=8, most_seconds=30), attempts)
    assert ceiling / 2 - 0.5 <= min(found) < max(found) <= ceiling
    assert len({round(one, 4) for one in found}) > 25


def test_it_is_given_up_after_the_last_attempt_and_where_a_retry_is_of_no_use() -> None:
    assert JitteredRetry(most_attempts=3).get_retry_decision(exception=OSError(), job=a_job(2)) is None
    picky = JitteredRetry(most_attempts=3, passes=lambda error: isinstance(error, OSError))
    assert picky.get_retry_decision(exception=ValueError(), job=a_job(0)) is None


class _BrokenDatabase:
    """A database whose connections are closed under whoever uses them."""

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        yield self._broken()

    def _broken(self) -> Any:
        raise psycopg.InterfaceError("the connection is closed")


def test_a_message_is_requested_again_where_the_database_went_away() -> None:
    sent: Mapping[str, Any] = {
        "update_id": 7, "message": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "banjir"}
    }  # fmt: skip
    fetcher = TelegramFetcher(
        bot=cast("TelegramBot", None),
        database=cast("Database", _BrokenDatabase()),
        make_context=lambda _: pytest.fail("not reached"),
    )
    with pytest.raises(psycopg.InterfaceError):
        fetcher._process(sent)
