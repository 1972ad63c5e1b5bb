"""Captures in place over the real API: the challenge, the two photos, and what each lie is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from tests.support.http_api import Api
from tests.support.officer.captures import OPPOSITE, capture, challenge_of, send_capture, views
from tests.support.officer.device import SigningDevice
from tests.support.proof_photos import (
    OPERATOR,
    a_scene,
    a_task,
    as_photo,
    check_of,
    look_into,
    north_of,
    resolve,
)

from siaga_cloud.tasks.proof import captures
from siaga_core.rules.verification.capture import CaptureGrade, CaptureReason


@pytest.fixture(scope="module")
def client(api: Api) -> Iterator[httpx.Client]:
    with api.client(OPERATOR) as opened:
        yield opened


@pytest.fixture(scope="module")
def device(client: httpx.Client) -> SigningDevice:
    made = SigningDevice()
    assert made.register(client).status_code == 201
    return made


def test_two_photos_as_prompted_are_a_challenged_proof_and_sending_them_again_changes_nothing(
    api: Api, client: httpx.Client, device: SigningDevice
) -> None:
    task_id = a_task(api)
    challenge = challenge_of(client, device, task_id)
    assert challenge_of(client, device, task_id) == challenge, "nobody chooses a direction by asking again"
    photos = views(1, challenge["direction"])
    form = capture(challenge, device, photos)
    answer = send_capture(client, task_id, form, photos)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert (receipt["grade"], receipt["reasons"]) == ("challenged", [])
    assert send_capture(client, task_id, form, photos).json() == receipt
    with api.connection() as conn:
        evidence = captures.capture_of(conn, UUID(receipt["photo_id"]))
        assert not evidence.is_always_sampled
        assert evidence.second_media_id is not None
        photo_count = conn.execute("SELECT count(*) AS n FROM task_photo WHERE task_id = %s", (task_id,)).fetchone()
    assert photo_count == {"n": 2}
    assert challenge_of(client, device, task_id)["nonce"] != challenge["nonce"]
    for verb in ("accept", "resolve"):
        moved = client.post(f"/api/v1/tasks/{task_id}/moves", json={"verb": verb, "photo_id": receipt["photo_id"]})
        assert moved.status_code == 200, moved.text
    found = look_into(api, task_id)
    assert check_of(found, "edited")["result"] == "unknown", "the app writes no camera data, which is no doubt"
    assert found["proofs"][0]["capture"] == {"grade": "challenged", "explanations": []}


def test_a_photo_from_the_gallery_is_always_sampled(api: Api) -> None:
    photo_id = resolve(api, a_task(api), as_photo(a_scene(2)))
    with api.connection() as conn:
        evidence = captures.capture_of(conn, UUID(photo_id))
        assert captures.captures_of(conn, [UUID(photo_id)]) == {UUID(photo_id): evidence}
    assert evidence.grade is CaptureGrade.GALLERY
    assert evidence.reasons == (CaptureReason.UPLOADED,)
    assert evidence.is_always_sampled
    assert evidence.texts()[0]["en"].startswith("The photo was uploaded")


@pytest.mark.parametrize(
    "lie", ["wrong_direction", "not_moved", "no_overlap", "not_near", "no_position", "photo_changed", "not_signed"]
)
def test_a_capture_that_does_not_agree_is_stored_as_gallery_with_the_reason(
    api: Api, client: httpx.Client, device: SigningDevice, lie: str
) -> None:
    task_id = a_task(api)
    challenge = challenge_of(client, device, task_id)
    photos = views(3, OPPOSITE[challenge["direction"]] if lie == "wrong_direction" else challenge["direction"])
    if lie == "not_moved":
        photos = (photos[0], photos[0])
    if lie == "no_overlap":
        photos = (photos[0], as_photo(a_scene(77)))
    place = {"not_near": north_of(900), "no_position": None}.get(lie, north_of(40))
    form = capture(challenge, device, photos, place=place)
    if lie == "not_signed":
        form["signature"] = SigningDevice().sign(form["statement"].encode())
    sent = (as_photo(a_scene(3), camera=False), photos[1]) if lie == "photo_changed" else photos
    answer = send_capture(client, task_id, form, sent)
    assert answer.status_code == 201, answer.text
    assert answer.json()["grade"] == "gallery"
    assert lie in answer.json()["reasons"]


def test_a_challenge_is_answered_once_and_by_its_own_task_officer_and_device(
    api: Api, client: httpx.Client, device: SigningDevice
) -> None:
    task_id, other_task = a_task(api), a_task(api)
    challenge = challenge_of(client, device, task_id)
    photos = views(4, challenge["direction"])
    elsewhere = send_capture(client, other_task, capture(challenge, device, photos), photos).json()
    assert "challenge_unknown" in elsewhere["reasons"]
    first = send_capture(client, task_id, capture(challenge, device, photos), photos).json()
    assert first["grade"] == "challenged", "a wrong task does not use the challenge up"
    again = views(5, challenge["direction"])
    assert send_capture(client, task_id, capture(challenge, device, again), again).json()["reasons"] == [
        "challenge_used"
    ]
    other_device = SigningDevice()
    other_device.register(client)
    fresh = challenge_of(client, device, task_id)
    foreign = send_capture(client, task_id, capture(fresh, other_device, again), again).json()
    assert foreign["reasons"] == ["challenge_unknown"]


def test_neither_wrong_answers_nor_other_devices_bring_another_direction(
    api: Api, client: httpx.Client, device: SigningDevice
) -> None:
    task_id = a_task(api)
    given = [challenge_of(client, device, task_id)]
    for seed in range(40, 46):
        photos = views(seed, OPPOSITE[given[-1]["direction"]])
        sent = send_capture(client, task_id, capture(given[-1], device, photos), photos)
        assert sent.json()["reasons"] == ["wrong_direction"]
        given.append(challenge_of(client, device, task_id))
    for _ in range(4):
        other = SigningDevice()
        other.register(client)
        given.append(challenge_of(client, other, task_id))
    assert len({one["nonce"] for one in given}) == len(given)
    assert {one["direction"] for one in given} == {given[0]["direction"]}


def test_a_challenge_is_given_only_to_a_signed_request_of_an_own_device(
    api: Api, client: httpx.Client, device: SigningDevice
) -> None:
    path = f"/api/v1/tasks/{a_task(api)}/capture-challenges"
    assert client.post(path).status_code == 403
    assert SigningDevice().send(client, "POST", path).json()["type"].endswith("device-key-required")
    with api.client("admin") as admin:
        assert device.send(admin, "POST", path).status_code == 403


def test_a_statement_that_is_none_is_refused(api: Api, client: httpx.Client, device: SigningDevice) -> None:
    task_id = a_task(api)
    challenge = challenge_of(client, device, task_id)
    photos = views(6, challenge["direction"])
    for broken in ("{}", "no json", capture(challenge, device, photos, changed={"photos": []})["statement"]):
        answer = send_capture(client, task_id, {"statement": broken, "signature": "A"}, photos)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "invalid_capture_statement"


def test_challenges_that_expired_long_ago_are_deleted(api: Api, client: httpx.Client, device: SigningDevice) -> None:
    challenge_of(client, device, a_task(api))
    with api.connection() as conn:
        captures.forget_old(conn, now=datetime.now(UTC) + timedelta(days=30))
        assert conn.execute("SELECT count(*) AS n FROM capture_challenge").fetchone() == {"n": 0}
        assert captures.capture_of(conn, uuid4()).grade is CaptureGrade.GALLERY
