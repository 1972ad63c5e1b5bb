"""How much and how often a client may send."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from siaga_cloud.app import create_app
from siaga_cloud.platform.http.limits import (
    MAX_BODY_BYTES,
    MAX_FORM_BYTES,
    BodyLimit,
    TokenBuckets,
    _limit_of,
    client_key,
    network_key,
)
from siaga_cloud.settings import load


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_one_at_a_time() -> None:
    clock = Clock()
    buckets = TokenBuckets(burst=3, per_second=0.5, clock=clock)
    assert [buckets.wait_seconds("a") for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.wait_seconds("b") == 0
    clock.now = 2
    assert [buckets.wait_seconds("a") for _ in range(2)] == [0, 2]
    clock.now = 1000
    assert [buckets.wait_seconds("a") for _ in range(4)] == [0, 0, 0, 2]


def test_the_memory_for_clients_is_bounded() -> None:
    buckets = TokenBuckets(burst=1, per_second=1, clock=Clock(), max_clients=3)
    for client in "abcd":
        buckets.wait_seconds(client)
    assert len(buckets._buckets) == 3
    assert buckets.wait_seconds("a") == 0  # forgotten, the quietest first
    assert buckets.wait_seconds("d") > 0


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002::/64"),
        ("2001:db8:1:2:ffff::1", "2001:0db8:0001:0002::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        (None, "unknown"),
        ("testclient", "testclient"),
    ],
)
def test_who_counts_as_one_client(host: str | None, key: str) -> None:
    assert client_key(host) == key


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001::/48"),
        (None, "unknown"),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_network(host: str | None, key: str) -> None:
    assert network_key(host) == key


async def _reads_all(_: Scope, receive: Receive, send: Send) -> None:
    """An application that turns its own troubles into 400, as frameworks do."""
    try:
        while (await receive()).get("more_body"):
            pass
        status = 200
    except Exception:  # noqa: BLE001 - that is what frameworks do
        status = 400
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def status_of(path: str, chunks: list[int], *, declared: int | None = None) -> int:
    """The answer to a body sent in chunks of these sizes."""
    waiting = [
        {"type": "http.request", "body": b"x" * size, "more_body": index < len(chunks) - 1}
        for index, size in enumerate(chunks)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [] if declared is None else [(b"content-length", str(declared).encode())]
    scope = {"type": "http", "path": path, "method": "POST", "headers": headers}
    asyncio.run(BodyLimit(_reads_all)(scope, receive, send))
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1
    status: int = starts[0]["status"]
    return status


@pytest.mark.parametrize(
    ("path", "chunks", "declared", "status"),
    [
        pytest.param("/api/v1/x", [100], None, 200, id="small"),
        pytest.param("/api/v1/x", [MAX_BODY_BYTES], None, 200, id="just fits"),
        pytest.param("/api/v1/x", [MAX_BODY_BYTES, 1], None, 413, id="one byte too many, not declared"),
        pytest.param("/api/v1/x", [10], MAX_BODY_BYTES + 1, 413, id="declared too big"),
        pytest.param("/api/v1/x", [MAX_BODY_BYTES, MAX_BODY_BYTES], 5, 413, id="lies about its length"),
        pytest.param("/api/v1/reports", [MAX_BODY_BYTES, 1], None, 200, id="photos may be bigger"),
        pytest.param("/api/v1/tasks/1/photos", [10], MAX_FORM_BYTES + 1, 413, id="but not without end"),
        pytest.param("/api/v1/tasks/1/moves", [10], MAX_BODY_BYTES + 1, 413, id="a move is small"),
    ],
)
def test_bodies_over_the_limit_are_refused(path: str, chunks: list[int], declared: int | None, status: int) -> None:
    assert status_of(path, chunks, declared=declared) == status


def test_wherever_a_file_is_accepted_one_may_be_sent() -> None:
    described = create_app(load({"SIAGA_DATABASE_URL": "postgresql://nobody@localhost/none"})).openapi()
    accepted = [
        path for path, operations in described["paths"].items() if _accepts_files(described, operations.get("post"))
    ]
    assert "/api/v1/tasks/{task_id}/attachments" in accepted
    assert not [path for path in accepted if _limit_of({"path": path}) != MAX_FORM_BYTES]


def _accepts_files(described: dict[str, Any], operation: dict[str, Any] | None) -> bool:
    form = (operation or {}).get("requestBody", {}).get("content", {}).get("multipart/form-data", {}).get("schema", {})
    named = form.get("$ref", "").rpartition("/")[2]
    text = json.dumps(described["components"]["schemas"].get(named, form))
    return "contentMediaType" in text or '"binary"' in text
