"""The checklist of the loaded city over HTTP, and the QR code of an enrolment."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from tests.support.http_api import Api

from siaga_cloud.fleet import keys
from siaga_cloud.platform.delivery.addresses import AvailableChannels
from siaga_cloud.settings import FleetSettings


def test_an_administrator_sees_what_is_missing_in_the_requested_language(api: Api) -> None:
    with api.client("admin") as admin:
        english = admin.get("/api/v1/admin/checklist?lang=en").raise_for_status().json()
        indonesian = admin.get("/api/v1/admin/checklist?lang=id").raise_for_status().json()
    assert (english["name"], english["timezone"]) == ("DKI Jakarta", "Asia/Jakarta")
    assert "Dinas Lingkungan Hidup is responsible for trash." in english["policy"]
    assert "Dinas Lingkungan Hidup bertanggung jawab atas sampah." in indonesian["policy"]
    topics = {one["id"]: one for one in english["topics"]}
    assert [one["id"] for one in english["topics"]] == [one["id"] for one in indonesian["topics"]]
    assert topics["policy"]["state"] == "complete"
    gaps = {gap["code"]: gap for topic in english["topics"] for gap in topic["gaps"]}
    assert gaps["gauge_silent"]["count"] == 19
    assert gaps["camera_without_permission"]["sentence"].startswith(
        "Cameras whose permission of use is not recorded (6)"
    )
    assert gaps["node_not_enrolled"]["names"]
    assert "mail_missing" in gaps
    assert not any(gap["is_unchecked"] for gap in gaps.values()), "the API can check everything that it lists"


def test_a_mail_server_of_the_api_completes_its_topic(api: Api) -> None:
    before = api.parts
    api.app.state.parts = replace(
        before, of_subjects={**before.of_subjects, AvailableChannels: AvailableChannels(email=True)}
    )
    try:
        with api.client("admin") as admin:
            topics = admin.get("/api/v1/admin/checklist").raise_for_status().json()["topics"]
    finally:
        api.app.state.parts = before
    assert {one["id"]: one["state"] for one in topics}["messages"] == "complete"


def test_the_code_of_an_enrolment_holds_the_command_with_its_token(api: Api, tmp_path: Path) -> None:
    keys.make_key(tmp_path / "fleet")
    before = api.parts
    place = FleetSettings(folder=tmp_path / "fleet", broker_host="127.0.0.1", broker_port=1883, broker_ca_file=None)
    api.app.state.parts = replace(before, fleet=place)
    try:
        with api.client("admin") as admin:
            made = admin.post("/api/v1/admin/nodes/posto-um/enrolment", json={}).raise_for_status().json()
    finally:
        api.app.state.parts = before
    size, path = made["qr"]["size"], made["qr"]["path"]
    image = np.full((size, size), 255, np.uint8)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)", path):
        image[int(y), int(x) : int(x) + int(length)] = 0
    large = np.kron(image, np.ones((6, 6), np.uint8)).astype(np.uint8)
    text, *_ = cv2.QRCodeDetectorAruco().detectAndDecode(large)
    assert text == f"{made['command']} <<< {made['token']}"
