"""Runs the worker of procrastinate and determines why it ended: by a signal or by itself.

When its listener loses the database, the worker ends without an error, which resembles an ordinary stop.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

OPEN_SECONDS = 10.0  # for the first connection; a pool left to itself waits for 30
# Longer than the jobs in hand are waited for: whatever goes on then did not see the first request to stop.
STOP_AGAIN_SECONDS = 15.0


def work(app: App, *lanes: Mapping[str, Any], **words: Any) -> bool:
    """Works in one or several lanes, each with its own queues and concurrency; `words` are the same for all of them.

    Works until SIGTERM or SIGINT, then finishes the jobs in hand: True. False: it ended by itself.

    Raises `ConnectorException` where the database is away, also when it is so from the beginning.
    """
    return asyncio.run(_work(app, [{**words, **lane} for lane in lanes or ({},)]))


async def _work(app: App, lanes: Sequence[Mapping[str, Any]]) -> bool:
    loop, is_stopping = asyncio.get_running_loop(), asyncio.Event()
    working = asyncio.create_task(_open_and_work(app, lanes))

    def request_stop() -> None:
        is_stopping.set()
        if working.cancel():
            loop.call_later(STOP_AGAIN_SECONDS, request_stop)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, request_stop)
    try:
        with suppress(asyncio.CancelledError):
            await working
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    return is_stopping.is_set()


async def _open_and_work(app: App, lanes: Sequence[Mapping[str, Any]]) -> None:
    """When one lane ends, by an error or by itself, the others finish their jobs in hand and end as well."""
    async with _opened(app):
        working = [asyncio.create_task(app.run_worker_async(install_signal_handlers=False, **lane)) for lane in lanes]
        try:
            ended, _ = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in working:
                one.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        for one in ended:
            await one


@asynccontextmanager
async def _opened(app: App) -> AsyncIterator[None]:
    """Yield the app with a connection; procrastinate lets a pool that gets none raise the pool's own error."""
    try:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await app.open_async()
        except TimeoutError:
            raise ConnectorException from PoolTimeout(f"no connection within {OPEN_SECONDS:g} s")
        except psycopg.OperationalError as error:
            raise ConnectorException from error
        yield
    finally:
        await app.close_async()
