"""What the publisher writes: the same as the API answers, as the public and with the rights of its own role."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import httpx
import psycopg
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from psycopg import IsolationLevel
from tests.support.http_api import Api, SettingsForTests, add_signal, serve, set_level

from siaga_cloud.alerts.service import alerts
from siaga_cloud.city.store.imports import AreaRow, save_areas
from siaga_cloud.incidents.service import flood_states
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.published.bucket import PublishBucket
from siaga_cloud.published.folder import PublishFolder
from siaga_cloud.published.metrics import PublishMetrics
from siaga_cloud.published.publisher import Publisher, RoundCount
from siaga_cloud.published.run import publish_once, run_publisher
from siaga_cloud.settings.http import PublishBucketSettings
from siaga_sim.stack.child import wait_until

CACHING = "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
FRONT = {"now.json", "index.id.html", "index.en.html"}
TEXTS = ("headline", "text", "instruction")
SECRET = "0812-9999-1234"
READABLE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::siaga/*"}
        ],
    }
)
"""The policy of a bucket whose objects everybody may read."""


@pytest.fixture(scope="module")
def flooded(api: Api) -> Api:
    """A city with levels, one gauge of which nothing is known, and incidents of sensors and of people."""
    with api.connection() as conn:
        set_level(conn, "manggarai", 862, stage=2)
        set_level(conn, "hek", 90, stage=4, at=datetime.now(UTC) - timedelta(hours=3))
        add_signal(conn, source="camera:cam-manggarai")
        add_signal(conn, source="citizen:a", place=(-6.1701, 106.8302), note=f"Air, {SECRET}")
        for hours in range(24):
            set_level(conn, "karet", 300 + hours, stage=4, at=datetime.now(UTC) - timedelta(hours=23 - hours))
        flood_states.refresh(conn, now=datetime.now(UTC))
        alerts.refresh(conn, now=datetime.now(UTC))
        conn.commit()
    return api


@dataclass(frozen=True, slots=True)
class PublishedFolder:
    """What a round wrote."""

    root: Path
    at: datetime
    count: RoundCount


@contextmanager
def as_publisher(api: Api) -> Iterator[Connection]:
    """A connection with the rights of the publisher's role and no others."""
    with api.connection() as conn:
        conn.autocommit = True
        conn.execute("SET ROLE siaga_publish")
        conn.autocommit = False
        conn.isolation_level, conn.read_only = IsolationLevel.REPEATABLE_READ, True
        yield conn


@contextmanager
def published(api: Api, root: Path, *, limited: bool = False) -> Iterator[tuple[Connection, Publisher]]:
    folder = PublishFolder(root)
    folder.open()
    with as_publisher(api) as conn:
        yield conn, Publisher(folder, limited=limited)
    folder.close()


@pytest.fixture(scope="module")
def written(flooded: Api, tmp_path_factory: pytest.TempPathFactory) -> PublishedFolder:
    """One round without a limit."""
    root, at = tmp_path_factory.mktemp("state"), datetime.now(UTC)
    with published(flooded, root) as (conn, publisher):
        return PublishedFolder(root, at, publish_once(publisher, conn, at=at))


def read(root: Path, name: str) -> Any:
    return json.loads((root / name).read_bytes())


def contents(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.suffix in (".json", ".html"))
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def without_times(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in ("generated_at", "valid_until")}


