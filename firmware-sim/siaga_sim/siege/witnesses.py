"""Citizens who stand in real water and report it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import httpx

from siaga_core.rules.geometry import LatLon
from siaga_sim.actors.requests import Tally, answer, send_report
from siaga_sim.siege.plan import Citizen, Storm
from siaga_sim.siege.requests import citizen_client

TEXT = "Jalan tergenang, air sebetis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Those of one storm."""

    storm: Storm
    url: str
    tally: Tally
    stop: threading.Event

    def run(self, began: float) -> None:
        """Report, each at the own moment."""
        for at, citizen, spot in sorted(self.storm.witnesses, key=lambda one: one[0]):
            if self.stop.wait(max(0.0, began + at - time.monotonic())):
                return
            try:
                with citizen_client(self.url, citizen) as http:
                    answer(_report(http, citizen, spot))
            except httpx.HTTPError:
                self.tally.add("witnesses refused")


def _report(http: httpx.Client, citizen: Citizen, spot: LatLon) -> httpx.Response:
    return send_report(http, category="flooding", text=TEXT, lat=spot.lat, lon=spot.lon, reporter=citizen.name)
