"""Parts of a measurement in a browser: each says what it does, and is ended at its deadline, not left standing."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from playwright.sync_api import Browser, Error
from tests.support.pages import SWIFTSHADER, chromium

_BEGAN: Final = time.monotonic()


def log(words: str) -> None:
    """A line of progress with the seconds since the program began."""
    print(f"{time.monotonic() - _BEGAN:6.1f} s  {words}", file=sys.stderr, flush=True)


@contextmanager
def part(name: str, *, seconds: float, late: list[str], drawing: Sequence[str] = SWIFTSHADER) -> Iterator[Browser]:
    """A browser for one part, killed after so many seconds: what waits for it then fails at once.

    `late` is given the part's name in that case; what the part had gathered until then stays.
    """
    log(f"{name}: at most {seconds:.0f} s")
    is_late = threading.Event()
    try:
        with chromium(drawing) as browser:
            pid = process_of(browser)
            watch = threading.Timer(seconds, _end, (is_late, pid))
            watch.daemon = True
            watch.start()
            try:
                yield browser
            finally:
                watch.cancel()
    except Error:
        if not is_late.is_set():
            raise
    if is_late.is_set():
        late.append(name)
    log(f"{name}: {'ENDED AT ITS DEADLINE' if is_late.is_set() else 'done'}")


def process_of(browser: Browser) -> int:
    """The browser's own process."""
    devtools = browser.new_browser_cdp_session()
    reported = devtools.send("SystemInfo.getProcessInfo")
    devtools.detach()
    return next(int(one["id"]) for one in reported["processInfo"] if one["type"] == "browser")


def _end(is_late: threading.Event, pid: int) -> None:
    is_late.set()
    _kill(pid)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
