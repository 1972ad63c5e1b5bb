"""The accuracy sample in a real Chromium: an operator judges each image once, without the camera's decision."""

from __future__ import annotations

from playwright.sync_api import Browser, expect
from tests.support.accuracy_sample import draw_a_frame
from tests.support.http_api import Api
from tests.support.pages import PHONE, axe_violations, opened

CAMERAS = ("cam-manggarai", "cam-kampung-melayu", "cam-kemang")


def test_an_operator_judges_images_of_the_sample_one_by_one(browser: Browser, api: Api) -> None:
    for camera in CAMERAS:
        draw_a_frame(api, camera)
    page = opened(browser, api, "operator.balaikota", "/control/samples", size=PHONE)
    sample = page.locator("#sample")
    expect(sample).to_contain_text("menunggu: 3")
    expect(sample.locator("img")).to_have_js_property("complete", True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    page.get_by_role("switch", name="Banjir").check()
    page.get_by_role("button", name="Simpan jawaban").click()
    expect(sample).to_contain_text("menunggu: 2")
    expect(page.get_by_role("switch", name="Banjir")).not_to_be_checked()
    page.get_by_role("button", name="Tidak satu pun terlihat").click()
    expect(sample).to_contain_text("menunggu: 1")
    page.get_by_role("button", name="Tidak dapat dinilai").click()
    expect(page.locator("main")).to_contain_text("Tidak ada gambar yang menunggu penilaian")
    page.context.close()
    with api.connection() as conn:
        answers = conn.execute("SELECT present FROM accuracy_item ORDER BY answered_at").fetchall()
    assert [one["present"] for one in answers] == [["flooding"], [], None]
    leader = opened(browser, api, "gubernur", "/control/samples", size=PHONE)
    expect(leader.locator("main")).to_contain_text("tidak boleh membuka")
    leader.context.close()
