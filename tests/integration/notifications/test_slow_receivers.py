"""Mail servers and webhooks that are slow in every step: sending has one end for the whole of it."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPException
from uuid import uuid4

import pytest

from siaga_cloud.alerts import jobs as worker_alerts
from siaga_cloud.alerts.channels.mail import SmtpAlertChannel
from siaga_cloud.platform.delivery import deadline
from siaga_cloud.platform.delivery.email import SmtpChannel
from siaga_cloud.platform.delivery.ports import Addressee, AlertMessage, DeliveryError, Outgoing
from siaga_cloud.platform.delivery.web_api import call
from siaga_cloud.platform.delivery.webhook import allowed_place, origin, post
from siaga_cloud.settings import SmtpSettings

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
WHOLE = 1.0  # seconds, in place of 25
MUCH_LATER = 30.0
Answer = Callable[[socketserver.StreamRequestHandler], None]


@contextmanager
def server(answer: Answer) -> Iterator[int]:
    """Answers every connection so; its port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            answer(self)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as made:
        made.daemon_threads = True
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield int(made.server_address[1])
        made.shutdown()
        thread.join()


def drip(to: socketserver.StreamRequestHandler, text: str, *, every: float = 0.1) -> None:
    """Byte by byte, so that no single step is ever too slow; ends when the other side has gone."""
    wait = threading.Event()
    try:
        for byte in text.encode():
            wait.wait(every)
            to.wfile.write(bytes([byte]))
    except OSError:
        return


def smtp(mails: list[bytes], *, slow: str, after: int = 0) -> Answer:
    """A mail server that drips its answer to one word, once it has taken so many mails."""

    def answer(to: socketserver.StreamRequestHandler) -> None:
        to.wfile.write(b"220 slow.example\r\n")
        while line := to.rfile.readline():
            word = line.split()[0].decode().upper()
            if word == slow and len(mails) >= after:
                drip(to, "250-" + "x" * 600)
                return
            to.wfile.write(b"354 go on\r\n" if word == "DATA" else b"250 ok\r\n")
            if word == "DATA":
                mails.append(b"".join(iter(to.rfile.readline, b".\r\n")))
                to.wfile.write(b"250 taken\r\n")

    return answer


def settings(port: int) -> SmtpSettings:
    return SmtpSettings(host="127.0.0.1", port=port, tls="off", username=None, password=None, sender="a@example.org")


def outgoing() -> Outgoing:
    return Outgoing(id=uuid4(), priority=1, notification_count=1, text_id="Banjir", text_en="Flood", created_at=NOON)


def alert_message() -> AlertMessage:
    return AlertMessage(
        id=uuid4(), priority=1, language="id", title="Banjir", text="Banjir", short="Banjir", manage_url="http://s/m",
        unsubscribe_url="http://s/u", created_at=NOON, challenge=None, alerts=[],
    )  # fmt: skip


@contextmanager
def ends_soon() -> Iterator[None]:
    """The block fails for now, and long before the drip would have ended."""
    began = time.monotonic()
    with pytest.raises(DeliveryError) as caught:
        yield
    assert not caught.value.is_final
    assert time.monotonic() - began < MUCH_LATER


@pytest.mark.parametrize("word", ["EHLO", "RCPT"])
def test_a_mail_server_that_drips_is_left_and_the_mail_is_unchanged(word: str) -> None:
    mails: list[bytes] = []
    message = outgoing()
    with server(smtp(mails, slow=word)) as port, ends_soon():
        SmtpChannel(settings(port), seconds=WHOLE).send("w@example.org", message)
    with server(smtp(mails, slow="never")) as port:
        for _ in range(2):
            SmtpChannel(settings(port), seconds=MUCH_LATER).send("w@example.org", message)
    names = {line for mail in mails for line in mail.splitlines() if line.lower().startswith(b"message-id")}
    assert (len(mails), names) == (2, {f"Message-ID: <{message.id}@example.org>".encode()})


def test_a_missing_goodbye_does_not_make_an_accepted_mail_a_failure() -> None:
    mails: list[bytes] = []
    with server(smtp(mails, slow="QUIT")) as port:
        SmtpChannel(settings(port), seconds=WHOLE).send("w@example.org", outgoing())
    assert len(mails) == 1


def test_a_reused_connection_has_an_end_for_each_message() -> None:
    mails: list[bytes] = []
    with (
        server(smtp(mails, slow="MAIL", after=1)) as port,
        SmtpAlertChannel(settings(port), seconds=WHOLE).open() as sender,
    ):
        sender.send(Addressee(address="one@example.org"), alert_message())
        with ends_soon():
            sender.send(Addressee(address="two@example.org"), alert_message())
    assert len(mails) == 1


def http(text: str, then: str) -> Answer:
    def answer(to: socketserver.StreamRequestHandler) -> None:
        while to.rfile.readline().strip():
            pass
        to.wfile.write(text.encode())
        drip(to, then)

    return answer


def test_a_webhook_whose_status_drips_is_left() -> None:
    with server(http("HTTP/", "1" * 600)) as port:
        place = allowed_place(f"http://127.0.0.1:{port}/in", frozenset([origin(f"http://127.0.0.1:{port}")]))
        began = time.monotonic()
        with pytest.raises((OSError, HTTPException)):
            post(place, b"{}", {}, seconds=WHOLE)
        assert time.monotonic() - began < MUCH_LATER


def test_a_webhook_that_answered_yes_has_accepted_it_however_its_answer_drips() -> None:
    with server(http("HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n", "x" * 600)) as port:
        place = allowed_place(f"http://127.0.0.1:{port}/in", frozenset([origin(f"http://127.0.0.1:{port}")]))
        assert post(place, b"{}", {}, seconds=WHOLE) == (200, None)


def test_a_messaging_service_whose_head_drips_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siaga_cloud.platform.delivery.web_api.WHOLE_SECONDS", WHOLE)
    monkeypatch.setattr("siaga_cloud.platform.delivery.web_api.STEP_SECONDS", 0.0)
    with server(http("HTTP/1.1 200 OK\r\nX-Slow: ", "x" * 600)) as port, ends_soon():
        call("service", "POST", f"http://127.0.0.1:{port}/", timeout_seconds=WHOLE)


def test_a_batch_of_messages_ends_before_the_database_ends_its_transaction() -> None:
    assert worker_alerts.CHUNK_SECONDS + deadline.WHOLE_SECONDS <= 50
