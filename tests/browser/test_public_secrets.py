"""Names, plates and telephone numbers lie in the database and on no public page, whatever the page asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect
from tests.support import control_seed
from tests.support.http_api import MANGGARAI, Api, add_signal, task_of
from tests.support.pages import DESKTOP, PUBLIC, context_of, open_page

from siaga_cloud.cameras.store import masks as camera_masks
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.reports.service.reports import NewReport, file_report
from siaga_cloud.reports.store.reports import Contact

NAME, PHONE_NUMBER, PLATE = "Sri Wahyuningsih", "0812-5550-1234", "B 1234 XYZ"
MAIL, OFFICER, MASKED_FOR = "sri.rahasia@example.org", "Bambang Rahasia", "shows the window of Sri"
SECRETS: Final = (NAME, PHONE_NUMBER, PLATE, MAIL, OFFICER, MASKED_FOR, "operator.balaikota", "petugas.sda")
HAS_FETCHED: Final = """() => performance.getEntriesByType("resource").some(
  (one) => /\\/(api|state)\\//.test(one.name) && one.responseEnd > 0)"""


@pytest.fixture(scope="module")
def paths(api: Api) -> list[str]:
    """A city with secrets in every place where people write; the addresses of its public pages."""
    now = datetime.now(UTC)
    control_seed.seed(api)
    with api.connection() as conn:
        conn.execute("UPDATE app_user SET name = %s WHERE id = 'petugas.sda'", (OFFICER,))
        camera_masks.begin(conn, "cam-manggarai", by="operator.balaikota", reason=MASKED_FOR, now=now)
        reported = file_report(
            conn,
            NewReport(
                channel="web", category="illegal_parking", body=f"{NAME}, {PHONE_NUMBER}: mobil {PLATE} parkir",
                lat=MANGGARAI[0], lon=MANGGARAI[1], reporter=PHONE_NUMBER, photos=(),
                contact=Contact(name=NAME, email=MAIL, phone=PHONE_NUMBER),
            ),
            areas=AreaLookup(), now=now,
        )  # fmt: skip
        parked = incidents.process_signal(conn, reported.report_id, areas=AreaLookup(), now=now)
        conn.commit()
        flood = add_signal(conn, source="camera:cam-manggarai", minutes_ago=15, note=f"{NAME} {PLATE}")
        task = task_of(conn, flood)
    with api.client("operator.balaikota") as operator:
        note = {"verdict": "confirmed", "note": f"{NAME} called from {PHONE_NUMBER}"}
        operator.post(f"/api/v1/incidents/{flood}/verdict", json=note).raise_for_status()
        operator.post(f"/api/v1/tasks/{task}/moves", json={"verb": "assign", "to": "petugas.sda"}).raise_for_status()
        # They are really there, or the test below would find nothing whatever happened.
        assert PHONE_NUMBER in operator.get(f"/api/v1/incidents/{parked}").text + operator.get(
            "/api/v1/tasks"
        ).text or (OFFICER in operator.get("/api/v1/tasks").text)
    return [*PUBLIC, f"/incidents/{flood}", f"/incidents/{parked}", "/areas/31.74.01.manggarai", "/embed/map"]


def shown_and_fetched(context: BrowserContext, origin: str, path: str) -> list[tuple[str, str]]:
    """The page's own content and every data response that it fetched, each with where it comes from."""
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response))
    page.goto(origin + path)
    expect(page.locator("main, canvas").first).to_be_attached()  # else only the words for those without scripts
    page.wait_for_function(HAS_FETCHED)  # on a busy machine a page is attached before it requests its data
    expect(page.get_by_text("Memuat")).to_have_count(0)  # what is still asked for would not be looked at
    bodies = [(answer.url, answer.text()) for answer in [*answers] if is_data(answer)]
    bodies.append((path, page.content()))
    page.close()
    return bodies


def test_no_public_page_shows_or_fetches_what_belongs_to_people(browser: Browser, api: Api, paths: list[str]) -> None:
    context = context_of(browser, DESKTOP, locale="id-ID")
    bodies: list[tuple[str, str]] = []

    for path in paths:
        bodies += shown_and_fetched(context, api.url, path)
    found = [f"{where}: {secret}" for where, body in bodies for secret in SECRETS if secret in body]
    assert not found, "\n".join(sorted(set(found)))
    assert len(bodies) > 2 * len(paths)
    context.close()


def is_data(answer: Response) -> bool:
    """An answer of the API, or a published file, that ends and is no picture."""
    kind = answer.headers.get("content-type", "")
    is_ours = "/api/" in answer.url or "/state/" in answer.url
    return is_ours and answer.ok and "event-stream" not in kind and not kind.startswith("image/")


def test_no_script_and_no_style_runs_that_is_not_a_file_of_ours(browser: Browser, api: Api) -> None:
    page = open_page(context_of(browser), api.url)
    assert injected(page) == {"ran": False, "foreign": False}
    page.context.close()


def injected(page: Page) -> dict[str, bool]:
    """What becomes of a script that somebody brought into the page, inline or from elsewhere."""
    found: dict[str, bool] = page.evaluate(
        "async () => {"
        " const inline = document.createElement('script'); inline.textContent = 'window.ran = true';"
        " const foreign = document.createElement('script'); foreign.src = 'http://127.0.0.2:9/x.js';"
        " const refused = new Promise((tell) => document.addEventListener('securitypolicyviolation',"
        "   (event) => event.blockedURI.includes('127.0.0.2') && tell(false)));"
        " document.body.append(inline, foreign);"
        " return {ran: window.ran === true, foreign: await refused}; }"
    )
    return found