def test_the_files_hold_what_the_api_answers_to_everybody(flooded: Api, written: PublishedFolder) -> None:
    tmp_path, at = written.root, written.at
    now = read(tmp_path, "now.json")
    assert now["generated_at"] == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert datetime.fromisoformat(now["valid_until"]) - datetime.fromisoformat(now["generated_at"]) == timedelta(
        minutes=3
    )
    with flooded.client() as client:

        def answer(path: str) -> Any:
            return client.get(f"/api/v1{path}").raise_for_status().json()

        assert now["gauges"] == answer("/gauges")
        assert now["flood_states"] == answer("/flood-states")
        assert now["incidents"] == answer("/incidents?state=open&sort=-severity&limit=10")
        assert read(tmp_path, "layers/incidents.json")["incidents"] == answer(
            "/incidents?state=open&sort=-severity&limit=2500"
        )
        assert read(tmp_path, "layers/cameras.json")["cameras"] == answer("/cameras")
        assert read(tmp_path, "layers/areas.json") == answer("/areas")
        assert read(tmp_path, "layers/rivers.json") == answer("/rivers")
        indonesian, english = answer("/alerts?lang=id"), {one["id"]: one for one in answer("/alerts?lang=en")}
        both = [one | {f"{name}_en": english[one["id"]][name] for name in TEXTS} for one in indonesian]
        assert read(tmp_path, "alerts.json")["alerts"] == both != []
        assert now["alerts"] == both[:4]
        assert now["alert_count"] == len(both)
        assert now["unconfirmed_alert_count"] == sum(one["certainty"] == "Possible" for one in both)
        for area_id in (both[0]["area_id"], "31", now["incidents"][-1]["area_id"]):
            area = read(tmp_path, f"areas/{area_id}.json")
            alert = answer(f"/areas/{area_id}/alert?lang=id")["alert"]
            assert (area["alert"] and {name: area["alert"][name] for name in alert}) == alert
            flood = answer(f"/areas/{area_id}/flood-state")
            assert area["flood"] == {name: flood[name] for name in area["flood"]}
            context = answer(f"/areas/{area_id}/context")
            assert {name: area[name] for name in ("name", "parent_name", "statistics", "gauges")} == {
                name: context[name] for name in ("name", "parent_name", "statistics", "gauges")
            }
        series = read(tmp_path, "gauges/manggarai.json")
        assert series["readings"] == answer("/gauges/manggarai/readings?limit=2000")
        assert series["forecast"] == answer("/gauges/manggarai/forecast")
        assert series["history"] == answer("/gauges/manggarai/history")
    silent = next(one for one in now["gauges"] if one["id"] == "hek")
    assert (silent["stage"], silent["level_cm"], silent["last_level_cm"]) == (None, None, 90)
    assert written.count.written == 10 + 318 + 19
    text = "".join(path.read_text() for path in tmp_path.rglob("*") if path.suffix in (".json", ".html"))
    assert SECRET not in text


def test_each_file_has_compressed_copies_with_the_same_content(written: PublishedFolder) -> None:
    files = [path for path in written.root.rglob("*") if path.suffix in (".json", ".html")]
    assert len(files) > 300
    for path in files:
        body = path.read_bytes()
        assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == body
        assert brotli.decompress(path.with_name(f"{path.name}.br").read_bytes()) == body


