"""What administrators change, in a real Chromium: said before, at its field where wrong, seen by all after."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect
from tests.support.admin.browser import go
from tests.support.http_api import Api
from tests.support.pages import DESKTOP, axe_violations, context_of, open_page, sign_in

from siaga_cloud.dead_letters.jobs import AdminJobs

GAUGE, AREA = "manggarai", "31.74.01.manggarai"


def test_a_gauge_s_datum_and_warned_areas_are_set_and_shown_again(admin_page: Page, api: Api) -> None:
    go(admin_page, api, f"/edit/gauge/{GAUGE}")
    admin_page.get_by_label("Titik nol di atas datum kota (cm)").fill("-12,5")
    for typed, name in (("bukit du", "Bukit Duri"), ("manggarai sel", "Manggarai Selatan")):
        admin_page.get_by_label("Tambah wilayah").fill(typed)
        admin_page.locator("#warns .picks").get_by_role("button", name=name).click()
        expect(admin_page.locator("#warns li.tag", has_text=name)).to_be_visible()
    admin_page.locator("#save").click()
    expect(admin_page.get_by_text("Tersimpan").first).to_be_visible()
    go(admin_page, api, f"/edit/gauge/{GAUGE}")
    expect(admin_page.get_by_label("Titik nol di atas datum kota (cm)")).to_have_value("-12.5")
    expect(admin_page.locator("#warns li.tag")).to_have_count(2)
    admin_page.get_by_role("button", name="Jangan peringatkan Manggarai Selatan").click()
    admin_page.locator("#save").click()
    expect(admin_page.get_by_text("Tersimpan").first).to_be_visible()
    with api.client("admin") as admin:
        stored = admin.get(f"/api/v1/admin/sites/gauges/{GAUGE}").json()
    assert (stored["datum_cm"], stored["warned_names"]) == (-12.5, ["Bukit Duri"])


def test_gauge_mistakes_are_shown_at_their_field_in_both_languages_and_no_input_is_lost(
    admin_page: Page, api: Api
) -> None:
    go(admin_page, api, f"/edit/gauge/{GAUGE}")
    datum, silent = admin_page.locator("input[name=datum]"), admin_page.locator("input[name=stale]")
    admin_page.get_by_label("Sungai atau kali").fill("Kali yang belum disimpan")
    silent.fill("")
    datum.fill("dua belas")
    admin_page.locator("#save").click()
    expect(silent).to_be_focused()  # the first that is wrong
    for field in (silent, datum):
        expect(field).to_have_attribute("aria-invalid", "true")
    expect(admin_page.locator(".field", has=datum)).to_contain_text("Tulis angka")
    silent.fill("900")
    datum.fill("99999999")  # only the server knows how far is too far
    admin_page.locator("#save").click()
    expect(datum).to_be_focused()
    expect(admin_page.locator(".field", has=datum)).to_contain_text("Paling banyak")
    admin_page.get_by_role("button", name="EN", exact=True).click()
    admin_page.locator("#save").click()
    expect(admin_page.locator(".field", has=datum)).to_contain_text("or less")
    admin_page.locator("input[name=lat]").fill("95")
    admin_page.locator("#save").click()
    expect(admin_page.locator("input[name=lat]")).to_be_focused()
    expect(admin_page.locator(".field", has=admin_page.locator("input[name=lat]"))).to_contain_text("from -90 to 90")
    admin_page.get_by_role("button", name="ID", exact=True).click()
    expect(admin_page.get_by_label("Sungai atau kali")).to_have_value("Kali yang belum disimpan")
    expect(datum).to_have_value("99999999")


def test_a_new_camera_appears_in_the_control_room_and_a_new_gauge_on_everybody_s_page(
    browser: Browser, admin_page: Page, api: Api, jobs: AdminJobs
) -> None:
    context = context_of(browser, DESKTOP)
    sign_in(context, api, "operator.balaikota")
    dashboard = open_page(context, f"{api.url}/control?list=cameras")
    go(admin_page, api, "/new/camera")
    _fill_site(admin_page, "cam-kali-baru", "Jembatan Kali Baru")
    expect(dashboard.locator("[data-camera=cam-kali-baru]")).to_contain_text(
        "Jembatan Kali Baru"
    )  # it was open all along
    go(admin_page, api, "/new/gauge")
    _fill_site(admin_page, "duga-jembatan-baru", "Pos Duga Jembatan Baru")
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


def test_a_policy_s_changes_are_read_before_they_decide_and_the_old_one_is_used_again(
    admin_page: Page, api: Api
) -> None:
    go(admin_page, api, "/policy")
    with api.client("admin") as admin:
        was = admin.get("/api/v1/policy/draft").json()
    first, second = was["document"]["rule"][0]["id"], was["document"]["rule"][1]["id"]
    admin_page.get_by_role("button", name=f"Ubah aturan {first}", exact=True).click()
    admin_page.get_by_label("Keyakinan sekurangnya (%)").fill("61")
    admin_page.get_by_role("dialog").get_by_role("button", name="Pakai").click()
    admin_page.get_by_role("button", name=f"Naikkan {second}").click()
    admin_page.locator("#try").click()
    expect(admin_page.locator("#said")).to_be_visible()
    admin_page.locator("#save").click()
    changes = admin_page.locator("#would-change")
    expect(changes).to_contain_text(f"Aturan {first} diubah")
    expect(changes).to_contain_text("yakin ≥ 61 %")
    expect(changes).to_contain_text(f"Urutan aturan menjadi: {second}, {first}")
    assert axe_violations(admin_page) == []
    admin_page.keyboard.press("Escape")
    expect(admin_page.locator("#save")).to_be_focused()
    with api.client("admin") as admin:
        assert admin.get("/api/v1/policy/draft").json()["version"] == was["version"]
    admin_page.locator("#save").click()
    admin_page.locator("#confirm").click()
    expect(admin_page.locator(".save-bar")).to_have_attribute("data-changed", "false")
    expect(admin_page.locator("#rules li").nth(1)).to_contain_text("yakin ≥ 61 %")
    with api.client("admin") as admin:
        now = admin.get("/api/v1/policy/draft").json()
    assert [one["id"] for one in now["document"]["rule"]][:2] == [second, first]
    admin_page.get_by_role("button", name=f"Pakai lagi nomor {was['version']}").click()
    admin_page.locator("#confirm").click()
    expect(admin_page.locator("#rules li").first).to_contain_text(first)
    with api.client("admin") as admin:
        assert admin.get("/api/v1/policy/draft").json()["document"] == was["document"]


def test_a_person_s_role_and_area_are_changed_and_a_person_is_locked_after_confirmation(
    admin_page: Page, api: Api
) -> None:
    go(admin_page, api, "/users")
    admin_page.get_by_label("Cari ID, nama atau e-mail").fill("operator.balaikota")
    expect(admin_page.locator("[data-user]")).to_have_count(1)
    edit = admin_page.locator("[data-user='operator.balaikota']")
    edit.click()
    dialog = admin_page.locator("dialog").first
    dialog.get_by_label("Peran").select_option("area_head")
    dialog.get_by_label("Wilayah", exact=False).fill("bukit du")
    dialog.get_by_role("button", name="Bukit Duri").click()
    dialog.get_by_role("button", name="Simpan").click()
    expect(admin_page.get_by_text("Tersimpan").first).to_be_visible()
    dialog.get_by_role("button", name="Nonaktifkan").click()
    expect(admin_page.get_by_text("Tugas yang dipegangnya tidak berpindah sendiri", exact=False)).to_be_visible()
    admin_page.keyboard.press("Escape")  # the question only
    expect(dialog.get_by_role("button", name="Nonaktifkan")).to_be_focused()
    dialog.get_by_role("button", name="Nonaktifkan").click()
    admin_page.locator("#confirm").click()
    expect(dialog.get_by_role("button", name="Aktifkan lagi")).to_be_visible()
    admin_page.keyboard.press("Escape")
    expect(edit).to_be_focused()
    row = admin_page.locator("tr", has_text="operator.balaikota")
    expect(row).to_contain_text("kepala wilayah")
    expect(row).to_contain_text("Bukit Duri")
    expect(row).to_contain_text("nonaktif")


def test_an_agency_is_removed_only_after_its_consequence_was_read(admin_page: Page, api: Api) -> None:
    go(admin_page, api, "/agencies")
    admin_page.get_by_role("button", name="Dinas baru").click()
    dialog = admin_page.locator("dialog").first
    dialog.get_by_role("button", name="Simpan").click()
    expect(dialog.get_by_label("ID dinas")).to_be_focused()  # what is missing is where one is put
    dialog.get_by_label("ID dinas").fill("dinas-coba")
    dialog.get_by_label("Nama", exact=True).fill("Dinas Coba")
    dialog.get_by_role("button", name="Simpan").click()
    admin_page.get_by_role("button", name="Ubah Dinas Coba").click()
    dialog.get_by_role("button", name="Hapus dinas").click()
    expect(admin_page.get_by_text("menjadi tanpa dinas", exact=False)).to_be_visible()
    admin_page.get_by_role("button", name="Batal", exact=True).click()
    dialog.get_by_role("button", name="Hapus dinas").click()
    admin_page.locator("#confirm").click()
    expect(admin_page.get_by_role("button", name="Ubah Dinas Coba")).to_have_count(0)


def test_the_audit_is_filtered_and_described_in_words(admin_page: Page, api: Api) -> None:
    go(admin_page, api, "/audit")
    rows = admin_page.locator("tbody tr")
    admin_page.get_by_label("ID", exact=True).fill(GAUGE)
    admin_page.get_by_label("Perbuatan").select_option("save_gauge")
    expect(rows.first).to_contain_text(f"pos pantau {GAUGE}")
    expect(admin_page.locator("tbody")).to_contain_text("titik nol (cm): 0 → -12.5")
    expect(admin_page.locator("tbody")).not_to_contain_text("masuk")
    admin_page.get_by_label("Perbuatan").select_option("")
    admin_page.get_by_label("ID", exact=True).fill("dinas-coba")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("menghapus dinas")
    admin_page.get_by_label("Siapa").fill("nobody")
    expect(admin_page.get_by_text("Tidak ada yang cocok")).to_be_visible()


def test_a_dialog_holds_the_focus_and_gives_it_back(admin_page: Page, api: Api) -> None:
    go(admin_page, api, "/deadlines")
    admin_page.get_by_role("button", name="Tambah tenggat").click()
    expect(admin_page.get_by_role("dialog")).to_be_visible()
    is_inside = "document.activeElement === document.body || document.activeElement.closest('dialog')"
    for _ in range(60):
        admin_page.keyboard.press("Tab")
        # the browser's own bar has its turn between the last and the first
        assert admin_page.evaluate(f"() => Boolean({is_inside})")
    admin_page.keyboard.press("Escape")
    expect(admin_page.get_by_role("button", name="Tambah tenggat")).to_be_focused()
