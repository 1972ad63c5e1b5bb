"""Drives a siren or relay from one gauge's readings, whatever becomes of the link, the outbox and the cloud."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from siaga_core.wire.messages import Quality, Reading
from siaga_edge.gauge.siren import SirenRule, SirenWatch, step
from siaga_edge.platform.loop import Loop

log = logging.getLogger(__name__)

LOG_AGAIN_SECONDS = 10.0
RETRY_SECONDS = 1.0
_LOOK_SECONDS = 0.2
_CLOSE_SECONDS = 2.0


class SwitchError(OSError):
    """The output could not be switched; says why."""


class Switch(Protocol):
    """A siren, a lamp or a relay."""

    def turn(self, *, is_on: bool) -> None:
        """Switches and returns once it is done; raises `SwitchError`."""

    def close(self) -> None:
        """Lets go of lines; the output stays as it is."""


class Sounder:
    """The gauge's thread calls `accept`, which never waits; `tick` switches, in a thread that `accept` starts."""

    def __init__(self, gauge: str, rule: SirenRule, switch: Switch, *, monotonic: Callable[[], float]) -> None:
        self.id = gauge
        self._rule, self._switch, self._monotonic = rule, switch, monotonic
        self._watch = SirenWatch()
        self._number: int | None = None
        self._done: bool | None = None
        self._again_at = 0.0
        self._news = threading.Event()
        self._last_logged = ""
        self._loop = Loop(f"siren {gauge}", self.tick, end=switch.close)
        self._runs = False

    @property
    def sounds(self) -> bool | None:
        """What the readings want; None until two of three have said."""
        return self._watch.sounds

    def accept(self, number: int, reading: Reading) -> None:
        """One reading; the same number again is the same reading and counts once."""
        if not self._runs:
            self._runs = True
            self._loop.start()
        if number == self._number:
            return
        self._number = number
        before = self._watch.sounds
        # What was true some time ago must not sound a siren now.
        is_believable = reading.quality is not Quality.BAD and "stale" not in reading.flags
        self._watch = step(self._watch, reading.level_cm if is_believable else None, self._rule)
        if self._watch.sounds != before:
            log.warning("gauge %s: siren %s at %.1f cm", self.id, _word(self._watch.sounds), self._watch.levels_cm[-1])
            self._news.set()

    def tick(self) -> None:
        """Switches when something changed, and now and then again: a relay may have lost its power in between."""
        self._news.wait(_LOOK_SECONDS)
        self._news.clear()
        wanted, now = self._watch.sounds, self._monotonic()
        if wanted is None or (wanted == self._done and now < self._again_at):
            return
        try:
            self._switch.turn(is_on=wanted)
        except SwitchError as error:
            self._done = None
            self._log_once(f"cannot be switched {_word(wanted)}: {error}")
            self._news.wait(RETRY_SECONDS)
            return
        self._done, self._again_at = wanted, now + LOG_AGAIN_SECONDS
        self._log_once("")

    def close(self) -> None:
        """Ends the thread. The siren stays as it is: who stops the agent in a flood must not silence it."""
        self._loop.request_stop()
        self._news.set()
        if self._runs:
            self._loop.join(_CLOSE_SECONDS)

    def _log_once(self, what: str) -> None:
        if what == self._last_logged:
            return
        if what:
            log.error("gauge %s: siren %s", self.id, what)
        else:
            log.info("gauge %s: siren responds again", self.id)
        self._last_logged = what


def _word(is_on: bool | None) -> str:
    return "on" if is_on else "off"
