"""The browsers of a siege's citizens."""

from __future__ import annotations

import httpx

from siaga_sim.actors.requests import client
from siaga_sim.siege.plan import Citizen


def citizen_client(url: str, citizen: Citizen, *, forwarded_for: str | None = None) -> httpx.Client:
    """Return the browser of a citizen, at the own address."""
    claimed = {"X-Forwarded-For": forwarded_for} if forwarded_for else {}
    return client(url, citizen.address, headers={"User-Agent": citizen.agent, **claimed})
