"""One event from the box to the notice: the same id in every line of the log, and spans that hang together."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from tests.support.cloud_core import eventually, utc_now
from tests.support.http_api import Api

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.mqtt.subscriber import MqttSubscriber
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.queue import Inbox
from siaga_cloud.ingest.writer import Writer
from siaga_cloud.notifications.jobs import deliver
from siaga_cloud.notifications.service import sending as notification_sending
from siaga_cloud.notifications.service.notifications import Audience, set_target
from siaga_cloud.platform.db.connection import Database, connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.observe import journey
from siaga_cloud.platform.observe.telemetry import provider
from siaga_cloud.settings import BrokerSettings
from siaga_core.logs import JsonFormatter
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import Box, EventState, Hazard, ParkingDetails, Place, Severity, Source, SourceKind
from siaga_core.wire.topics import every_shard
from siaga_core.wire.trace import revision_key, span_id
from siaga_edge.adapters.mqtt_link import BrokerAddress, MqttLink
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.events.drafts import EventDraft
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.event_registry import EventRegistry
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.outbox.sender_inbox import SenderInbox
from siaga_sim.stack.broker import INGEST_USER, Broker

NODE = "pintu-manggarai"
WORDS = {NODE: "word-of-the-box", INGEST_USER: "word-of-ingest"}
BUDGET = Budget(max_messages=100, max_bytes=10**7, min_free_bytes=0, max_age_seconds={})
PACE = Pace(resend_after_seconds=1.0, replay_per_second=100.0)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What the programs would send to a collector."""
    held = InMemorySpanExporter()
    made = provider("test", SimpleSpanProcessor(held))
    monkeypatch.setattr(trace, "get_tracer", lambda name, *_args, **_kwargs: made.get_tracer(name))
    yield held
    made.shutdown()


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """The log, as JSON."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter("test"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


class Post:
    """A channel that takes everything."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, address: str, _message: Any) -> None:
        self.sent.append(address)


def a_draft(at: datetime) -> EventDraft:
    box = Box(x1=0.1, y1=0.1, x2=0.3, y2=0.3)
    return EventDraft(
        key="car", state=EventState.BEGAN, hazard=Hazard.ILLEGAL_PARKING, at=at, began_at=at, confidence=0.9,
        source=Source(kind=SourceKind.CAMERA, id="cam-manggarai"), place=Place(lat=-6.2079, lon=106.84844),
        severity=Severity.SEVERE, details=ParkingDetails(label="car", dwell_seconds=200, allowed_seconds=180, box=box),
    )  # fmt: skip


@contextmanager
def a_node(broker: Broker, folder: Path) -> Iterator[EventRegistry]:
    """The real outbox, sender and link of a box, at work."""
    inbox = SenderInbox()
    outbox = SqliteOutbox(folder, node=NODE, clock=utc_now, budget=BUDGET, on_stored=inbox.wake)
    address = BrokerAddress(host="127.0.0.1", port=broker.port, username=NODE, password=SecretStr(WORDS[NODE]))
    link = MqttLink(NODE, address, software="test", clock=utc_now, receiver=inbox)
    sender = Sender(outbox, link, inbox=inbox, pace=PACE, system_time=utc_now, monotonic=monotonic, chance=lambda: 0.5)
    stop = threading.Event()

    def send() -> None:
        while not stop.is_set():
            sender.tick()
            sender.wait()

    thread = threading.Thread(target=send, daemon=True)
    link.start()
    thread.start()
    try:
        yield EventRegistry(outbox, NODE)
        eventually(lambda: outbox.health().waiting == 0, what="the cloud has acknowledged all")
    finally:
        stop.set()
        thread.join()
        link.stop()
        outbox.close()


@contextmanager
def an_ingest(broker: Broker, url: str, media: Path) -> Iterator[None]:
    """The real subscriber and writer, in this process, so that its spans are seen."""
    login = BrokerSettings(
        host="127.0.0.1", port=broker.port, username=INGEST_USER, password=WORDS[INGEST_USER], ca_file=None
    )
    inbox, metrics = Inbox(), IngestMetrics()
    subscriber = MqttSubscriber(login, client_id="ingest-test", inbox=inbox, metrics=metrics)
    writer = Writer(
        inbox=inbox, wire=subscriber, connect=lambda: connect(url), media=MediaFolder(media), metrics=metrics,
        clock=utc_now, policy=IngestPolicy(),
    )  # fmt: skip
    thread = threading.Thread(target=writer.run, daemon=True)
    subscriber.serve(frozenset(every_shard()))
    subscriber.start()
    thread.start()
    try:
        eventually(lambda: subscriber.is_connected, what="ingest is connected")
        yield
    finally:
        writer.stop()
        thread.join()
        subscriber.stop()


def of_trace(spans: InMemorySpanExporter, origin: UUID) -> list[ReadableSpan]:
    found = [
        one for one in spans.get_finished_spans() if one.context is not None and one.context.trace_id == origin.int
    ]
    return sorted(found, key=lambda one: one.start_time or 0)


def message(lines: StringIO, origin: UUID) -> list[dict[str, Any]]:
    every = [json.loads(line) for line in lines.getvalue().splitlines()]
    return [line for line in every if line.get("trace") == origin.hex]


