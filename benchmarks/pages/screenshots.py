"""Pictures of pages and what axe finds on them: each page opened once per language and appearance, then widened.

Pages with a map are opened anew at each width, because what a map shows is decided when it opens. axe looks at the
narrowest and at the widest. What is found is kept by page, so that a run of some pages leaves the others' results.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

from benchmarks.pages.deadlines import log
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from playwright.sync_api import TimeoutError as NotInTime
from tests.support.pages import axe_violations, context_of, open_page

WIDTHS: Final = {360: 740, 768: 1024, 1440: 900, 3840: 2160}
LANGUAGES: Final = {"id": "id-ID", "en": "en-GB"}
APPEARANCES: Final = ("light", "dark", "sun")
OFFICER_ID: Final = "petugas.sda"
# Who opens the pages that begin so; all others need nobody.
SIGNED_IN: Final = {
    "/officer": OFFICER_ID,
    "/heads": "lurah.manggarai",
    "/control": "operator.balaikota",
    "/admin": "admin",
}
# A picture of a whole page has no screen: what sticks to the screen's edges goes to the page's.
_UNSTUCK: Final = """
  #app { position: relative; }
  .shell-head { position: static !important; }
  @media (max-width: 52rem) {
    .shell-nav { position: absolute !important; }
    .next-step { position: static !important; }
  }
"""
# As an object of the script's: the pages' own policy lets no element bring a style.
_SET_STYLE: Final = """(css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
}"""
_HAS_MAP: Final = ".map-box"
# Pictures further down are fetched when a reader comes near; a picture of a whole page has no reader.
_FETCH_ALL: Final = "() => { for (const one of document.images) one.loading = 'eager'; }"


class City(Protocol):
    """A server, and the way in for a browser."""

    @property
    def url(self) -> str:
        """Where the pages are."""

    @property
    def enter(self) -> Callable[[BrowserContext, str], None]:
        """Lets a browser in as somebody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewPreference:
    """What is to be photographed. `prefix`: begins the files' names, as "empty-" does for a city without data."""

    folder: Path
    paths: Sequence[str]
    widths: Sequence[int]
    appearances: Sequence[str]
    languages: Sequence[str] = tuple(LANGUAGES)
    prefix: str = ""
    patience: float = 1

    @property
    def count(self) -> int:
        """How many pictures that makes."""
        return len(self.paths) * len(self.widths) * len(self.languages) * len(self.appearances)


def name_of(path: str) -> str:
    """A file's name for a page."""
    found = urlsplit(path)
    requested = parse_qs(found.query)
    parts = [part for part in (*found.path.split("/"), *requested.get("list", [])) if part]
    parts += ["incident"] if "number" in requested else []
    return "-".join(part if len(part) < 20 else "one" for part in parts) or "water"


def images(browser: Browser, city: City, preference: ViewPreference, measured: dict[str, dict[str, Any]]) -> None:
    """Takes them all and puts into `taken`, by page, what axe found, or why there is no picture."""
    began, done = time.monotonic(), 0
    total = len(preference.paths) * len(preference.languages) * len(preference.appearances)
    for appearance in preference.appearances:
        for language in preference.languages:
            for context, own in _contexts(browser, city, preference, language, appearance):
                for path in own:
                    done += 1
                    key = f"{preference.prefix}{name_of(path)} {language} {appearance}"
                    measured[key] = _one(
                        context, city.url + path, preference, _file_of(preference, path, language, appearance)
                    )
                    left = (time.monotonic() - began) / done * (total - done)
                    log(f"pictures: {done} of {total}, about {left:.0f} s more: {key}")


def _file_of(preference: ViewPreference, path: str, language: str, appearance: str) -> str:
    ending = "" if appearance == "light" else f"-{appearance}"
    return f"{preference.prefix}{name_of(path)}-{{}}-{language}{ending}.png"


def _contexts(
    browser: Browser, city: City, preference: ViewPreference, language: str, appearance: str
) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A browser of each person, and the pages that the person opens."""
    for user, own in by_user(preference.paths).items():
        context = context_of(browser, _size(min(preference.widths)), locale=LANGUAGES[language])
        context.set_default_timeout(30_000 * preference.patience)
        context.add_init_script(f"localStorage.setItem('siaga-theme', '{appearance}')")
        context.add_init_script("localStorage.setItem('siaga-demo-step', 'off')")
        if user:
            city.enter(context, user)
        yield context, own
        context.close()


def by_user(paths: Sequence[str]) -> dict[str | None, list[str]]:
    """Pages by who opens them."""
    found: dict[str | None, list[str]] = {}
    for path in paths:
        user = next((who for start, who in SIGNED_IN.items() if path.startswith(start)), None)
        found.setdefault(user, []).append(path)
    return found


def _one(context: BrowserContext, url: str, preference: ViewPreference, file: str) -> dict[str, Any]:
    """One page that never settles costs no other."""
    found: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "widths": sorted(preference.widths)}
    results: list[str] = []
    try:
        page = open_page(context, url)
        _photographed(page, preference.folder / file, sorted(preference.widths), results)
        page.close()
    except (NotInTime, AssertionError) as error:
        found["problem"] = str(error).splitlines()[0]
    return found | {"axe": results}


def _photographed(page: Page, file: Path, widths: Sequence[int], results: list[str]) -> None:
    for width in widths:
        page.set_viewport_size(_size(width))
        if width != widths[0] and page.locator(_HAS_MAP).count():
            page.reload()
            page.locator("h1").first.wait_for(state="attached")
        settle(page)
        page.evaluate(_FETCH_ALL)
        settle(page)
        page.evaluate(_SET_STYLE, _UNSTUCK if width < 3840 else "")
        page.screenshot(path=str(file).format(width), full_page=width < 3840)
        page.evaluate(_SET_STYLE, "")
        if width in (widths[0], widths[-1]):
            results += [f"{width} px: {one}" for one in axe_violations(page)]


def settle(page: Page) -> None:
    """Waits until what was asked for has come."""
    page.wait_for_function(
        "() => ['live', 'off'].includes(document.querySelector('#connection')?.dataset.state ?? 'off')"
    )
    page.wait_for_function(
        "() => !document.querySelector("
        "'.map-box[data-state=waiting], .map-box[data-state=shown] > .canvas:not([data-drawn])')"
    )
    page.wait_for_function(
        "() => ![...document.querySelectorAll('.empty, .still-none')]"
        ".some((one) => /^(Memuat|Loading|Meminta|Asking)/.test(one.textContent))"
        " && [...document.images].every((one) => one.complete || one.loading === 'lazy')"
    )


def _size(width: int) -> ViewportSize:
    return ViewportSize(width=width, height=WIDTHS[width])
