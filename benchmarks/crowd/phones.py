"""Phones that report at the same time, each until it has a receipt: `python -m benchmarks.crowd.phones URL`.

A program of its own, so that it runs where the load runs and not beside the API.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import httpx

PEOPLE: Final = 5_000
BURSTS: Final = 10
BURST_EVERY_SECONDS: Final = 5.0
OF_AN_ADDRESS: Final = 20  # a provider puts many phones behind one
GIVE_UP_SECONDS: Final = 150.0


@dataclass(slots=True)
class Phones:
    """What became of the reports. `receipts`: seconds from the first try to the receipt of each."""

    url: str
    statuses: Counter[str] = field(default_factory=Counter)
    receipts: list[float] = field(default_factory=list)
    last_at: float = 0.0

    async def run(self) -> None:
        """Send all of them in bursts and wait for the receipts."""
        limits = httpx.Limits(max_connections=PEOPLE // BURSTS)
        async with httpx.AsyncClient(base_url=self.url, timeout=60, limits=limits, trust_env=False) as client:
            began, sending = time.monotonic(), list[asyncio.Task[None]]()
            for burst in range(BURSTS):
                await asyncio.sleep(max(0.0, began + burst * BURST_EVERY_SECONDS - time.monotonic()))
                first = burst * PEOPLE // BURSTS
                sending += [
                    asyncio.create_task(self._report(client, number))
                    for number in range(first, first + PEOPLE // BURSTS)
                ]
            await asyncio.gather(*sending)
            self.last_at = time.monotonic() - began

    async def _report(self, client: httpx.AsyncClient, number: int) -> None:
        began, address = time.monotonic(), number // OF_AN_ADDRESS
        form = {
            "category": "flooding", "text": f"banjir {number}", "reporter": f"warga {number}",
            "lat": f"{random.uniform(-6.30, -6.15):.5f}", "lon": f"{random.uniform(106.75, 106.90):.5f}",
        }  # fmt: skip
        headers = {"Idempotency-Key": str(uuid.uuid4()), "X-Forwarded-For": f"100.65.{address // 250}.{address % 250}"}
        while time.monotonic() - began < GIVE_UP_SECONDS:
            try:
                answer = await client.post("/api/v1/reports", data=form, headers=headers)
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
