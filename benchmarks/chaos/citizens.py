"""Citizens who send reports through the public API until each is acknowledged, whatever breaks meanwhile."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import httpx

TIMEOUT_SECONDS = 5.0
AGAIN_SECONDS = 1.0
CATEGORIES = ("flooding", "trash", "illegal_parking", "pothole")
# Inside the demo city, apart enough that some become incidents of their own.
SOUTH, NORTH, WEST, EAST = -6.30, -6.15, 106.78, 106.90


@dataclass(slots=True)
class Citizens:
    """One report each `every_seconds`. `accepted`: idempotency keys to the ids that the cloud promised to keep.

    `gone`: promised, and then the database went back to a time before: no box can bring these back.
    """

    url: str
    every_seconds: float
    seed: int
    accepted: dict[str, UUID] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    gone: int = 0
    _accepted_at: dict[str, datetime] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread that sends reports."""
        self._thread = threading.Thread(target=self._run, name="citizens", daemon=True)
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """No new reports; True when the last one was acknowledged in time."""
        self._stop.set()
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def forget_all_but(self, stored: set[UUID], *, since: datetime) -> None:
        """Of what was promised since then, only these are there."""
        for key, at in list(self._accepted_at.items()):
            if at >= since and self.accepted[key] not in stored:
                del self.accepted[key], self._accepted_at[key]
                self.gone += 1

    def _run(self) -> None:
        chance = random.Random(self.seed)
        with httpx.Client(base_url=self.url, timeout=TIMEOUT_SECONDS) as client:
            while not self._stop.wait(self.every_seconds):
                key = str(UUID(int=chance.getrandbits(128), version=4))
                form = {
                    "category": chance.choice(CATEGORIES),
                    "lat": f"{chance.uniform(SOUTH, NORTH):.5f}",
                    "lon": f"{chance.uniform(WEST, EAST):.5f}",
                    "text": f"laporan {key[:8]}",
                    "reporter": f"warga-{chance.randrange(200)}",
                }
                self._send(client, key, form)

    def _send(self, client: httpx.Client, key: str, form: dict[str, str]) -> None:
        while True:
            try:
                answer = client.post("/api/v1/reports", data=form, headers={"Idempotency-Key": key})
            except httpx.HTTPError:
                time.sleep(AGAIN_SECONDS)
                continue
            if answer.is_success:
                self.accepted[key] = UUID(answer.json()["report_id"])
                self._accepted_at[key] = datetime.now(UTC)
                return
            if answer.status_code < 500 and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                self.refused.append(f"{answer.status_code}: {answer.text[:200]}")
                return
            time.sleep(AGAIN_SECONDS)
