"""The last day in the control room, in a real Chromium: a replayed minute is what the API held then."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from tests.support.http_api import Api, add_signal, task_of
from tests.support.pages import axe_violations
from tests.support.past_city import next_minute, send_levels, wait_for_minute

from siaga_cloud.incidents.service import flood_states

CONTROL_ROOM = ViewportSize(width=1920, height=1080)
OPERATOR = "operator.balaikota"
# What the page says of the city: the figures of the strip, the queue and the gauges' levels.
SHOWN = """() => ({
  figures: [...document.querySelectorAll(".room-strip .count")].map((one) => one.innerText.trim()),
  queue: [...document.querySelectorAll("#queue .queue-row .strong")].map((one) => one.innerText),
})"""


def page_of(browser: Browser, api: Api, at: str, *, size: ViewportSize = CONTROL_ROOM, locale: str = "id-ID") -> Page:
    context = browser.new_context(viewport=size, locale=locale)
    context.set_extra_http_headers({"Authorization": f"Bearer {api.tokens[OPERATOR]}"})
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{api.url}{at}")
    return page


def held_by(client: httpx.Client) -> dict[str, Any]:
    """What decides what the page shows: gauges' stages, open incidents with their tasks, tasks under way."""
    return {
        "stages": {one["id"]: (one["stage"], one["level_cm"]) for one in client.get("/api/v1/gauges").json()},
        "incidents": {
            one["id"]: (one["severity"], one["confidence"], one["verdict"], one["task_state"])
            for one in client.get("/api/v1/incidents", params={"state": "open"}).json()
        },
        "tasks": {
            one["id"]: (one["state"], one["assignee_id"])
            for one in client.get("/api/v1/tasks").json()
            if not one["finished"]
        },
        "flood_states": {one["area_id"]: one["state"] for one in client.get("/api/v1/flood-states").json()},
    }


def of_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """The same of what the page was given for a past minute."""
    return {
        "stages": {one["id"]: (one["stage"], one["level_cm"]) for one in answer["gauges"]},
        "incidents": {
            one["id"]: (one["severity"], one["confidence"], one["verdict"], one["task_state"])
            for one in answer["incidents"]
        },
        "tasks": {one["id"]: (one["state"], one["assignee_id"]) for one in answer["tasks"] if not one["finished"]},
        "flood_states": {one["area_id"]: one["state"] for one in answer["flood_states"]},
    }


def settled(page: Page, api: Api) -> None:
    """The page has loaded everything, and shows as many open incidents as the API has."""
    with api.client(OPERATOR) as client:
        count = len(client.get("/api/v1/incidents", params={"state": "open"}).json())
    expect(page.locator("#queue > li")).to_have_count(count)
    expect(page.locator(".room-strip .count", has_text="–")).to_have_count(0)


@pytest.fixture(scope="module")
def flood(api: Api) -> tuple[UUID, UUID]:
    """A flood at Siaga 2 with an open task, and a pile of rubbish."""
    send_levels(api, "manggarai", [845, 850, 853, 856, 860])
    with api.connection() as conn:
        incident = add_signal(conn, source="camera:cam-manggarai")
        add_signal(conn, source="citizen:a")
        add_signal(conn, category="trash", source="citizen:b", place=(-6.19, 106.82), severity="minor")
        flood_states.refresh(conn, now=datetime.now(UTC))
        conn.commit()
        return incident, task_of(conn, incident)


