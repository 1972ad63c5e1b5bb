"""A crowd reports at once: everybody gets a receipt, nobody is refused because of a neighbour, nothing is doubled."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.support.served.api_process import processor_seconds, served_city

from siaga_sim.stack.postgres import Postgres

PEOPLE = 600
ADDRESSES = 20  # a provider puts many phones behind one
AT_ONCE = 200
PER_MINUTE = 5_000


class Phone:
    """Sends one report until it has a receipt, as the page does: with its key, and again when the server says so."""

    def __init__(self, number: int, client: httpx.AsyncClient) -> None:
        self.client = client
        self.key = str(uuid.uuid4())
        self.form = {
            "category": "flooding",
            "text": f"banjir {number}",
            "lat": f"{-6.2 - number / 1e5}",
            "lon": "106.84",
        }
        self.statuses: Counter[int] = Counter()

    async def send(self) -> None:
        while True:
            try:
                answer = await self.client.post(
                    "/api/v1/reports", data=self.form, headers={"Idempotency-Key": self.key}
                )
            except httpx.TransportError:  # a connection that the server closed meanwhile
                self.statuses[0] += 1
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code in (200, 201):
                assert answer.json()["follow"].startswith("/r/")
                return
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(int(answer.headers["retry-after"]))


async def send_all(address: str, people: int = PEOPLE) -> list[Phone]:
    limits = httpx.Limits(max_connections=AT_ONCE // ADDRESSES)
    clients = [
        httpx.AsyncClient(
            base_url=address,
            timeout=120,
            transport=httpx.AsyncHTTPTransport(local_address=f"127.0.2.{number}", limits=limits),
        )
        for number in range(1, ADDRESSES + 1)
    ]
    phones = [Phone(number, clients[number % ADDRESSES]) for number in range(people)]
    await asyncio.gather(*(phone.send() for phone in phones))
    for client in clients:
        await client.aclose()
    return phones


@pytest.mark.proof
@pytest.mark.timeout(300)
def test_a_crowd_is_stored_whole_and_once(postgres: Postgres, migrated_template: str, tmp_path: Path) -> None:
    with served_city(postgres, migrated_template, tmp_path) as (child, address):
        asyncio.run(send_all(address, 1))
        used, began = processor_seconds(child.pid), time.monotonic()
        phones = asyncio.run(send_all(address))
        seconds, used = time.monotonic() - began, processor_seconds(child.pid) - used
        with psycopg.connect(postgres.url("siaga_served_api")) as conn:
            stored = conn.execute("SELECT count(*) FROM report WHERE channel = 'web'").fetchone()
            waiting = conn.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'signals'"
            )
            jobs = waiting.fetchone()
    statuses = sum((phone.statuses for phone in phones), Counter[int]())
    print(f"{PEOPLE} reports: {dict(statuses)} in {seconds:.1f} s, {PEOPLE / seconds * 60:.0f} a minute")
    print(f"{used / PEOPLE * 1000:.1f} ms of processor time each: {60 / (used / PEOPLE):.0f} a minute on one core")
    assert stored == (PEOPLE + 1,)
    assert jobs == (PEOPLE + 1,)
    assert statuses[200] + statuses[201] == PEOPLE
    assert used / PEOPLE <= 60 / PER_MINUTE
