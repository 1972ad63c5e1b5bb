"""What the pages must reach, and what of it was missed, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

MOST_BYTES: Final = {"without_map": 60_000, "with_map": 520_000}
MOST_PAINT_SECONDS: Final = 2.0  # at slow 4G; with a slower processor it is measured and not judged
JUDGED_PROCESSOR: Final = ", this processor"
LEAST_FRAMES_A_SECOND: Final = 30
MOVEMENTS: Final = ("far", "middle", "close", "zooming")


def missed(figures: Mapping[str, Any]) -> list[str]:
    """In words; also what was not measured at all."""
    parts = (_sizes, _paints, _pages, _frames, _tasks)
    found = [words for part in parts for words in part(figures)]
    return found + [f"not done in time: {name}" for name in figures.get("late", ())]


def _sizes(figures: Mapping[str, Any]) -> Iterator[str]:
    for name, most in MOST_BYTES.items():
        size = figures["javascript_bytes"].get(name, {}).get("br")
        if size is None or size > most:
            yield f"{size} bytes of scripts {name}, at most {most}"


def _paints(figures: Mapping[str, Any]) -> Iterator[str]:
    for name, found in figures["largest_paint_seconds"].items():
        if name.endswith(JUDGED_PROCESSOR) and found["median"] > MOST_PAINT_SECONDS:
            yield f"largest paint {found['median']} s at {name}, at most {MOST_PAINT_SECONDS}"


def _pages(figures: Mapping[str, Any]) -> Iterator[str]:
    for page, found in figures["pages"].items():
        yield from (f"{page}: {one}" for one in found["axe"])
        if "problem" in found:
            yield f"no picture of {page}: {found['problem']}"


def _frames(figures: Mapping[str, Any]) -> Iterator[str]:
    """The map counts as the quickest renderer draws it, in its slowest movement."""
    slowest = {
        renderer: min(found.get(one, {}).get("frames_a_second", 0) for one in MOVEMENTS)
        for renderer, found in figures["map_frames"].items()
    }
    if slowest and max(slowest.values()) < LEAST_FRAMES_A_SECOND:
        yield f"the map moves at {max(slowest.values())} frames a second, at least {LEAST_FRAMES_A_SECOND}"


def _tasks(figures: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"task {name}: {one['problem']}" for name, one in figures["tasks"].items() if "problem" in one)
