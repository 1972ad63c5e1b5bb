"""What only a real browser has: a camera for photos in place, a key that no script reads, and passkeys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import cv2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.support.http_api import Api, SettingsForTests, add_signal, load_demo_city, serve, set_level, task_of
from tests.support.officer.captures import MOVES
from tests.support.pages import (
    FULL_CHROMIUM,
    PASSWORD,
    PHONE,
    SWIFTSHADER,
    axe_violations,
    chromium,
    context_of,
    give_password,
    open_page,
    sign_in,
)
from tests.support.proof_photos import a_scene

from siaga_cloud.tasks.proof import captures
from siaga_core.rules.verification.capture import CaptureGrade
from siaga_sim.stack.postgres import Postgres

OFFICER_ID = "petugas.sda"
OPERATOR_ID = "operator.balaikota"
FRAMES_OF_A_VIEW = 90  # of 30 a second: on a busy machine a second passes between the click and the photo
FILM_MS = 120_000  # the film of two views plays again and again until a frame of the wanted one comes by
# Clicks once the camera has just turned to the view whose corner is this bright.
CLICK_AT_VIEW = """([wanted, name]) => {
  const view = document.querySelector("video"), canvas = document.createElement("canvas");
  if (!view?.videoWidth) return false;
  canvas.width = canvas.height = 8;
  const context = canvas.getContext("2d");
  context.drawImage(view, 4, 4, 24, 24, 0, 0, 8, 8);
  const isBright = context.getImageData(4, 4, 1, 1).data[0] > 128;
  const hasTurned = window.wasBright !== undefined && window.wasBright !== isBright;
  window.wasBright = isBright;
  const button = [...document.querySelectorAll("button")].find((one) => one.textContent === name && !one.disabled);
  if (!hasTurned || isBright !== wanted || !button) return false;
  button.click();
  return true;
}"""


@pytest.fixture(scope="module")
def strict(postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A city that requires passkeys, at a name that browsers allow for them."""
    url = postgres.create_database("siaga_trusted", template=migrated_template)
    settings = SettingsForTests(database_url=url, media_dir=tmp_path_factory.mktemp("media"), passkeys="required")
    with serve(settings, load_demo_city(url)) as served:
        served.url = served.url.replace("127.0.0.1", "localhost")
        yield served
    postgres.drop_database("siaga_trusted")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's camera sees; read whenever it is opened."""
    return tmp_path_factory.mktemp("camera") / "view.mjpeg"


@pytest.fixture(scope="module")
def browser(film: Path) -> Iterator[Browser]:
    """A browser with a camera that shows a film."""
    write_film(film, "left")
    camera = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}")
    with chromium([*SWIFTSHADER, *camera], program=FULL_CHROMIUM) as opened:
        yield opened


