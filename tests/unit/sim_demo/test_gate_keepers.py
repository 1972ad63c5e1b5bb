"""Keepers of gates and pumps work by the water before them, and report what changes."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from siaga_sim.city import load_city
from siaga_sim.demo.gate_keepers import GateKeepers, state_of

JAKARTA = load_city("jakarta")
OPEN, CLOSED = {"state": "open", "capacity_share": 1.0}, {"state": "closed", "capacity_share": 0.0}


@dataclass
class Api:
    """Answers as the API does, and keeps what was recorded."""

    recorded: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            known = {"id": "pintu-manggarai", "kind": "gate", "gauge_id": "manggarai"}
            elsewhere = {"id": "pintu-lain", "kind": "gate", "gauge_id": None}
            return httpx.Response(200, json=[known, elsewhere])
        self.recorded.append((request.url.path, json.loads(request.content)))
        return httpx.Response(201, json={})


@pytest.mark.parametrize(
    ("level_cm", "expected"),
    [(100.0, OPEN), (118.0, CLOSED), (150.0, CLOSED)],
)
def test_a_gate_in_the_sea_closes_at_high_water(level_cm: float, expected: dict[str, Any]) -> None:
    assert state_of("gate", JAKARTA.gauge_by_id("marina-ancol"), level_cm) == expected


@pytest.mark.parametrize(("share", "expected"), [(-1.0, 0.2), (0.0, 0.2), (0.5, 0.5), (1.0, 1.0), (3.0, 1.0)])
def test_a_gate_in_a_river_opens_with_the_water_and_is_never_closed(share: float, expected: float) -> None:
    gauge = JAKARTA.gauge_by_id("manggarai")
    level_cm = gauge.bed_cm + share * (gauge.limits.s3_cm - gauge.bed_cm)
    assert state_of("gate", gauge, level_cm) == {"state": "open", "capacity_share": expected}


@pytest.mark.parametrize(("share", "state"), [(0.5, "stopped"), (0.9, "running")])
def test_a_pump_runs_from_a_level_on(share: float, state: str) -> None:
    gauge = JAKARTA.gauge_by_id("kali-duri")
    level_cm = gauge.bed_cm + share * (gauge.limits.s3_cm - gauge.bed_cm)
    assert state_of("pump", gauge, level_cm)["state"] == state


def test_a_state_is_recorded_once_and_again_when_it_changes() -> None:
    gauge = JAKARTA.gauge_by_id("manggarai")
    levels = [gauge.bed_cm, gauge.bed_cm, gauge.limits.s3_cm]
    api = Api()
    keepers = GateKeepers(
        url="http://test", token="t", city=JAKARTA, level_cm=lambda _: levels.pop(0), stop=threading.Event()
    )
    with httpx.Client(transport=httpx.MockTransport(api), base_url="http://test") as http:
        for _ in range(3):
            keepers.report(http)
    path = "/api/v1/assets/pintu-manggarai/states"
    shares = [0.2, 1.0]
    assert api.recorded == [(path, {"state": "open", "capacity_share": share}) for share in shares]
