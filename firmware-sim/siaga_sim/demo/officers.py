"""The demo's officers: on duty they travel to a task, work, and prove it with a photo in place; one of them cheats."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from siaga_core.rules.geometry import LatLon
from siaga_sim.actors.phone import Phone
from siaga_sim.actors.requests import answer, client
from siaga_sim.demo.scenes import Scenes, Spot
from siaga_sim.story import StoryClock

log = logging.getLogger("siaga_sim.demo.officers")

LOOK_SECONDS = 1.0
STEPS_TO_A_TASK = 6
PHONE_ERROR_M = 12.0
POSITION_SECONDS = 30.0  # a phone on duty reports where it is, also while nothing is to be done


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerPlan:
    """How an officer works: which categories, how long it takes, and how many tasks until the day is over.

    `base`: where the day begins. `cheats`: how many tasks are first reported as done with nothing done. `is_reserve`:
    works only on what somebody sends him to.
    """

    user: str
    categories: frozenset[str]
    accept_after_seconds: float
    work_seconds: float
    most: int
    base: LatLon
    cheats: int = 0
    is_reserve: bool = False


@dataclass(slots=True)
class WorkLedger:
    """What officers claimed and what is so, by task: the demo's operator, who never errs, reads it."""

    _is_honest: dict[str, bool] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, task_id: str, *, is_honest: bool) -> None:
        """Remember whether the newest claim about a task is true."""
        with self._lock:
            self._is_honest[task_id] = is_honest

    def is_honest(self, task_id: str) -> bool | None:
        """Whether the newest claim is true; None for a task that no officer of the demo reported as done."""
        with self._lock:
            return self._is_honest.get(task_id)


@dataclass(slots=True, kw_only=True)
class Officer:
    """One officer with a phone, who acts by the clock of the story. `length_seconds`: how long it lasts."""

    plan: OfficerPlan
    url: str
    token: str = field(repr=False)
    scenes: Scenes
    ledger: WorkLedger
    stop: threading.Event
    clock: StoryClock
    length_seconds: float
    at: LatLon = field(init=False)
    failures: int = 0
    _phone: Phone = field(default_factory=Phone)
    _cheated: int = 0
    _sent_at: float = 0.0

    def __post_init__(self) -> None:
        self.at = self.plan.base

    def run(self) -> None:
        """Go on duty and work until stopped or until the day's tasks are done; then stay on duty."""
        done, is_on_duty = 0, False
        with client(self.url, token=self.token) as http:
            while not self.stop.wait(LOOK_SECONDS):
                try:
                    if not is_on_duty:
                        self._go_on_duty(http)
                        is_on_duty = True
                    if time.monotonic() >= self._sent_at + POSITION_SECONDS:
                        self._send_position(http)
                    done += done < self.plan.most and self._work_one(http)
                except httpx.HTTPError as error:
                    self.failures += 1
                    log.warning("%s: %s", self.plan.user, error)

    def _go_on_duty(self, http: httpx.Client) -> None:
        consent = answer(http.get("/api/v1/duty/consent"))["version"]
        answer(http.post("/api/v1/me/duty", json={"on": True, "consent_version": consent}))
        self._send_position(http)
        self._phone.register(http)

    def _send_position(self, http: httpx.Client) -> None:
        position = {"measured_at": datetime.now(UTC).isoformat(), "lat": self.at.lat, "lon": self.at.lon}
        answer(http.post("/api/v1/me/positions", json={"positions": [{**position, "accuracy_m": PHONE_ERROR_M}]}))
        self._sent_at = time.monotonic()

    def _work_one(self, http: httpx.Client) -> bool:
        task = self._next_task(http)
        if task is None or self._is_stopped_within(self.plan.accept_after_seconds):
            return False
        place = LatLon(lat=task["place"]["lat"], lon=task["place"]["lon"])
        spot = self.scenes.spot_near(place)
        self._move(http, task, "accept")
        if not self._travel(http, place):
            return False
        self._move(http, task, "arrive")
        is_honest = self._cheated >= self.plan.cheats
        self._cheated += not is_honest
        if is_honest and not self._mend(spot):
            return False
        image = self.scenes.photo(spot, self.clock.seconds(), is_mended=is_honest, view=self._cheated + 3)
        photo_id = self._phone.capture(http, task["id"], image, place)
        self.ledger.record(task["id"], is_honest=is_honest)
        self._move(http, task, "resolve", note="Selesai.", photo_id=photo_id)
        return True

    def _next_task(self, http: httpx.Client) -> dict[str, Any] | None:
        own = answer(http.get("/api/v1/session"))["agency_id"]
        for state in ("assigned",) if self.plan.is_reserve else ("assigned", "open"):
            found = answer(http.get("/api/v1/tasks", params={"state": state, "limit": 200}))
            for task in found["tasks"] if isinstance(found, dict) else found:
                is_free = task["assignee_id"] in (None, self.plan.user) and task["agency_id"] == own
                if is_free and task["category"] in self.plan.categories and task["place"] is not None:
                    return dict(task)
        return None

    def _travel(self, http: httpx.Client, to: LatLon) -> bool:
        """Go there in steps that the map shows; False when stopped on the way."""
        begins, step_seconds = self.at, self.plan.work_seconds / 2 / STEPS_TO_A_TASK
        for step in range(1, STEPS_TO_A_TASK + 1):
            if self._is_stopped_within(step_seconds):
                return False
            share = step / STEPS_TO_A_TASK
            self.at = LatLon(
                lat=begins.lat + (to.lat - begins.lat) * share, lon=begins.lon + (to.lon - begins.lon) * share
            )
            self._send_position(http)
        return True

    def _mend(self, spot: Spot) -> bool:
        """Work, and wait until the trouble of a watched street is really over; False when stopped before."""
        deadline = self.clock.seconds() + self.plan.work_seconds / 2
        while self.clock.seconds() < deadline or not self._is_over(spot):
            if self.stop.wait(LOOK_SECONDS):
                return False
        return True

    def _is_stopped_within(self, seconds: float) -> bool:
        """Let so much of the story pass; whether the demo was stopped before."""
        return self.clock.is_stopped_before(self.clock.seconds() + seconds, self.stop)

    def _is_over(self, spot: Spot) -> bool:
        return spot.over_at is None or self.clock.seconds() >= spot.over_at * self.length_seconds

    @staticmethod
    def _move(http: httpx.Client, task: dict[str, Any], verb: str, **more: str) -> None:
        answer(http.post(f"/api/v1/tasks/{task['id']}/moves", json={"verb": verb, **more}))
