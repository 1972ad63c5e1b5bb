"""The operators: they confirm and verify what is so, at the pace of people, and see through every forgery.

A simulated operator never errs, so `forged_accepted` counts what the platform accepts without an operator.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import Any

import httpx

from siaga_sim.actors.requests import Tally, answer, client
from siaga_sim.siege.work import CaseRecord, Workforce

log = logging.getLogger("siaga_sim.siege.control_room")

LOOK_SECONDS = 1.5
DECISIONS_A_LOOK = 3


@dataclass(slots=True, kw_only=True)
class ControlRoom:
    """One operator. Whoever is unknown to the plan is a liar and is left waiting."""

    url: str
    user_token: str = field(repr=False)
    workforce: Workforce
    tally: Tally
    stop: threading.Event
    _judged: set[str] = field(default_factory=set)
    _decided: set[tuple[str, int]] = field(default_factory=set)

    def run(self) -> None:
        """Look and decide until stopped."""
        with client(self.url, token=self.user_token) as http:
            while not self.stop.wait(LOOK_SECONDS):
                try:
                    self._confirm(http)
                    self._judge(http)
                    self._verify(http)
                except httpx.HTTPError as error:
                    self.tally.add("operator: failed requests")
                    log.warning("operator: %s", error)

    def _confirm(self, http: httpx.Client) -> None:
        """Complaints that are true; the friends' complaints look true, so they are confirmed as well."""
        for task in _listed(answer(http.get("/api/v1/tasks", params={"state": "review", "limit": 200}))):
            if task["id"] in self.workforce.by_task:
                self._move(http, task["id"], "confirm", "Benar.")

    def _judge(self, http: httpx.Client) -> None:
        """Complaints that somebody can vouch for; of the friends' complaints nobody in the control room knows."""
        known = list(self.workforce.by_task.values())
        new = [one for one in known if not one.case.is_friend and one.incident_id not in self._judged]
        for record in new[:DECISIONS_A_LOOK]:
            self._judged.add(record.incident_id)
            body = {"verdict": "confirmed", "note": "Warga dihubungi."}
            judged = http.post(f"/api/v1/incidents/{record.incident_id}/verdict", json=body)
            self.tally.add(f"operator: verdict {'done' if judged.is_success else judged.status_code}")

    def _verify(self, http: httpx.Client) -> None:
        waiting = {one["task_id"] for one in answer(http.get("/api/v1/proofs", params={"waiting": "true"}))}
        known = list(self.workforce.by_task.items())
        due = [(task, record) for task, record in known if task in waiting or self._is_past(record)]
        new = [(task, record) for task, record in due if record.is_resolved and not self._is_decided(task, record)]
        for task_id, record in new[:DECISIONS_A_LOOK]:
            self._decided.add((task_id, record.attempts))
            is_right = record.is_really_done
            note = "Foto cocok." if is_right else "Belum beres."
            self._move(http, task_id, "verify" if is_right else "reopen", note)

    def _is_decided(self, task_id: str, record: CaseRecord) -> bool:
        return (task_id, record.attempts) in self._decided

    @staticmethod
    def _is_past(record: CaseRecord) -> bool:
        """The work of the calm phase is verified by hand, so that everybody has a rank."""
        return record.is_resolved and record.case.is_calm

    def _move(self, http: httpx.Client, task_id: str, verb: str, note: str) -> None:
        moved = http.post(f"/api/v1/tasks/{task_id}/moves", json={"verb": verb, "note": note})
        self.tally.add(f"operator: {verb} {'done' if moved.is_success else moved.status_code}")


def _listed(found: Any) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = found["tasks"] if isinstance(found, dict) else found
    return tasks
