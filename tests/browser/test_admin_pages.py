"""Administrators' pages in a real Chromium: zones drawn by mouse, finger and keys, boxes let in, letters replayed."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, Page, expect
from tests.support.admin.browser import go
from tests.support.admin.city import CAMERA, NODE, bury, node_answers
from tests.support.http_api import Api
from tests.support.pages import ADMIN, DESKTOP, PHONE, axe_violations, context_of, open_page, sign_in

from siaga_cloud.dead_letters.jobs import AdminJobs
from siaga_cloud.fleet.service.commands import wanted_body
from siaga_core.wire.messages import ConfigState

CORNERS = ((0.2, 0.5), (0.8, 0.5), (0.9, 0.9), (0.1, 0.9))


def now() -> datetime:
    return datetime.now(UTC)


def draw(page: Page, kind: str, corners: Any = CORNERS, *, by: str = "mouse") -> None:
    """A new shape, corner by corner."""
    page.locator(f".tools [data-kind={kind}]").click()
    expect(page.locator("#done")).to_be_visible()
    page.locator(".stage").evaluate("one => one.scrollIntoView({block: 'center'})")  # clear of the bars of a phone
    node = page.locator(".stage svg").bounding_box()
    assert node is not None
    for x, y in corners:
        press = page.mouse.click if by == "mouse" else page.touchscreen.tap
        press(node["x"] + x * node["width"], node["y"] + y * node["height"])
    page.locator("#done").click()


def points(page: Page, index: int) -> list[tuple[float, float]]:
    """Of a shape, in shares of the picture."""
    text = page.locator(f"[data-shape='{index}'] .line").get_attribute("points") or ""
    _, _, wide, high = (float(one) for one in (page.locator(".stage svg").get_attribute("viewBox") or "").split())
    spots = [spot.split(",") for spot in text.split()]
    return [(round(float(x) / wide, 2), round(float(y) / high, 2)) for x, y in spots]


def test_a_zone_is_drawn_moved_undone_saved_and_reaches_the_wanted_config(
    admin_page: Page, api: Api, jobs: AdminJobs
) -> None:
    go(admin_page, api, "/sites")
    admin_page.locator(f"a[href='/admin/sites/{CAMERA}']").click()
    draw(admin_page, "road")
    draw(admin_page, "mask", ((0.02, 0.02), (0.2, 0.02), (0.2, 0.2)))
    admin_page.locator("#shapes button").first.click()
    grip = admin_page.locator("[data-grip='0:0']")
    node = grip.locator(".dot").bounding_box()
    assert node is not None
    admin_page.mouse.move(node["x"] + node["width"] / 2, node["y"] + node["height"] / 2)
    admin_page.mouse.down()
    admin_page.mouse.move(node["x"] - 60, node["y"], steps=4)
    admin_page.mouse.up()
    assert points(admin_page, 0)[0] != (0.2, 0.5)
    admin_page.locator("#undo").click()  # a drag is one step
    assert points(admin_page, 0) == list(CORNERS)
    admin_page.get_by_label("Nama zona").fill("jalan-raya")
    admin_page.locator("#save").click()
    expect(admin_page.locator("#state")).to_have_attribute("data-state", "waiting")
    jobs.send_drawing(CAMERA)
    expect(admin_page.locator("#state")).to_have_attribute("data-state", "sent")
    with api.connection() as conn:
        [drawing] = tomllib.loads(wanted_body(conn, NODE))["drawing"]
        version = conn.execute("SELECT config_version FROM camera_drawing").fetchone()
        assert version is not None
        node_answers(conn, version["config_version"], ConfigState.REFUSED, reason="config: nope", now=now())
    assert (drawing["camera"], drawing["zone"][0]["id"], drawing["zone"][0]["kind"]) == (CAMERA, "jalan-raya", "road")
    assert [[round(x, 2), round(y, 2)] for x, y in drawing["zone"][0]["polygon"]] == [list(one) for one in CORNERS]
    assert len(drawing["mask"]) == 1
    expect(admin_page.get_by_text("config: nope")).to_be_visible()


def test_zones_are_drawn_by_keys_alone(admin_page: Page, api: Api) -> None:
    go(admin_page, api, f"/sites/{CAMERA}")
    expect(admin_page.locator("#shapes > li").first).to_be_visible()
    held = admin_page.locator("#shapes > li").count()
    admin_page.locator(".tools [data-kind=watch]").focus()
    admin_page.keyboard.press("Enter")
    for keys in ("Space", "Shift+ArrowRight Shift+ArrowRight Space", "Shift+ArrowDown Shift+ArrowDown Space"):
        for key in keys.split():
            admin_page.keyboard.press(key)
    admin_page.keyboard.press("Enter")
    assert points(admin_page, held) == [(0.5, 0.5), (0.54, 0.5), (0.54, 0.54)]
    grip = admin_page.locator(f"[data-grip='{held}:0']")
    grip.focus()
    admin_page.keyboard.press("Shift+ArrowLeft")
    assert points(admin_page, held)[0] == (0.48, 0.5)
    admin_page.keyboard.press("+")
    expect(admin_page.locator(f"[data-grip='{held}:1']")).to_be_focused()
    assert len(points(admin_page, held)) == 4
    admin_page.keyboard.press("Delete")
    assert len(points(admin_page, held)) == 3
    admin_page.keyboard.press("Control+z")
    assert len(points(admin_page, held)) == 4


def test_a_finger_draws_and_what_crosses_itself_is_not_sent(browser: Browser, api: Api, jobs: AdminJobs) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, locale="en-GB", reduced_motion="reduce")
    sign_in(context, api, "admin")
    page = open_page(context, f"{api.url}/admin/sites/cam-kemang")
    expect(page.locator("#state")).to_be_attached()
    draw(page, "no_stopping", (CORNERS[0], CORNERS[2], CORNERS[1], CORNERS[3]), by="finger")
    expect(page.get_by_text("Its lines cross")).to_be_visible()
    expect(page.locator("#save")).to_be_disabled()
    context.close()


def test_a_node_is_enrolled_by_a_token_that_is_shown_once(admin_page: Page, api: Api) -> None:
    go(admin_page, api, "/nodes")
    admin_page.locator("#enrol").click()
    dialog = admin_page.locator("dialog")
    dialog.get_by_label("Nama perangkat").fill("Bukan Nama")
    dialog.get_by_role("button", name="Buat token").click()
    expect(dialog.get_by_text("Bukan nama yang boleh", exact=False)).to_be_visible()
    dialog.get_by_label("Nama perangkat").fill("pintu-baru")
    dialog.get_by_role("button", name="Buat token").click()
    token = dialog.locator("#secret").inner_text()
    expect(dialog.get_by_role("img", name="Kode QR pendaftaran perangkat")).to_be_visible()
    dialog.get_by_role("button", name="Tutup").last.click()
    row = admin_page.locator("tr", has_text="pintu-baru")
    expect(row).to_contain_text("token menunggu")
    assert token not in admin_page.content()
    with api.connection() as conn:
        waits = conn.execute("SELECT expires_at FROM fleet_enrolment WHERE node_id = 'pintu-baru'").fetchone()
    assert waits is not None
    assert waits["expires_at"] - now() > timedelta(hours=23)
    row.get_by_role("button", name="Tarik token").click()
    expect(admin_page.get_by_text("Perangkat yang sudah terdaftar tetap tersambung", exact=False)).to_be_visible()
    admin_page.locator("#confirm").click()
    expect(admin_page.locator("tr", has_text="pintu-baru")).to_have_count(0)


def test_the_setup_of_the_city_is_listed_with_what_is_missing(admin_page: Page, api: Api) -> None:
    go(admin_page, api, "/start")
    expect(admin_page.locator("#checklist > li")).to_have_count(9)
    expect(admin_page.locator("[data-topic=policy]")).to_have_attribute("data-state", "complete")
    cameras = admin_page.locator("[data-topic=cameras]")
    expect(cameras.locator("[data-gap=camera_without_permission]")).to_contain_text("tanpa catatan izin")
    expect(cameras.get_by_role("link", name="Kamera")).to_have_attribute("href", "/admin/sites")
    expect(admin_page.locator("#decided")).to_contain_text("bertanggung jawab atas")


def test_a_dead_letter_is_inspected_and_replayed(admin_page: Page, api: Api, jobs: AdminJobs) -> None:
    with api.connection() as conn:
        good, bad = bury(conn, None, b"<img src=x onerror=alert(1)>", now=now())
    go(admin_page, api, "/dead-letters")
    admin_page.locator(f"[data-dead-letter='{bad}']").click()
    expect(admin_page.locator(".bytes")).to_have_text("<img src=x onerror=alert(1)>")
    admin_page.get_by_role("tab", name="Sebagai byte").click()
    expect(admin_page.locator(".bytes")).to_contain_text("00000000  3c 69 6d 67")
    admin_page.keyboard.press("Escape")
    admin_page.get_by_role("button", name="Pilih semua").click()
    admin_page.locator("#replay-chosen").click()
    expect(admin_page.locator("tr", has_text=f"#{good}").locator("[data-state=requested]")).to_be_visible()
    jobs.replay_dead_letters()
    expect(admin_page.locator("tr", has_text=f"#{bad}").locator("[data-state=failed]")).to_be_visible()
    expect(admin_page.locator("tr", has_text=f"#{good}")).to_have_count(0)
    with api.connection() as conn:
        row = conn.execute("SELECT replayed_at, requested_by FROM dead_letter WHERE id = %s", (good,)).fetchone()
    assert row is not None
    assert row["replayed_at"] is not None
    assert row["requested_by"] == "admin"


def test_a_person_is_made_and_what_is_wrong_stands_at_its_field(admin_page: Page, api: Api) -> None:
    go(admin_page, api, "/users")
    admin_page.locator("#new-user").click()
    dialog = admin_page.locator("dialog")
    dialog.get_by_label("ID pengguna").fill("lurah.bukit-duri")
    dialog.get_by_label("Nama", exact=True).fill("Lurah Bukit Duri")
    dialog.get_by_label("Peran").select_option("area_head")
    dialog.get_by_role("button", name="Simpan").click()
    expect(dialog.get_by_label("Wilayah", exact=False)).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Wilayah", exact=False).fill("bukit du")
    dialog.get_by_role("button", name="Bukit Duri").click()
    dialog.get_by_role("button", name="Simpan").click()
    dialog.get_by_role("button", name="Sandi baru").click()
    admin_page.locator("#confirm").click()
    assert len(dialog.locator("#secret").inner_text()) == 20
    admin_page.keyboard.press("Escape")
    expect(admin_page.locator("tr", has_text="Lurah Bukit Duri")).to_contain_text("Bukit Duri")


def test_a_policy_is_tested_and_saved_and_a_second_editor_is_warned(admin_page: Page, api: Api) -> None:
    go(admin_page, api, "/policy")
    first = admin_page.locator("#rules li").first
    was = first.inner_text()
    first.get_by_role("button", name="Turunkan").click()
    admin_page.locator("#try").click()
    expect(admin_page.locator("#said")).to_be_visible()
    with api.client("admin") as other:
        document = other.get("/api/v1/policy/draft").json()["document"]
        document["rule"][0]["confidence_from"] = 0.51
        assert other.put("/api/v1/policy", json=document).status_code == 200
    admin_page.locator("#save").click()
    admin_page.locator("#confirm").click()
    expect(admin_page.get_by_text("Orang lain sudah mengubah ini", exact=False)).to_be_visible()
    admin_page.get_by_role("button", name="Muat yang terbaru").click()
    expect(admin_page.locator("#rules li").first).to_contain_text("51 %")
    admin_page.locator("#rules li").first.get_by_role("button", name="Turunkan").click()
    admin_page.locator("#save").click()
    admin_page.locator("#confirm").click()
    expect(admin_page.locator("#save")).to_be_disabled()
    assert admin_page.locator("#rules li").first.inner_text() != was


def test_everything_is_translated_into_the_other_language_and_found_whole_by_axe(admin_page: Page, api: Api) -> None:
    found: list[str] = []
    for address in ADMIN:
        go(admin_page, api, address.removeprefix("/admin"))
        found += axe_violations(admin_page)
    assert not found, "\n".join(found)
    go(admin_page, api, "/dead-letters")
    admin_page.locator(".language [lang=en]").click()
    expect(admin_page.locator("h1")).to_have_text("Dead letters")
    expect(admin_page.locator(".admin-nav")).to_contain_text("Sites & zones")
    admin_page.locator(".language [lang=id]").click()


def test_nobody_else_sees_the_pages(browser: Browser, api: Api, jobs: AdminJobs) -> None:
    context = context_of(browser, DESKTOP)
    sign_in(context, api, "operator.balaikota")
    page = open_page(context, f"{api.url}/admin/dead-letters")
    expect(page.locator("h1")).to_have_text("Akun ini tidak boleh membuka halaman ini")
    expect(page.locator(".admin-nav")).to_have_count(0)
    answer = page.request.get(f"{api.url}/api/v1/admin/dead-letters")
    assert answer.status == 403
    context.close()


def test_a_gauge_is_created_with_its_map_place_and_rising_limits_then_retired(
    admin_page: Page, api: Api, jobs: AdminJobs
) -> None:
    go(admin_page, api, "/sites")
    admin_page.get_by_role("tab", name="Pos pantau").click()
    admin_page.locator("#new-site").click()
    admin_page.get_by_label("ID", exact=True).fill("duga-kali-baru")
    admin_page.get_by_label("Nama (Indonesia)").fill("Pos Duga Kali Baru Barat")
    admin_page.get_by_label("Nama (Inggris)").fill("Kali Baru Barat gauge")
    admin_page.get_by_label("Perangkat yang mengirim datanya").select_option(NODE)
    admin_page.locator("#use-middle").click()  # where the map begins: somewhere in the city
    expect(admin_page.locator("#area")).to_contain_text("Wilayah")
    admin_page.get_by_label("Lintang (lat)").fill("-6,2079")
    admin_page.get_by_label("Bujur (lon)").fill("106.8484")
    expect(admin_page.locator("#area")).to_contain_text("Manggarai")
    for field, cm in (("Siaga 3 mulai", "700"), ("Siaga 2 mulai", "650")):
        admin_page.get_by_label(field).fill(cm)
    admin_page.locator("#save").click()
    expect(admin_page.get_by_label("Siaga 2 mulai")).to_be_focused()  # what is wrong is where one is put
    expect(admin_page.get_by_label("Siaga 2 mulai")).to_have_attribute("aria-invalid", "true")
    admin_page.get_by_label("Siaga 2 mulai").fill("800")
    admin_page.locator("#save").click()
    expect(admin_page.locator("#way")).to_have_attribute("data-state", "waiting")
    jobs.send_sites(NODE)
    expect(admin_page.locator("#way")).to_have_attribute("data-state", "sent")
    with api.connection() as conn:
        reported = tomllib.loads(wanted_body(conn, NODE))["gauge_site"]
    assert reported[0]["limits"] == {"s3_cm": 700, "s2_cm": 800}
    assert axe_violations(admin_page) == []
    admin_page.locator("#retire").click()
    admin_page.get_by_label("Alasan, untuk jejak audit").fill("salah tempat")
    admin_page.get_by_role("dialog").get_by_role("button", name="Berhenti memakai").click()
    expect(admin_page.get_by_text("Tidak dipakai sejak")).to_be_visible()
    with api.client() as citizen:
        assert "duga-kali-baru" not in [one["id"] for one in citizen.get("/api/v1/gauges").json()]


def test_a_refusal_of_the_server_is_shown_in_the_language_of_the_page(
    admin_page: Page, api: Api, jobs: AdminJobs
) -> None:
    go(admin_page, api, f"/edit/camera/{CAMERA}")
    admin_page.get_by_label("Alamat aliran video").fill("ftp://10.0.0.9/live")
    admin_page.locator("#save").click()
    expect(admin_page.get_by_text("Bukan alamat aliran").first).to_be_visible()
    admin_page.get_by_role("button", name="EN", exact=True).click()
    admin_page.locator("#save").click()
    expect(admin_page.get_by_text("Not the address of a stream").first).to_be_visible()
    admin_page.get_by_role("button", name="ID", exact=True).click()
