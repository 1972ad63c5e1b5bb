"""An administrator's desk: a city with a key and a box, the worker's jobs run by hand, a page that is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.admin.city import make_fleet
from tests.support.cloud_core import cloud_environment
from tests.support.http_api import Api
from tests.support.pages import DESKTOP, context_of, give_password, sign_in

from siaga_cloud.dead_letters.jobs import AdminJobs
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.settings import load
from siaga_sim.stack.broker import Broker


@pytest.fixture(scope="module")
def jobs(api: Api, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminJobs]:
    """A city with a key and a box; the worker's jobs, run by hand."""
    folder = make_fleet(api, tmp_path_factory.mktemp("city") / "fleet", now=datetime.now(UTC)).folder
    for user in ("admin", "operator.balaikota"):
        give_password(api, user)
    environment = cloud_environment(api.database_url, broker, api.media_dir, SIAGA_FLEET_DIR=str(folder))
    with Database(api.database_url, name="siaga-jobs") as database:
        yield AdminJobs(database, load(environment))


@pytest.fixture(scope="module")
def admin_page(browser: Browser, api: Api, jobs: AdminJobs) -> Iterator[Page]:
    """An administrator's page; any complaint of its own scripts fails the test."""
    context = context_of(browser, DESKTOP)
    sign_in(context, api, "admin")
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def go(page: Page, api: Api, path: str) -> None:
    """Opens a page under /admin and waits until it shows what it has."""
    page.goto(f"{api.url}/admin{path}")
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_text("Memuat…")).to_have_count(0)
