"""What administrators change, in a real Chromium: said before, at its field where wrong, seen by all after."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect
from tests.support.admin_desk import go
from tests.support.http_api import Api
from tests.support.pages import DESK, axe_findings, context_of, open_page, sign_in

from siaga_cloud.dead_letters.jobs import AdminJobs

GAUGE, AREA = "manggarai", "31.74.01.manggarai"


def test_a_gauge_s_datum_and_warned_areas_are_set_and_shown_again(desk: Page, api: Api) -> None:
    go(desk, api, f"/edit/gauge/{GAUGE}")
    desk.get_by_label("Nol pengukur di atas datum kota (cm)").fill("-12,5")
    for typed, name in (("bukit du", "Bukit Duri"), ("manggarai sel", "Manggarai Selatan")):
        desk.get_by_label("Tambah wilayah").fill(typed)
        desk.locator("#warns .picks").get_by_role("button", name=name).click()
        expect(desk.locator("#warns li.tag", has_text=name)).to_be_visible()
    desk.locator("#save").click()
    expect(desk.get_by_text("Tersimpan").first).to_be_visible()
    go(desk, api, f"/edit/gauge/{GAUGE}")
    expect(desk.get_by_label("Nol pengukur di atas datum kota (cm)")).to_have_value("-12.5")
    expect(desk.locator("#warns li.tag")).to_have_count(2)
    desk.get_by_role("button", name="Jangan peringatkan Manggarai Selatan").click()
    desk.locator("#save").click()
    expect(desk.get_by_text("Tersimpan").first).to_be_visible()
    with api.client("admin") as admin:
        kept = admin.get(f"/api/v1/site-book/gauges/{GAUGE}").json()
    assert (kept["datum_cm"], kept["warned_names"]) == (-12.5, ["Bukit Duri"])


def test_what_is_wrong_in_a_gauge_is_said_at_its_field_in_both_languages_and_nothing_typed_is_lost(
    desk: Page, api: Api
) -> None:
    go(desk, api, f"/edit/gauge/{GAUGE}")
    datum, silent = desk.locator("input[name=datum]"), desk.locator("input[name=stale]")
    desk.get_by_label("Sungai atau kali").fill("Kali yang belum disimpan")
    silent.fill("")
    datum.fill("dua belas")
    desk.locator("#save").click()
    expect(silent).to_be_focused()  # the first that is wrong
    for field in (silent, datum):
        expect(field).to_have_attribute("aria-invalid", "true")
    expect(desk.locator(".field", has=datum)).to_contain_text("Tulis angka")
    silent.fill("900")
    datum.fill("99999999")  # only the server knows how far is too far
    desk.locator("#save").click()
    expect(datum).to_be_focused()
    expect(desk.locator(".field", has=datum)).to_contain_text("Paling banyak")
    desk.get_by_role("button", name="EN", exact=True).click()
    desk.locator("#save").click()
    expect(desk.locator(".field", has=datum)).to_contain_text("or less")
    desk.locator("input[name=lat]").fill("95")
    desk.locator("#save").click()
    expect(desk.locator("input[name=lat]")).to_be_focused()
    expect(desk.locator(".field", has=desk.locator("input[name=lat]"))).to_contain_text("from -90 to 90")
    desk.get_by_role("button", name="ID", exact=True).click()
    expect(desk.get_by_label("Sungai atau kali")).to_have_value("Kali yang belum disimpan")
    expect(datum).to_have_value("99999999")


def test_a_camera_that_is_made_stands_at_the_wall_and_a_gauge_on_everybody_s_page(
    browser: Browser, desk: Page, api: Api, jobs: AdminJobs
) -> None:
    context = context_of(browser, DESK)
    sign_in(context, api, "operator.balaikota")
    wall = open_page(context, f"{api.url}/control?list=cameras")
    go(desk, api, "/new/camera")
    _fill_site(desk, "cam-kali-baru", "Jembatan Kali Baru")
    expect(wall.locator("[data-camera=cam-kali-baru]")).to_contain_text("Jembatan Kali Baru")  # it was open all along
    go(desk, api, "/new/gauge")
    _fill_site(desk, "duga-jembatan-baru", "Pos Duga Jembatan Baru")
    citizen = open_page(context, f"{api.url}/gauges/duga-jembatan-baru")
    expect(citizen.locator("h1")).to_contain_text("Pos Duga Jembatan Baru")
    context.close()


def _fill_site(page: Page, site: str, name: str) -> None:
    page.get_by_label("ID", exact=True).fill(site)
    page.get_by_label("Nama (Indonesia)").fill(name)
    page.get_by_label("Lintang (lat)").fill("-6,2079")
    page.get_by_label("Bujur (lon)").fill("106,8484")
    page.locator("#save").click()
    expect(page).to_have_url(re.compile(f"/edit/.*/{site}$"))


def test_a_policy_s_changes_are_read_before_they_decide_and_the_old_one_is_used_again(desk: Page, api: Api) -> None:
    go(desk, api, "/policy")
    with api.client("admin") as admin:
        was = admin.get("/api/v1/policy/draft").json()
    first, second = was["document"]["rule"][0]["id"], was["document"]["rule"][1]["id"]
    desk.get_by_role("button", name=f"Ubah aturan {first}", exact=True).click()
    desk.get_by_label("Keyakinan sekurangnya (%)").fill("61")
    desk.get_by_role("dialog").get_by_role("button", name="Pakai").click()
    desk.get_by_role("button", name=f"Naikkan {second}").click()
    desk.locator("#try").click()
    expect(desk.locator("#said")).to_be_visible()
    desk.locator("#save").click()
    changes = desk.locator("#would-change")
    expect(changes).to_contain_text(f"Aturan {first} diubah")
    expect(changes).to_contain_text("yakin ≥ 61 %")
    expect(changes).to_contain_text(f"Urutan aturan menjadi: {second}, {first}")
    assert axe_findings(desk) == []
    desk.keyboard.press("Escape")
    expect(desk.locator("#save")).to_be_focused()
    with api.client("admin") as admin:
        assert admin.get("/api/v1/policy/draft").json()["version"] == was["version"]
    desk.locator("#save").click()
    desk.locator("#confirm").click()
    expect(desk.locator(".save-bar")).to_have_attribute("data-changed", "false")
    expect(desk.locator("#rules li").nth(1)).to_contain_text("yakin ≥ 61 %")
    with api.client("admin") as admin:
        now = admin.get("/api/v1/policy/draft").json()
    assert [one["id"] for one in now["document"]["rule"]][:2] == [second, first]
    desk.get_by_role("button", name=f"Pakai lagi nomor {was['version']}").click()
    desk.locator("#confirm").click()
    expect(desk.locator("#rules li").first).to_contain_text(first)
    with api.client("admin") as admin:
        assert admin.get("/api/v1/policy/draft").json()["document"] == was["document"]


def test_a_person_s_role_and_area_are_changed_and_a_person_is_shut_out_after_being_asked(desk: Page, api: Api) -> None:
    go(desk, api, "/users")
    desk.get_by_label("Cari ID, nama atau e-mail").fill("operator.balaikota")
    expect(desk.locator("[data-user]")).to_have_count(1)
    edit = desk.locator("[data-user='operator.balaikota']")
    edit.click()
    dialog = desk.locator("dialog").first
    dialog.get_by_label("Peran").select_option("area_head")
    dialog.get_by_label("Wilayah", exact=False).fill("bukit du")
    dialog.get_by_role("button", name="Bukit Duri").click()
    dialog.get_by_role("button", name="Simpan").click()
    expect(desk.get_by_text("Tersimpan").first).to_be_visible()
    dialog.get_by_role("button", name="Nonaktifkan").click()
    expect(desk.get_by_text("Tugas yang dipegangnya tidak berpindah sendiri", exact=False)).to_be_visible()
    desk.keyboard.press("Escape")  # the question only
    expect(dialog.get_by_role("button", name="Nonaktifkan")).to_be_focused()
    dialog.get_by_role("button", name="Nonaktifkan").click()
    desk.locator("#confirm").click()
    expect(dialog.get_by_role("button", name="Aktifkan lagi")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(edit).to_be_focused()
    row = desk.locator("tr", has_text="operator.balaikota")
    expect(row).to_contain_text("kepala wilayah")
    expect(row).to_contain_text("Bukit Duri")
    expect(row).to_contain_text("nonaktif")


def test_an_agency_is_removed_only_after_its_consequence_was_read(desk: Page, api: Api) -> None:
    go(desk, api, "/agencies")
    desk.get_by_role("button", name="Dinas baru").click()
    dialog = desk.locator("dialog").first
    dialog.get_by_role("button", name="Simpan").click()
    expect(dialog.get_by_label("ID dinas")).to_be_focused()  # what is missing is where one is put
    dialog.get_by_label("ID dinas").fill("dinas-coba")
    dialog.get_by_label("Nama", exact=True).fill("Dinas Coba")
    dialog.get_by_role("button", name="Simpan").click()
    desk.get_by_role("button", name="Ubah Dinas Coba").click()
    dialog.get_by_role("button", name="Hapus dinas").click()
    expect(desk.get_by_text("menjadi tanpa dinas", exact=False)).to_be_visible()
    desk.get_by_role("button", name="Batal", exact=True).click()
    dialog.get_by_role("button", name="Hapus dinas").click()
    desk.locator("#confirm").click()
    expect(desk.get_by_role("button", name="Ubah Dinas Coba")).to_have_count(0)


def test_the_audit_is_narrowed_and_said_in_words(desk: Page, api: Api) -> None:
    go(desk, api, "/audit")
    rows = desk.locator("tbody tr")
    desk.get_by_label("ID", exact=True).fill(GAUGE)
    desk.get_by_label("Perbuatan").select_option("save_gauge")
    expect(rows.first).to_contain_text(f"pengukur {GAUGE}")
    expect(desk.locator("tbody")).to_contain_text("nol pengukur (cm): 0 → -12.5")
    expect(desk.locator("tbody")).not_to_contain_text("masuk")
    desk.get_by_label("Perbuatan").select_option("")
    desk.get_by_label("ID", exact=True).fill("dinas-coba")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("menghapus dinas")
    desk.get_by_label("Siapa").fill("nobody")
    expect(desk.get_by_text("Tidak ada yang cocok")).to_be_visible()


def test_a_dialog_keeps_the_focus_and_gives_it_back(desk: Page, api: Api) -> None:
    go(desk, api, "/clocks")
    desk.get_by_role("button", name="Tambah batas waktu").click()
    expect(desk.get_by_role("dialog")).to_be_visible()
    is_inside = "document.activeElement === document.body || document.activeElement.closest('dialog')"
    for _ in range(60):
        desk.keyboard.press("Tab")
        # the browser's own bar has its turn between the last and the first
        assert desk.evaluate(f"() => Boolean({is_inside})")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("button", name="Tambah batas waktu")).to_be_focused()
