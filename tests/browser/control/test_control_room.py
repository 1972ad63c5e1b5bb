"""The control room in a real Chromium: what is open by its urgency, why, and all that an operator does about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from tests.support import control_seed
from tests.support.http_api import Api, a_photo, add_signal, set_level, task_of
from tests.support.pages import DESKTOP

from siaga_cloud.platform.db.connection import Connection

CONTROL_ROOM = ViewportSize(width=1920, height=1080)
OFFICER_AT = (-6.2081, 106.8485)
# Two fingers that move apart on a chart.
PINCH = """(over) => {
  const at = (type, pointerId, clientX) =>
    over.dispatchEvent(new PointerEvent(type, {pointerId, clientX, pointerType: "touch", bubbles: true}));
  const {left, width} = over.getBoundingClientRect();
  over.setPointerCapture = () => undefined;
  at("pointerdown", 1, left + width * 0.4);
  at("pointerdown", 2, left + width * 0.6);
  at("pointermove", 1, left + width * 0.1);
  at("pointermove", 2, left + width * 0.9);
  at("pointerup", 1, left + width * 0.1);
  at("pointerup", 2, left + width * 0.9);
}"""


@pytest.fixture(scope="module")
def city(api: Api) -> Api:
    """A flood that camera, gauge and citizens see, a pile of rubbish, and a gauge at Siaga 2."""
    with api.connection() as conn:
        for minutes in (60, 30, 0):
            at = datetime.now(UTC) - timedelta(minutes=minutes)
            set_level(conn, "manggarai", 862 - minutes, stage=2, at=at)
        add_signal(conn, source="gauge:manggarai", minutes_ago=20)
        add_signal(conn, source="camera:cam-manggarai", minutes_ago=15)
        add_signal(conn, source="citizen:a", minutes_ago=10, confidence=1)
        add_signal(conn, category="trash", source="citizen:b", place=(-6.19, 106.82), severity="minor")
    control_seed.seed(api)
    return api


def number_of(conn: Connection, incident: UUID) -> int:
    row = conn.execute("SELECT number FROM incident WHERE id = %s", (incident,)).fetchone()
    assert row is not None
    return int(row["number"])


def dashboard(
    browser: Browser, city: Api, user: str = "operator.balaikota", locale: str = "id-ID", *, at: str = "/control"
) -> Page:
    """The wall, signed in; any complaint of the page's own scripts fails the test."""
    context = browser.new_context(viewport=CONTROL_ROOM, locale=locale)
    context.set_extra_http_headers({"Authorization": f"Bearer {city.tokens[user]}"})
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{city.url}{at}")
    return page


def test_the_severest_is_first_with_its_ledger_and_an_operator_confirms_sends_and_verifies(
    browser: Browser, city: Api
) -> None:
    page = dashboard(browser, city)
    first = page.locator("#queue li").first
    expect(first).to_contain_text("Banjir", timeout=20_000)
    first.locator("button").click()
    expect(page.locator("#ledger .card")).to_have_count(3, timeout=20_000)
    page.locator("#confirm").click()
    expect(page.locator("#selected")).to_contain_text("dibenarkan operator", timeout=20_000)
    incident = page.locator("#selected a", has_text="Halaman kejadian").get_attribute("href")
    assert incident is not None
    with city.connection() as conn:
        task = task_of(conn, UUID(incident.rsplit("/", 1)[1]))
    resolved(city, str(task))
    verify = page.locator("#task button[data-verb=verify]")
    verify.click()
    expect(page.locator("#task")).to_contain_text("diperiksa", timeout=20_000)
    page.context.close()


def test_by_keys_alone_an_incident_is_opened_a_dialog_left_and_the_queue_found_again(
    browser: Browser, city: Api
) -> None:
    page = dashboard(browser, city)
    first = page.locator("#queue button").first
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".room-chosen")).to_be_focused()
    false_alarm = page.get_by_role("button", name="Keliru", exact=True)
    expect(false_alarm).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        if false_alarm.evaluate("(one) => one === document.activeElement"):
            break
    expect(false_alarm).to_be_focused()
    assert false_alarm.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "() => document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(false_alarm).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    page.context.close()


