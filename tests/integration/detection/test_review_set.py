"""Verdicts become pictures for the next training, and thresholds that show their price before they are applied."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from PIL import Image, ImageDraw
from tests.support.admin.commands import run_admin
from tests.support.cloud_core import event_message, evidence_message
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve

from siaga_cloud.cameras.store import events
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.ingest import event_signals as sensing
from siaga_cloud.operations.service import upkeep
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.review.service import CLASSES
from siaga_cloud.signals import store as signals
from siaga_core.wire import codec, topics
from siaga_core.wire.messages import EvidenceMessage, Place, Source, SourceKind
from siaga_sim.stack.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[3]
CAMERAS = ("cam-a", "cam-b", "cam-c")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[Api]:
    settings = SettingsForTests(database_url=database_url, media_dir=tmp_path / "media", review_days=30)
    with serve(settings, load_demo_city(database_url)) as served:
        yield served


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    def command(*args: str) -> subprocess.CompletedProcess[str]:
        folders = {"SIAGA_MEDIA_DIR": str(tmp_path / "media"), "SIAGA_FLEET_DIR": str(tmp_path / "fleet")}
        own = {"SIAGA_DATABASE_URL": database_url, "SIAGA_BROKER_PORT": str(free_port()), **folders}
        return run_admin(*args, environment=own)

    return command


def a_street(seed: int, *, marked: bool = False) -> bytes:
    """Coarse noise with a car-like block where the alarm's box is; `marked`: with the box drawn on it."""
    noise = Image.frombytes("RGB", (20, 12), random.Random(seed).randbytes(720)).resize((320, 192))
    draw = ImageDraw.Draw(noise)
    draw.rectangle((40, 30, 88, 50), fill=(30 + seed % 200, 90, 160))
    if marked:
        draw.rectangle((32, 19, 96, 58), outline=(230, 40, 40), width=2)
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=82)
    return out.getvalue()