def write_film(film: Path, direction: str) -> None:
    """A place as it is seen first, with a dark corner, and after the camera was moved, with a bright one, in turns."""
    scene = a_scene(11, width=1600, height=1400)
    x, y = MOVES[direction]
    views = []
    for brightness, (left, top) in ((0, (160, 160)), (255, (160 + x * 120, 160 + y * 120))):
        view = scene[top : top + 960, left : left + 1280].copy()
        view[:32, :32] = brightness
        views.append(cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
    film.write_bytes(b"".join(view * FRAMES_OF_A_VIEW for view in views))


def save_look(page: Page, name: str) -> None:
    """Saves the page for a person to look at, where one wants to."""
    if folder := os.environ.get("SIAGA_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture(scope="module")
def task_id(strict: Api) -> UUID:
    """A task that the officer has accepted."""
    with strict.connection() as conn:
        set_level(conn, "manggarai", 862, stage=2)
        add_signal(conn, source="gauge:manggarai", minutes_ago=20)
        given = task_of(conn, add_signal(conn, source="camera:cam-manggarai", minutes_ago=15))
    give_password(strict, OFFICER_ID)
    with strict.client(OPERATOR_ID) as operator, strict.client(OFFICER_ID) as officer:
        path = f"/api/v1/tasks/{given}/moves"
        operator.post(path, json={"verb": "assign", "to": OFFICER_ID}).raise_for_status()
        officer.post(path, json={"verb": "accept"}).raise_for_status()
        officer.post(path, json={"verb": "arrive"}).raise_for_status()
    return given


@pytest.mark.timeout(300)
def test_two_photos_in_place_are_made_without_a_signal_and_count_as_challenged_when_they_arrive(
    browser: Browser, strict: Api, task_id: UUID, film: Path
) -> None:
    context = context_of(browser, PHONE, permissions=["geolocation", "camera"])
    sign_in(context, strict, OFFICER_ID)
    page = context.new_page()
    with page.expect_response("**/capture-challenges") as given:
        page.goto(f"{strict.url}/officer/tasks/{task_id}")
    assert given.value.status == 200, given.value.text()
    direction = given.value.json()["direction"]
    write_film(film, direction)
    button = page.get_by_role("button", name="Foto sesudah dan selesai")
    expect(button).to_be_visible()
    save_look(page, "capture-task")
    context.set_offline(True)

    button.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 dari 2")
    page.wait_for_function(CLICK_AT_VIEW, arg=[False, "Ambil foto"], timeout=FILM_MS)
    words = {"left": "KIRI", "right": "KANAN", "up": "ATAS", "down": "BAWAH"}
    expect(page.locator("#capture-step")).to_contain_text(words[direction])
    save_look(page, "capture-second")
    assert axe_violations(page) == []
    page.wait_for_function(CLICK_AT_VIEW, arg=[True, "Ambil foto"], timeout=FILM_MS)
    expect(dialog).to_contain_text("Kedua foto sudah diambil.")
    save_look(page, "capture-done")
    page.get_by_role("button", name="Kirim dan selesai").click()
    expect(page.locator("#task-state")).to_have_text("selesai, ada foto")
    expect(page.locator("#waiting")).to_contain_text("1 menunggu dikirim")

    context.set_offline(False)
    expect(page.locator("#waiting")).to_have_count(0)
    with strict.connection() as conn:
        [photo] = conn.execute("SELECT media_id FROM photo_capture WHERE task_id = %s", (task_id,)).fetchall()
        evidence = captures.capture_of(conn, photo["media_id"])
    assert (evidence.grade, evidence.reasons) == (CaptureGrade.CHALLENGED, ())
    context.close()


def test_no_script_reads_the_key_of_a_device(browser: Browser, strict: Api, task_id: UUID) -> None:
    del task_id
    context = context_of(browser, PHONE)
    sign_in(context, strict, OFFICER_ID)
    page = open_page(context, f"{strict.url}/account")
    expect(page.locator("#devices li").first).to_contain_text("Chrome")
    exported = page.evaluate(
        """async () => {
          const opened = await new Promise((done, fail) => {
            const request = indexedDB.open("siaga-device");
            request.onsuccess = () => done(request.result);
            request.onerror = () => fail(request.error);
          });
          const held = await new Promise((done) => {
            const request = opened.transaction("keys").objectStore("keys").get("own");
            request.onsuccess = () => done(request.result);
          });
          return crypto.subtle.exportKey("jwk", held.privateKey).then(() => "exported", (error) => error.name);
        }"""
    )
    assert exported == "InvalidAccessError"
    context.close()


def with_authenticator(context: BrowserContext, page: Page) -> None:
    """A phone that verifies its user by a finger, as Chromium simulates it."""
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_an_operator_adds_the_required_passkey_and_signs_in_with_it(browser: Browser, strict: Api) -> None:
    give_password(strict, OPERATOR_ID)
    context = context_of(browser, PHONE)
    page = open_page(context, f"{strict.url}/sign-in?to=/control")
    with_authenticator(context, page)
    page.get_by_label("Nama pengguna").fill(OPERATOR_ID)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    save_look(page, "passkey-sign-in")
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page).to_have_url(f"{strict.url}/account")
    expect(page.locator("#passkeys")).to_contain_text("Kota ini mewajibkan kunci sandi")
    save_look(page, "passkey-required")
    page.get_by_label("Nama perangkat").fill("Ponsel dinas")
    page.get_by_role("button", name="Tambah kunci sandi").click()
    expect(page.locator("#passkeys li")).to_contain_text("Ponsel dinas")
    page.get_by_role("button", name="Masuk dengan kunci sandi").click()
    expect(page).to_have_url(f"{strict.url}/control")

    page.goto(f"{strict.url}/account")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("#passkeys")).to_contain_text("A passkey takes the place of the password")
    expect(page.get_by_role("button", name="Remove")).to_be_visible()
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    save_look(page, "passkey-account")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{strict.url}/")  # a page that is left earlier cancels the request
    page.goto(f"{strict.url}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{strict.url}/control")
    context.close()
