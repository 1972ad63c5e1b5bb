"""The controls of the story on the terminal: one key and Enter."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable

from siaga_sim.demo.controls import StoryControls

HELP = "Type a key and Enter: p pauses the story or lets it go on{more}; ? shows where it is"
_FASTER = ", f runs it faster or at normal speed, 1 to {count} goes to a chapter"


def help_line(controls: StoryControls) -> str:
    """What can be typed."""
    return HELP.format(more=_FASTER.format(count=len(controls.chapters)) if controls.can_run_faster else "")


def listen(controls: StoryControls, log_line: Callable[[str], None]) -> None:
    """Obey what is typed, where there is a terminal, until the program ends."""
    if sys.stdin is None or not sys.stdin.isatty():
        return
    log_line(help_line(controls))
    threading.Thread(target=lambda: obey(controls, sys.stdin, log_line), name="keys", daemon=True).start()


def obey(controls: StoryControls, lines: Iterable[str], log_line: Callable[[str], None]) -> None:
    """Do what each line says."""
    for line in lines:
        _do(controls, line.strip().lower(), log_line)


def _do(controls: StoryControls, key: str, log_line: Callable[[str], None]) -> None:
    number = int(key) if key.isdecimal() else 0
    if key == "p":
        controls.pause() if controls.clock.rate else controls.go_on()
    elif key == "f" and controls.can_run_faster:
        controls.go_on() if controls.clock.rate > 1 else controls.run_faster()
    elif controls.can_run_faster and 1 <= number <= len(controls.chapters):
        controls.jump(controls.chapters[number - 1])
    elif key:
        log_line(controls.describe() + ". " + help_line(controls))
        for count, chapter in enumerate(controls.chapters if controls.can_run_faster else (), 1):
            log_line(f"  {count}  {chapter.title} (second {chapter.at_seconds:.0f})")