def alarm(city: Api, camera: str, *, jpeg: bytes, confidence: float = 0.9, minutes_ago: float = 5) -> UUID:
    """A car that a camera said stands there, with its picture; the incident's id."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    source = Source(kind=SourceKind.CAMERA, id=camera)
    place = Place(lat=-6.2 - 0.01 * CAMERAS.index(camera) - minutes_ago / 50_000, lon=106.8)
    event = event_message(outbox_id=uuid4(), at=at, source=source, confidence=confidence, place=place)
    topic, payload = evidence_message(jpeg, event_id=event.event_id, outbox_id=uuid4(), seq=2, at=at)
    image = codec.decode_up(topics.parse_up(topic), payload)
    assert isinstance(image, EvidenceMessage)
    MediaFolder(city.media_dir).persist(jpeg)
    with city.connection() as conn:
        events.save(conn, event, received_at=at)
        events.save_evidence(conn, [(image.header, len(jpeg))], now=at)
        signal = sensing.signal_of(event, received_at=at)
        assert signal is not None
        signals.save(conn, [signal])
        incident = incidents.process_signal(conn, signal.id, areas=AreaLookup(), now=at)
    assert incident is not None
    return incident


def judge(city: Api, incident: UUID, verdict: str) -> None:
    with city.connection() as conn:
        conn.execute("UPDATE task SET state = 'dismissed', finished_at = now(), paused_at = NULL")
    with city.client("operator.balaikota") as client:
        answer = client.post(f"/api/v1/incidents/{incident}/verdict", json={"verdict": verdict})
        assert answer.status_code == 200, answer.text


def test_nothing_is_collected_or_shown_unless_the_city_opted_in(database_url: str, tmp_path: Path) -> None:
    settings = SettingsForTests(database_url=database_url, media_dir=tmp_path / "media")
    with serve(settings, load_demo_city(database_url)) as off:
        judge(off, alarm(off, "cam-a", jpeg=a_street(1)), "confirmed")
        with off.client("operator.balaikota") as client:
            assert client.get("/api/v1/review").status_code == 404
        with off.connection() as conn:
            assert conn.execute("SELECT count(*) AS n FROM review_item").fetchone() == {"n": 0}


def test_a_verdict_collects_the_image_and_every_view_of_it_is_on_record(city: Api) -> None:
    incident = alarm(city, "cam-a", jpeg=a_street(1))
    judge(city, incident, "confirmed")
    for person, status in ((None, 401), ("petugas.sda", 403), ("gubernur", 403), ("admin", 200)):
        with city.client(person) as client:
            assert client.get("/api/v1/review").status_code == status
    with city.client("operator.balaikota") as client:
        (item,) = client.get("/api/v1/review").json()
        assert item["boxes"] == [item["seen"]] == [{"label": "car", "x1": 0.1, "y1": 0.1, "x2": 0.3, "y2": 0.3}]
        image = client.get(f"/api/v1/review/{item['id']}/image")
        assert (image.content, image.headers["cache-control"]) == (a_street(1), "private, no-store")
        two = [*item["boxes"], {"label": "bus", "x1": 0.5, "y1": 0.5, "x2": 0.9, "y2": 0.9}]
        changed = client.patch(f"/api/v1/review/{item['id']}", json={"boxes": two, "complete": True}).json()
        assert (changed["boxes"], changed["edited_by"]) == (two, "operator.balaikota")
        wrong = {"boxes": [{**two[0], "label": "lorry"}]}
        assert client.patch(f"/api/v1/review/{item['id']}", json=wrong).status_code == 422
        assert client.patch(f"/api/v1/review/{uuid4()}", json=wrong).status_code == 404
        assert "got 'lorry', expected one of person" in client.patch(f"/api/v1/review/{item['id']}", json=wrong).text
    judge(city, incident, "false_alarm")
    with city.client("admin") as client:
        (item,) = client.get("/api/v1/review", params={"verdict": "false_alarm"}).json()
    assert (item["boxes"], item["complete"]) == ([], False)
    with city.connection() as conn:
        looks = conn.execute("SELECT actor, action FROM review_look ORDER BY id").fetchall()
        assert [(look["actor"], look["action"]) for look in looks] == [
            ("admin", "list"),
            ("operator.balaikota", "list"),
            ("operator.balaikota", "image"),
            ("operator.balaikota", "edit"),
            ("admin", "list"),
        ]
        with pytest.raises(psycopg.errors.IntegrityError, match="append-only"):
            conn.execute("DELETE FROM review_look")


def test_items_expire(city: Api) -> None:
    judge(city, alarm(city, "cam-a", jpeg=a_street(1)), "confirmed")
    later = datetime.now(UTC) + timedelta(days=31)
    with city.connection() as conn:
        upkeep.forget(conn, forget_old_readings=timedelta(days=90), forget_old_messages=timedelta(days=90), now=later)
        assert conn.execute("SELECT count(*) AS n FROM review_item").fetchone() == {"n": 0}


def test_the_export_is_read_by_the_model_scripts_and_split_by_camera(city: Api, run: Run, tmp_path: Path) -> None:
    assert "there are no images to export" in run("review", "export", str(tmp_path / "none")).stderr
    for number, camera in enumerate(CAMERAS):
        judge(city, alarm(city, camera, jpeg=a_street(40 * number)), "confirmed")
        judge(city, alarm(city, camera, jpeg=a_street(40 * number + 20), minutes_ago=300), "false_alarm")
    judge(city, alarm(city, "cam-a", jpeg=a_street(7, marked=True), minutes_ago=900), "confirmed")
    out = tmp_path / "review"
    done = run("review", "export", str(out))
    assert done.returncode == 0, done.stderr
    assert "1\tleft out: the alarm's box is drawn on it" in done.stdout
    manifest = json.loads((out / "manifest.json").read_text())
    assert len(manifest) == len(list((out / "images").rglob("*.jpg"))) == 6
    parts = {(one["camera"], path.parent.name) for path in (out / "images").rglob("*.jpg")
             for one in [manifest[path.stem]]}  # fmt: skip
    assert len(parts) == len(CAMERAS)
    assert {part for _, part in parts} == {"train", "val"}
    labels = {path.stem: path.read_text() for path in (out / "labels").rglob("*.txt")}
    refuted = {path.stem: path.read_text() for path in (out / "refuted").rglob("*.txt")}
    for stem, note in manifest.items():
        node = "3 0.200000 0.200000 0.200000 0.200000\n"
        is_true = note["verdict"] == "confirmed"
        assert (labels[stem], refuted[stem]) == ((node, "") if is_true else ("", node))
    assert "got a folder with files in it" in run("review", "export", str(out)).stderr
    data = tmp_path / "data"
    command = [sys.executable, str(REPOSITORY / "models" / "prepare.py"), str(out / "sources.toml"), "--out", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert sorted(path.read_text() for path in (data / "labels").rglob("*.txt")) == sorted(labels.values())
    train_on(out, tmp_path)


def train_on(out: Path, tmp_path: Path) -> None:
    """One short epoch on the folder as it is, where the train extra is there."""
    python = REPOSITORY / ".venv-train" / "bin" / "python"
    if not python.exists():
        return
    settings = tmp_path / "one.toml"
    text = (REPOSITORY / "models" / "settings" / "detector_smoke.toml").read_text()
    settings.write_text(text.replace("epochs = 4", "epochs = 1").replace("size = 160", "size = 64"))
    command = [str(python), str(REPOSITORY / "models" / "train_detector.py"), str(settings)]
    command += ["--data", str(out), "--out", str(tmp_path / "run")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "YOLO_OFFLINE": "true"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False, timeout=110
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    assert (tmp_path / "run" / "best.pt").is_file()


def test_the_classes_are_those_of_the_models() -> None:
    manifest = tomllib.loads((REPOSITORY / "models" / "weights" / "manifest.toml").read_text())
    assert tuple(manifest["detector_640"]["classes"]) == CLASSES


def test_thresholds_show_their_price_and_what_to_write_into_the_boxs_file(city: Api, run: Run) -> None:
    with city.connection() as conn:
        conn.execute("INSERT INTO node (id) VALUES ('node-a')")
        conn.execute(
            "INSERT INTO camera_latest (camera_id, node_id, at) VALUES ('cam-a', 'node-a', now()),"
            " ('cam-b', 'node-b', now())"
        )
        for number in range(30):
            put_judged(conn, "cam-a", score=0.5 + 0.001 * number if number < 10 else 0.8, confirmed=number >= 10)
        put_judged(conn, "cam-b", score=0.6, confirmed=True)
    done = run("review", "thresholds")
    assert done.returncode == 0, done.stderr
    assert "cam-a\tillegal_parking\t20 true, 10 false\t0.51\t0 of 20 (0% to 16%)\t10 of 10 (72% to 100%)" in done.stdout
    assert "cam-b\tillegal_parking\t1 true, 0 false\t-\ttoo few verdicts (20 with 5" in done.stdout
    assert "# node-a: the cloud does not manage this node's configuration; write this into its NODE.toml" in done.stdout
    assert "thresholds = { car = 0.51 }" in done.stdout
    assert "cam-a" not in run("review", "thresholds", "--camera", "cam-b").stdout


def test_an_applied_threshold_is_laid_into_the_boxs_wanted_configuration(city: Api, run: Run, tmp_path: Path) -> None:
    body = tmp_path / "node-a.toml"
    body.write_text('[[camera]]\nid = "cam-a"\nthresholds = { trash = 0.6 }\n[[camera]]\nid = "cam-b"\n')
    assert run("fleet-key").returncode == 0
    run("fleet", "config", "node-a", str(body))  # no broker is there: it is kept, and sent by `fleet publish`
    with city.connection() as conn:
        conn.execute("INSERT INTO camera_latest (camera_id, node_id, at) VALUES ('cam-a', 'node-a', now())")
        for number in range(30):
            put_judged(conn, "cam-a", score=0.5 if number < 10 else 0.8, confirmed=number >= 10)
    assert "thresholds = { car = 0.505 }" in run("review", "thresholds").stdout
    assert wanted(city) == (1, [{"id": "cam-a", "thresholds": {"trash": 0.6}}, {"id": "cam-b"}])
    shown = run("review", "thresholds", "--apply").stdout
    assert shown.index("0 of 20") < shown.index("node-a: version 2")
    assert wanted(city) == (2, [{"id": "cam-a", "thresholds": {"trash": 0.6, "car": 0.505}}, {"id": "cam-b"}])


def wanted(city: Api) -> tuple[int, list[dict[str, object]]]:
    with city.connection() as conn:
        (config,) = fleet.wanted(conn, "node-a")
    return config.version, tomllib.loads(config.body)["camera"]


def put_judged(conn: psycopg.Connection[dict[str, object]], camera: str, *, score: float, confirmed: bool) -> None:
    at = datetime.now(UTC)
    source = Source(kind=SourceKind.CAMERA, id=camera)
    event = event_message(outbox_id=uuid4(), at=at, source=source, confidence=score)
    events.save(conn, event, received_at=at)
    signal = sensing.signal_of(event, received_at=at)
    assert signal is not None
    signals.save(conn, [signal])
    incident = uuid4()
    conn.execute(
        "INSERT INTO incident (id, category, severity, confidence, lat, lon, began_at, last_signal_at, created_at,"
        " updated_at, verdict) VALUES (%s, 'illegal_parking', 'minor', 0.5, 0, 0, now(), now(), now(), now(), %s)",
        (incident, "confirmed" if confirmed else "false_alarm"),
    )
    conn.execute(
        "INSERT INTO incident_member (incident_id, signal_id, source_key, reliability, confidence, weight, joined_at)"
        " VALUES (%s, %s, %s, 0.5, 0.5, 0.5, now())",
        (incident, signal.id, f"camera:{camera}"),
    )
