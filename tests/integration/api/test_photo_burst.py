"""45 photos that are small to send and heavy to decode, at once: everybody is served meanwhile."""

from __future__ import annotations

import io
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image
from tests.support.served.api_process import resident_mb, served_city

from siaga_cloud.platform.media.photo import MAX_PIXELS
from siaga_sim.stack.child import wait_until
from siaga_sim.stack.postgres import Postgres

PHOTOS = 45
HEALTH_P99_SECONDS = 0.2
MOST_MEMORY_MB = 400
ANSWER_SECONDS = 30.0


def heavy_photo(kind: str) -> bytes:
    """A photo of few bytes that takes most to decode of those whose size is allowed."""
    side = math.isqrt(MAX_PIXELS[kind])
    out = io.BytesIO()
    Image.new("RGBA", (side, side), (10, 20, 30, 200)).save(out, kind, lossless=True)
    return out.getvalue()


def send_report(address: str, number: int, photo: bytes) -> tuple[int, float, str | None]:
    """Sends one report from an address of its own; the status, the seconds, and when to come again."""
    transport = httpx.HTTPTransport(local_address=f"127.0.1.{number}")
    with httpx.Client(base_url=address, timeout=120, transport=transport) as client:
        began = time.monotonic()
        answer = client.post(
            "/api/v1/reports",
            data={"category": "flooding", "text": "banjir", "lat": "-6.2079", "lon": "106.8484"},
            files={"photo": ("a", photo, "application/octet-stream")},
        )
        return answer.status_code, time.monotonic() - began, answer.headers.get("retry-after")


class HealthProbe(threading.Thread):
    """Requests /healthz ten times a second until it is stopped, and measures the memory beside it."""

    def __init__(self, address: str, pid: int) -> None:
        super().__init__(daemon=True)
        self.address, self.pid, self.stopped = address, pid, threading.Event()
        self.seconds: list[float] = []
        self.most_mb = 0.0

    def run(self) -> None:
        with httpx.Client(base_url=self.address, timeout=120, trust_env=False) as client:
            while not self.stopped.wait(0.1):
                began = time.monotonic()
                client.get("/healthz").raise_for_status()
                self.seconds.append(time.monotonic() - began)
                self.most_mb = max(self.most_mb, resident_mb(self.pid))

    def p99(self) -> float:
        return sorted(self.seconds)[math.ceil(len(self.seconds) * 0.99) - 1]

    @contextmanager
    def running(self) -> Iterator[None]:
        self.start()
        try:
            yield
        finally:
            self.stopped.set()
            self.join()


@pytest.mark.proof
@pytest.mark.timeout(300)
def test_heavy_photos_at_once_stop_nobody(postgres: Postgres, migrated_template: str, tmp_path: Path) -> None:
    photos = [heavy_photo("WEBP"), heavy_photo("PNG")]
    with served_city(postgres, migrated_template, tmp_path) as (child, address):
        send_report(address, 200, photos[0])  # whatever starts with the first photo has started
        quiet = HealthProbe(address, child.pid)
        with quiet.running():
            wait_until(lambda: len(quiet.seconds) >= 50, seconds=60, what="health without photos")
        probe = HealthProbe(address, child.pid)
        with probe.running(), ThreadPoolExecutor(PHOTOS) as pool:
            answers = list(
                pool.map(lambda number: send_report(address, number, photos[number % 2]), range(1, PHOTOS + 1))
            )
    slowest, statuses = max(seconds for _, seconds, _ in answers), Counter(status for status, _, _ in answers)
    print(
        f"photos of {[len(one) for one in photos]} bytes in {PHOTOS} reports: {dict(statuses)}, slowest {slowest:.1f} s"
    )
    print(f"health p99 {probe.p99():.3f} s of {len(probe.seconds)}, without photos {quiet.p99():.3f} s")
    print(f"memory {probe.most_mb:.0f} MB")
    assert set(statuses) <= {201, 503}
    assert statuses[201] > 0
    assert all(int(again or 0) > 0 for status, _, again in answers if status == 503)
    assert slowest <= ANSWER_SECONDS
    # On a machine that others use, too, no answer can be faster than without photos.
    assert probe.p99() <= max(HEALTH_P99_SECONDS, 2 * quiet.p99())
    assert probe.most_mb <= MOST_MEMORY_MB
