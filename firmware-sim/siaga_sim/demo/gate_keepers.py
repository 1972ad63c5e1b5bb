"""The keepers of the demo's gates and pumps: they read the water before them, work by a rule of theirs, and report by
radio to the operator, who records it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from siaga_sim.actors.requests import answer, client
from siaga_sim.city import City, GaugeTable

log = logging.getLogger("siaga_sim.demo.gate_keepers")

LOOK_SECONDS = 10.0
PUMP_SHARE_OF_STAGE_3 = 0.8  # of the way from the bed to the lowest stage: from there on a pump runs
LEAST_OPEN = 0.2  # a gate in a river is never closed: the water has no other way


@dataclass(slots=True, kw_only=True)
class GateKeepers:
    """All keepers. What they do changes nothing in the simulated river."""

    url: str
    token: str = field(repr=False)
    city: City
    level_cm: Callable[[str], float]
    stop: threading.Event
    failures: int = 0
    _reported: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def run(self) -> None:
        """Report each state once, and again when it changes, until stopped."""
        with client(self.url, token=self.token) as http:
            while not self.stop.wait(LOOK_SECONDS):
                try:
                    self.report(http)
                except httpx.HTTPError as error:
                    self.failures += 1
                    log.warning("gate keepers: %s", error)

    def report(self, http: httpx.Client) -> None:
        """Record the state of each pump and gate whose water the simulator knows, where it is another than before."""
        for asset in answer(http.get("/api/v1/assets")):
            gauge = next((one for one in self.city.gauge if one.id == asset["gauge_id"]), None)
            if gauge is not None:
                self._record(http, asset["id"], state_of(asset["kind"], gauge, self.level_cm(gauge.id)))

    def _record(self, http: httpx.Client, asset_id: str, state: Mapping[str, Any]) -> None:
        if self._reported.get(asset_id) != state:
            answer(http.post(f"/api/v1/assets/{asset_id}/states", json=state))
            self._reported[asset_id] = state


def state_of(kind: str, gauge: GaugeTable, level_cm: float) -> dict[str, Any]:
    """Return what a keeper does at this level: a pump runs from a level on, a gate in the sea keeps the high water out,
    and a gate in a river opens with the water, wholly at the lowest stage.
    """
    if kind == "gate" and gauge.tide is not None:
        return _gate(0.0 if level_cm > gauge.tide.mean_cm else 1.0)
    share = (level_cm - gauge.bed_cm) / (gauge.limits.s3_cm - gauge.bed_cm)
    if kind == "pump":
        runs = share >= PUMP_SHARE_OF_STAGE_3
        return {"state": "running" if runs else "stopped", "capacity_share": 1.0 if runs else 0.0}
    return _gate(round(min(1.0, max(LEAST_OPEN, share)), 1))


def _gate(share: float) -> dict[str, Any]:
    return {"state": "open" if share else "closed", "capacity_share": share}
