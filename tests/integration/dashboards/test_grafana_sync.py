"""`siaga-cloud admin grafana sync` against a stand-in of the endpoints that it uses (no real Grafana is there)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import yaml
from tests.support.http_api import load_demo_city
from tests.support.stand_ins.grafana import TOKEN, GrafanaStandIn, RefusedError
from typer.testing import CliRunner, Result

from siaga_cloud.main import _mount_admin
from siaga_cloud.main import app as cloud
from siaga_cloud.platform.db.connection import connect

GENERATED = Path(__file__).parents[3] / "dashboards" / "generated"
NOW = datetime.now(UTC).replace(microsecond=0)
Sync = Callable[..., Result]


@pytest.fixture
def grafana() -> Iterator[GrafanaStandIn]:
    with GrafanaStandIn() as running:
        yield running


@pytest.fixture
def sync(database_url: str, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch) -> Sync:
    for name, value in {
        "SIAGA_DATABASE_URL": database_url,
        "SIAGA_GRAFANA_URL": grafana.url,
        "SIAGA_GRAFANA_TOKEN": TOKEN,
        "SIAGA_PUBLIC_URL": "https://siaga.example.org",
    }.items():
        monkeypatch.setenv(name, value)
    if not any(group.name == "admin" for group in cloud.registered_groups):
        _mount_admin()
    return lambda *options: CliRunner().invoke(cloud, ["admin", "grafana", "sync", "--from", str(GENERATED), *options])


def happened(database_url: str, *, closed: datetime | None) -> UUID:
    """A gauge that rose, a severe incident and a small one."""
    load_demo_city(database_url)
    severe = uuid4()
    with connect(database_url) as conn:
        conn.execute(
            "INSERT INTO gauge_stage VALUES ('manggarai', %s, 4, 3, 760.4, now())", (NOW - timedelta(hours=2),)
        )
        for incident, severity in ((severe, "severe"), (uuid4(), "minor")):
            conn.execute(
                "INSERT INTO incident (id, category, state, severity, confidence, lat, lon, area_id, began_at,"
                " last_signal_at, created_at, updated_at, closed_at) VALUES (%s, 'flooding', %s, %s, 0.9, -6.2, 106.8,"
                " '31.74', %s, now(), now(), now(), %s)",
                (incident, "closed" if closed else "open", severity, NOW - timedelta(hours=1), closed),
            )
    return severe


def test_the_dashboards_are_put_into_grafana_and_a_second_run_changes_nothing(
    sync: Sync, grafana: GrafanaStandIn
) -> None:
    first = sync()
    assert first.exit_code == 0, first.output
    assert "updated 26 dashboards and 6 playlists; created 3 folders and 3 teams" in first.output
    folders = {"siaga-folder-city", "siaga-folder-heads", "siaga-folder-platform"}
    assert {one["folder"] for one in grafana.dashboards.values()} == folders == set(grafana.folders)
    links = {v["query"] for d in grafana.dashboards.values() for v in d["templating"]["list"] if v["name"] == "siaga"}
    assert links == {"https://siaga.example.org"}
    before = (dict(grafana.dashboards), dict(grafana.playlists), dict(grafana.teams), dict(grafana.folders))
    again = sync()
    assert "created 0 folders and 0 teams" in again.output
    assert before == (grafana.dashboards, grafana.playlists, grafana.teams, grafana.folders)


def provision(grafana: GrafanaStandIn) -> None:
    """Reads the boards from files, as at a start of Grafana."""
    file = GENERATED.parent / "provisioning" / "dashboards" / "siaga.yaml"
    for provider in yaml.safe_load(file.read_text("utf-8"))["providers"]:
        folder = GENERATED / "dashboards" / Path(provider["options"]["path"]).name
        grafana.read_dashboards(
            provider, [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
        )


def read_rules(grafana: GrafanaStandIn) -> None:
    """Reads the alert rules from their file."""
    grafana.read_rules(json.loads((GENERATED / "alerting" / "siaga-platform.json").read_text("utf-8"))["groups"])


@pytest.mark.parametrize("are_rules_first", [True, False])
@pytest.mark.parametrize("is_provisioned", [True, False])
def test_files_rules_and_sync_share_their_folders_in_any_sequence(
    sync: Sync, grafana: GrafanaStandIn, *, is_provisioned: bool, are_rules_first: bool
) -> None:
    if are_rules_first:
        read_rules(grafana)
    if is_provisioned:
        provision(grafana)
    for attempt in range(2):
        pushed = sync()
        assert pushed.exit_code == 0, (attempt, pushed.output)
    if not are_rules_first:
        read_rules(grafana)
    assert ("26 dashboards come from files" in pushed.output) == is_provisioned
    titles = [one["title"] for one in grafana.folders.values()]
    assert sorted(titles) == ["Siaga: kinerja", "Siaga: kota", "Siaga: platform"]
    platform = next(uid for uid, one in grafana.folders.items() if one["title"] == "Siaga: platform")
    assert set(grafana.rules.values()) == {platform} == {grafana.dashboards["siaga-platform"]["folder"]}
    assert len(grafana.dashboards) == 26
    assert grafana.permissions[platform]


def test_a_shared_uid_or_title_is_refused(grafana: GrafanaStandIn) -> None:
    grafana.read_dashboards({"folder": "One", "folderUid": "one"}, [{"uid": "board", "title": "Board"}])
    for provider, board in (
        ({"folder": "Two", "folderUid": "board"}, {"uid": "x", "title": "X"}),
        ({"folder": "One", "folderUid": "two"}, {"uid": "x", "title": "X"}),
        ({"folder": "One"}, {"uid": "one", "title": "X"}),
        ({"folder": "One"}, {"uid": "x", "title": "One"}),
        ({"folder": "One"}, {"uid": "x", "title": "Board"}),
    ):
        with pytest.raises(RefusedError):
            grafana.read_dashboards(provider, [board])


def test_a_folder_is_for_those_who_may_look(sync: Sync, grafana: GrafanaStandIn) -> None:
    sync()
    leaders = next(number for number, name in grafana.teams.items() if name == "siaga-pimpinan")
    assert grafana.permissions["siaga-folder-heads"] == [{"teamId": leaders, "permission": 1}]
    assert {one.get("role") for one in grafana.permissions["siaga-folder-city"]} == {"Viewer", "Editor"}
    assert {one["permission"] for items in grafana.permissions.values() for one in items} == {1}


def test_stages_and_severe_incidents_are_marked_once_and_ended_when_they_end(
    sync: Sync, grafana: GrafanaStandIn, database_url: str
) -> None:
    severe = happened(database_url, closed=None)
    assert "2 annotations created or ended, 0 unchanged" in sync("--annotations-only").output
    stage, incident = sorted(grafana.annotations.values(), key=lambda one: one["time"])
    assert (stage["text"], stage["time"]) == ("PA Manggarai: Siaga 4 → Siaga 3 (760 cm)", at_ms(hours=2))
    assert set(incident["tags"]) >= {"siaga", "siaga-incident"}
    assert incident["text"].endswith("flooding, Jakarta Selatan")
    assert "0 annotations created or ended, 2 unchanged" in sync("--annotations-only").output
    with connect(database_url) as conn:
        conn.execute("UPDATE incident SET state = 'closed', closed_at = %s WHERE id = %s", (NOW, severe))
    assert "1 annotations created or ended, 1 unchanged" in sync("--annotations-only").output
    assert incident["timeEnd"] == at_ms(hours=0)
    assert not any(call.endswith("/dashboards/db") for call in grafana.calls)


def at_ms(*, hours: int) -> int:
    return int((NOW - timedelta(hours=hours)).timestamp() * 1000)


def test_refusals_are_reported(
    sync: Sync, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    grafana.folders["siaga-water"] = {"uid": "siaga-water", "title": "Another"}
    refused = sync()
    assert (refused.exit_code, "rejected a request: 400: Folder cannot be" in refused.output) == (1, True), (
        refused.output
    )
    monkeypatch.setenv("SIAGA_GRAFANA_TOKEN", "another")
    refused = sync()
    assert (refused.exit_code, "rejected a request: 401" in refused.output) == (1, True), refused.output
    assert "another" not in refused.output
    broken = sync("--from", str(tmp_path))
    assert (broken.exit_code, f"{tmp_path / 'access.json'}: " in broken.output) == (2, True), broken.output
    monkeypatch.setenv("SIAGA_GRAFANA_URL", "http://127.0.0.1:9")
    silent = sync()
    assert (silent.exit_code, "rejected a request: no response" in silent.output) == (1, True), silent.output


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SIAGA_GRAFANA_URL", "", "SIAGA_GRAFANA_URL: got nothing, expected the address of a Grafana"),
        ("SIAGA_GRAFANA_URL", "http://admin:secret@host", "SIAGA_GRAFANA_URL: got "),
        ("SIAGA_GRAFANA_TOKEN", "", "SIAGA_GRAFANA_TOKEN: got nothing, expected the token of a service account"),
    ],
)
def test_settings_that_are_wrong_are_named(
    name: str, value: str, complaint: str, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    reported = sync()
    assert (reported.exit_code, complaint in reported.output) == (2, True), reported.output
    assert "secret" not in reported.output
