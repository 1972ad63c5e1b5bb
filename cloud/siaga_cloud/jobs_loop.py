"""Procrastinate's worker, and who ended it: somebody by a signal, or it itself.

Its listener that loses the database ends it without an error, which looks like having been asked to end.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import Any

from procrastinate import App


def work(app: App, **words: Any) -> bool:
    """Works until SIGTERM or SIGINT, then finishes the jobs in hand: True. False: it ended by itself.

    Raises `ConnectorException` where the database is away.
    """
    return asyncio.run(_work(app, words))


async def _work(app: App, words: dict[str, Any]) -> bool:
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    async with app.open_async():
        working = asyncio.create_task(app.run_worker_async(install_signal_handlers=False, **words))

        def ask() -> None:
            asked.set()
            working.cancel()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ask)
        try:
            with suppress(asyncio.CancelledError):
                await working
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
    return asked.is_set()
