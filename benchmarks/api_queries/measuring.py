"""Requests every address as several people, and collects the plans of the queries that ran for each."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from benchmarks.api_queries.plans import RanQuery, read
from benchmarks.api_queries.requests import Examples, requests
from tests.support.http_api import Api

TIMES: Final = 3
USERS: Final = ("operator.balaikota", "admin", "gubernur", "camat.tebet")
SECONDS: Final = 120


@dataclass(slots=True, kw_only=True)
class Ran:
    """What ran: the text of each query to (address, run), the count of answers by status, and addresses that the server
    answered with an error; 0: it did not answer in time. `refused`: addresses to what it gave up a query with, because
    that exceeded the limit of its address; such a query ends at its limit and has no plan.
    """

    queries: dict[str, list[tuple[str, RanQuery]]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    addresses: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    failed: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def run_all(api: Api, examples: Examples, log: Path) -> Ran:
    """Request every address `TIMES` times as each of the users; what a user may not read counts as refused."""
    ran = Ran()
    with api.client() as client:
        described = client.get("/api/v1/openapi.json", timeout=SECONDS).raise_for_status().json()
    ran.addresses = set(requests(described, examples))
    for user in USERS:
        with api.client(user) as client:
            for address in sorted(ran.addresses):
                _request(client, address, log, ran)
        sys.stderr.write(f"{user}: {len(ran.queries)} different queries so far; {dict(ran.statuses)}\n")
    return ran


def limit_exceeded(answer: httpx.Response) -> str | None:
    """Return what SensorThings says where a query exceeded its limit of time; None for any other answer."""
    if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or not answer.url.path.startswith("/sta/"):
        return None
    message = str(answer.json().get("message", ""))
    return message if message.startswith("it took over ") else None


def _fail(answer: httpx.Response, address: str, ran: Ran) -> None:
    if refusal := limit_exceeded(answer):
        ran.refused[address] = refusal
    else:
        ran.failed[address] = answer.status_code


def _request(client: httpx.Client, address: str, log: Path, ran: Ran) -> None:
    for _ in range(TIMES):
        before = log.stat().st_size
        try:
            answer = client.get(address, timeout=SECONDS)
        except httpx.TimeoutException:
            ran.failed[address] = 0
            return
        ran.statuses[answer.status_code] += 1
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            _fail(answer, address, ran)
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            return
        ran.answered.add(address)
        with log.open("rb") as file:
            file.seek(before)
            for one in read(file.read().decode(errors="replace")):
                ran.queries[one.text].append((address, one))
