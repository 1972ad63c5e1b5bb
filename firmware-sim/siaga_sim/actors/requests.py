"""HTTP as people and bots use it: each from an address of its own on the loopback network."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

TIMEOUT_SECONDS = 30.0


@dataclass(slots=True)
class Tally:
    """Counts what was sent and how the server answered, from any thread."""

    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, count: int = 1) -> None:
        """Count a thing that happened, or several."""
        with self._lock:
            self._counts[name] += count

    def __getitem__(self, name: str) -> int:
        """How often something was counted."""
        return self._counts[name]

    def as_dict(self) -> dict[str, int]:
        """Every name with its count, in the order of names."""
        with self._lock:
            return dict(sorted(self._counts.items()))


def client(
    url: str, address: str = "127.0.0.1", *, token: str | None = None, headers: Mapping[str, str] | None = None
) -> httpx.Client:
    """A client that connects from an address; with a token it acts as a member of staff."""
    known = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    transport = httpx.HTTPTransport(local_address=address, verify=False)
    return httpx.Client(base_url=url, transport=transport, headers=known, timeout=TIMEOUT_SECONDS)


def send_report(
    http: httpx.Client, *, category: str, text: str, lat: float, lon: float, reporter: str, photo: bytes | None = None
) -> httpx.Response:
    """A report as the public form sends it."""
    form = {"category": category, "text": text, "lat": f"{lat:.5f}", "lon": f"{lon:.5f}", "reporter": reporter}
    files = {"photo": ("photo.jpg", photo, "image/jpeg")} if photo else None
    return http.post("/api/v1/reports", data=form, files=files)


def answer(response: httpx.Response) -> Any:
    """The JSON of a successful answer; raises httpx.HTTPStatusError with the reason otherwise."""
    if response.is_error:
        path, text = response.request.url.path, response.text[:300]
        raise httpx.HTTPStatusError(
            f"{response.request.method} {path}: {response.status_code} {text}",
            request=response.request,
            response=response,
        )
    return response.json()
