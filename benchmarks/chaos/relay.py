"""A TCP relay that can be cut, stalled or slowed: the network between gauges and broker."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from enum import StrEnum
from typing import Self

CHUNK_BYTES = 4096
SLOW_SECONDS_PER_CHUNK = 0.2
CONNECT_SECONDS = 5.0


class Weather(StrEnum):
    """How the network is."""

    FINE = "fine"
    CUT = "cut"  # open connections break, new ones are closed at once
    STALLED = "stalled"  # connections stay, nothing passes: what a hung router does
    SLOW = "slow"  # some 20 kB/s a connection, each way


class Relay:
    """Listens on `host` and `port`, passes everything on to `target_port`. Its loop runs in a thread of its own."""

    def __init__(self, target_port: int, host: str = "127.0.0.1") -> None:
        self._target_port, self.host = target_port, host
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._weather = Weather.FINE
        self._passing = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._begin()).result(CONNECT_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._end()).result(CONNECT_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CONNECT_SECONDS)
        self._loop.close()

    def set(self, weather: Weather) -> None:
        """Apply this weather to all traffic from now on."""
        self._call(self._set(weather)).result(CONNECT_SECONDS)

    def _call(self, work: object) -> Future[None]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)  # type: ignore[arg-type]

    async def _begin(self) -> None:
        self._passing.set()
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        self._drop_all()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _set(self, weather: Weather) -> None:
        self._weather = weather
        if weather is Weather.CUT:
            self._drop_all()
        if weather is Weather.STALLED:
            self._passing.clear()
        else:
            self._passing.set()

    def _drop_all(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._weather is Weather.CUT:
            writer.transport.abort()
            return
        try:
            onward_reader, onward_writer = await asyncio.wait_for(
                asyncio.open_connection("127.0.0.1", self._target_port), CONNECT_SECONDS
            )
        except (OSError, TimeoutError):
            writer.transport.abort()  # the broker is away
            return
        ends = {writer, onward_writer}
        self._open |= ends
        try:
            await asyncio.gather(self._pump(reader, onward_writer), self._pump(onward_reader, writer))
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while chunk := await reader.read(CHUNK_BYTES):
                await self._passing.wait()
                if self._weather is Weather.SLOW:
                    await asyncio.sleep(SLOW_SECONDS_PER_CHUNK)
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()
