"""The listener of live changes goes on for as long as the database is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from siaga_cloud.live.feed import LiveFeed
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.http.live_hub import LiveHub
from siaga_cloud.platform.http.metrics import Metrics

TRIES_OF_SOME_HOURS = 3000


def _refuse() -> Any:
    raise psycopg.OperationalError("refused")


class _UnreachableFeed(LiveFeed):
    """A feed whose database refuses for hours, without the waits between its tries."""

    tries = 0

    async def _notes(self) -> AsyncIterator[Any]:
        self.tries += 1
        if self.tries > TRIES_OF_SOME_HOURS:
            raise asyncio.CancelledError
        yield _refuse()

    def _next_wait(self) -> float:
        assert 0 < super()._next_wait() <= 5
        return 0


def test_hours_without_the_database_do_not_end_the_listening(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    feed = _UnreachableFeed(Database("postgresql://nobody@127.0.0.1:1/none"), LiveHub(metrics), metrics)
    with caplog.at_level(logging.WARNING), pytest.raises(asyncio.CancelledError):
        asyncio.run(feed._listen_for_ever())
    assert feed.tries == TRIES_OF_SOME_HOURS + 1
    assert len(caplog.messages) == 1, "said once, when it was lost"
