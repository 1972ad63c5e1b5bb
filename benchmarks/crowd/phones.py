"""Phones that report at the same time, each until it has a receipt: `python -m benchmarks.crowd.phones URL`.

A program of its own, so that it runs where the load runs and not beside the API. Its clients hold few connections each:
the time that one client needs to find a connection grows with its connections times its waiting requests.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import uuid
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final, Self

import httpx

PEOPLE: Final = 5_000
BURSTS: Final = 10
BURST_EVERY_SECONDS: Final = 5.0
OF_AN_ADDRESS: Final = 20  # a provider puts many phones behind one
GIVE_UP_SECONDS: Final = 150.0
CLIENTS, OF_A_CLIENT = 25, 20  # together as many connections as a burst has phones


class _Client:
    """Sends with at most `OF_A_CLIENT` connections; who must wait for one waits here and not in httpx."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=OF_A_CLIENT, max_keepalive_connections=OF_A_CLIENT)
        self._client = httpx.AsyncClient(base_url=url, timeout=60, limits=limits, trust_env=False)
        self._free = asyncio.Semaphore(OF_A_CLIENT)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def post(self, path: str, form: dict[str, str], headers: dict[str, str]) -> httpx.Response:
        """Send a form; raises `httpx.TransportError`."""
        async with self._free:
            return await self._client.post(path, data=form, headers=headers)


@dataclass(slots=True)
class Phones:
    """What became of the reports. `receipts`: seconds from the first try to the receipt of each."""

    url: str
    statuses: Counter[str] = field(default_factory=Counter)
    receipts: list[float] = field(default_factory=list)
    last_at: float = 0.0

    async def run(self) -> None:
        """Send all of them in bursts and wait for the receipts."""
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(_Client(self.url)) for _ in range(CLIENTS)]
            began, sending = time.monotonic(), list[asyncio.Task[None]]()
            for burst in range(BURSTS):
                await asyncio.sleep(max(0.0, began + burst * BURST_EVERY_SECONDS - time.monotonic()))
                first = burst * PEOPLE // BURSTS
                sending += [
                    asyncio.create_task(self._report(clients[number % CLIENTS], number))
                    for number in range(first, first + PEOPLE // BURSTS)
                ]
            await asyncio.gather(*sending)
            self.last_at = time.monotonic() - began

    async def _report(self, client: _Client, number: int) -> None:
        began, address = time.monotonic(), number // OF_AN_ADDRESS
        form = {
            "category": "flooding", "text": f"banjir {number}", "reporter": f"warga {number}",
            "lat": f"{random.uniform(-6.30, -6.15):.5f}", "lon": f"{random.uniform(106.75, 106.90):.5f}",
        }  # fmt: skip
        headers = {"Idempotency-Key": str(uuid.uuid4()), "X-Forwarded-For": f"100.65.{address // 250}.{address % 250}"}
        while time.monotonic() - began < GIVE_UP_SECONDS:
            try:
                answer = await client.post("/api/v1/reports", form, headers)
            except httpx.TransportError as error:
                self.statuses[type(error).__name__] += 1
                continue
            self.statuses[str(answer.status_code)] += 1
            if answer.status_code in (200, 201) and answer.json()["follow"].startswith("/r/"):
                self.receipts.append(time.monotonic() - began)
                return
            if answer.status_code != 503:
                return
            await asyncio.sleep(int(answer.headers.get("retry-after", "5")) * random.uniform(1, 1.5))


def main() -> None:
    """Print what became of the reports as JSON."""
    phones = Phones(sys.argv[1])
    asyncio.run(phones.run())
    summary = {"seconds": phones.last_at, "receipts": phones.receipts, "statuses": dict(phones.statuses)}
    sys.stdout.write(json.dumps(summary) + "\n")


if __name__ == "__main__":
    main()
