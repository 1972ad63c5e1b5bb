"""The demo's operator: confirms what is unsure, and judges the work that waits for a person."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import Any

import httpx

from siaga_sim.actors.requests import answer, client
from siaga_sim.demo.officers import WorkLedger

log = logging.getLogger("siaga_sim.demo.control_room")

LOOK_SECONDS = 1.0


@dataclass(slots=True, kw_only=True)
class Operator:
    """One operator. Work of people outside of the story is left to the visitor who plays the operator."""

    url: str
    token: str = field(repr=False)
    ledger: WorkLedger
    stop: threading.Event
    failures: int = 0

    def run(self) -> None:
        """Look and decide until stopped."""
        with client(self.url, token=self.token) as http:
            while not self.stop.wait(LOOK_SECONDS):
                try:
                    self._confirm(http)
                    self._judge(http)
                except httpx.HTTPError as error:
                    self.failures += 1
                    log.warning("operator: %s", error)

    def _confirm(self, http: httpx.Client) -> None:
        for task in _listed(answer(http.get("/api/v1/tasks", params={"state": "review"}))):
            self._move(http, task["id"], "confirm", "Terlihat di kamera.")

    def _judge(self, http: httpx.Client) -> None:
        """Proofs that wait for an operator: what is not done is reopened."""
        for proof in answer(http.get("/api/v1/proofs", params={"waiting": "true"})):
            is_honest = self.ledger.is_honest(proof["task_id"])
            if is_honest is not None:
                verb, note = ("verify", "Foto cocok.") if is_honest else ("reopen", "Belum beres.")
                self._move(http, proof["task_id"], verb, note)

    @staticmethod
    def _move(http: httpx.Client, task_id: str, verb: str, note: str) -> None:
        moved = http.post(f"/api/v1/tasks/{task_id}/moves", json={"verb": verb, "note": note})
        if moved.status_code != httpx.codes.CONFLICT:  # else somebody else decided meanwhile
            answer(moved)


def _listed(found: Any) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = found["tasks"] if isinstance(found, dict) else found
    return tasks
