"""Observations that a trusted system writes: with its token, for its gauges, stored once by the feeds process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from tests.support.http_api import Api
from tests.support.stand_ins.text_gateways import rows

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.feeds.cli import load_feeds
from siaga_cloud.feeds.observations import service as observations
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Database

TOKEN = "token-of-the-balai-besar"
FEED = """
[[feed]]
id = "balai"
kind = "observations"
secret = "SIAGA_FEED_BALAI"
[[feed.gauge]]
gauge = "depok"
most_cm = 900
"""
ADDRESS = "/sta/v1.1/Datastreams('depok.level')/Observations"


@pytest.fixture
def client(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    monkeypatch.setenv("SIAGA_FEED_BALAI", TOKEN)
    (tmp_path / "feeds.toml").write_text(FEED, "utf-8")
    with api.connection() as conn:
        load_feeds(conn, tmp_path / "feeds.toml")
        conn.execute("UPDATE gauge SET node_id = NULL WHERE id = 'depok'")
        conn.commit()
    api.forget_limits()
    with api.client(Authorization=f"Bearer {TOKEN}") as opened:
        yield opened


def work(api: Api) -> list[dict[str, Any]]:
    """Run the deferred jobs, as the feeds process does; the readings of the gauge."""
    deferred = rows(api, "SELECT id, args FROM procrastinate_jobs WHERE task_name = 'store_observation' ORDER BY id")
    with Database(api.database_url, name="siaga-observations") as database:
        context = FeedContext(
            database=database,
            media=api.parts.media,
            areas=AreaLookup(),
            own_sender="siaga@siaga.test",
            secret_of=lambda _name: None,
            clock=lambda: datetime.now(UTC),
        )
        for job in deferred:
            observations.process(context, job["args"]["feed_id"], job["args"]["payload"].encode())
    with api.connection() as conn:
        conn.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'store_observation'")
        conn.commit()
    return rows(api, "SELECT level_cm, quality, node_id FROM reading WHERE gauge_id = 'depok' ORDER BY measured_at")


def test_an_observation_becomes_a_reading_once(api: Api, client: httpx.Client) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
    times = [(at + timedelta(minutes=number)).isoformat() for number in range(3)]
    sent = [client.post(ADDRESS, json={"phenomenonTime": times[0], "result": 123.5}) for _ in range(2)]
    assert [one.status_code for one in sent] == [202, 202], sent[0].text
    datastream = {"@iot.id": "depok.level"}
    for time, result in ((times[1], None), (times[2], 950)):
        body = {"phenomenonTime": time, "result": result, "Datastream": datastream}
        assert client.post("/sta/v1.1/Observations", json=body).status_code == 202
    stored = work(api)
    assert [(one["level_cm"], one["quality"]) for one in stored] == [(123.5, "good"), (None, "missing"), (950, "bad")]
    assert {one["node_id"] for one in stored} == {"feed-balai"}
    link = sent[0].headers["location"].removeprefix("http://127.0.0.1")
    assert client.get(link).json()["result"] == 123.5
    health = rows(api, "SELECT received, refused FROM connector_health WHERE channel = 'feed:balai'")
    assert health[0]["refused"] == 0


@pytest.mark.parametrize(
    ("authorization", "path", "body", "status", "named"),
    [
        ("", ADDRESS, {"result": 1}, 401, "Authorization"),
        ("Bearer wrong", ADDRESS, {"result": 1}, 401, "Authorization"),
        (None, ADDRESS.replace("depok", "manggarai"), {"result": 1}, 400, "Datastream"),
        (None, ADDRESS.replace("level", "stage"), {"result": 1}, 400, "Datastream"),
        (None, "/sta/v1.1/Observations", {"result": 1}, 400, "Datastream"),
        (None, ADDRESS, {}, 400, "result"),
        (None, ADDRESS, {"result": "12"}, 400, "result"),
        (None, ADDRESS, {"result": True}, 400, "result"),
        (None, ADDRESS, {"result": 1, "phenomenonTime": "yesterday"}, 400, "phenomenonTime"),
        (None, ADDRESS, {"result": 1, "phenomenonTime": "2999-01-01T00:00:00Z"}, 400, "phenomenonTime"),
        (None, ADDRESS, {"result": 1, "parameters": {}}, 400, "parameters"),
        (None, ADDRESS, [], 400, "object"),
        (None, ADDRESS, {"result": 1, "resultTime": "x" * 9000}, 400, "bytes"),
        (None, "/sta/v1.1/Things", {"name": "x"}, 405, "only Observations"),
    ],
)
def test_what_is_not_trusted_or_not_known_is_refused(
    api: Api, client: httpx.Client, authorization: str | None, path: str, body: Any, status: int, named: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    before = len(work(api))
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert named in answer.json()["message"]
    assert len(work(api)) == before


def test_the_rights_of_the_role_of_the_api_suffice_and_show_no_other_feed(api: Api, client: httpx.Client) -> None:
    with api.connection() as conn:
        conn.execute("SET ROLE siaga_api")
        feed = observations.sender_of(conn, TOKEN, lambda name: TOKEN if name == "SIAGA_FEED_BALAI" else None)
        assert feed is not None
        assert feed.id == "balai"
        jobs.defer_observation(conn, feed.id, b"{}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT options FROM feed")
        conn.rollback()


def test_a_system_that_writes_too_much_waits(client: httpx.Client) -> None:
    answers = [client.post(ADDRESS, json={"result": 1}).status_code for _ in range(40)]
    assert answers[0] == 202
    assert answers[-1] == 429


def test_a_gauge_of_a_node_belongs_to_the_node(api: Api, client: httpx.Client) -> None:
    before = len(work(api))
    with api.connection() as conn:
        conn.execute("UPDATE gauge SET node_id = 'node-a' WHERE id = 'depok'")
        conn.commit()
    assert client.post(ADDRESS, json={"result": 77}).status_code == 202
    assert len(work(api)) == before
    refused = rows(api, "SELECT reason FROM dead_letter WHERE topic = 'feed/balai'")
    assert [one["reason"] for one in refused] == ["gauge depok belongs to node node-a"]
