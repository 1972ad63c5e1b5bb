"""How many people live where, made up: what complaints for 10,000 people are reckoned from in a made-up past."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

from siaga_sim.history.city import PastCity

PEOPLE = 11_000_000
PEOPLE_IN_A_HOUSEHOLD = 3.7
SOURCE = "made up by siaga-sim history"
COLUMNS = ("code", "name", "value", "as_of", "source")


def statistics(city: PastCity, *, seed: int, as_of: date) -> Iterator[tuple[str, str, int, str, str]]:
    """Lines of statistics.csv: population and households of every kelurahan; the populations add up to `PEOPLE`."""
    dice = random.Random(f"people-{seed}")
    weights = [dice.lognormvariate(0, 0.5) for _ in city.kelurahan]
    left, share = PEOPLE, sum(weights)
    for kelurahan, weight in zip(city.kelurahan, weights, strict=True):
        people = round(left * weight / share)
        left, share = left - people, share - weight
        yield kelurahan.code, "population", people, as_of.isoformat(), SOURCE
        yield kelurahan.code, "households", round(people / PEOPLE_IN_A_HOUSEHOLD), as_of.isoformat(), SOURCE
