"""The demo's people, each through the public API and nothing else: citizens, an operator, officers."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

log = logging.getLogger("siaga_sim.demo.people")

LOOK_EVERY_SECONDS = 1.0
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenReport:
    """What a citizen sends, `at_seconds` into the story."""

    at_seconds: float
    category: str
    text: str
    lat: float
    lon: float
    reporter: str
    photo: Callable[[], bytes] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerPlan:
    """How an officer works: which categories, how long it takes, and how many tasks until the day is over."""

    user: str
    categories: frozenset[str]
    accept_after_seconds: float
    work_seconds: float
    most: int
    photo: Callable[[], bytes]


@dataclass(slots=True, kw_only=True)
class People:
    """Threads that act until `stop()`; a failed request is logged, counted and tried again with the next look."""

    url: str
    tokens: Mapping[str, str] = field(repr=False)
    failures: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, reports: Sequence[CitizenReport], operator: str, officers: Sequence[OfficerPlan]) -> None:
        """Begins to act; story time is counted from now."""
        self._run("citizens", partial(self._citizens, reports))
        self._run("operator", partial(self._operator, operator))
        for plan in officers:
            self._run(plan.user, partial(self._officer, plan))

    def stop(self) -> None:
        """Stop everybody who acts in the demo."""
        self._stop.set()
        for thread in self._threads:
            thread.join(TIMEOUT_SECONDS)

    def _run(self, name: str, act: Callable[[], None]) -> None:
        thread = threading.Thread(target=act, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _client(self, user: str | None = None, *, address: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.tokens[user]}"} if user else {}
        transport = httpx.HTTPTransport(local_address=address) if address else None
        return httpx.Client(
            base_url=f"{self.url}/api/v1", headers=headers, timeout=TIMEOUT_SECONDS, transport=transport
        )

    def _citizens(self, reports: Sequence[CitizenReport]) -> None:
        began = time.monotonic()
        addresses = addresses_of(report.reporter for report in reports)
        for report in sorted(reports, key=lambda one: one.at_seconds):
            if self._stop.wait(max(0.0, began + report.at_seconds - time.monotonic())):
                return
            with self._client(address=addresses[report.reporter]) as client:
                self._try(partial(_send_report, client, report))

    def _operator(self, user: str) -> None:
        with self._client(user) as client:
            while not self._stop.wait(LOOK_EVERY_SECONDS):
                self._try(partial(_confirm_reviews, client))

    def _officer(self, plan: OfficerPlan) -> None:
        done = 0
        with self._client(plan.user) as client:
            while done < plan.most and not self._stop.wait(LOOK_EVERY_SECONDS):
                done += bool(self._try(partial(self._work_one, client, plan)))

    def _work_one(self, client: httpx.Client, plan: OfficerPlan) -> bool:
        own = _answer(client.get("/session"))["agency_id"]
        open_ones = (one for one in _tasks(client, "open") if one["agency_id"] == own)
        task = next((one for one in open_ones if one["category"] in plan.categories), None)
        if task is None or self._stop.wait(plan.accept_after_seconds):
            return False
        _move(client, task, {"verb": "accept"})
        if self._stop.wait(plan.work_seconds / 2):
            return False
        _move(client, task, {"verb": "arrive"})
        if self._stop.wait(plan.work_seconds / 2):
            return False
        sent = client.post(f"/tasks/{task['id']}/photos", files={"photo": ("after.jpg", plan.photo(), "image/jpeg")})
        _move(client, task, {"verb": "resolve", "note": "Selesai.", "photo_id": _answer(sent)["photo_id"]})
        return True

    def _try(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except httpx.HTTPError as error:
            self.failures += 1
            log.warning("request of %s failed: %s", threading.current_thread().name, error)
            return None


def addresses_of(reporters: Iterable[str]) -> Mapping[str, str]:
    """An address of this machine for every reporter, each in a network of its own, as people at home have."""
    return {
        name: f"127.{20 + number // 200}.{1 + number % 200}.7" for number, name in enumerate(sorted(set(reporters)))
    }


def _send_report(client: httpx.Client, report: CitizenReport) -> None:
    form = {
        "category": report.category,
        "text": report.text,
        "lat": str(report.lat),
        "lon": str(report.lon),
        "reporter": report.reporter,
    }
    photos = [("photo", ("photo.jpg", report.photo(), "image/jpeg"))] if report.photo else None
    _answer(client.post("/reports", data=form, files=photos))


def _confirm_reviews(client: httpx.Client) -> None:
    for task in _tasks(client, "review"):
        _move(client, task, {"verb": "confirm", "note": "Terlihat di kamera."})


def _tasks(client: httpx.Client, state: str) -> list[dict[str, Any]]:
    found = _answer(client.get("/tasks", params={"state": state}))
    tasks: list[dict[str, Any]] = found["tasks"] if isinstance(found, dict) else found
    return tasks


def _move(client: httpx.Client, task: Mapping[str, Any], move: Mapping[str, Any]) -> None:
    _answer(client.post(f"/tasks/{task['id']}/moves", json=move))


def _answer(response: httpx.Response) -> Any:
    if response.is_error:
        raise httpx.HTTPStatusError(
            f"{response.request.method} {response.request.url.path}: {response.status_code} {response.text[:300]}",
            request=response.request,
            response=response,
        )
    return response.json()