def test_an_event_can_be_followed_from_the_node_to_who_is_notified(
    api: Api, spans: InMemorySpanExporter, lines: StringIO, tmp_path: Path
) -> None:
    post, database = Post(), Database(api.database_url)
    with api.connection() as conn:
        for row in conn.execute("SELECT id FROM agency").fetchall():
            set_target(conn, Audience.agency(row["id"]), channel="email", address="desk@example.org")
    broker = Broker(folder=tmp_path / "broker", logins=WORDS)
    with broker, an_ingest(broker, api.database_url, tmp_path), a_node(broker, tmp_path / "box") as recorder:
        recorder.report([a_draft(utc_now())])
        (origin,) = (entry.event_id for entry in recorder._open.values())
    broker.remove()
    with api.connection() as conn:  # the worker's jobs, in this process
        assert incidents.process_signal(conn, origin, areas=AreaLookup(), now=utc_now()) is not None
        conn.commit()
        assert notification_sending.send_due(conn, now=utc_now()) >= 1
        waiting = conn.execute("SELECT id FROM notification_delivery WHERE state = 'queued'").fetchall()
    with database:
        for row in waiting:
            deliver(database, {"email": post}, row["id"])
    assert post.sent

    found = of_trace(spans, origin)
    by_name = {one.name: one for one in found}
    path = ["edge", "ingest", "fuse", "task", "notify", "deliver"]
    assert [name for name in dict.fromkeys(one.name for one in found) if name in path] == path
    for before, after in pairwise(path):
        parent = by_name[after].parent
        assert parent is not None, after
        ids = {one.context.span_id for one in found if one.name == before and one.context is not None}
        assert parent.span_id in ids, f"{after} does not follow {before}"
    assert by_name["edge"].parent is None
    key = revision_key(origin, 1)
    assert by_name["edge"].context is not None
    assert f"{by_name['edge'].context.span_id:016x}" == span_id("edge", key)
    assert by_name["edge"].attributes is not None
    assert by_name["edge"].attributes["siaga.node"] == NODE

    reported = message(lines, origin)
    steps = [
        "event queued",
        "event stored",
        "signal processed",
        "task created",
        "notification sent",
        "message delivered",
    ]
    assert [text for text in dict.fromkeys(line["text"] for line in reported) if text in steps] != []
    assert set(steps) <= {line["text"] for line in reported}
    tasks = {line["task"] for line in reported if "task" in line}
    assert len(tasks) == 1
    assert "desk@example.org" not in lines.getvalue()


def test_a_report_is_joined_to_the_request_that_brought_it(
    api: Api, spans: InMemorySpanExporter, lines: StringIO
) -> None:
    theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    form = {"category": "flooding", "text": "Air naik", "lat": "-6.2079", "lon": "106.84844"}
    with api.client() as client:
        sent = {"X-Request-Id": "proxy-000001", "traceparent": theirs}
        answer = client.post("/api/v1/reports", data=form, headers=sent)
        nonsense = client.get("/healthz", headers={"X-Request-Id": "x" * 200})
    assert answer.status_code == 201, answer.text
    assert answer.headers["X-Request-Id"] == "proxy-000001"
    assert nonsense.headers["X-Request-Id"] != "x" * 200
    with api.connection() as conn:
        row = conn.execute("SELECT id FROM report ORDER BY received_at DESC LIMIT 1").fetchone()
    assert row is not None
    (intake,) = of_trace(spans, row["id"])
    request = next(one for one in spans.get_finished_spans() if one.name == "POST /reports")
    assert request.context is not None
    assert request.context.trace_id != int(theirs.split("-")[1], 16), "a stranger does not name our traces"
    assert [f"{link.context.trace_id:032x}" for link in request.links] == [theirs.split("-")[1]]
    assert [link.context.span_id for link in intake.links] == [request.context.span_id]
    (line,) = [one for one in message(lines, row["id"]) if one["text"] == "report accepted"]
    assert line["request"] == "proxy-000001"
    requested = [json.loads(one) for one in lines.getvalue().splitlines()]
    assert any(one["text"] == "POST /reports: 201" and one["request"] == "proxy-000001" for one in requested)
    assert "Air naik" not in lines.getvalue()


def test_without_telemetry_nothing_is_created_and_the_log_names_the_event(lines: StringIO) -> None:
    origin = uuid4()
    with journey.step("fuse", origin, "x") as span:
        logging.getLogger("any").info("within")
    assert not span.get_span_context().is_valid or not span.is_recording()
    assert [line["text"] for line in message(lines, origin)] == ["within"]


def test_every_program_picks_the_same_journeys(spans: InMemorySpanExporter) -> None:
    held = [InMemorySpanExporter(), InMemorySpanExporter()]
    picked = []
    origins = [uuid7(utc_now()) for _ in range(200)]
    for one in held:
        tracer = provider("any", SimpleSpanProcessor(one), percent=30).get_tracer("siaga")
        for origin in origins:
            token = journey.named.set((origin.int, 1))
            with tracer.start_as_current_span("edge", context=Context()):
                pass
            journey.named.reset(token)
        picked.append({span.context.trace_id for span in one.get_finished_spans() if span.context is not None})
    assert picked[0] == picked[1]
    assert 20 < len(picked[0]) < 110
