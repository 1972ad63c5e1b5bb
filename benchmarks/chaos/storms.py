"""As many storms as a run has room for: each lets every gauge rise past its stages and fall again."""

from __future__ import annotations

import tomllib
from pathlib import Path

import tomli_w

STORM = Path(__file__).with_name("storm.toml")
STORM_SECONDS = 300.0
MOST_STORMS = 6  # a story may be 240 river hours long


def storms_in(seconds: float) -> int:
    """Return how many storms fit into the time."""
    return max(1, min(MOST_STORMS, round(seconds / STORM_SECONDS)))


def written(folder: Path, seconds: float) -> Path:
    """The story of a run of so many seconds, as a file."""
    story = tomllib.loads(STORM.read_text(encoding="utf-8"))
    hours, rain = story["river_hours"], story["rain"]
    count = storms_in(seconds)
    story["river_hours"] = count * hours
    story["rain"] = [
        {**burst, "starts_hour": burst["starts_hour"] + storm * hours} for storm in range(count) for burst in rain
    ]
    path = folder / "storms.toml"
    path.write_text(tomli_w.dumps(story), encoding="utf-8")
    return path
