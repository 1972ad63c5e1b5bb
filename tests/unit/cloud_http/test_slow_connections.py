"""Connections that send half a header end by themselves; health answers while every worker thread is busy."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import uvicorn
from fastapi import FastAPI

from siaga_cloud.platform.http import health
from siaga_cloud.platform.http.admission.timed_connection import TimedConnection

GET = b"GET /healthz HTTP/1.1\r\nHost: city\r\n"


class HastyConnection(TimedConnection):
    header_seconds = 0.2


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[int]:
    config = uvicorn.Config(app, port=0, http=HastyConnection, ws="none", log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


def application() -> FastAPI:
    app = FastAPI()
    app.include_router(health.router)
    return app


def test_a_connection_that_never_sends_a_whole_header_is_closed() -> None:
    async def send(port: int, data: bytes) -> bytes:
        """What comes back until the server closes the connection, which gets a byte more of its header meanwhile."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data)
        received, began = b"", time.monotonic()
        while not reader.at_eof():
            assert time.monotonic() - began < 20, "the connection stays open"
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    received += await reader.read(4096)
            with suppress(ConnectionError):
                writer.write(b"x" if data else b"")
                await writer.drain()
        writer.close()
        return received

    async def test() -> None:
        async with served(application()) as port:
            assert await send(port, b"") == b""
            assert await send(port, GET + b"X-Slow: ") == b""
            received = await send(port, GET + b"\r\nGET /hea")
            assert received.startswith(b"HTTP/1.1 200 OK")
            assert received.count(b"HTTP/1.1") == 1

    asyncio.run(test())


def test_a_request_in_hand_is_not_closed() -> None:
    app = application()

    @app.get("/slow")
    async def get_slow() -> str:
        await asyncio.sleep(3 * HastyConnection.header_seconds)
        return "done"

    async def test() -> None:
        async with served(app) as port, httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"http://127.0.0.1:{port}/slow")).json() == "done"

    asyncio.run(test())


def test_health_answers_while_every_worker_thread_is_busy() -> None:
    app, released, busy = application(), threading.Event(), threading.Semaphore(0)

    @app.get("/blocking")
    def get_blocking() -> str:
        busy.release()
        assert released.wait(60)
        return "done"

    async def test() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://city") as client:
            blocked = [asyncio.create_task(client.get("/blocking")) for _ in range(60)]
            for _ in range(40):  # as many threads as there are
                assert await asyncio.to_thread(busy.acquire, timeout=30)
            async with asyncio.timeout(5):
                assert (await client.get("/healthz")).json() == {"status": "ok"}
            released.set()
            assert {one.status_code for one in await asyncio.gather(*blocked)} == {200}

    asyncio.run(test())
