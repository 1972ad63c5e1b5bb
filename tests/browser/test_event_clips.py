"""A clip of illegal parking travels from the ring of the node to the task's page; the public sees none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from tests.support.cloud_core import a_delivery
from tests.support.edge.clip_node import clip_node
from tests.support.edge.clip_street import found_face, frames_of
from tests.support.http_api import Api, task_of
from tests.support.pages import DESKTOP, context_of, give_password, open_page, sign_in

from siaga_cloud.cameras.service.clips import ClipRetention, forget
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire.messages import EventState
from siaga_edge.outbox.parcels import Lane

LURAH = "lurah.manggarai"
ELSEWHERE = "petugas.sda"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedParking:
    """The city with one task of illegal parking, whose clip came from a node."""

    api: Api
    task: UUID
    incident: UUID
    url: str


@pytest.fixture(scope="module")
def parking(api: Api, tmp_path_factory: pytest.TempPathFactory) -> RecordedParking:
    start = datetime.now(UTC) - timedelta(minutes=5)
    with clip_node(tmp_path_factory.mktemp("node"), start, name="pintu-manggarai") as node:
        node.report(EventState.BEGAN, camera="cam-manggarai")
        node.make(clips=1)
        messages = node.messages(Lane.ALERTS, Lane.CLIPS)
    now = datetime.now(UTC)
    with api.connection() as conn:
        prepare_stages(conn)
        deliveries = [a_delivery(topic, payload, at=now, mid=mid) for mid, (topic, payload) in enumerate(messages)]
        media = MediaFolder(api.media_dir)
        with conn.transaction():
            stored = store(conn, sort(deliveries), media=media, now=now, policy=IngestPolicy())
        assert (stored.dead, len(stored.events)) == (0, 1)
        incident = matching.process_signal(conn, stored.events[0][0].event_id, areas=AreaLookup(), now=now)
        assert incident is not None
        conn.commit()
        task = task_of(conn, incident)
    give_password(api, LURAH)
    with api.client(LURAH) as client:
        (clip,) = client.get(f"/api/v1/tasks/{task}").json()["clips"]
    assert (clip["camera_id"], clip["role"]) == ("cam-manggarai", "threshold")
    assert 12 <= clip["duration_seconds"] <= 18
    return RecordedParking(api=api, task=task, incident=incident, url=clip["url"])


def test_staff_of_the_area_get_the_clip_in_parts_and_nobody_is_on_it(parking: RecordedParking, tmp_path: Path) -> None:
    with parking.api.client(LURAH) as client:
        whole = client.get(parking.url)
        part = client.get(parking.url, headers={"Range": "bytes=0-99"})
        ledger = client.get(f"/api/v1/incidents/{parking.incident}").json()["members"]
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert "private" in whole.headers["cache-control"] or "no-store" in whole.headers["cache-control"]
    assert (part.status_code, part.content) == (206, whole.content[:100])
    assert [clip["url"] for member in ledger for clip in member["clips"]] == [parking.url]
    frames = frames_of(whole.content, tmp_path / "clip.mp4")
    assert len(frames) > 60
    assert all(found_face(frame) is None for frame in frames)


def test_the_public_and_other_agencies_see_no_clip(parking: RecordedParking) -> None:
    for user in (None, ELSEWHERE):
        with parking.api.client(user) as client:
            assert client.get(parking.url).status_code == 404
            assert client.get(f"/api/v1/tasks/{parking.task}").json()["clips"] == []
            members = client.get(f"/api/v1/incidents/{parking.incident}").json()["members"]
            assert [member["clips"] for member in members] == [[]]


def test_the_clip_plays_on_the_page_of_the_task(browser: Browser, parking: RecordedParking) -> None:
    context = context_of(browser, DESKTOP)
    sign_in(context, parking.api, LURAH)
    page = open_page(context, f"{parking.api.url}/heads/tasks/{parking.task}")
    clip = page.locator("#task video")
    expect(clip).to_be_visible()
    expect(page.locator("#task figcaption").filter(has_text="Klip saat dilaporkan")).to_be_visible()
    clip.evaluate("video => video.play()")
    page.wait_for_function("() => document.querySelector('#task video').currentTime > 0.2")
    assert clip.evaluate("video => [video.videoWidth, video.error]") == [320, None]
    assert 12 <= clip.evaluate("video => video.duration") <= 18
    context.close()


def test_the_clip_is_on_the_page_of_the_incident_for_staff_alone(browser: Browser, parking: RecordedParking) -> None:
    for user, clips in ((LURAH, 1), (None, 0)):
        context = context_of(browser, DESKTOP)
        if user:
            sign_in(context, parking.api, user)
        page = open_page(context, f"{parking.api.url}/incidents/{parking.incident}")
        expect(page.locator("#certainty")).to_be_visible()
        expect(page.locator("video")).to_have_count(clips)
        context.close()


def test_a_clip_is_stored_while_its_incident_is_open_and_then_for_the_days_of_its_hazard(
    parking: RecordedParking,
) -> None:
    api, media, now = parking.api, MediaFolder(parking.api.media_dir), datetime.now(UTC)
    later = now + timedelta(days=31)

    def forgotten(**days: int) -> int:
        retention = ClipRetention(days=30, days_by_hazard=days)
        with Database(api.database_url) as database:
            return forget(database, media, retention, now=later)

    assert forgotten() == 0, "its incident is open"
    with api.client("operator.balaikota") as operator:
        move = {"verb": "dismiss", "note": "a delivery"}
        assert operator.post(f"/api/v1/tasks/{parking.task}/moves", json=move).status_code == 200
    with api.connection() as conn:
        matching.judge(conn, parking.incident, "false_alarm", by="operator.balaikota", note="", now=now)
        conn.commit()
    assert forgotten(illegal_parking=90) == 0
    assert forgotten(trash=90) == 1
    with api.client(LURAH) as client:
        assert client.get(parking.url).status_code == 404
    assert forgotten() == 0
