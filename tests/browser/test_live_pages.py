"""What pages of staff request beside the stream: each thing once, and no change lost, whichever comes first."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from tests.support.cloud_core import eventually
from tests.support.http_api import Api, EventReader, add_signal, set_level
from tests.support.pages import DESKTOP, context_of, give_password, sign_in

OPERATOR = "operator.balaikota"
GAUGE = "[data-gauge=manggarai]"
PAGE = "/control?list=gauges"
DATA = ("/api/v1/gauges", "/api/v1/flood-states", "/api/v1/incidents")


@pytest.fixture(scope="module")
def city(api: Api) -> Api:
    with api.connection() as conn:
        set_level(conn, "manggarai", 700, stage=4)
        add_signal(conn, source="camera:cam-manggarai")
    give_password(api, OPERATOR)
    # A page asks again for what changed after it was opened, or may have: opening it takes less than ten seconds.
    eventually(lambda: newest_change_seconds(api) > 10, what="the changes of this fixture are ten seconds old")
    return api


def newest_change_seconds(api: Api) -> float:
    """How many seconds ago the API heard the newest change of the database; 0 while it does not listen."""
    with api.client("petugas.lh") as client, client.stream("GET", "/api/v1/live", timeout=20) as answer:
        _, hello = EventReader(answer.iter_lines()).next(lambda name: name == "hello")
    return min(hello.get("changed_seconds_ago", {}).values(), default=0.0)


def context_of_operator(browser: Browser, city: Api) -> BrowserContext:
    context = context_of(browser, DESKTOP)
    sign_in(context, city, OPERATOR)
    return context


class RequestHold:
    """The first request of an address, which waits until it is let go; later ones go through."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.page, self.routes = page, list[Route]()
        page.route(pattern, self._hold)

    def _hold(self, route: Route) -> None:
        if self.routes:
            route.continue_()
        else:
            self.routes.append(route)

    def wait(self) -> Route:
        while not self.routes:
            self.page.wait_for_timeout(20)  # lets the handler run
        return self.routes[0]

    def let_go(self) -> None:
        self.wait().continue_()


def opened(page: Page, city: Api) -> Counter[str]:
    """The control room with all its answers while the stream is held; counts what is asked for."""
    requested: Counter[str] = Counter()
    page.on("request", lambda request: requested.update([urlsplit(request.url).path]))
    page.goto(city.url + PAGE)
    expect(page.locator(GAUGE).first).to_contain_text("700")
    expect(page.locator("#connection")).to_have_attribute("data-state", "connecting")
    return requested


def test_answers_that_came_before_the_stream_are_not_requested_twice_if_nothing_changed(
    browser: Browser, city: Api
) -> None:
    context = context_of_operator(browser, city)
    page = context.new_page()
    stream = RequestHold(page, "**/api/v1/live")
    requested = opened(page, city)
    before = {path: requested[path] for path in DATA}
    stream.let_go()
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    assert {path: requested[path] for path in DATA} == before
    context.close()


def test_a_change_between_the_answers_and_the_stream_is_not_lost(browser: Browser, city: Api) -> None:
    context = context_of_operator(browser, city)
    page = context.new_page()
    stream = RequestHold(page, "**/api/v1/live")
    requested = opened(page, city)
    before = requested["/api/v1/flood-states"]
    with city.connection() as conn:
        set_level(conn, "manggarai", 871, stage=2)
    stream.let_go()
    expect(page.locator(GAUGE).first).to_contain_text("871")
    assert requested["/api/v1/flood-states"] == before, "what did not change is not asked for again"
    with city.connection() as conn:
        set_level(conn, "manggarai", 700, stage=4)
    context.close()


def test_an_answer_in_transit_when_the_stream_began_is_requested_again_if_it_is_old(
    browser: Browser, city: Api
) -> None:
    context = context_of_operator(browser, city)
    page = context.new_page()
    stream, gauges = RequestHold(page, "**/api/v1/live"), RequestHold(page, "**/api/v1/gauges")
    with city.client() as client:
        old = client.get("/api/v1/gauges").json()
    page.goto(city.url + PAGE, wait_until="commit")
    gauges.wait()
    with city.connection() as conn:
        set_level(conn, "manggarai", 872, stage=2)
    stream.let_go()
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    gauges.wait().fulfill(json=old)
    expect(page.locator(GAUGE).first).to_contain_text("872")
    with city.connection() as conn:
        set_level(conn, "manggarai", 700, stage=4)
    context.close()
