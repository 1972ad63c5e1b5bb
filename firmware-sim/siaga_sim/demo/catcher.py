"""Catches what the demo's city sends: e-mail and messages with a page to read them, and pushes to simulated browsers.

Nothing leaves the machine: the mail server accepts every address and delivers to nobody.
"""

from __future__ import annotations

import asyncio
import html
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.smtp import SMTP

from siaga_sim.demo.controls import Action, StoryControls

MOST_MAILS, MOST_PUSHES = 500, 500
MOST_BYTES = 1_000_000
START_SECONDS = 60.0
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Cache-Control": "no-store",
}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="10"><title>The demo</title>
<style>body{{font:1rem/1.5 sans-serif;max-width:50rem;margin:1rem auto;padding:0 1rem}}pre{{white-space:pre-wrap;
overflow-wrap:anywhere}}form{{display:inline-block;margin:0 .5rem .5rem 0}}button{{font:inherit;padding:.4rem
.8rem}}article{{border-top:1px solid #999}}</style>
<h1>The demo</h1><p>SIMULATION.</p>
{story}
<h2>Break something</h2>
{breaks}
<h2>Messages</h2>
<p>{count} mails and messages and {pushes} pushes were caught here; none of them left this machine.</p>
{mails}</html>"""


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One mail, or message of a text channel, as its reader sees it."""

    at: datetime
    sender: str
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class CaughtPush:
    """One push as a push service receives it: encrypted for the browser that `path` names."""

    path: str
    body: bytes


@dataclass(slots=True)
class Catcher:
    """What was caught, the newest last. `smtp_port` accepts mail, `url` shows it and accepts pushes below /push/."""

    smtp_port: int = 0
    url: str = ""
    mails: deque[CaughtMail] = field(default_factory=lambda: deque(maxlen=MOST_MAILS))
    pushes: deque[CaughtPush] = field(default_factory=lambda: deque(maxlen=MOST_PUSHES))
    waze: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_PUSHES))
    actions: Callable[[], Mapping[str, Action]] = dict
    story: StoryControls | None = None
    count: int = 0
    push_count: int = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Accept a mail (called by aiosmtpd)."""
        self.mails.append(read_mail(envelope.content, envelope.mail_from or "", envelope.rcpt_tos))
        self.count += 1
        return "250 OK"

    def receive(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Accept a push, or a message as the interfaces of Telegram and Twilio do; return status and answer."""
        if path.startswith("/push/"):
            self.pushes.append(CaughtPush(path, body))
            self.push_count += 1
            return 201, b""
        if path.startswith("/bot") and path.endswith("/sendMessage"):
            sent = json.loads(body)
            self._add("Telegram", str(sent.get("chat_id")), str(sent.get("text")))
            return 200, b'{"ok": true, "result": {"message_id": 1}}'
        if path.startswith("/2010-04-01/Accounts/") and path.endswith("/Messages.json"):
            form = parse_qs(body.decode())
            self._add("Twilio", form.get("To", [""])[0], form.get("Body", [""])[0])
            return 201, b'{"sid": "SM-demo", "status": "queued"}'
        return 404, b""

    def show_reply(self, channel: str, to: int, text: str) -> None:
        """Show what the city answered in its response to a delivery, as the chat of the sender shows it."""
        if text:
            self._add(channel.title(), str(to), text)

    def _add(self, sender: str, to: str, text: str) -> None:
        self.mails.append(CaughtMail(at=datetime.now(UTC), sender=sender, to=to, subject=f"{sender}: {to}", text=text))
        self.count += 1

    def waze_feed(self) -> bytes:
        """What Waze for Cities would answer: every alert of the story so far."""
        return json.dumps({"alerts": list(self.waze), "endTimeMillis": int(time.time() * 1000)}).encode()

    def page(self) -> str:
        """The newest mails as HTML, with everything that people wrote as text."""
        story = self.story
        status = "" if story is None else f"<h2>Story</h2><p>{html.escape(story.describe())}.</p>"
        return _PAGE.format(
            story=status + _buttons("story", {} if story is None else story.actions()),
            breaks=_buttons("break", self.actions()),
            count=self.count,
            pushes=self.push_count,
            mails="".join(map(_article, reversed(self.mails))),
        )

    def act(self, path: str) -> Callable[[], str] | None:
        """What a button of the page does; None where no button has this address."""
        _, kind, name = [*path.split("/"), "", ""][:3]
        stories = {} if self.story is None else self.story.actions()
        found = {"break": self.actions(), "story": stories}.get(kind, {}).get(name)
        return None if found is None else found[1]


def read_mail(content: bytes, sender: str, recipients: list[str]) -> CaughtMail:
    """Read a mail: its subject, and its first part that is plain text."""
    message = message_from_bytes(content)
    return CaughtMail(
        at=datetime.now(UTC),
        sender=sender,
        to=", ".join(recipients),
        subject=str(make_header(decode_header(message.get("Subject", "")))),
        text=_text_of(message),
    )


@contextmanager
def running_catcher() -> Iterator[Catcher]:
    """A mail server and a page on free ports of the loopback address until the block ends."""
    catcher = Catcher()
    web = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(catcher))
    catcher.url = f"http://127.0.0.1:{web.server_port}"
    loop = asyncio.new_event_loop()
    threads = [
        threading.Thread(target=web.serve_forever, name="mail page", daemon=True),
        threading.Thread(target=loop.run_forever, name="mail server", daemon=True),
    ]
    for thread in threads:
        thread.start()
    server = asyncio.run_coroutine_threadsafe(_listening(catcher), loop).result(START_SECONDS)
    try:
        yield catcher
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result(START_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        web.shutdown()
        for thread in threads:
            thread.join(START_SECONDS)
        web.server_close()
        loop.close()


async def _listening(catcher: Catcher) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(catcher, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
    )
    catcher.smtp_port = server.sockets[0].getsockname()[1]
    return server


async def _closed(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()


def _handler_for(catcher: Catcher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_GET(self) -> None:
            pages = {"/": lambda: catcher.page().encode(), "/waze": catcher.waze_feed}
            self._answer(200 if self.path in pages else 404, pages[self.path]() if self.path in pages else b"")

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            act = catcher.act(self.path)
            if act is not None:
                self._act(act)
                return
            status, answer = catcher.receive(self.path, self.rfile.read(min(size, MOST_BYTES)))
            self._answer(status, answer)

        def _act(self, act: Callable[[], str]) -> None:
            """Only for our own page: another site cannot do anything."""
            if self.headers.get("Origin") != catcher.url:
                self._answer(403, b"")
                return
            words = act()
            self._answer(200, f"<p>{html.escape(words)}.</p><p><a href='/'>Back</a></p>".encode())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            for name, value in {**_HEADERS, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Requests of the page are not logged."""

    return Handler


def _text_of(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            raw = part.get_payload(decode=True)
            text = raw.decode(part.get_content_charset() or "utf-8", "replace") if isinstance(raw, bytes) else ""
            return text.replace("\r\n", "\n").strip()
    return ""


def _buttons(kind: str, actions: Mapping[str, Action]) -> str:
    return "".join(
        f'<form method="post" action="/{kind}/{name}"><button>{html.escape(label)}</button></form>'
        for name, (label, _) in actions.items()
    )


def _article(mail: CaughtMail) -> str:
    parts = (f"{mail.at:%H:%M:%S} UTC, from {mail.sender} to {mail.to}", mail.subject, mail.text)
    about, subject, text = (html.escape(part) for part in parts)
    return f"<article><h2>{subject}</h2><p>{about}</p><pre>{text}</pre></article>"
