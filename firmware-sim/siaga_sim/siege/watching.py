"""What the public sees during the siege: alerts, read every second without an account."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from siaga_sim.actors.requests import Tally, answer, client

log = logging.getLogger("siaga_sim.siege.watching")

LOOK_SECONDS = 1.0
LEAST_CERTAIN = frozenset({"Possible", "Unlikely", "Unknown"})
FLOOD_STATES = ("none", "caution", "minor", "moderate", "severe")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAlert:
    """A revision of an alert as the public first saw it."""

    alert_id: str
    revision: int
    place: tuple[str, str]
    stage: int
    flood: int
    flood_certainty: str | None
    certainty: str
    headline: str
    seen_at: datetime

    @property
    def is_above_possible(self) -> bool:
        """Whether it claims more than CAP's "Possible"."""
        return self.certainty not in LEAST_CERTAIN

    @property
    def sure_flood(self) -> int:
        """The flood state that it claims for more than possible: a gauge may be sure of its stage beside it."""
        return 0 if self.flood_certainty in LEAST_CERTAIN else self.flood


@dataclass(slots=True, kw_only=True)
class PublicWatcher:
    """Polls as any citizen can. `alerts`: the first sight of each revision."""

    url: str
    tally: Tally
    stop: threading.Event
    alerts: dict[tuple[str, int], SeenAlert] = field(default_factory=dict)

    def run(self) -> None:
        """Look every second until stopped."""
        with client(self.url, "127.0.0.2") as http:
            while not self.stop.wait(LOOK_SECONDS):
                try:
                    self._look(http)
                except httpx.HTTPError as error:
                    self.tally.add("public watcher: failed requests")
                    log.warning("public watcher: %s", error)

    def _look(self, http: httpx.Client) -> None:
        for kind in ("area", "gauge"):
            for one in answer(http.get("/api/v1/alerts", params={"kind": kind, "lang": "en"})):
                self._remember(kind, one)

    def _remember(self, kind: str, one: dict[str, Any]) -> None:
        key = (one["id"], one["revision"])
        if key not in self.alerts:
            self.alerts[key] = SeenAlert(
                alert_id=one["id"],
                revision=one["revision"],
                place=(kind, one[f"{kind}_id"]),
                stage=one["stage"],
                flood=FLOOD_STATES.index(one["flood_state"]),
                flood_certainty=one["flood_certainty"],
                certainty=one["certainty"],
                headline=one["headline"],
                seen_at=datetime.now(UTC),
            )
