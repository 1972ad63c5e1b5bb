"""Photos of few bytes that are heavy to decode, all at once: everybody is answered, and health answers meanwhile."""

from __future__ import annotations

import io
import itertools
import math
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import httpx
import psutil
from benchmarks.crowd.result import Result
from benchmarks.crowd.watching import percentile
from benchmarks.crowd.world import World
from benchmarks.figure import Figure
from PIL import Image

from siaga_cloud.platform.media.photo import MAX_PIXELS

PHOTOS: Final = 45
HEALTH_P99_MS, MEMORY_MB, ANSWER_SECONDS = 200.0, 400.0, 30.0
CALM_SECONDS: Final = 5.0
_FORM: Final = {"category": "flooding", "text": "banjir", "lat": "-6.2079", "lon": "106.8484"}


def photos(world: World, *, log: Callable[[str], None]) -> Result:
    """Send them from as many addresses through the front door; health is read at the API itself.

    Senders and reader have the core of the load, and their clients are made before: none delays what it measures.
    """
    pid, made = world.cloud.programs["api"].pid, [_heavy_photo("WEBP"), _heavy_photo("PNG")]
    with world.on_front_core(), ExitStack() as stack:
        senders = [stack.enter_context(_sender(world, number)) for number in range(PHOTOS + 1)]
        _send(senders.pop(), made[0])  # whatever starts with the first photo has started
        calm = HealthProbe(world.cloud.url, pid)
        with calm.running():
            time.sleep(CALM_SECONDS)
        probe = HealthProbe(world.cloud.url, pid)
        with probe.running(), ThreadPoolExecutor(PHOTOS) as pool:
            answers = list(pool.map(_send, senders, itertools.cycle(made)))
    statuses = Counter(one.status for one in answers)
    unanswered = [one for one in answers if not one.is_answer]
    slowest = max(one.seconds for one in answers)
    log(f"{dict(statuses)}, slowest {slowest:.1f} s, health p99 {probe.p99_ms():.0f} ms, {probe.most_mb:.0f} MB")
    figures = [
        Figure(name="health p99 during 45 heavy photos", value=probe.p99_ms(), unit="ms", target=HEALTH_P99_MS,
               at_most=True),
        Figure(name="memory of the API during 45 heavy photos", value=probe.most_mb, unit="MB", target=MEMORY_MB,
               at_most=True),
        Figure(name="heavy photos without an answer", value=len(unanswered), unit="photos", target=0, at_most=True),
        Figure(name="slowest answer to a heavy photo", value=slowest, unit="s", target=ANSWER_SECONDS, at_most=True),
    ]  # fmt: skip
    facts = {
        "statuses": dict(statuses), "bytes": [len(one) for one in made], "health_p99_ms_without": calm.p99_ms(),
        "health_requests": len(probe.seconds),
    }  # fmt: skip
    return Result(figures, facts)


def _heavy_photo(kind: str) -> bytes:
    side, out = math.isqrt(MAX_PIXELS[kind]), io.BytesIO()
    Image.new("RGBA", (side, side), (10, 20, 30, 200)).save(out, kind, lossless=True)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sender received, and after how long."""

    status: int
    seconds: float
    retry_after: str | None

    @property
    def is_answer(self) -> bool:
        """Whether the photo was accepted, or refused with the time to send it again."""
        return self.status == 201 or (self.status == 503 and self.retry_after is not None)


def _sender(world: World, number: int) -> httpx.Client:
    headers = {"X-Forwarded-For": f"100.64.1.{number}"}
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # unused over http; httpx reads all authorities for its own
    return httpx.Client(base_url=world.nginx.url, headers=headers, timeout=120, trust_env=False, verify=verify)


def _send(client: httpx.Client, photo: bytes) -> Answer:
    began = time.monotonic()
    answer = client.post("/api/v1/reports", data=_FORM, files={"photo": ("a", photo, "application/octet-stream")})
    return Answer(answer.status_code, time.monotonic() - began, answer.headers.get("retry-after"))


@dataclass(slots=True)
class HealthProbe:
    """Reads /healthz ten times a second until it is stopped, and the memory of the API beside it."""

    url: str
    pid: int
    seconds: list[float] = field(default_factory=list)
    most_mb: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def p99_ms(self) -> float:
        """The 99th percentile of the time to an answer."""
        return percentile(self.seconds, 0.99) * 1000

    @contextmanager
    def running(self) -> Iterator[None]:
        """Read while the block runs."""
        threads = [threading.Thread(target=run, daemon=True) for run in (self._read, self._weigh)]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self._stop.set()
            for one in threads:
                one.join(60)

    def _read(self) -> None:
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            while not self._stop.wait(0.1):
                began = time.monotonic()
                client.get("/healthz").raise_for_status()
                self.seconds.append(time.monotonic() - began)

    def _weigh(self) -> None:
        while not self._stop.wait(0.25):
            self.most_mb = max(self.most_mb, memory_mb(self.pid))


def memory_mb(pid: int) -> float:
    """Return the memory of a process and all below it; what they share is counted once."""
    parent, total = psutil.Process(pid), 0
    for one in [parent, *parent.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += one.memory_full_info().pss
    return total / 1024**2
