"""How a measurement ends that somebody stops."""

from __future__ import annotations

import signal
import sys


def leave_nothing_behind() -> None:
    """From now on SIGTERM ends this program as Ctrl-C does: servers it started are stopped, their folders removed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
