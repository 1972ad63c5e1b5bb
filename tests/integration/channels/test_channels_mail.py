"""E-mail against a real Dovecot and a real SMTP server: threads, photos, loops, repeats, what is hostile."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any
from uuid import UUID

import pytest
from tests.support.http_api import MANGGARAI, Api, a_photo, add_signal, task_of
from tests.support.proof_photos import OPERATOR, resolve
from tests.support.stand_ins.alert_sinks import Sinks, running_sinks
from tests.support.stand_ins.mail_server import MailServer, running_mail_server

from siaga_cloud.channels.conversation.service import IntakeContext
from siaga_cloud.channels.conversation.understanding import ReportContext
from siaga_cloud.channels.fetching.connections import poll_forever
from siaga_cloud.channels.fetching.mail import MAX_TRIES, RATE, MailFetcher
from siaga_cloud.channels.gateways import mailbox
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.gazetteer import GazetteerLookup
from siaga_cloud.connectors import store as connectors
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.notifications import jobs as notification_worker
from siaga_cloud.notifications.service import sending as notification_sending
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.platform.delivery.email import SmtpChannel
from siaga_sim.stack.child import wait_until

OWN = "siaga@example.org"
WHOLE = "Banjir selutut di Kampung Melayu sejak pagi."
_numbers = itertools.count(1)


@dataclass(slots=True, kw_only=True)
class Post:
    """A mailbox of its own, the fetcher that empties it, and where answers arrive."""

    api: Api
    server: MailServer
    sinks: Sinks
    database: Database
    user: str

    @property
    def fetcher(self) -> MailFetcher:
        parts = self.api.parts
        means = ReportContext(media=parts.media, areas=parts.of(AreaLookup))

        def make_context(conn: Connection) -> IntakeContext:
            return IntakeContext(
                means=means, known=parts.of(GazetteerLookup).current(conn), public_url="http://siaga.test"
            )

        settings = self.server.settings(self.user)
        return MailFetcher(settings=settings, database=self.database, own=frozenset([OWN]), make_context=make_context)

    def deliver(self, *mails: EmailMessage | bytes) -> None:
        """Mails come in, and what lies in the inbox is taken."""
        self.server.put(self.user, *mails)
        fetcher = self.fetcher
        with mailbox.opened(fetcher.settings) as node:
            fetcher.process_waiting(node, threading.Event())

    def answers(self, to: str) -> list[Any]:
        """What was sent to an address after the waiting deliveries are done, the oldest first."""
        deliver_all(self.database, self.sinks)
        return [mail for mail in self.sinks.mailbox.mails if mail["To"] == to]

    def held(self, folder: str) -> int:
        return len(self.server.held(self.user, folder))


def deliver_all(database: Database, sinks: Sinks) -> None:
    with database.transaction() as conn:
        rows = conn.execute("SELECT id FROM notification_delivery WHERE state = 'queued' ORDER BY id").fetchall()
    for row in rows:
        notification_worker.deliver(database, {"email": SmtpChannel(sinks.smtp)}, row["id"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with running_mail_server(tmp_path_factory.mktemp("dovecot") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def sinks() -> Iterator[Sinks]:
    with running_sinks() as running:
        yield running


@pytest.fixture
def post(api: Api, server: MailServer, sinks: Sinks) -> Iterator[Post]:
    with Database(api.database_url, name="siaga-mail-test") as database:
        yield Post(api=api, server=server, sinks=sinks, database=database, user=f"box{next(_numbers)}@example.org")


def a_mail(text: str, *, sender: str = "", subject: str = "Laporan", **heads: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = sender or f"Warga <warga{next(_numbers)}@example.com>"
    mail["To"], mail["Subject"] = OWN, subject
    mail["Message-ID"] = make_msgid(domain="example.com")
    for name, value in heads.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def an_answer(to: Any, text: str, *, sender: str) -> EmailMessage:
    """As a mail program answers, quoting."""
    quoted = "\n".join(f"> {line}" for line in bytes(to.get_payload(decode=True)).decode().splitlines())
    return a_mail(
        f"{text}\n\nPada tanggal Rab, 25 Nov 2026 pukul 10.00 Siaga <{OWN}> menulis:\n{quoted}\n",
        sender=sender,
        subject=f"Re: {to['Subject']}",
        In_Reply_To=to["Message-ID"],
        References=" ".join(f"{to['References']} {to['Message-ID']}".split()),
    )


def reports(api: Api) -> list[dict[str, Any]]:
    with api.connection() as conn:
        return list(
            conn.execute(
                "SELECT report.*, email, (SELECT count(*) FROM report_media WHERE report_id = report.id) AS photos"
                " FROM report LEFT JOIN report_contact ON report_id = id WHERE channel = 'email' ORDER BY received_at"
            )
        )


def test_a_whole_mail_is_a_report_once_and_answered_in_its_thread(post: Post) -> None:
    before, mail = len(reports(post.api)), a_mail(f"{WHOLE}\n\n-- \nBudi\n0812", sender="budi@example.com")
    post.deliver(mail, mail)
    (made,) = reports(post.api)[before:]
    assert (made["category"], made["email"], made["external_id"]) == (
        "flooding",
        "budi@example.com",
        mail["Message-ID"],
    )
    assert "0812" not in made["body"]
    (answer,) = post.answers("budi@example.com")
    assert answer["Subject"] == "Re: Laporan"
    assert answer["In-Reply-To"] == mail["Message-ID"]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert "http://siaga.test/r/" in answer.get_payload(decode=True).decode()
    assert (post.held("INBOX"), post.held("Siaga")) == (0, 2)
    post.deliver(mail)  # delivered again, after the answer
    assert len(reports(post.api)) == before + 1
    assert len(post.answers("budi@example.com")) == 1


def test_a_mail_without_a_place_gets_a_question_and_its_answer_joins_the_conversation(post: Post) -> None:
    sender, before = "ani@example.com", len(reports(post.api))
    post.deliver(a_mail("Ada banjir di jalan depan rumah saya, airnya masuk.", sender=sender, subject="Banjir"))
    (question,) = post.answers(sender)
    assert "Di mana?" in question.get_payload(decode=True).decode()
    other = a_mail("Sampah menumpuk di pinggir jalan, bau sekali.", sender=sender, subject="Sampah")
    post.deliver(other)  # a thread of its own, also of the same sender
    post.deliver(an_answer(question, "Di Kampung Melayu", sender=sender))
    made = reports(post.api)[before:]
    assert [(one["category"], one["body"].splitlines()[-1]) for one in made] == [("flooding", "Di Kampung Melayu")]
    assert "Pada tanggal" not in made[0]["body"]
    thanks = post.answers(sender)[-1]
    assert "Laporan" in thanks.get_payload(decode=True).decode()
    assert question["Message-ID"] in thanks["References"]
    with post.api.connection() as conn:
        row = conn.execute("SELECT count(*) AS n FROM conversation WHERE starts_with(sender, %s)", (sender,)).fetchone()
    assert row == {"n": 1}  # the rubbish is still to be placed
    # An answer after the report: an operator reads it, no second report is made.
    post.deliver(an_answer(thanks, "Airnya sekarang sudah sepinggang, tolong cepat.", sender=sender))
    assert len(reports(post.api)) == before + 1
    assert "diteruskan ke petugas" in post.answers(sender)[-1].get_payload(decode=True).decode()
    with post.api.connection() as conn:
        mine = conn.execute("SELECT why FROM inbox_item WHERE sender = %s", (sender,)).fetchall()
    assert [one["why"].startswith("about report") for one in mine] == [True]


def test_photos_are_stored_without_exif_and_give_the_place(post: Post) -> None:
    mail = a_mail("Banjir di sini", sender="foto@example.com", subject="")
    mail.add_attachment(a_photo(size=(900, 700), gps=MANGGARAI), maintype="image", subtype="jpeg", filename="a.jpg")
    mail.add_attachment(b"\xff\xd8\xff broken" + b"x" * 9000, maintype="image", subtype="jpeg", filename="b.jpg")
    mail.add_attachment(b"GIF89a" + b"x" * 100, maintype="image", subtype="gif", filename="logo.gif")
    post.deliver(mail)
    made = reports(post.api)[-1]
    assert (made["email"], made["photos"]) == ("foto@example.com", 1)
    assert (round(made["lat"], 4), round(made["lon"], 4)) == (round(MANGGARAI[0], 4), round(MANGGARAI[1], 4))
    with post.api.connection() as conn:
        row = conn.execute(
            "SELECT sha256 FROM media JOIN report_media ON media_id = media.id WHERE report_id = %s", (made["id"],)
        ).fetchone()
    assert row is not None
    assert b"SecretPhone" not in post.api.parts.media.read(row["sha256"])


@pytest.mark.parametrize(
    ("heads", "sender"),
    [
        ({"Auto_Submitted": "auto-replied"}, ""),
        ({"Precedence": "bulk"}, ""),
        ({"List_Id": "<warga.example.com>"}, ""),
        ({"Return_Path": "<>"}, ""),
        ({"X_Autoreply": "yes"}, ""),
        ({}, f"Siaga <{OWN}>"),
        ({}, "MAILER-DAEMON@example.com"),
        ({}, "no-reply@example.com"),
    ],
)
def test_machines_are_not_answered(post: Post, heads: dict[str, str], sender: str) -> None:
    deliver_all(post.database, post.sinks)
    before, sent = len(reports(post.api)), len(post.sinks.mailbox.mails)
    post.deliver(a_mail(WHOLE, sender=sender, **heads))
    deliver_all(post.database, post.sinks)
    assert (len(reports(post.api)), len(post.sinks.mailbox.mails)) == (before, sent)
    assert (post.held("INBOX"), post.held("Siaga-Refused")) == (0, 1)


def test_a_robot_that_hides_is_answered_so_often_and_no_more(post: Post) -> None:
    sender = "robot@example.com"
    post.deliver(*[a_mail(f"Pesan nomor {n} tentang apa saja", sender=sender) for n in range(RATE + 3)])
    assert len(post.answers(sender)) <= RATE
    assert post.held("Siaga-Refused") == 3


HOSTILE = {
    "html": b"Content-Type: text/html\r\n\r\n<script>alert(1)</script><p>Banjir di Kampung Melayu</p>",
    "sql": b"Content-Type: text/plain\r\n\r\nBanjir di Kampung Melayu'; DROP TABLE report; --",
    "emoji": "Content-Type: text/plain; charset=utf-8\r\n\r\nBanjir 🌊😭 di Kampung Melayu".encode(),
    "latin1 that says utf-8": b"Content-Type: text/plain; charset=utf-8\r\n\r\nBanjir \xe9\xff di Kampung Melayu",
    "unknown charset": b"Content-Type: text/plain; charset=klingon\r\n\r\nBanjir di Kampung Melayu",
    "broken base64": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!====QmFuamly",
    "nothing": b"Content-Type: text/plain\r\n\r\n",
    "nul": b"Content-Type: text/plain\r\n\r\nBanjir\x00 di Kampung Melayu",
    "broken headers": b"Content-Type: multipart/mixed; boundary=\r\nDate: never\r\nSubject: =?utf-8?q?=ff?=\r\n\r\nBah",
    "deep": b"Content-Type: multipart/mixed; boundary=a0\r\n\r\n"
    + b"".join(b"--a%d\r\nContent-Type: multipart/mixed; boundary=a%d\r\n\r\n" % (n, n + 1) for n in range(200)),
    "long": b"Content-Type: text/plain\r\n\r\nBanjir di Kampung Melayu " + b"air " * 100_000,
    "no sender": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_become_clean_reports_or_are_refused(post: Post, name: str) -> None:
    sender = b"" if name == "no sender" else b"From: jahat%d@example.com\r\n" % next(_numbers)
    raw = sender + b"Message-ID: <%d.hostile@x>\r\n" % next(_numbers) + HOSTILE[name]
    fetcher, before = post.fetcher, len(reports(post.api))
    post.server.put(post.user, raw)
    with mailbox.opened(fetcher.settings) as node:
        assert fetcher.process_waiting(node, threading.Event()) == 1, "it was neither taken nor refused at once"
    assert post.held("INBOX") == 0
    for one in reports(post.api)[before:]:
        assert "<script" not in one["body"]
        assert "\0" not in one["body"]
        assert len(one["body"]) <= 4000


def test_a_mail_remains_until_it_is_committed(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: MailFetcher, _raw: bytes, *, now: datetime) -> None:
        raise RuntimeError("as if the disk were full")

    fetcher, mail = post.fetcher, a_mail(WHOLE)
    post.server.put(post.user, mail)
    with monkeypatch.context() as patched, mailbox.opened(fetcher.settings) as node:
        patched.setattr(MailFetcher, "process", broken)
        assert fetcher.process_waiting(node, threading.Event()) == 0
    assert post.held("INBOX") == 1
    with mailbox.opened(fetcher.settings) as node:
        assert fetcher.process_waiting(node, threading.Event()) == 1
    assert post.held("Siaga") == 1
    assert MAX_TRIES > 1


@contextmanager
def pollers(post: Post) -> Iterator[threading.Event]:
    """The role's own loop, in a thread."""
    stop, fetcher = threading.Event(), post.fetcher
    thread = threading.Thread(
        target=poll_forever,
        args=("email", post.database, lambda well: fetcher.poll_until(stop, well)),
        kwargs={"stop": stop, "first_wait_seconds": 0.2},
    )
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.timeout(300)
def test_mails_come_by_idle_and_a_server_that_was_away_is_found_again(post: Post) -> None:
    before = len(reports(post.api))
    with pollers(post):
        post.server.put(post.user, a_mail(WHOLE))
        wait_until(lambda: len(reports(post.api)) == before + 1, seconds=60, what="a mail by IDLE")
        # Killed while it writes, Dovecot leaves a lock that it heeds for two minutes: not while it moves this mail, but
        # its index may be written at any time.
        wait_until(lambda: post.held("Siaga") == 1 and not post.held("INBOX"), seconds=60, what="the mail moved away")
        post.server.restart()
        post.server.put(post.user, a_mail(WHOLE))
        wait_until(lambda: len(reports(post.api)) == before + 2, seconds=180, what="a mail after the restart")
    with post.api.connection() as conn:
        health = next(one for one in connectors.health(conn) if one.channel == "email")
    assert health.polled_at is not None
    assert "IMAP" in health.last_error