@pytest.mark.slow
def test_a_past_minute_shows_what_the_api_held_then_and_now_comes_back(
    browser: Browser, api: Api, flood: tuple[UUID, UUID]
) -> None:
    incident, task = flood
    page = page_of(browser, api, "/control")
    settled(page, api)
    minute = next_minute()
    with api.client(OPERATOR) as client:
        held = held_by(client)
        shown = page.evaluate(SHOWN)
        wait_for_minute(minute)
        assert client.post(f"/api/v1/incidents/{incident}/verdict", json={"verdict": "confirmed"}).status_code == 200
        move = {"verb": "assign", "to": "petugas.sda"}
        assert client.post(f"/api/v1/tasks/{task}/moves", json=move).status_code == 200
        send_levels(api, "manggarai", [948, 951, 955, 960, 962])
        with api.connection() as conn:
            add_signal(conn, source="camera:cam-karet", place=(-6.1985, 106.8099))
        assert held_by(client) != held
    settled(page, api)
    expect(page.locator(".room-strip .count").first).to_contain_text("1")  # Siaga 1 has been reached

    name = minute.strftime("%Y-%m-%dT%H:%MZ")
    with page.expect_response(lambda answer: "/control-room/state" in answer.url) as answered:
        page.goto(f"{api.url}/control?at={name}")
    assert of_answer(answered.value.json()) == held
    expect(page.locator("#seen-at")).to_contain_text("bukan sekarang")
    now = page.evaluate(SHOWN)
    assert now["queue"] == shown["queue"]
    # What hangs on nodes' missing messages is not stored, so that it is no figure of the past.
    assert [one for one in now["figures"] if "pesan tertunda" not in one] == [
        one for one in shown["figures"] if "pesan tertunda" not in one
    ]

    # What happens meanwhile does not show; nothing can be done to the past, and its address is the page's.
    with api.connection() as conn:
        add_signal(conn, source="camera:cam-pluit", place=(-6.12, 106.79), category="trash")
    page.locator("#queue button").first.click()
    expect(page.locator("#selected")).to_contain_text("tidak ada yang dapat diubah")
    expect(page.locator("#confirm, #false-alarm, #dispatch, #storm")).to_have_count(0)
    assert f"at={name.replace(':', '%3A')}" in page.url
    expect(page.locator("#queue > li")).to_have_count(len(shown["queue"]))
    page.locator("#to-now").click()
    expect(page.locator(".room-time")).to_have_count(0)
    settled(page, api)
    expect(page.locator("#confirm, #selected [data-verb], #dispatch").first).to_be_attached()
    page.go_back()
    expect(page.locator("#seen-at")).to_be_visible()
    page.context.close()


def test_the_slider_obeys_keys_and_the_replay_goes_on_and_ends_by_itself(
    browser: Browser, api: Api, flood: tuple[UUID, UUID]
) -> None:
    page = page_of(browser, api, "/control", locale="en-GB")
    page.locator("#replay").click()
    expect(page.locator("#seen-at")).to_contain_text("not now")
    expect(page.locator("#play")).to_be_disabled()
    slider = page.locator("#time")
    slider.focus()
    value = int(slider.input_value())
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value(str(value - 3))
    first = shown_minute(page)
    page.locator("#earlier").click()
    expect(page.locator(".room-time")).not_to_have_attribute("data-shown", first)
    expect(slider).to_have_value(str(value - 13))
    page.locator("#speed").select_option("5")
    page.locator("#play").click()
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")
    page.locator("#speed").select_option("15")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")
    assert axe_violations(page) == []
    page.context.close()


def test_of_a_minute_before_the_history_nothing_is_called_calm(
    browser: Browser, api: Api, flood: tuple[UUID, UUID]
) -> None:
    at = datetime.now(UTC).replace(hour=datetime.now(UTC).hour)
    name = at.fromtimestamp(at.timestamp() - 6 * 3600, UTC).strftime("%Y-%m-%dT%H:%MZ")
    page = page_of(browser, api, f"/control?at={name}")
    expect(page.locator(".room-list")).to_contain_text("Bukan berarti tidak ada apa-apa")
    expect(page.locator(".room-side")).to_contain_text("Tidak tersimpan")
    expect(page.locator(".counts-row.grow .count").first).to_contain_text("–")
    page.context.close()


def test_an_address_of_long_ago_states_why_it_shows_nothing(browser: Browser, api: Api) -> None:
    page = page_of(browser, api, "/control?at=2026-01-01T00:00Z")
    expect(page.locator("#seen-at")).to_contain_text("24 jam terakhir")
    expect(page.locator("#queue > li")).to_have_count(0)
    page.locator("#to-now").click()
    expect(page).not_to_have_url(json.dumps("at="))
    expect(page.locator(".room-time")).to_have_count(0)
    page.context.close()


def shown_minute(page: Page) -> str:
    bar = page.locator(".room-time")
    expect(bar).not_to_have_attribute("data-shown", "")
    return bar.get_attribute("data-shown") or ""
