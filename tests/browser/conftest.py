"""Fixtures of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.support.admin_browser import admin_page, jobs  # noqa: F401 - fixtures
from tests.support.http_api import api  # noqa: F401 - a fixture
from tests.support.pages import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened
