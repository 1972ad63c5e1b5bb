"""Fetches complaints by e-mail. A mail stays in the mailbox until its outcome is committed; then it is moved."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from siaga_cloud.channels.conversation.service import IntakeContext, accept
from siaga_cloud.channels.fetching.connections import UnreachableError
from siaga_cloud.channels.gateways import mailbox
from siaga_cloud.channels.gateways.mailbox import UNREACHABLE, Mailbox, MailboxSettings
from siaga_cloud.channels.sources.fields import DeliveryError
from siaga_cloud.channels.sources.mail import CHANNEL, MAX_MAIL_BYTES, AutomaticError, Mail, read_mail
from siaga_cloud.channels.store import conversations as text_channels
from siaga_cloud.connectors import store as connectors
from siaga_cloud.platform.db.connection import Connection, Database, is_transient

RATE: Final = 20
RATE_WINDOW: Final = timedelta(hours=1)
MAX_TRIES: Final = 3

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class MailFetcher:
    """Processes mails. `own` lists the addresses of this server; `make_context` is called for each mail, because places
    may be imported meanwhile.
    """

    settings: MailboxSettings
    database: Database
    own: frozenset[str]
    make_context: Callable[[Connection], IntakeContext]
    tries: Counter[int] = field(default_factory=Counter)

    def poll_until(self, stop: threading.Event, well: Callable[[], None]) -> None:
        """Takes what waits and then what comes, until it is to stop; raises UnreachableError, psycopg.Error."""
        try:
            with mailbox.opened(self.settings) as mailbox_session:
                while not stop.is_set():
                    processed = self.process_waiting(mailbox_session, stop)
                    well()
                    if not processed:
                        mailbox_session.wait(stop)
        except UNREACHABLE as error:
            raise UnreachableError(f"IMAP: {type(error).__name__}: {str(error)[:200]}") from error

    def process_waiting(self, mailbox_session: Mailbox, stop: threading.Event) -> int:
        """Takes what lies in the mailbox now; how many were moved out of it."""
        moved = 0
        for uid, size in mailbox_session.waiting():
            if stop.is_set():
                break
            folder = self._folder_for(mailbox_session, uid, size)
            if folder is not None:
                mailbox_session.move(uid, folder)
                self.tries.pop(uid, None)
                moved += 1
        return moved

    def _folder_for(self, mailbox_session: Mailbox, uid: int, size: int) -> str | None:
        """Return where a mail goes once what became of it is committed; None: it is tried again, or is gone."""
        if size > MAX_MAIL_BYTES:
            return self._refused(f"mail: got {size} bytes, expected at most {MAX_MAIL_BYTES}")
        raw = mailbox_session.fetch(uid)
        if raw is None:
            return None
        try:
            self.process(raw, now=datetime.now(UTC))
        except (AutomaticError, DeliveryError) as error:
            return self._refused(str(error))
        except Exception as error:
            if is_transient(error):  # the database's fault and not the message's: it is requested again
                raise
            # One mail that breaks something must not keep the others; after a few tries it lies in the other folder.
            log.exception("an e-mail could not be processed")
            self.tries[uid] += 1
            return self._refused("a mail could not be taken in; see the log") if self.tries[uid] >= MAX_TRIES else None
        return self.settings.done

    def process(self, raw: bytes, *, now: datetime) -> None:
        """One mail, in one transaction; raises AutomaticError, DeliveryError."""
        mail = read_mail(raw, own=self.own, now=now)
        with self.database.transaction() as conn:
            delivered = replace(mail.delivered, message=replace(mail.delivered.message, thread=_thread(conn, mail)))
            _check_rate(conn, delivered.message.sender, delivered.message.source_id, now)
            accept(conn, delivered, self.make_context(conn), now)

    def _refused(self, error: str) -> str:
        with self.database.transaction() as conn:
            connectors.count_refusal(conn, CHANNEL, error=error, now=datetime.now(UTC))
        return self.settings.refused


def _thread(conn: Connection, mail: Mail) -> str:
    """Return the thread as it was known before: clients shorten References, and answers begin with one of ours."""
    known = text_channels.thread_of(
        conn, channel=CHANNEL, source_ids=list(mail.answers_to), answer_ids=list(mail.answers)
    )
    return known or mail.delivered.message.thread


def _check_rate(conn: Connection, sender: str, source_id: str, now: datetime) -> None:
    """Refuse senders of too many mails, so that a program is not answered for ever."""
    received = text_channels.received_since(conn, channel=CHANNEL, sender=sender, since=now - RATE_WINDOW)
    is_new = text_channels.message_of(conn, channel=CHANNEL, source_id=source_id) is None
    if is_new and received >= RATE:
        raise DeliveryError(f"mail: got over {RATE} of one sender within an hour")
