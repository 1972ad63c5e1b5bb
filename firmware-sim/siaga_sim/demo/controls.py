"""What a visitor may do with the clock of a running story: let it stand, let it run faster, go to a chapter."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from siaga_sim.control import ControlError, query
from siaga_sim.story import StoryClock

FASTER = 3.0
Action = tuple[str, Callable[[], str]]
STANDS = (
    "The story stands: the rivers stay as they are, cameras show their last seconds again and again, and nobody of the "
    "story begins anything. Gauges go on to report the present level, and the city's own clocks and deadlines run"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of a story, with the second at which it begins."""

    at_seconds: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryControls:
    """Sets the clock of the people and that of the devices together. `control`: the socket of the devices.

    `can_run_faster`: the river runs in real time, so that some minutes more or less leave its levels plausible.
    `file`: where the state of the story is written, for the pages.
    """

    clock: StoryClock
    control: Path
    chapters: Sequence[Chapter]
    length_seconds: float
    can_run_faster: bool
    file: Path
    log_line: Callable[[str], None]

    def actions(self) -> Mapping[str, Action]:
        """What can be done now: name to what a button says and what it does."""
        stands = {"go-on": ("Go on", self.go_on)} if not self.clock.rate else {"pause": ("Pause", self.pause)}
        if not self.can_run_faster:
            return stands
        faster = {"faster": (f"{FASTER:g} times faster", self.run_faster)} if self.clock.rate <= 1 else {}
        normal = {"normal": ("At normal speed", self.go_on)} if self.clock.rate > 1 else {}
        return {**stands, **faster, **normal, **self._jumps()}

    def describe(self) -> str:
        """Where the story is, in a sentence."""
        now = self.clock.seconds()
        chapter = [f"chapter “{self.current.title}”"] if self.current and now < self.length_seconds else []
        how = {0.0: "it stands", 1.0: "it runs"}.get(self.clock.rate, f"it runs {self.clock.rate:g} times faster")
        where = "over" if now >= self.length_seconds else f"at second {now:.0f} of {self.length_seconds:.0f}"
        return ", ".join([f"The story is {where}", *chapter, how])

    @property
    def current(self) -> Chapter | None:
        """The chapter that runs now."""
        begun = [one for one in self.chapters if one.at_seconds <= self.clock.seconds()]
        return begun[-1] if begun else None

    def pause(self) -> str:
        """Let the story stand."""
        return self._set(0.0, STANDS)

    def go_on(self) -> str:
        """Let the story run at its own speed."""
        return self._set(1.0, "The story runs")

    def run_faster(self) -> str:
        """Let the story run faster."""
        effect = "rates of the water read too high, and forecasts cannot be right"
        return self._set(FASTER, f"The story runs {FASTER:g} times faster: {effect}")

    def jump(self, chapter: Chapter) -> str:
        """Go forward to a chapter; what lay between happens at once."""
        try:
            self.clock.jump(chapter.at_seconds)
        except ValueError:
            words = f"“{chapter.title}” has begun: the city remembers what has happened, so the story cannot go back"
            self.log_line(words)
            return words
        effect = "what lay between happens now, as fast as people and programs can"
        return self._set(self.clock.rate, f"The story goes on with “{chapter.title}”; {effect}")

    def write_state(self) -> None:
        """Tell the pages how the story runs."""
        unfinished = self.file.with_suffix(".new")
        unfinished.write_text(json.dumps({"rate": self.clock.rate}))
        unfinished.replace(self.file)

    def _jumps(self) -> Mapping[str, Action]:
        now = self.clock.seconds()
        ahead = [(number, one) for number, one in enumerate(self.chapters, 1) if one.at_seconds > now]
        return {f"chapter-{number}": (f"Go to “{one.title}”", self._jump_to(one)) for number, one in ahead}

    def _jump_to(self, chapter: Chapter) -> Callable[[], str]:
        return lambda: self.jump(chapter)

    def _set(self, rate: float, words: str) -> str:
        self.clock.set_rate(rate)
        self.write_state()
        try:
            query({"story": {"seconds": self.clock.seconds(), "rate": rate}}, self.control)
        except ControlError as error:
            words = f"{words}; but rivers and cameras did not follow: {error}"
        self.log_line(words)
        return words
