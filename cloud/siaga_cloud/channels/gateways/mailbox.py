"""Reads the waiting mails of an IMAP folder and moves each one after it was processed."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Final, TypeAlias

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError
from pydantic import Field

from siaga_cloud.settings import SettingsGroup
from siaga_cloud.settings.fields import Port, needed_secret, shape

CONNECT_SECONDS: Final = 15
READ_SECONDS: Final = 60
IDLE_SECONDS: Final = 9 * 60  # servers may end a session that idles for half an hour, and routers one of ten minutes
LOOK_SECONDS: Final = 1.0
POLL_SECONDS: Final = 20.0
BATCH: Final = 50

UNREACHABLE: Final = (IMAPClientError, OSError, ssl.SSLError)
MailFolder: TypeAlias = Annotated[
    str, shape(r"^[A-Za-z0-9 ._/-]{1,100}$", "the name of a folder, of A-Z, a-z, 0-9, space and ._/-")
]


class MailboxSettings(SettingsGroup, env_prefix="SIAGA_IMAP_"):
    """The mailbox of complaints. Messages are moved from `folder` to `done` or `refused`."""

    host: str
    tls: Annotated[str, shape(r"^(tls|starttls|off)$", "tls, starttls or off")] = "tls"
    port: Port = Field(default_factory=lambda data: 993 if data["tls"] == "tls" else 143)
    username: Annotated[str, Field(description="text")]
    password: str = needed_secret()
    folder: MailFolder = "INBOX"
    done: MailFolder = "Siaga"
    refused: MailFolder = "Siaga-Refused"


@contextmanager
def opened(settings: MailboxSettings) -> Iterator[Mailbox]:
    """Yield the mailbox, signed in, its folders there; raises what is in UNREACHABLE."""
    context = ssl.create_default_context()
    client = IMAPClient(
        settings.host,
        port=settings.port,
        ssl=settings.tls == "tls",
        ssl_context=context if settings.tls == "tls" else None,
        timeout=SocketTimeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
    )
    try:
        if settings.tls == "starttls":
            client.starttls(context)
        client.login(settings.username, settings.password)
        for folder in (settings.done, settings.refused):
            if not client.folder_exists(folder):
                client.create_folder(folder)
        client.select_folder(settings.folder)
        yield Mailbox(client)
    finally:
        try:
            client.logout()
        except UNREACHABLE:
            with suppress(*UNREACHABLE):
                client.shutdown()


class Mailbox:
    """Represents the selected folder of a signed-in session; every method raises the errors in UNREACHABLE."""

    def __init__(self, client: IMAPClient) -> None:
        self._client = client

    def waiting(self) -> list[tuple[int, int]]:
        """Return (uid, size in bytes) of the oldest mails in the folder, as many as one run processes."""
        uids = sorted(self._client.search(["NOT", "DELETED"]))[:BATCH]
        found = self._client.fetch(uids, ["RFC822.SIZE"]) if uids else {}
        return [(uid, int(found[uid][b"RFC822.SIZE"])) for uid in uids if uid in found]

    def fetch(self, uid: int) -> bytes | None:
        """Return a mail as it came, not marked as read; None where it is gone."""
        found = self._client.fetch([uid], ["BODY.PEEK[]"]).get(uid, {})
        body = found.get(b"BODY[]")
        return bytes(body) if body is not None else None

    def move(self, uid: int, folder: str) -> None:
        """Puts a mail into another folder."""
        if self._client.has_capability("MOVE"):
            self._client.move([uid], folder)
            return
        self._client.copy([uid], folder)
        self._client.delete_messages([uid])
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge([uid])

    def wait(self, stop: threading.Event) -> None:
        """Returns when something comes, when it is time to look again, or when it is to stop."""
        if not self._client.has_capability("IDLE"):
            stop.wait(POLL_SECONDS)
            self._client.noop()
            return
        self._client.idle()
        try:
            left = IDLE_SECONDS / LOOK_SECONDS
            while left > 0 and not stop.is_set() and not self._client.idle_check(timeout=LOOK_SECONDS):
                left -= 1
        finally:
            self._client.idle_done()
