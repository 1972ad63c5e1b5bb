"""A corrupt officer who claims to stand in floods that are not there, because an officer on site is believed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from siaga_sim.actors.requests import Tally, answer, client
from siaga_sim.siege.plan import Plan, officer_number

LOOK_SECONDS = 3.0
FLOOD_CATEGORY = "drainage"  # the agency that drains the city also answers for its floods


@dataclass(slots=True, kw_only=True)
class FalseArrivals:
    """Accepts every open task about a flood and arrives at once."""

    plan: Plan
    url: str
    tokens: Mapping[str, str] = field(repr=False)
    tally: Tally
    stop: threading.Event

    def run(self) -> None:
        """Claim to be at every flood until stopped."""
        officer = next((one for one in self.plan.corrupt if one.category == FLOOD_CATEGORY), None)
        if officer is None:
            return
        with client(self.url, f"127.30.{officer_number(officer)}.9", token=self.tokens[officer.user]) as http:
            consent = answer(http.get("/api/v1/duty/consent"))["version"]
            answer(http.post("/api/v1/me/duty", json={"on": True, "consent_version": consent}))
            while not self.stop.wait(LOOK_SECONDS):
                try:
                    self._arrive(http)
                except httpx.HTTPError as error:
                    self.tally.add(f"false arrivals failed: {type(error).__name__}")

    def _arrive(self, http: httpx.Client) -> None:
        for state in ("open", "review"):
            tasks = answer(http.get("/api/v1/tasks", params={"state": state}))
            for task in [one for one in tasks if one["category"] == "flooding"]:
                self._claim(http, task)

    def _claim(self, http: httpx.Client, task: Mapping[str, Any]) -> None:
        """A made-up position beside the flood, and every move that a member of staff may try."""
        if task.get("place"):
            here = {"lat": task["place"]["lat"], "lon": task["place"]["lon"], "accuracy_m": 8}
            sample = {**here, "measured_at": datetime.now(UTC).isoformat()}
            http.post("/api/v1/me/positions", json={"positions": [sample]})
        for verb in ("confirm", "accept", "arrive"):
            self.tally.add("posts")
            moved = http.post(f"/api/v1/tasks/{task['id']}/moves", json={"verb": verb})
            self.tally.add(f"false arrivals: {verb} answered {moved.status_code}")
