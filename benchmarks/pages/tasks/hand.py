"""The hand of a person on a page: each press and each typed character is counted, and the time until it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from benchmarks.pages.demo import Demo
from playwright.sync_api import FilePayload, Locator, Page, ViewportSize, expect
from tests.support.pages import DESKTOP

SHOWN_MS: Final = 60_000


class Hand:
    """Acts on a page as a person would. The clock starts with the first act and ends with the last thing seen.

    A choice in a list counts two clicks (the list, the choice), a photo from the gallery two (the button, the photo), a
    field that is filled one (into the field) and its characters apart.
    """

    def __init__(self, page: Page, demo: Demo) -> None:
        self.page, self.demo = page, demo
        self._clicks = self._characters = 0
        self._began: float | None = None
        self._ended = 0.0
        self._paths: list[str] = []

    def click(self, one: Locator | str) -> None:
        """Press a button or a link."""
        self._act(1)
        self._found(one).click()

    def choose(self, one: Locator | str, value: str) -> None:
        """Choose an entry of a list."""
        self._act(2)
        self._found(one).select_option(value)

    def fill(self, one: Locator | str, text: str) -> None:
        """Type into a field."""
        self._act(1)
        self._characters += len(text)
        self._found(one).press_sequentially(text)

    def capture(self, one: Locator | str, photo: FilePayload) -> None:
        """Choose a photo of the gallery."""
        self._act(2)
        self._found(one).set_input_files(photo)

    def see(self, one: Locator | str) -> None:
        """What the person waits for is on the page."""
        expect(self._found(one)).to_be_visible(timeout=SHOWN_MS)
        self._ended = time.monotonic()

    def note_address(self) -> None:
        """Keep the address of this page, which is photographed later."""
        self._paths.append(self.page.url.removeprefix(self.demo.url))

    def start_again(self) -> None:
        """What was done so far belongs to another task."""
        self._clicks = self._characters = 0
        self._began = None

    def figures(self) -> dict[str, object]:
        """Clicks, typed characters, and seconds."""
        if self._began is None or self._ended < self._began:
            raise LookupError("nothing was seen after the last act")
        found: dict[str, object] = {
            "clicks": self._clicks,
            "characters": self._characters,
            "seconds": round(self._ended - self._began, 1),
        }
        return {**found, "paths": self._paths} if self._paths else found

    def _act(self, clicks: int) -> None:
        if self._began is None:
            self._began = time.monotonic()
        self._clicks += clicks

    def _found(self, one: Locator | str) -> Locator:
        return self.page.locator(one).first if isinstance(one, str) else one.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An everyday task. `user`: who does it, nobody for citizens; `ready`: what the page shows before it begins."""

    name: str
    do: Callable[[Hand], None]
    start: str
    ready: str
    user: str | None = None
    size: ViewportSize = field(default_factory=lambda: DESKTOP)
