"""Limits the total time of one exchange with another system, however many steps it has and however slow they are.

Messages are sent while their rows are locked in a transaction, which the database ends after 60 s without activity;
what was sent by then would be sent again. Socket timeouts count from the last byte, so an exchange of many steps could
last for ever. Here a timer closes the connection.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Any, Final, Self

WHOLE_SECONDS: Final = 25.0
STEP_SECONDS: Final = 15.0


class Deadline:
    """Closes the connections that it made or was given once its time is over; whoever waits on them gets an OSError or
    the end of the stream. Use it as `with Deadline() as deadline: deadline.connect(host, port)`.
    """

    def __init__(self, seconds: float = WHOLE_SECONDS) -> None:
        self.seconds = seconds
        self._ends_at = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []

    def __enter__(self) -> Self:
        """Sets the timer."""
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Lets the connections be."""
        self._timer.cancel()
        with self._lock:
            for held in self._watched:
                held.close()
            self._watched.clear()

    @property
    def is_over(self) -> bool:
        """Return whether its time has passed."""
        return time.monotonic() >= self._ends_at

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a watched connection to the first address of a host that answers; raises OSError.

        Looking the name up has the resolver's own limits.
        """
        failed: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            made = socket.socket(family, kind, protocol)
            try:
                made.settimeout(min(STEP_SECONDS, self._left()))
                made.connect(address)
                made.settimeout(STEP_SECONDS)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.watch(made)
            except OSError as error:
                made.close()
                failed = error
            else:
                return made
        raise failed or OSError(f"{host} has no address")

    def watch(self, connection: socket.socket) -> None:
        """Shuts this one, too. It is held by a number of its own, so that TLS may take the socket over meanwhile."""
        held = socket.socket(fileno=socket.dup(connection.fileno()))
        with self._lock:
            self._watched.append(held)
        if self.is_over:
            self._shut()

    def trace(self, event: str, info: Any) -> None:
        """For httpx (`extensions={"trace": deadline.trace}`): watches the connection that it opens."""
        if event == "connection.connect_tcp.complete":
            self.watch(info["return_value"].get_extra_info("socket"))

    def _left(self) -> float:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"not done within {self.seconds:.0f} s")
        return left

    def _shut(self) -> None:
        with self._lock:
            for held in self._watched:
                with suppress(OSError):  # it was closed already
                    held.shutdown(socket.SHUT_RDWR)
