"""Word to systemd: ready, alive, stopping. Says nothing where systemd did not ask."""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping
from time import monotonic
from typing import Self

log = logging.getLogger(__name__)


class Notifier:
    """The datagrams of sd_notify(3). `every_seconds` is half of what the watchdog allows; None: no watchdog."""

    def __init__(self, address: str | None, *, every_seconds: float | None = None) -> None:
        self._address, self._every = address, every_seconds
        self._due = 0.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Make a notifier from the variables that systemd sets."""
        microseconds = environment.get("WATCHDOG_USEC", "")
        every = int(microseconds) / 2e6 if microseconds.isdigit() and int(microseconds) else None
        return cls(environment.get("NOTIFY_SOCKET"), every_seconds=every)

    def ready(self) -> None:
        """Notify systemd that all parts run."""
        self._send("READY=1\nSTATUS=running")

    def alive(self) -> None:
        """Nothing is stuck; may be called as often as one likes."""
        if self._every is not None and monotonic() >= self._due:
            self._due = monotonic() + self._every
            self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Notify systemd that the agent stops."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        # A leading @ stands for Linux's abstract namespace.
        name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
                to.settimeout(1)
                to.sendto(text.encode(), name)
        except OSError as error:
            log.warning("systemd cannot be notified of %s: %s", text.partition("\n")[0], error)
