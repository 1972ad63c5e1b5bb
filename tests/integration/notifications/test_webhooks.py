"""Webhooks out, over real sockets: what happens is told once, signed; what fails waits, dies and is sent again."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.support.http_api import Api, SettingsForTests, add_signal, load_demo_city, serve, task_of
from typer.testing import CliRunner

from siaga_cloud.platform.delivery.addresses import AvailableChannels
from siaga_cloud.platform.delivery.ports import DeliveryError
from siaga_cloud.platform.delivery.webhook import HttpEventWebhooks, origin
from siaga_cloud.settings import WebhookSettings
from siaga_cloud.webhooks import jobs as worker_webhooks
from siaga_cloud.webhooks import service as webhooks
from siaga_cloud.webhooks import store as db
from siaga_cloud.webhooks.cli import app as command
from siaga_sim.stack.postgres import Postgres


class Receiver(HTTPServer):
    """Another system. `status`: what it answers; `seen`: (headers, body) of every POST."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 204
        self.seen: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()
        if self.server.status == 503:
            self.wfile.write(b"busy")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture(scope="module")
def api(
    postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> Iterator[Api]:
    url = postgres.create_database("siaga_webhooks", template=migrated_template)
    tokens = load_demo_city(url)
    settings = SettingsForTests(database_url=url, media_dir=tmp_path_factory.mktemp("media"))
    with serve(
        settings, tokens, alert_channels=AvailableChannels(webhook_origins=frozenset([origin(receiver.url)]))
    ) as served:
        yield served
    postgres.drop_database("siaga_webhooks")


@pytest.fixture
def admin(api: Api, receiver: Receiver) -> Iterator[httpx.Client]:
    receiver.seen.clear()
    receiver.status = 204
    with api.connection() as conn:
        conn.execute("TRUNCATE webhook, webhook_event CASCADE")
        conn.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'deliver_webhook'")
        conn.commit()
    with api.client("admin") as client:
        yield client


def subscribe(admin: httpx.Client, receiver: Receiver, *kinds: str, **more: str) -> dict[str, Any]:
    answer = admin.post("/api/v1/admin/webhooks", json={"url": f"{receiver.url}/in?x=1", "kinds": kinds, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def work(api: Api, receiver: Receiver) -> int:
    """Plans and sends as the worker does; how many were taken."""
    sender = HttpEventWebhooks(
        WebhookSettings(hosts=(receiver.url,), secret="not used by these at all"), lambda: 1_700_000_000.0
    )
    with api.connection() as conn:
        webhooks.plan(conn, now=datetime.now(UTC))
        conn.commit()
        jobs = conn.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'deliver_webhook' RETURNING args, id"
        ).fetchall()
        conn.commit()
    before = len(receiver.seen)
    for job in sorted(jobs, key=lambda job: job["id"]):
        try:
            worker_webhooks.deliver(api.parts.database, sender, UUID(job["args"]["delivery_id"]))
        except DeliveryError:
            continue
    return len(receiver.seen) - before


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in receiver.seen]


def test_an_incident_its_task_and_a_stage_are_published_once_and_signed(
    api: Api, admin: httpx.Client, receiver: Receiver
) -> None:
    made = subscribe(admin, receiver, "incident", "task", "stage", note="test")
    with api.connection() as conn:
        incident_id = add_signal(conn)
        task_id = task_of(conn, incident_id)
        now = datetime.now(UTC)
        conn.execute("INSERT INTO gauge_stage VALUES ('manggarai', %s, 4, 3, 760, %s)", (now, now))
        conn.execute("UPDATE incident SET state = 'closed', closed_at = %s WHERE id = %s", (now, incident_id))
        conn.commit()
    assert work(api, receiver) == 4
    reported = {one["type"]: one for one in bodies(receiver)}
    assert set(reported) == {"incident.opened", "task.created", "stage.changed", "incident.closed"}
    assert reported["incident.opened"]["data"]["id"] == str(incident_id)
    assert reported["incident.closed"]["change"] == {"from_state": "open", "to_state": "closed"}
    assert reported["task.created"]["data"]["id"] == str(task_id)
    assert reported["stage.changed"]["change"] == {"from_stage": 4, "to_stage": 3, "level_cm": 760}
    assert reported["stage.changed"]["data"]["s3_cm"] == 750
    for headers, body in receiver.seen:
        sent_at, signed = headers["Siaga-Signature"].split(",")
        expected = hmac.new(made["secret"].encode(), sent_at[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert signed == f"v1={expected}"
        assert headers["Siaga-Id"] == json.loads(body)["id"]
    assert work(api, receiver) == 0, "nothing is told twice"
    shown = admin.get(f"/api/v1/admin/webhooks/{made['id']}").json()
    assert (shown["queued"], shown["dead"], shown["note"]) == (0, 0, "test")
    assert "secret" not in shown


def test_only_requested_items_that_lie_in_the_area_are_returned(
    api: Api, admin: httpx.Client, receiver: Receiver
) -> None:
    with api.connection() as conn:
        row = conn.execute("SELECT area_id FROM gauge WHERE id = 'manggarai'").fetchone()
        assert row is not None
        subscribe(admin, receiver, "stage", area_id=row["area_id"])
        now = datetime.now(UTC)
        for gauge in ("manggarai", "katulampa"):
            conn.execute("INSERT INTO gauge_stage VALUES (%s, %s, 3, 2, 860, %s)", (gauge, now, now))
        conn.commit()
        add_signal(conn, source="camera:cam-other", place=(-6.35, 106.9))
    work(api, receiver)
    assert [(one["type"], one["data"]["gauge_id"]) for one in bodies(receiver)] == [("stage.changed", "manggarai")]


def test_a_place_that_only_a_citizen_named_remains_coarse(api: Api, admin: httpx.Client, receiver: Receiver) -> None:
    subscribe(admin, receiver, "incident")
    with api.connection() as conn:
        add_signal(conn, category="pothole", source="citizen:abc", place=(-6.2512345, 106.8312345), note="my name")
    work(api, receiver)
    (reported,) = bodies(receiver)
    assert reported["data"]["lat"] == pytest.approx(-6.25125)
    assert "2512345" not in json.dumps(reported)
    assert "my name" not in json.dumps(reported)


def test_what_fails_waits_then_dies_and_is_sent_again_by_api_and_command(
    api: Api, admin: httpx.Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = subscribe(admin, receiver, "stage")
    address = f"/api/v1/admin/webhooks/{made['id']}"
    assert admin.post(f"{address}/ping").status_code == 202
    receiver.status = 503
    assert work(api, receiver) == 1
    (held,) = admin.get(f"{address}/deliveries").json()
    assert (held["state"], held["attempts"], held["kind"]) == ("queued", 1, "ping")
    assert (held["answer_status"], held["answer"], held["body"]["test"]) == (503, "busy", True)
    assert held["due_at"] > held["created_at"]
    receiver.status = 400
    with api.connection() as conn:
        conn.execute("UPDATE webhook_delivery SET due_at = due_at - interval '1 hour'")
        assert webhooks.pick_up_left_behind(conn, now=datetime.now(UTC)) == 1
        conn.commit()
    assert work(api, receiver) == 1
    (dead,) = admin.get(f"{address}/deliveries", params={"state": "dead"}).json()
    assert "400" in dead["error"]
    assert work(api, receiver) == 0
    receiver.status = 204
    assert admin.post(f"{address}/replay", json={"ids": [str(uuid4())]}).json() == {"replayed": 0}
    assert admin.post(f"{address}/replay", json={}).json() == {"replayed": 1}
    assert work(api, receiver) == 1
    assert {headers["Siaga-Id"] for headers, _ in receiver.seen} == {dead["id"]}
    sent = admin.get(f"{address}/deliveries/{dead['id']}").json()
    assert (sent["state"], sent["answer_status"], sent["answer"]) == ("sent", 204, "")
    assert admin.get(f"{address}/deliveries/{made['id']}").status_code == 404
    with api.connection() as conn:
        conn.execute("UPDATE webhook_delivery SET state = 'dead', error = 'x'")
        conn.commit()
    monkeypatch.setenv("SIAGA_DATABASE_URL", api.database_url)
    assert dead["id"] in CliRunner().invoke(command, ["dead"]).output
    assert made["id"] in CliRunner().invoke(command, ["list"]).output
    assert CliRunner().invoke(command, ["replay", "--webhook", made["id"]]).exit_code == 0
    assert work(api, receiver) == 1


def test_one_that_is_gone_is_switched_off_and_a_full_queue_kills_at_once(
    api: Api, admin: httpx.Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = subscribe(admin, receiver, "stage")
    address = f"/api/v1/admin/webhooks/{made['id']}"
    admin.post(f"{address}/ping")
    receiver.status = 410
    work(api, receiver)
    assert "410" in admin.get(address).json()["disabled_why"]
    assert admin.post(f"{address}/ping").status_code == 409
    assert admin.put(f"{address}/active", json={"active": True}).json()["disabled_at"] is None
    monkeypatch.setattr(webhooks, "MOST_QUEUED", 0)
    with api.connection() as conn:
        now = datetime.now(UTC)
        conn.execute("INSERT INTO gauge_stage VALUES ('karet', %s, 3, 2, 560, %s)", (now, now))
        conn.commit()
    work(api, receiver)
    dead, _ping = admin.get(f"{address}/deliveries?state=dead").json()
    assert dead["error"].endswith("wait already")


def test_secrets_are_shown_once_and_no_request_can_read_them(api: Api, admin: httpx.Client, receiver: Receiver) -> None:
    made = subscribe(admin, receiver, "stage")
    renewed = admin.post(f"/api/v1/admin/webhooks/{made['id']}/secret").json()["secret"]
    assert renewed != made["secret"]
    assert made["secret"] not in admin.get("/api/v1/admin/webhooks").text
    with api.connection() as conn:
        conn.execute("SET ROLE siaga_api")
        with pytest.raises(Exception, match="permission denied"):
            conn.execute("SELECT secret FROM webhook_secret")
        conn.rollback()
        row = conn.execute("SELECT count(*) AS n FROM audit WHERE object_id = %s", (made["id"],)).fetchone()
    assert row == {"n": 2}
    assert admin.delete(f"/api/v1/admin/webhooks/{made['id']}").status_code == 204
    assert admin.get(f"/api/v1/admin/webhooks/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    "url", ["http://evil.example/x", "https://127.0.0.1/x", "ftp://127.0.0.1/x", "http://user@127.0.0.1/", "x" * 2001]
)
def test_only_hosts_that_are_configured(admin: httpx.Client, url: str) -> None:
    answer = admin.post("/api/v1/admin/webhooks", json={"url": url, "kinds": ["stage"]})
    assert answer.status_code == 422, answer.text


def test_only_administrators(api: Api) -> None:
    for user in (None, "operator.balaikota", "gubernur"):
        with api.client(user) as client:
            assert client.get("/api/v1/admin/webhooks").status_code in (401, 403)
            body = {"url": "http://127.0.0.1/", "kinds": ["stage"]}
            assert client.post("/api/v1/admin/webhooks", json=body).status_code in (401, 403)


def test_while_nobody_subscribes_nothing_is_recorded(api: Api, admin: httpx.Client) -> None:
    with api.connection() as conn:
        now = datetime.now(UTC)
        conn.execute("INSERT INTO gauge_stage VALUES ('depok', %s, 4, 3, 210, %s)", (now, now))
        conn.commit()
        assert db.claim_events(conn, limit=10) == []
