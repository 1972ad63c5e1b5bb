"""Fixtures of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.support.admin.browser import admin_page, jobs  # noqa: F401 - fixtures
from tests.support.http_api import api  # noqa: F401 - a fixture
from tests.support.pages import ARGUMENTS, FULL_CHROMIUM, SWIFTSHADER, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def full_browser(browser: Browser) -> Iterator[Browser]:
    """What a test of notifications needs."""
    opened = browser.browser_type.launch(executable_path=FULL_CHROMIUM, args=[*ARGUMENTS, *SWIFTSHADER])
    yield opened
    opened.close()
