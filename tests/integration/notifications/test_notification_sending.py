"""Notices into messages, inboxes and deliveries on a real database; e-mail and webhooks over real sockets."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler
from tests.support import task_city
from tests.support.task_city import NOON

from siaga_cloud.notifications import jobs as notification_worker
from siaga_cloud.notifications.service import sending as notification_sending
from siaga_cloud.notifications.service.notifications import Audience, Subject, forget_targets, notify, set_target
from siaga_cloud.notifications.store import inbox as inbox_store
from siaga_cloud.notifications.store import notifications as db
from siaga_cloud.platform.db.connection import Connection, Database, connect
from siaga_cloud.platform.delivery.email import SmtpChannel
from siaga_cloud.platform.delivery.ports import DeliveryError, Outgoing
from siaga_cloud.platform.delivery.webhook import HttpWebhookChannel
from siaga_cloud.platform.errors import ConflictError
from siaga_cloud.settings import SmtpSettings, WebhookSettings

SECRET = "a secret of sixteen or more"


@pytest.fixture
def conn(city_conn: Connection) -> Connection:
    return city_conn


def make(conn: Connection, number: int, *, to: Audience, at: datetime = NOON, **more: Any) -> None:
    body = {"number": number, "category": "flooding", "area": "Manggarai"}
    values: dict[str, Any] = {"kind": "task_new", "category": "flooding", "area_id": "manggarai", **more}
    subject = Subject(kind="task", id=str(number))
    assert notify(conn, to=to, subject=subject, dedupe=f"new/{number}", body=body, now=at, **values) is not None


def states(conn: Connection) -> dict[str, int]:
    rows = conn.execute("SELECT state, count(*) AS n FROM notification GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


def test_the_same_fact_is_sent_once_and_reaches_the_inbox_in_both_languages(conn: Connection) -> None:
    make(conn, 12, to=Audience.agency("sda"))
    again = {"to": Audience.agency("sda"), "subject": Subject(kind="task", id="12"), "dedupe": "new/12", "now": NOON}
    assert notify(conn, kind="task_new", body={}, **again) is None  # type: ignore[arg-type]
    assert notification_sending.send_due(conn, now=NOON) == 1
    assert notification_sending.send_due(conn, now=NOON) == 0
    for user in ("budi", "siti", "kadis"):
        (line,) = inbox_store.inbox(conn, user, unread=True, limit=9)
        assert line.text_id == "Tugas baru 12: Banjir atau genangan di Manggarai."
        assert line.text_en.startswith("New task 12: Flood")
        assert line.subjects[0]["subject_id"] == "12"
    assert inbox_store.inbox(conn, "crew", unread=False, limit=9) == []
    assert (
        inbox_store.mark_read(conn, "budi", None, now=NOON),
        inbox_store.mark_read(conn, "budi", None, now=NOON),
    ) == (1, 0)


def test_five_hundred_alarms_become_few_messages_and_none_is_lost(conn: Connection) -> None:
    now, messages = NOON, 0
    for number in range(500):
        urgent = 1 if number % 100 == 0 else 2
        to = Audience.agency("sda") if number % 2 else Audience.user("lurah")
        make(conn, number, to=to, at=now, priority=urgent, category=("flooding", "trash")[number % 3 == 0])
        if number % 10 == 9:  # fifty a minute and more
            now += timedelta(seconds=5)
            messages += notification_sending.send_due(conn, now=now)
    (storm,) = db.storms(conn, limit=9)
    assert (storm.began_by, storm.ended_at) == ("rate", None)
    while states(conn).get("queued"):
        now += timedelta(seconds=5)
        messages += notification_sending.send_due(conn, now=now)
    assert states(conn) == {"sent": messages, "grouped": 500 - messages}
    assert messages <= 30
    listed = conn.execute(
        "SELECT sum(notification_count) AS n, count(*) AS messages FROM notification_message"
    ).fetchone()
    assert listed == {"n": 500, "messages": messages}
    longest = conn.execute(
        "SELECT text_id FROM notification_message ORDER BY notification_count DESC LIMIT 1"
    ).fetchone()
    assert longest is not None
    assert " Dan " in longest["text_id"]
    waited = conn.execute("SELECT max(sent_at - created_at) AS t FROM notification WHERE priority = 1").fetchone()
    assert waited is not None
    assert waited["t"] <= timedelta(seconds=60), "urgent ones go ahead"
    for _ in range(4):
        now += timedelta(minutes=6)
        notification_sending.send_due(conn, now=now)
    assert db.storms(conn, limit=1)[0].ended_by == "rate"


def test_an_operator_begins_and_ends_the_storm_and_it_is_on_record(conn: Connection) -> None:
    notification_sending.command_storm(conn, "begin", by="op", why="Siaga 1", now=NOON)
    with pytest.raises(ConflictError, match="there is a storm already"):
        notification_sending.command_storm(conn, "begin", by="op", why="again", now=NOON)
    make(conn, 1, to=Audience.user("budi"))
    make(conn, 2, to=Audience.user("budi"))
    assert notification_sending.send_due(conn, now=NOON) == 1, "grouped"
    notification_sending.command_storm(conn, "end", by="op", why="over", now=NOON + timedelta(minutes=1))
    (storm,) = db.storms(conn, limit=9)
    assert (storm.began_by, storm.why, storm.ended_by, storm.end_why) == ("op", "Siaga 1", "op", "over")


def test_a_notification_without_recipients_fails_and_the_operators_are_notified(conn: Connection) -> None:
    make(conn, 1, to=Audience.user("nobody"))
    make(conn, 2, to=Audience.role("leader"))
    notification_sending.send_due(conn, now=NOON)
    assert states(conn) == {"failed": 1, "sent": 1}
    assert len(inbox_store.inbox(conn, "op", unread=False, limit=9)) == 1, (
        "an office that nobody holds: the operators hear"
    )
    assert inbox_store.accounts(conn, since=NOON - timedelta(hours=1))["failed"] == 1


def test_where_an_agency_has_nobody_the_operators_are_notified(conn: Connection) -> None:
    conn.execute("INSERT INTO agency (id, name) VALUES ('bpbd', 'BPBD')")
    make(conn, 1, to=Audience.agency("bpbd"))
    notification_sending.send_due(conn, now=NOON)
    assert states(conn) == {"sent": 1}
    assert len(inbox_store.inbox(conn, "op", unread=False, limit=9)) == 1
    set_target(conn, Audience.agency("bpbd"), channel="email", address="bpbd@example.id")
    make(conn, 2, to=Audience.agency("bpbd"))
    notification_sending.send_due(conn, now=NOON)
    assert states(conn) == {"sent": 2}
    assert len(inbox_store.inbox(conn, "op", unread=False, limit=9)) == 1, "it hears of it by itself"


class Mailbox(MailHandler):
    """Keeps what it is sent; refuses `refused@...` for good."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []

    async def handle_RCPT(  # noqa: N802 - the server's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.startswith("refused@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message: Message) -> None:
        self.mails.append(message)


@pytest.fixture
def mail_server() -> Iterator[tuple[Mailbox, SmtpChannel]]:
    node = Mailbox()
    server = Controller(node, hostname="127.0.0.1", port=0)
    server.port = _free_port()
    server.start()
    smtp = SmtpSettings(
        host="127.0.0.1", port=server.port, tls="off", username=None, password=None, sender="siaga@example.org"
    )
    yield node, SmtpChannel(smtp)
    server.stop()


def _free_port() -> int:
    from siaga_sim.stack.ports import free_port

    return free_port()


def outgoing() -> Outgoing:
    return Outgoing(
        id=uuid4(), priority=1, notification_count=3, text_id="Banjir\nbesar", text_en="Flood", created_at=NOON
    )


def test_e_mail_is_written_in_both_languages(mail_server: tuple[Mailbox, SmtpChannel]) -> None:
    node, channel = mail_server
    message = outgoing()
    channel.send("warga@example.org", message)
    (mail,) = node.mails
    assert (mail["Subject"], mail["Importance"]) == ("[Siaga] Banjir besar", "high")
    assert mail["Message-ID"] == f"<{message.id}@example.org>", "a second delivery can be told from a second message"
    assert "Flood" in str(mail.get_payload())
    for address, final in (("refused@example.org", True), ("two@example.org, three@example.org", True)):
        with pytest.raises(DeliveryError) as caught:
            channel.send(address, message)
        assert caught.value.is_final is final
    nowhere = channel._settings.model_copy(update={"port": _free_port()})
    silent = SmtpChannel(nowhere)
    with pytest.raises(DeliveryError) as caught:
        silent.send("warga@example.org", message)
    assert not caught.value.is_final


@contextmanager
def web_server(answers: list[int]) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """Answers POSTs with these statuses in turn, the last for ever."""
    seen: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((dict(self.headers), body))
            status = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def webhook(*hosts: str) -> HttpWebhookChannel:
    return HttpWebhookChannel(WebhookSettings(hosts=hosts, secret=SECRET), clock=lambda: 1_700_000_000.0)


def test_a_webhook_is_signed_and_follows_no_redirect() -> None:
    with web_server([200, 302, 503]) as (url, seen):
        channel = webhook(url)
        channel.send(f"{url}/hook?x=1", outgoing())
        headers, body = seen[0]
        stamp, _, signed = headers["Siaga-Signature"].partition(",")
        expected = hmac.new(SECRET.encode(), b"1700000000." + body, hashlib.sha256).hexdigest()
        assert (stamp, signed) == ("t=1700000000", f"v1={expected}")
        assert json.loads(body)["text"] == {"id": "Banjir\nbesar", "en": "Flood"}
        for final in (True, False):
            with pytest.raises(DeliveryError) as caught:
                channel.send(url, outgoing())
            assert caught.value.is_final is final
        assert len(seen) == 3


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "https://hooks.example.org.evil.test/",
        "https://hooks.example.org:8443/",
        "http://hooks.example.org/",
        "https://hooks.example.org@127.0.0.1/",
        "https://me:pw@hooks.example.org/",
        "https://hooks.example.org\\@127.0.0.1/",
        "https://hooks.example.org/\r\nX: y",
        "file:///etc/passwd",
        "gopher://hooks.example.org/",
        "https://[::1]/",
        "https://hooks.example.org:port/",
        "",
    ],
)
def test_a_webhook_goes_nowhere_but_to_configured_hosts(address: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        webhook("hooks.example.org").send(address, outgoing())
    assert caught.value.is_final


def test_a_delivery_is_retried_until_it_is_accepted_and_given_up_where_it_is_of_no_use(database_url: str) -> None:
    with connect(database_url) as conn:
        task_city.load(conn)
    with web_server([500, 200]) as (url, seen), Database(database_url) as database:
        with database.transaction() as conn:
            set_target(conn, Audience.agency("sda"), channel="webhook", address=f"{url}/a")
            set_target(conn, Audience.agency("sda"), channel="email", address="x@example.org")
            make(conn, 1, to=Audience.agency("sda"))
            notification_sending.send_due(conn, now=datetime.now(UTC))
            query = "SELECT args FROM procrastinate_jobs WHERE task_name = 'deliver_notification'"
            jobs = conn.execute(query.encode()).fetchall()
        numbers = sorted(job["args"]["delivery_id"] for job in jobs)
        channels = {"webhook": webhook(url)}
        notification_worker.deliver(database, channels, numbers[0])  # there is no mail server: given up
        with pytest.raises(DeliveryError, match="answered 500"):
            notification_worker.deliver(database, channels, numbers[1])
        for _ in range(2):
            notification_worker.deliver(database, channels, numbers[1])
        assert len(seen) == 2, "what was taken is not sent again"
        with database.transaction() as conn:
            found = conn.execute("SELECT channel, state, attempts FROM notification_delivery ORDER BY id").fetchall()
            assert [tuple(row.values()) for row in found] == [("email", "failed", 1), ("webhook", "sent", 2)]
            assert forget_targets(conn, Audience.agency("sda")) == 2
            left = conn.execute(
                "SELECT count(*) AS n FROM notification_delivery WHERE address LIKE '%example%'"
            ).fetchone()
            assert left == {"n": 0}
