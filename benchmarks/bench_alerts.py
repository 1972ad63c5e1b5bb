"""How long until 10,000 subscribers of one area are told, by e-mail (8,000) and webhook (2,000).

The alert is decided, planned and sent by the worker's own jobs (four at once) to a mail server and a web server in a
process of their own; what arrives there is counted by address, so that one who is told twice, or never, is seen. The
baseline of the letters per second is a connection for each letter. The server does not sync to disk.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiosmtpd.controller import Controller
from benchmarks.figure import Figure
from procrastinate import App, PsycopgConnector

from siaga_cloud.alerts import jobs as worker_alerts
from siaga_cloud.alerts.channels.mail import SmtpAlertChannel
from siaga_cloud.alerts.channels.webhook import WebhookAlertChannel
from siaga_cloud.alerts.service import alerts
from siaga_cloud.alerts.service import sending as alert_sending
from siaga_cloud.platform.db.connection import Database, connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.platform.delivery.ports import Addressee, AlertChannel, AlertMessage
from siaga_cloud.settings import SmtpSettings, WebhookSettings
from siaga_sim.stack.child import wait_until
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

MAILS, HOOKS = 8_000, 2_000
WORKERS = 4
ALONE = 100  # letters of the baseline
WITHIN_SECONDS = 120.0
DISK = Path(__file__).resolve().parents[1] / ".run"
_FILL = """
    INSERT INTO area (id, name, level) VALUES ('manggarai', 'Manggarai', 'kelurahan');
    INSERT INTO gauge (id, name, lat, lon, area_id, s3_cm, s2_cm, s1_cm)
        VALUES ('g1', 'PA Manggarai', -6.2, 106.8, 'manggarai', 750, 850, 950);
    INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, level_cm, quality, stage)
        VALUES ('g1', 'n', now(), now(), 960, 'good', 1)
"""
_SUBSCRIBE = """
    WITH made AS (
        INSERT INTO subscription (id, channel, address_sha256, secret_sha256, areas, area_ids, language, confirmed_at,
            created_at)
        SELECT gen_random_uuid(), CASE WHEN n <= %(mails)s THEN 'email' ELSE 'webhook' END, sha256(n::text::bytea),
            sha256(('s' || n)::bytea), '{manggarai}', '{manggarai}', 'id', now(), now()
        FROM generate_series(1, %(mails)s + %(hooks)s) AS n RETURNING id, channel)
    INSERT INTO subscription_address (subscription_id, address, secret)
    SELECT id, CASE channel WHEN 'email' THEN id || '@example.org' ELSE %(url)s || '/' || id END, id::text FROM made
"""


def figures() -> Iterator[Figure]:
    """Seconds until the last was told; seconds to plan; letters per second against a connection for each."""
    with _server() as url, _sinks() as (mail_port, web_port):
        smtp = SmtpSettings(
            host="127.0.0.1", port=mail_port, tls="off", username=None, password=None, sender="siaga@example.org"
        )
        web = f"http://127.0.0.1:{web_port}"
        with connect(url) as conn:
            conn.execute(_FILL.encode())
            conn.execute(_SUBSCRIBE.encode(), {"mails": MAILS, "hooks": HOOKS, "url": web})
        alone = _alone(smtp)
        before = _counts(web)
        with Database(url) as database:
            planned, reported = _notify(database, smtp, web)
        counts = _counts(web)
    new = {name: counts[name] - before[name] for name in counts}
    if (new["mails"], new["mailed"], new["hooks"], new["hooked"]) != (MAILS, MAILS, HOOKS, HOOKS):
        raise RuntimeError(f"expected each of {MAILS} and {HOOKS} to be told once, got {new}")
    total = MAILS + HOOKS
    yield Figure(name=f"alerts.planned_{total}", value=planned, unit="s", target=10.0, at_most=True)
    yield Figure(name=f"alerts.told_{total}", value=reported, unit="s", target=WITHIN_SECONDS, at_most=True)
    yield Figure(name="alerts.letters", value=total / reported, unit="/s", baseline=alone)


def _notify(database: Database, smtp: SmtpSettings, web: str) -> tuple[float, float]:
    """Seconds until the messages are planned, and until the last was taken, both from when the gauge said it."""
    channels: dict[str, AlertChannel] = {
        "email": SmtpAlertChannel(smtp),
        "webhook": WebhookAlertChannel(WebhookSettings(hosts=(web,), secret="s" * 16), time.time),
    }
    app = App(connector=PsycopgConnector(conninfo=database.url, max_size=WORKERS + 2))
    worker_alerts.register(app, database, channels, public_url="http://siaga.test")
    began = time.perf_counter()
    with database.transaction() as conn:
        alerts.refresh(conn, now=datetime.now(UTC))
    with database.transaction() as conn:
        alert_sending.plan_and_queue(conn, now=datetime.now(UTC))
    planned = time.perf_counter() - began
    app.run_worker(wait=False, concurrency=WORKERS, install_signal_handlers=False)
    return planned, time.perf_counter() - began


def _alone(smtp: SmtpSettings) -> float:
    """Letters per second with a connection for each."""
    channel = SmtpAlertChannel(smtp)
    payload = AlertMessage(
        id=uuid4(), priority=1, language="id", title="BAHAYA", text="BAHAYA banjir\n" * 8, short="", manage_url="http://x/y",
        unsubscribe_url="http://x/z", created_at=datetime.now(UTC),
    )  # fmt: skip
    began = time.perf_counter()
    for number in range(ALONE):
        with channel.open() as sender:
            sender.send(Addressee(address=f"alone-{number}@example.org"), payload)
    return ALONE / (time.perf_counter() - began)


def _counts(web: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{web}/counts", timeout=10) as answer:  # noqa: S310 - our own server
        found: dict[str, int] = json.load(answer)
    return found


@contextmanager
def _server() -> Iterator[str]:
    DISK.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=DISK, prefix="alerts-"))
    server = Postgres(folder=folder / "cluster", durable=False)
    try:
        with server:
            url = server.create_database("alerts")
            migrate(url)
            yield url
    finally:
        for left in (server.folder, folder):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _sinks() -> Iterator[tuple[int, int]]:
    """Ports of a mail server and a web server in a process of their own."""
    mail_port, web_port = free_port(), free_port()
    process = multiprocessing.get_context("spawn").Process(target=serve_sinks, args=(mail_port, web_port), daemon=True)
    process.start()
    try:
        wait_until(lambda: _is_up(web_port), seconds=30, what="sinks")
        yield mail_port, web_port
    finally:
        process.terminate()
        process.join(10)


def _is_up(web_port: int) -> bool:
    try:
        return "mails" in _counts(f"http://127.0.0.1:{web_port}")
    except OSError:
        return False


def serve_sinks(mail_port: int, web_port: int) -> None:
    """Takes everything, and counts by address."""
    mails: Counter[str] = Counter()
    hooks: Counter[str] = Counter()
    lock = threading.Lock()

    class Mailbox:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the server's name
            mails.update(envelope.rcpt_tos)
            return "250 OK"

    class Web(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                hooks[self.path] += 1
            self._answer(b"")

        def do_GET(self) -> None:
            held = {"mails": mails.total(), "mailed": len(mails), "hooks": hooks.total(), "hooked": len(hooks)}
            self._answer(json.dumps(held).encode())

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    Controller(Mailbox(), hostname="127.0.0.1", port=mail_port).start()
    ThreadingHTTPServer(("127.0.0.1", web_port), Web).serve_forever()