def test_news_come_in_the_thread_in_the_language_of_the_mail(post: Post) -> None:
    sender = "english@example.com"
    mail = a_mail("There is a flood on the street in Kampung Melayu, please help.", sender=sender, subject="Flood")
    post.deliver(mail)
    task = a_task_of(post.api, reports(post.api)[-1])
    resolve(post.api, task, a_photo(), by="petugas.sda")
    send_due(post.database)
    with post.api.client(OPERATOR) as operator:
        assert operator.post(f"/api/v1/tasks/{task}/moves", json={"verb": "verify"}).status_code == 200
    send_due(post.database)
    *_, done, news = post.answers(sender)
    assert text_of(done).endswith("says that what you reported is done, with a photo. Nobody else has checked it yet.")
    assert text_of(news) == "About your report: An operator of the city confirms that it is done."
    assert (news["Subject"], news["In-Reply-To"]) == ("Re: Flood", mail["Message-ID"])
    assert news["Auto-Submitted"] == "auto-generated"


def a_task_of(api: Api, report: dict[str, Any]) -> UUID:
    """The task that a report becomes when a camera saw the same."""
    with api.connection() as conn:
        add_signal(conn, category=report["category"], source="camera:cam-mail", place=(report["lat"], report["lon"]))
        incident_id = incidents.process_signal(conn, report["id"], areas=AreaLookup(), now=datetime.now(UTC))
        assert incident_id is not None
        conn.commit()
        task = task_of(conn, incident_id)
    send_due(api.parts.database)
    return task


def send_due(database: Database) -> None:
    """Waiting notifications become messages, as the worker does it."""
    with database.transaction() as conn:
        notification_sending.send_due(conn, now=datetime.now(UTC))


def text_of(mail: Any) -> str:
    return str(mail.get_payload(decode=True).decode().strip())