def test_by_keys_alone_an_incident_is_confirmed_sent_and_verified_and_each_step_leads_on(
    browser: Browser, city: Api
) -> None:
    with city.connection() as conn:
        incident = add_signal(conn, source="gauge:karet", place=(-6.1985, 106.8099), severity="severe")
        add_signal(conn, source="camera:cam-karet", place=(-6.1985, 106.8099), severity="severe")
        task = str(task_of(conn, incident))
        number = number_of(conn, incident)
    page = dashboard(browser, city)
    row = page.locator("#queue button", has_text=f"#{number} ")
    expect(row).to_be_visible()
    walk_to(page, row)
    page.keyboard.press("Enter")
    expect(page.locator(".room-chosen")).to_be_focused()
    expect(page.locator("#selected")).to_contain_text("Mengapa dipercaya?")
    expect(page.locator("#ledger .card")).to_have_count(2)

    walk_to(page, page.locator("#confirm"))
    page.keyboard.press("Enter")
    expect(page.locator(".toasts")).to_contain_text("Dibenarkan")
    expect(page.locator("#heard[role=status]")).to_contain_text("dibenarkan operator")
    expect(page.locator("#confirm")).to_have_count(0)
    expect(page.locator("#dispatch")).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.locator(".toasts")).to_contain_text("Tugas dikirim ke")
    expect(page.locator(".room-chosen")).to_be_focused()
    expect(page.locator("#heard")).to_contain_text("ditugaskan")

    resolved(city, task)
    verify = page.locator("#task button[data-verb=verify]")
    expect(verify).to_be_visible()
    walk_to(page, verify)
    page.keyboard.press("Enter")
    expect(page.locator(".toasts")).to_contain_text("Hasilnya disetujui")
    expect(page.locator("#heard")).to_contain_text("selesai, diperiksa")
    expect(page.locator(".room-chosen")).to_be_focused()
    walk_to(page, page.locator("#leave"))
    page.keyboard.press("Enter")
    expect(page.locator("#needs")).to_be_visible()
    assert page.evaluate("() => document.activeElement !== document.body")
    page.context.close()


