"""Where alerts arrive in tests: a mail server, a browser that decrypts its pushes, a webhook and an SMS gateway."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import http_ece  # type: ignore[import-untyped]
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02  # type: ignore[import-untyped]

from siaga_cloud.alerts import jobs as worker_alerts
from siaga_cloud.alerts.channels.mail import SmtpAlertChannel
from siaga_cloud.alerts.channels.sms import HttpSmsChannel
from siaga_cloud.alerts.channels.webhook import WebhookAlertChannel
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.delivery.addresses import AvailableChannels
from siaga_cloud.platform.delivery.ports import AlertChannel
from siaga_cloud.platform.delivery.webhook import origin
from siaga_cloud.platform.delivery.webpush import WebPushAlertChannel, new_key, public_key
from siaga_cloud.settings import PushSettings, SmsSettings, SmtpSettings, WebhookSettings
from siaga_sim.stack.ports import free_port

PUBLIC_URL = "http://siaga.test"
WEBHOOK_SECRET = "a secret of sixteen or more"
SMS_AUTHORIZATION = "Bearer the gateway's own"


class Mailbox(MailHandler):
    """Keeps what it is sent; refuses `refused@...` for good, and everybody while it is `down`."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []
        self.down = False

    async def handle_RCPT(  # noqa: N802 - the server's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.down:
            return "451 try again later"
        if address.startswith("refused@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message: Message) -> None:
        self.mails.append(message)

    def texts(self, address: str) -> list[str]:
        """The bodies of what came to an address, the oldest first."""
        mails = [mail for mail in self.mails if mail["To"] == address]
        return [bytes(mail.get_payload(decode=True)).decode().replace("\r\n", "\n") for mail in mails]


@dataclass(slots=True)
class Browser:
    """A browser with its keys; only it can read what is pushed to it."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def keys(self) -> dict[str, str]:
        """As `PushSubscription.toJSON().keys`."""
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"p256dh": _base64url(point), "auth": _base64url(self.auth)}

    def read(self, body: bytes) -> dict[str, Any]:
        """What the page's service worker would see."""
        plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        found: dict[str, Any] = json.loads(plain)
        return found


@dataclass(slots=True)
class Sinks:
    """All of them. `answers`: a status for a path instead of 2xx; `seen`: (path, headers, body) of every POST."""

    url: str
    mailbox: Mailbox
    smtp: SmtpSettings
    push_pem: bytes
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    echoes: bool = True

    @property
    def available_channels(self) -> AvailableChannels:
        """What may be subscribed with."""
        return AvailableChannels(
            email=True,
            sms=True,
            webhook_origins=frozenset([origin(self.url)]),
            push_hosts=(self.url,),
            push_key=public_key(self.push_pem),
        )

    @property
    def channels(self) -> Mapping[str, AlertChannel]:
        """The real channels, pointed here."""
        push = PushSettings(key_pem=self.push_pem, contact="mailto:siaga@example.org", hosts=(self.url,))
        sms = SmsSettings(
            url=f"{self.url}/sms",
            body='{"to": "{to}", "text": "{text}", "ref": "{id}"}',
            content_type="application/json",
            authorization=SMS_AUTHORIZATION,
        )
        return {
            "email": SmtpAlertChannel(self.smtp),
            "webhook": WebhookAlertChannel(
                WebhookSettings(hosts=(self.url,), secret=WEBHOOK_SECRET), lambda: 1_700_000_000.0
            ),
            "webpush": WebPushAlertChannel(push),
            "sms": HttpSmsChannel(sms),
        }

    def posts(self, path: str) -> list[bytes]:
        """Bodies that came to a path."""
        return [body for at, _, body in self.seen if at == path]

    def is_signed_for(self, headers: Mapping[str, str]) -> bool:
        """Whether a push carries this city's VAPID signature, for this push service."""
        scheme, _, rest = headers["Authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        claims = json.loads(base64.urlsafe_b64decode(parts["t"].split(".")[1] + "=="))
        return scheme == "vapid" and bool(Vapid02.verify(headers["Authorization"])) and claims["aud"] == self.url


def send_all(database: Database, channels: Mapping[str, AlertChannel]) -> int:
    """Does the jobs that wait, as the worker would; how many messages were taken."""
    with database.transaction() as conn:
        jobs = conn.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'send_alerts' AND status = 'todo'"
            " RETURNING args, priority, id"
        ).fetchall()
    sent = 0
    for job in sorted(jobs, key=lambda job: (-job["priority"], job["id"])):
        ids = [UUID(one) for one in job["args"]["message_ids"]]
        sent += worker_alerts.send(database, channels, ids, public_url=PUBLIC_URL)
    return sent


@contextmanager
def running_sinks() -> Iterator[Sinks]:
    """Servers on free ports until the block ends."""
    with ExitStack() as stack:
        mailbox = Mailbox()
        mail = Controller(mailbox, hostname="127.0.0.1", port=free_port())
        mail.start()
        stack.callback(mail.stop)
        smtp = SmtpSettings(
            host="127.0.0.1", port=mail.port, tls="off", username=None, password=None, sender="siaga@example.org"
        )
        sinks = Sinks(url="", mailbox=mailbox, smtp=smtp, push_pem=new_key())
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(sinks))
        sinks.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        stack.callback(server.server_close)
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        yield sinks


def _handler(sinks: Sinks) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sinks.seen.append((self.path, dict(self.headers), body))
            answer = b""
            if self.path.startswith("/hook") and sinks.echoes:
                answer = json.dumps({"challenge": json.loads(body).get("challenge")}).encode()
            self.send_response(sinks.answers.get(self.path, 201))
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    return Handler


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
