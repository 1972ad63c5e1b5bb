"""Bounds how long a connection may take to send the header of a request."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS: Final = 10.0


class TimedConnection(H11Protocol):
    """Closes a connection whose next request does not arrive as a whole header; uvicorn itself waits for ever."""

    header_seconds = HEADER_SECONDS
    staff_port: int | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request. What the public has open does not count against the listener of staff."""
        super().connection_made(transport)
        if self.server is not None and self.server[1] == self.staff_port:
            self.limit_concurrency = None
        self._expect_header()

    def data_received(self, data: bytes) -> None:
        """Receive a part of a request; more of the same header gives no more time."""
        super().data_received(data)
        if self._has_request:
            self._stop()
        else:
            self._expect_header()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection that was lost."""
        self._stop()
        super().connection_lost(exc)

    @property
    def _has_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_header(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.header_seconds, self._expire)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._timer = None
        if not self._has_request and not self.transport.is_closing():
            self.transport.close()
