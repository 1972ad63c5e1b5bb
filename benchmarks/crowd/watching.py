"""Watches, during the load, what must not suffer: staff, their live stream, ingest, and requests that reach the API."""

from __future__ import annotations

import math
import re
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import httpx
import psycopg

EVERY_SECONDS: Final = 0.1
STREAM_TIMEOUT_SECONDS: Final = 40.0  # the server sends a beat every 15 s
_REQUESTS: Final = re.compile(r"^siaga_http_requests_total\{([^}]*)\} (\S+)$", re.MULTILINE)
_COMMITTED: Final = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
_OWN: Final = ("/metrics", "/readyz", "/healthz")


@dataclass(slots=True)
class Staff:
    """A member of staff who reads the tasks ten times a second through the front door."""

    url: str
    token: str
    trusts: ssl.SSLContext | bool = True
    path: str = "/api/v1/tasks"
    seconds: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Read until it is stopped."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(
            base_url=self.url, headers=headers, timeout=30, trust_env=False, verify=self.trusts
        ) as client:
            while not self._stop.wait(EVERY_SECONDS):
                began = time.monotonic()
                try:
                    self.statuses.append(client.get(self.path).status_code)
                except httpx.HTTPError as error:
                    self.failures.append(type(error).__name__)
                self.seconds.append(time.monotonic() - began)

    def stop(self) -> None:
        """End the reading of tasks."""
        self._stop.set()

    def p99_ms(self) -> float:
        """The 99th percentile of the time to an answer."""
        return percentile(self.seconds, 0.99) * 1000


@dataclass(slots=True)
class Stream:
    """The live stream of a member of staff. `ends`: how often it ended or failed; `longest_gap`: without a line."""

    url: str
    token: str
    trusts: ssl.SSLContext | bool = True
    lines: int = 0
    ends: list[str] = field(default_factory=list)
    longest_gap_seconds: float = 0.0
    opened: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Read the stream until it is stopped; open it again whenever it ends."""
        while not self._stop.is_set():
            try:
                self._read()
            except httpx.HTTPError as error:
                self._end(type(error).__name__)

    def stop(self) -> None:
        """End the reading; the thread ends with the next line."""
        self._stop.set()

    def _read(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"}
        timeout = httpx.Timeout(10, read=STREAM_TIMEOUT_SECONDS)
        with (
            httpx.Client(
                base_url=self.url, headers=headers, timeout=timeout, trust_env=False, verify=self.trusts
            ) as client,
            client.stream("GET", "/api/v1/live") as answer,
        ):
            if answer.status_code != 200:
                self._end(f"status {answer.status_code}")
                self._stop.wait(1)
                return
            last = time.monotonic()
            for _ in answer.iter_lines():
                now = time.monotonic()
                self.opened.set()
                self.lines, self.longest_gap_seconds = self.lines + 1, max(self.longest_gap_seconds, now - last)
                last = now
                if self._stop.is_set():
                    return
            self._end("ended")

    def _end(self, why: str) -> None:
        if not self._stop.is_set():
            self.ends.append(why)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of the values lies; raises ValueError of none."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


def api_requests(api_url: str) -> float:
    """Return how many requests the API has answered since it started, without those about its own state."""
    text = httpx.get(f"{api_url}/metrics", timeout=30, trust_env=False).text
    return sum(
        float(count) for labels, count in _REQUESTS.findall(text) if not any(f'route="{own}"' in labels for own in _OWN)
    )


def stored_messages(database_url: str) -> int:
    """Return how many messages of nodes are stored."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT coalesce(sum(stored), 0)::bigint FROM node_ledger").fetchone()
    return int(row[0]) if row else 0


def database_work(database_url: str) -> int:
    """Return how many transactions the database has committed."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    return int(row[0]) if row else 0
