"""Pictures of pages and what axe finds on them: each page opened once per language and appearance, then widened.

Pages with a map are opened anew at each width, because what a map shows is decided when it opens. axe looks at each
width. What is found is written page by page, so that a run that was broken off goes on with what it has not done.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from benchmarks.pages.deadlines import log
from benchmarks.pages.demo import SIGNED_IN, Demo
from benchmarks.pages.record import Record
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from playwright.sync_api import TimeoutError as NotInTime
from tests.support.pages import axe_violations, context_of, open_page

WIDTHS: Final = {360: 740, 768: 1024, 1440: 900, 3840: 2160}
LANGUAGES: Final = {"id": "id-ID", "en": "en-GB"}
APPEARANCES: Final = ("light", "dark", "sun")
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


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewPreference:
    """What is to be photographed, of which build of the pages, and how patiently."""

    folder: Path
    paths: Sequence[str]
    widths: Sequence[int]
    appearances: Sequence[str]
    build: str
    patience: float = 1

    @property
    def count(self) -> int:
        """How many pictures that makes."""
        return len(self.paths) * len(self.widths) * len(LANGUAGES) * len(self.appearances)


def name_of(path: str) -> str:
    """A file's name for a page."""
    found = urlsplit(path)
    requested = parse_qs(found.query)
    parts = [part for part in (*found.path.split("/"), *requested.get("list", [])) if part]
    parts += ["incident"] if "number" in requested else ["replay"] if "at" in requested else []
    return "-".join(part if len(part) < 20 else "one" for part in parts) or "water"


def images(browser: Browser, demo: Demo, preference: ViewPreference, record: Record) -> None:
    """Takes those that the record does not have yet, and records what axe found, or why there is no picture."""
    began, done = time.monotonic(), 0
    missing = [one for one in _wanted(preference) if not record.has_page(_key(*one), preference)]
    log(f"pictures: {len(missing)} of {len(_wanted(preference))} pages to be opened")
    for appearance, language in dict.fromkeys(one[1:] for one in missing):
        paths = [path for path, *rest in missing if (*rest,) == (appearance, language)]
        for context, own in _contexts(browser, demo, preference, paths, language, appearance):
            for path in own:
                done += 1
                file = preference.folder / _file_of(path, language, appearance)
                record.put("pages", _key(path, appearance, language), _one(context, demo.url + path, preference, file))
                left = (time.monotonic() - began) / done * (len(missing) - done)
                log(f"pictures: {done} of {len(missing)}, about {left:.0f} s more: {path} {language}")


def _wanted(preference: ViewPreference) -> list[tuple[str, str, str]]:
    return [
        (path, appearance, language)
        for appearance in preference.appearances
        for language in LANGUAGES
        for path in preference.paths
    ]


def _key(path: str, appearance: str, language: str) -> str:
    return f"{name_of(path)} {language} {appearance}"


def _file_of(path: str, language: str, appearance: str) -> str:
    ending = "" if appearance == "light" else f"-{appearance}"
    return f"{name_of(path)}-{{}}-{language}{ending}.png"


def _contexts(
    browser: Browser, demo: Demo, preference: ViewPreference, paths: Sequence[str], language: str, appearance: str
) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A browser of each person, and the pages that the person opens."""
    for user, own in by_user(paths).items():
        context = context_of(browser, _size(min(preference.widths)), locale=LANGUAGES[language])
        context.set_default_timeout(30_000 * preference.patience)
        context.add_init_script(f"localStorage.setItem('siaga-theme', '{appearance}')")
        context.add_init_script("localStorage.setItem('siaga-demo-step', 'off')")  # the tour would cover the page
        if user:
            demo.sign_in(context, user)
        yield context, own
        context.close()


def by_user(paths: Sequence[str]) -> dict[str | None, list[str]]:
    """Pages by who opens them."""
    found: dict[str | None, list[str]] = {}
    for path in paths:
        user = next((who for start, who in SIGNED_IN.items() if path.startswith(start)), None)
        found.setdefault(user, []).append(path)
    return found


def _one(context: BrowserContext, url: str, preference: ViewPreference, file: Path) -> dict[str, Any]:
    """One page that never settles costs no other."""
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "build": preference.build,
        "widths": sorted(preference.widths),
    }
    results: list[str] = []
    try:
        page = open_page(context, url)
        _photographed(page, file, sorted(preference.widths), results)
        page.close()
    except (NotInTime, AssertionError) as error:
        for page in context.pages:
            page.close()
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