@pytest.fixture(scope="module")
def bucket() -> Iterator[tuple[str, PublishBucketSettings]]:
    """The address of a bucket at moto's server, with an object of somebody else in it, and its settings."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    with httpx.Client(base_url=endpoint, trust_env=False, timeout=60) as client:
        for path, content in (("/siaga", ""), ("/siaga?policy", READABLE), ("/siaga/state/logo.svg", "<svg/>")):
            client.put(path, content=content).raise_for_status()
    yield (
        f"{endpoint}/siaga/state",
        PublishBucketSettings(url="s3://siaga/state", endpoint=endpoint, key_id="key", secret_key="secret"),
    )
    server.stop()


def test_a_bucket_holds_the_same_as_the_folder(
    flooded: Api, written: PublishedFolder, bucket: tuple[str, PublishBucketSettings]
) -> None:
    url, settings = bucket
    target = PublishBucket(settings)
    target.open()
    target.write_all([("gauges/gone.json", b"{}")])
    with as_publisher(flooded) as conn:
        publisher = Publisher(target, limited=False)
        count = publish_once(publisher, conn, at=written.at)
        again = publish_once(publisher, conn, at=written.at)
    assert (count.written, count.removed) == (written.count.written, 1)
    assert (again.written, again.removed) == (0, 0)
    assert set(target.list()) == set(contents(written.root))
    with httpx.Client(trust_env=False, timeout=60) as client:
        for name in ("now.json", "index.id.html", "gauges/manggarai.json"):
            answer = client.get(f"{url}/{name}")
            assert answer.content == (written.root / name).read_bytes()
            assert answer.headers["content-encoding"] == "gzip"
            assert answer.headers["cache-control"] == CACHING
            assert answer.headers["content-type"].startswith(
                "text/html" if name.endswith("html") else "application/json"
            )
            assert client.get(f"{url}/{name}", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        assert client.get(f"{url}/logo.svg").text == "<svg/>", "what others stored is left alone"
    target.close()


def test_a_bucket_that_is_not_there_is_an_error_that_the_publisher_survives(
    bucket: tuple[str, PublishBucketSettings],
) -> None:
    target = PublishBucket(bucket[1].model_copy(update={"url": "s3://none/state"}))
    for use in (target.open, lambda: target.write_all([("now.json", b"{}")]), lambda: list(target.list())):
        with pytest.raises(OSError, match="s3://none/state: "):
            use()
    target.close()


def test_a_change_is_written_at_once_and_the_rest_when_it_grows_old(flooded: Api, tmp_path: Path) -> None:
    start = datetime.now(UTC)

    def round_after(seconds: float) -> set[str]:
        """Runs a round; the files that it wrote, without areas, of which each round writes some."""
        before = contents(tmp_path)
        publish_once(publisher, conn, at=start + timedelta(seconds=seconds))
        after = contents(tmp_path)
        return {name for name in after if after[name] != before.get(name) and not name.startswith("areas/")}

    with published(flooded, tmp_path, limited=True) as (conn, publisher):
        first = round_after(0)
        assert len(first) == 10 + 19
        assert round_after(2) == set()
        with flooded.connection() as other:
            set_level(other, "manggarai", 863, stage=2)
        assert round_after(4) == {*FRONT, "gauges/manggarai.json"}
        assert next(one["level_cm"] for one in read(tmp_path, "now.json")["gauges"] if one["id"] == "manggarai") == 863
        assert round_after(12) == set()
        assert round_after(14) == FRONT
        assert round_after(66) == first - {"layers/areas.json", "layers/rivers.json"}


def test_the_files_of_what_vanished_are_removed_and_no_others(flooded: Api, tmp_path: Path) -> None:
    (tmp_path / "gauges").mkdir()
    for name in ("gauges/gone.json", "gauges/gone.json.br", "gauges/gone.json.gz", "robots.txt"):
        (tmp_path / name).write_text("{}")
    with published(flooded, tmp_path, limited=True) as (conn, publisher):
        assert publish_once(publisher, conn, at=datetime.now(UTC)).removed == 1
    assert [path.name for path in tmp_path.rglob("*") if "gone" in path.name] == []
    assert (tmp_path / "robots.txt").exists()


def test_areas_that_are_loaded_after_the_publisher_has_begun_are_published_within_seconds(
    flooded: Api, tmp_path: Path
) -> None:
    start = datetime.now(UTC)
    with published(flooded, tmp_path) as (conn, publisher):
        publish_once(publisher, conn, at=start)
        with flooded.connection() as other:
            save_areas(
                other,
                [
                    AreaRow(
                        id="31.74.01.baru",
                        name="Kelurahan Baru",
                        level="kelurahan",
                        parent_id="31.74.01",
                        geometry=None,
                        schematic=True,
                    )
                ],
            )
        publish_once(publisher, conn, at=start + timedelta(seconds=12))
        assert read(tmp_path, "areas/31.74.01.baru.json")["name"] == "Kelurahan Baru"
        with flooded.connection() as other:
            other.execute("DELETE FROM area WHERE id = '31.74.01.baru'")
        publish_once(publisher, conn, at=start + timedelta(seconds=24))
    assert not (tmp_path / "areas" / "31.74.01.baru.json").exists()


def test_a_round_leaves_most_areas_to_the_next(flooded: Api, tmp_path: Path) -> None:
    start = datetime.now(UTC)
    with published(flooded, tmp_path, limited=True) as (conn, publisher):
        rounds = [publish_once(publisher, conn, at=start + timedelta(seconds=2 * n)).written for n in range(3)]
    assert max(rounds) <= 9 + 50 + 25
    assert sum(1 for _ in (tmp_path / "areas").glob("*.json")) == 150


def test_the_role_reads_nothing_about_people_and_writes_nothing(flooded: Api) -> None:
    for query in (
        "SELECT 1 FROM report", "SELECT 1 FROM app_user", "SELECT 1 FROM signal", "SELECT 1 FROM incident",
        "SELECT 1 FROM task", "SELECT 1 FROM media", "SELECT 1 FROM subscription", "SELECT 1 FROM feed",
        "SELECT 1 FROM node", "SELECT 1 FROM site_config", "UPDATE gauge SET name = name",
    ):  # fmt: skip
        with as_publisher(flooded) as conn:
            conn.read_only = False
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(query)


def test_the_api_serves_the_files_as_a_front_door_does(flooded: Api, written: PublishedFolder) -> None:
    settings = SettingsForTests(
        database_url=flooded.database_url, media_dir=flooded.media_dir, publish_folder=written.root
    )
    with serve(settings, flooded.tokens) as served, served.client("operator.balaikota") as client:
        for encoding, suffix in (("br", ".br"), ("gzip", ".gz"), ("identity", "")):
            sent = {"Accept-Encoding": encoding}
            with client.stream("GET", "/state/now.json", headers=sent) as answer:
                raw = b"".join(answer.iter_raw())
            assert raw == (written.root / f"now.json{suffix}").read_bytes()
            assert answer.headers.get("content-encoding", "identity") == encoding
            assert (
                answer.headers["cache-control"] == "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
            )
            assert set(answer.headers["vary"].split(", ")) == {"Accept-Encoding"}
            again = client.get("/state/now.json", headers={**sent, "If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        assert client.get("/state/index.en.html").headers["content-type"] == "text/html; charset=utf-8"
        for name in ("..%2fsecret.json", ".lock", "areas/nowhere.json", "areas/..%2fnow.json", "now.json/x"):
            assert client.get(f"/state/{name}").status_code == 404


def test_a_server_without_a_folder_makes_the_same_content_when_it_is_requested(flooded: Api, tmp_path: Path) -> None:
    with published(flooded, tmp_path, limited=True) as (conn, publisher):
        publish_once(publisher, conn, at=datetime.now(UTC))
    with flooded.client() as client:
        for name in (
            "now.json", "alerts.json", "layers/incidents.json", "layers/cameras.json", "layers/index.json",
            "layers/areas.json", "layers/rivers.json", "layers/roads.json",
            "gauges/karet.json", "areas/31.74.01.manggarai.json",
        ):  # fmt: skip
            answer = client.get(f"/state/{name}")
            assert without_times(answer.json()) == without_times(read(tmp_path, name)), name
        assert client.get("/state/gauges/nowhere.json").status_code == 404
        assert client.get("/state/areas/nowhere.json").status_code == 404
        assert "PA Manggarai" in client.get("/state/index.id.html").text


def test_the_publisher_outlives_a_folder_that_cannot_be_written(flooded: Api, tmp_path: Path) -> None:
    folder, stop, metrics = PublishFolder(tmp_path / "state"), threading.Event(), PublishMetrics()
    folder.open()
    (tmp_path / "state" / "now.json").mkdir()
    publisher = Publisher(folder)
    thread = threading.Thread(
        target=run_publisher, args=(publisher, flooded.database_url), kwargs={"stop": stop, "metrics": metrics}
    )
    thread.start()
    try:
        wait_until(lambda: _rounds(metrics, "failed") >= 1, seconds=30, what="a failed round")
        (tmp_path / "state" / "now.json").rmdir()
        wait_until(lambda: _rounds(metrics, "done") >= 1, seconds=30, what="a round after it")
        assert read(tmp_path / "state", "now.json")["gauges"]
    finally:
        stop.set()
        thread.join(20)
        folder.close()


def _rounds(metrics: PublishMetrics, outcome: str) -> float:
    return metrics.registry.get_sample_value("siaga_publish_rounds_total", {"outcome": outcome}) or 0.0