def walk_to(page: Page, wanted: Locator) -> None:
    """With Tab to something, which can be seen to have the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            break
    expect(wanted).to_be_focused()
    assert wanted.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid"


def test_while_nothing_is_chosen_the_control_room_shows_what_needs_somebody_now_and_leads_there(
    browser: Browser, city: Api
) -> None:
    page = dashboard(browser, city, locale="en-GB")
    needs = page.locator("#needs")
    expect(needs).to_contain_text("PA Manggarai")
    expect(needs).to_contain_text("High water")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "only the wall's own lists scroll"
    needs.get_by_role("button", name="PA Manggarai").click()
    expect(page.locator("#gauge")).to_be_visible()
    expect(page.locator(".room-chosen")).to_be_focused()
    page.locator("#leave").click()
    expect(needs).to_be_visible()
    page.get_by_role("button", name="gauges unknown").click()
    expect(page.get_by_role("tab", name="Coverage")).to_have_attribute("aria-selected", "true")
    page.context.close()


def test_storm_mode_explains_what_it_does_before_it_does_it(browser: Browser, city: Api) -> None:
    page = dashboard(browser, city, locale="en-GB")
    page.locator("#storm").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("nothing is lost")
    page.keyboard.press("Escape")
    expect(page.locator("#storm")).to_contain_text("off")
    page.locator("#storm").click()
    dialog.get_by_role("button", name="Begin storm mode").click()
    expect(page.locator("#storm")).to_contain_text("on")
    page.locator("#storm").click()
    dialog.get_by_role("button", name="End storm mode").click()
    expect(page.locator("#storm")).to_contain_text("off")
    page.context.close()


def test_a_false_alarm_whose_task_is_in_progress_ends_both(browser: Browser, city: Api) -> None:
    with city.connection() as conn:
        incident = add_signal(conn, source="gauge:pluit", place=(-6.12, 106.79), severity="severe")
        add_signal(conn, source="camera:cam-pluit", place=(-6.12, 106.79), severity="severe")
        number = number_of(conn, incident)
    page = dashboard(browser, city, locale="en-GB", at=f"/control?number={number}")
    page.get_by_role("button", name="False alarm").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("its task is called off")
    dialog.locator("textarea").fill("the sluice was washed")
    dialog.get_by_role("button", name="False alarm").click()
    expect(page.locator("#heard")).to_contain_text("rejected")
    expect(page.locator("#heard")).to_contain_text("not needed")
    page.context.close()


def resolved(city: Api, task: str) -> None:
    """An officer does the work, through the API as the phone would."""
    with city.client("operator.balaikota") as client:
        sent = client.post(f"/api/v1/tasks/{task}/moves", json={"verb": "assign", "to": "petugas.sda"})
        assert sent.is_success, sent.text
    with city.client("petugas.sda") as client:
        for verb in ("accept", "arrive"):
            assert client.post(f"/api/v1/tasks/{task}/moves", json={"verb": verb}).is_success
        photo = client.post(f"/api/v1/tasks/{task}/photos", files={"photo": a_photo(gps=OFFICER_AT)}).json()
        done = client.post(f"/api/v1/tasks/{task}/moves", json={"verb": "resolve", "photo_id": photo["photo_id"]})
        assert done.is_success, done.text


def test_a_leader_opens_what_a_link_of_a_dashboard_names_and_is_offered_nothing_to_press(
    browser: Browser, city: Api
) -> None:
    with city.client() as client:
        number = client.get("/api/v1/incidents", params={"category": "trash"}).json()[0]["number"]
        task = client.get("/api/v1/tasks").json()[0]
        assert client.get("/api/v1/tasks", params={"number": 2**31}).json() == []
    page = dashboard(browser, city, "gubernur", locale="en-GB", at=f"/control?number={number}")
    expect(page.locator("#selected")).to_contain_text(f"#{number}", timeout=20_000)
    expect(page.locator("#selected")).to_contain_text("Why is it believed?", timeout=20_000)
    expect(page.locator("#confirm")).to_have_count(0)
    page.goto(f"{city.url}/control?task={task['number']}")
    expect(page).to_have_url(f"{city.url}/control?incident={task['incident_id']}", timeout=20_000)
    expect(page.locator("#task h3")).to_contain_text(str(task["number"]), timeout=20_000)
    page.goto(f"{city.url}/control?camera=cam-manggarai")
    expect(page.locator("#camera")).to_be_visible(timeout=20_000)
    page.context.close()


def test_a_leader_watches_a_camera_live_and_sees_officers_who_agreed(browser: Browser, city: Api) -> None:
    page = dashboard(browser, city, "gubernur", locale="en-GB", at="/control?list=cameras")
    page.locator("[data-camera=cam-manggarai]").click()
    page.locator("#watch").click()
    expect(page.locator("#camera")).to_have_attribute("data-live", "true")
    expect(page.locator("#look, #mask, #unmask")).to_have_count(0)
    page.goto(f"{city.url}/control?list=officers")
    expect(page.locator("#officers")).to_contain_text("Only officers who agreed", timeout=20_000)
    with city.connection() as conn:
        rows = conn.execute("SELECT DISTINCT action FROM audit WHERE actor = 'gubernur'").fetchall()
    assert {row["action"] for row in rows} >= {"look_through_camera", "look_at_officers"}
    page.context.close()


def test_a_camera_shows_its_snapshot_and_zones_is_rechecked_watched_live_masked_and_restored(
    browser: Browser, city: Api
) -> None:
    page = dashboard(browser, city, locale="en-GB", at="/control?list=cameras")
    page.locator("[data-camera=cam-manggarai]").click()
    snapshot = page.locator("#camera .snapshot-frame img")
    expect(snapshot).to_have_js_property("naturalWidth", 640)
    expect(page.locator("#camera .zones polygon")).to_have_count(2)

    page.locator("#watch").click()
    expect(page.locator("#camera")).to_have_attribute("data-live", "true")
    page.locator("#look").click()
    page.get_by_role("dialog").get_by_role("button", name="Request a camera recheck").click()
    expect(page.locator("#looks li").first).to_have_attribute("data-state", "waiting")

    for verb, reason in (("mask", "it turned to a house"), ("unmask", "turned back")):
        page.locator(f"#{verb}").click()
        page.get_by_role("dialog").locator("textarea").fill(reason)
        page.get_by_role("dialog").locator("button.danger, button.main").click()
        if verb == "mask":
            expect(page.locator("#camera .snapshot-none")).to_contain_text("Hidden")
    expect(page.locator("#mask")).to_be_visible()
    with city.connection() as conn:
        rows = conn.execute(
            "SELECT action FROM audit WHERE object_id = 'cam-manggarai' AND actor LIKE 'operator%' ORDER BY id"
        ).fetchall()
    wanted = ["look_through_camera", "request_camera_look", "mask_camera", "unmask_camera"]
    assert [row["action"] for row in rows] == wanted
    page.context.close()


def test_keys_alone_confirm_and_undo_and_every_view_has_an_address(browser: Browser, city: Api) -> None:
    with city.connection() as conn:
        incident = add_signal(
            conn, source="camera:cam-karet", category="trash", place=(-6.25, 106.9), severity="severe"
        )
        number = number_of(conn, incident)
    page = dashboard(browser, city, at=f"/control?words=%23{number}")
    page.set_viewport_size(DESKTOP)
    rows = page.locator("#queue button")
    expect(rows).to_have_count(1)
    page.keyboard.press("j")
    expect(rows).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{city.url}/control?words=%23{number}&incident={incident}")
    expect(page.locator("#confirm")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("#heard")).to_contain_text("dibenarkan operator")
    page.keyboard.press("u")
    expect(page.locator(".toasts")).to_contain_text("Putusan ditarik kembali")
    expect(page.locator("#heard")).not_to_contain_text("dibenarkan")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("kejadian berikutnya")
    page.keyboard.press("Escape")
    page.go_back()
    expect(page.locator("#needs")).to_be_visible()
    expect(page.locator("#search")).to_have_value(f"#{number}")
    page.goto(f"{city.url}/control")
    expect(rows.nth(1)).to_be_visible()
    tops = [rows.nth(at).evaluate("(one) => one.getBoundingClientRect().top") for at in (0, 1)]
    assert (DESKTOP["height"] - tops[0]) / (tops[1] - tops[0]) >= 12, "twelve rows are visible at 1440 by 900"
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page.context.close()


def test_a_dead_gauge_never_looks_dry_and_officers_are_listed_with_their_age(browser: Browser, city: Api) -> None:
    page = dashboard(browser, city, at=f"/control?list=coverage&gauge={control_seed.DEAD_GAUGE}")
    expect(page.locator("#gauge .banner")).to_contain_text("Ini bukan air surut")
    expect(page.locator("#gauge .mark")).to_contain_text("?")
    expect(page.locator("#coverage .counts .edge-0")).to_contain_text("Tanpa data")
    page.get_by_role("tab", name="Petugas").click()
    rows = page.locator("#officers tbody tr")
    expect(rows).to_have_count(2)
    expect(page.locator("#officers .warn")).to_have_count(1)
    page.get_by_role("tab", name="Pos pantau").click()
    page.locator("[data-gauge=manggarai]").click()
    page.locator("#gauge .level-plot").focus()
    page.keyboard.press("Home")
    expect(page.locator("#gauge .chart-said")).to_contain_text("802 cm")
    plot = page.locator("#gauge .level-plot")
    for zoom in ("keys", "fingers"):
        if zoom == "keys":
            page.keyboard.press("+")
        else:
            page.locator("#gauge .u-over").evaluate(PINCH)
        expect(plot).to_have_attribute("data-zoomed", "true")
        page.get_by_role("button", name="Tampilkan semua").click()
        expect(plot).to_have_attribute("data-zoomed", "false")
    page.locator("#gauge [data-range='6h']").press("Enter")
    expect(page.locator("#gauge [data-range='6h']")).to_have_attribute("aria-pressed", "true")
    page.locator("#gauge .chart-data summary").click()
    expect(page.locator("#gauge .chart-data tbody tr")).to_have_count(3)
    page.context.close()
