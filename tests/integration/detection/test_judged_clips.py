"""Verdicts of the control room become labelled clips, which `siaga-edge judge` reads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.support.admin.commands import run_admin
from tests.support.cloud_core import a_delivery
from tests.support.edge.clip_node import clip_node
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire.messages import EventState
from siaga_edge.outbox.parcels import Lane

SITES = """
[[camera]]
id = "cam-manggarai"
name = "Pintu Air Manggarai"
node = "pintu-manggarai"
lat = -6.20835
lon = 106.84860
area = "31.74.01.manggarai"
view_radius_m = 60
[[camera.zone]]
id = "kerb"
kind = "no_stopping"
polygon = [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]]
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[Api]:
    settings = SettingsForTests(database_url=database_url, media_dir=tmp_path / "media")
    with serve(settings, load_demo_city(database_url)) as served:
        yield served


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    own = {"SIAGA_DATABASE_URL": database_url, "SIAGA_MEDIA_DIR": str(tmp_path / "media")}
    return lambda *arguments: run_admin(*arguments, environment=own)


def _parking(city: Api, folder: Path) -> UUID:
    """An incident of a node that reported a parked car and sent its clip."""
    now = datetime.now(UTC)
    with clip_node(folder, now - timedelta(minutes=5), name="pintu-manggarai") as node:
        node.report(EventState.BEGAN, camera="cam-manggarai")
        node.make(clips=1)
        messages = node.messages(Lane.ALERTS, Lane.CLIPS)
    with city.connection() as conn:
        prepare_stages(conn)
        deliveries = [a_delivery(topic, payload, at=now, mid=mid) for mid, (topic, payload) in enumerate(messages)]
        with conn.transaction():
            stored = store(conn, sort(deliveries), media=MediaFolder(city.media_dir), now=now, policy=IngestPolicy())
        incident = matching.process_signal(conn, stored.events[0][0].event_id, areas=AreaLookup(), now=now)
        conn.commit()
    assert incident is not None
    return incident


def test_clips_of_events_with_a_verdict_are_judged_by_the_command_of_nodes(city: Api, run: Run, tmp_path: Path) -> None:
    (tmp_path / "sites.toml").write_text(SITES, encoding="utf-8")
    imported = run("import", "sites", str(tmp_path / "sites.toml"))
    assert imported.returncode == 0, imported.stderr
    (tmp_path / "node").mkdir()
    incident = _parking(city, tmp_path / "node")
    none = run("review", "clips", str(tmp_path / "none"))
    assert (none.returncode, "there are no clips to export" in none.stderr) == (1, True)

    with city.client("operator.balaikota") as client:
        answer = client.post(f"/api/v1/incidents/{incident}/verdict", json={"verdict": "confirmed"})
        assert answer.status_code == 200, answer.text
    out = tmp_path / "out"
    done = run("review", "clips", str(out))
    assert (done.returncode, done.stdout) == (0, "1\tillegal_parking, confirmed\n"), done.stderr
    with city.connection() as conn:
        line = conn.execute("SELECT details FROM audit WHERE action = 'export_clips' ORDER BY at DESC").fetchone()
    assert line is not None
    assert line["details"]["clips"] == 1

    program = [sys.executable, "-m", "siaga_edge.main", "judge", str(out), "--json"]
    found = json.loads(subprocess.run(program, capture_output=True, text=True, timeout=120, check=True).stdout)
    parking = found["hazards"]["illegal_parking"]
    # The drawn street shows no car, so the detector finds none: what was confirmed is missed, and said to be.
    assert (found["clips"], parking["events"], parking["missed"], parking["false"]) == (1, 1, 1, 0)
    again = run("review", "clips", str(out))
    assert (again.returncode, "expected a new or empty one" in again.stderr) == (2, True)
