"""Snapshots that everybody sees: only of cameras that the city marked, with their time, and gone when masked."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support import control_seed
from tests.support.http_api import Api

from siaga_cloud.cameras.service import views
from siaga_cloud.published import snapshots
from siaga_cloud.published.folder import PublishFolder
from siaga_cloud.published.publisher import Publisher
from siaga_cloud.published.run import publish_once

CAMERA, AREA = "cam-manggarai", "31.74.01.manggarai"
SITE = f"/api/v1/admin/sites/cameras/{CAMERA}"
FIELDS = ("name", "name_en", "node_id", "lat", "lon", "view_radius_m")


def mark(client: httpx.Client, *, public: bool | None) -> dict[str, Any]:
    """As an administrator does on the camera's page."""
    held = client.get(SITE).json()
    body = {name: held[name] for name in FIELDS} | ({} if public is None else {"public_snapshot": public})
    answer = client.put(SITE, json=body, headers={"If-Match": held["version"]})
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.json()
    return saved


def publish(api: Api, root: Path) -> dict[str, bytes]:
    """One round with the rights of the publisher's role; the files of cameras and of the area."""
    folder = PublishFolder(root)
    folder.open()
    with api.connection() as conn:
        conn.autocommit = True
        conn.execute("SET ROLE siaga_publish")
        publish_once(Publisher(folder, limited=False), conn, at=datetime.now(UTC))
    folder.close()
    return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*.json")}


@pytest.fixture(scope="module")
def seen(api: Api) -> Api:
    """Cameras whose nodes sent a snapshot; none is public."""
    control_seed.seed(api)
    return api


def test_no_snapshot_is_public_unless_the_city_marks_its_camera(seen: Api, tmp_path: Path) -> None:
    assert not [name for name in publish(seen, tmp_path) if name.startswith("cameras/")]
    with seen.client() as client:
        assert client.get(f"/state/cameras/{CAMERA}.json").status_code == 404


def test_a_marked_camera_s_snapshot_is_published_and_disappears_when_it_is_masked(seen: Api, tmp_path: Path) -> None:
    with seen.client("admin") as admin:
        assert mark(admin, public=True)["public_snapshot"] is True
        assert mark(admin, public=None)["public_snapshot"] is True, "left out: as it was"
    files = publish(seen, tmp_path)
    assert [name for name in files if name.startswith("cameras/")] == [f"cameras/{CAMERA}.json"]
    with seen.client() as client:
        held = client.get(f"/state/cameras/{CAMERA}.json").json()
        area = client.get(f"/state/areas/{AREA}.json").json()
    assert base64.b64decode(held["jpeg"]).startswith(b"\xff\xd8")
    assert area["camera"]["id"] == CAMERA
    assert area["camera"]["taken_at"] == held["taken_at"]
    assert area["camera"]["distance_m"] < 5000

    with seen.client("operator.balaikota") as operator:
        masked = {"masked": True, "reason": "Kamera berputar ke jendela rumah"}
        assert operator.post(f"/api/v1/cameras/{CAMERA}/mask", json=masked).status_code == 200
    assert not [name for name in publish(seen, tmp_path) if name.startswith("cameras/")]
    with seen.client("operator.balaikota") as operator:
        ended = {"masked": False, "reason": "Kamera sudah dibetulkan"}
        assert operator.post(f"/api/v1/cameras/{CAMERA}/mask", json=ended).status_code == 200


def test_an_old_snapshot_is_not_shown(seen: Api) -> None:
    with seen.client("admin") as admin:
        mark(admin, public=True)
    control_seed.seed(seen)
    with seen.connection() as conn:
        now = datetime.now(UTC)
        assert CAMERA in snapshots.times(conn, at=now)
        assert CAMERA not in snapshots.times(conn, at=now + timedelta(minutes=61))


def test_the_worker_requests_new_snapshots_of_public_cameras_alone(seen: Api) -> None:
    with seen.client("admin") as admin:
        mark(admin, public=True)
    with seen.connection() as conn:
        later = datetime.now(UTC) + timedelta(minutes=5)
        conn.execute("SET LOCAL ROLE siaga_worker")
        assert views.request_public_snapshots(conn, now=later) == 1
        row = conn.execute("SELECT camera_id FROM camera_view WHERE requested_by = %s", (views.PUBLICATION,)).fetchone()
        assert row == {"camera_id": CAMERA}
        conn.rollback()
