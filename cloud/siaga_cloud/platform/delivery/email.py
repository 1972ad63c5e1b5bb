"""Sends e-mail by SMTP."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

from siaga_cloud.platform.delivery.deadline import WHOLE_SECONDS, Deadline
from siaga_cloud.platform.delivery.ports import DeliveryError, Outgoing
from siaga_cloud.settings import SmtpSettings

_ADDRESS = re.compile(r"^[^@\s<>,;:\"()]{1,64}@[A-Za-z0-9.-]{1,190}$")
_SUBJECT_CHARACTERS = 110


class SmtpChannel:
    """Opens one connection for each message: notifications are few, and an idle connection may be dead."""

    def __init__(self, settings: SmtpSettings, *, seconds: float = WHOLE_SECONDS) -> None:
        self._settings, self._seconds = settings, seconds

    def send(self, address: str, message: Outgoing) -> None:
        """Passes a message in both languages to the mail server; raises DeliveryError."""
        if not is_address(address):
            raise DeliveryError("the address is not one of e-mail", is_final=True)
        try:
            with Deadline(self._seconds) as deadline:
                server = connected(self._settings, deadline)
                try:
                    server.send_message(self._mail(address, message))
                finally:
                    disconnect(server)
        except (smtplib.SMTPException, OSError) as error:
            raise refusal(error) from error

    def _mail(self, address: str, message: Outgoing) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = _subject(message)
        mail["From"] = self._settings.sender
        mail["To"] = address
        mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = f"<{message.id}@{self._settings.sender.rpartition('@')[2].strip('>')}>"
        if message.thread is not None and message.thread.references:
            mail["In-Reply-To"] = message.thread.references[-1]
            mail["References"] = " ".join(message.thread.references)
        mail["Auto-Submitted"] = "auto-replied" if message.is_reply else "auto-generated"
        if message.priority == 1:
            mail["Importance"] = "high"
        both = f"{message.text_id}\n\n--\n{message.text_en}\n"
        mail.set_content(both if message.language is None else f"{message.text}\n")
        return mail


def _subject(message: Outgoing) -> str:
    if message.thread is not None and message.thread.subject:
        return f"Re: {message.thread.subject}"[:_SUBJECT_CHARACTERS]
    return f"[Siaga] {' '.join(message.text.split())}"[:_SUBJECT_CHARACTERS]


def is_address(address: str) -> bool:
    """Return whether it may be an address of e-mail, and one only."""
    return _ADDRESS.match(address) is not None


class _Server(smtplib.SMTP):
    """Represents a connection to a mail server until a deadline. `context` is set where all of it is encrypted (port
    465).
    """

    def __init__(self, own: SmtpSettings, deadline: Deadline, context: ssl.SSLContext | None) -> None:
        self._deadline, self._context = deadline, context
        super().__init__(own.host, own.port)

    def _get_socket(self, host: str, port: int, _: float) -> socket.socket:
        plain = self._deadline.connect(host, port)
        return plain if self._context is None else self._context.wrap_socket(plain, server_hostname=host)


def connected(own: SmtpSettings, deadline: Deadline) -> smtplib.SMTP:
    """Return a connection that is encrypted and signed in as configured; raises SMTPException, OSError."""
    context = ssl.create_default_context()
    server = _Server(own, deadline, context if own.tls == "tls" else None)
    try:
        if own.tls == "starttls":
            server.starttls(context=context)
        if own.username is not None:
            server.login(own.username, own.password or "")
    except BaseException:
        server.close()
        raise
    return server


def disconnect(server: smtplib.SMTP) -> None:
    """Close a connection and ignore the server's answer, which cannot change what it has accepted."""
    with contextlib.suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def refusal(error: Exception) -> DeliveryError:
    """Return what a mail server's error means for the message."""
    if isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException)):
        code = _code(error)
        return DeliveryError(f"the mail server answered {code}", is_final=500 <= code < 600)
    return DeliveryError(f"the mail server: {type(error).__name__}", is_final=False)


def _code(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> int:
    if isinstance(error, smtplib.SMTPResponseException):
        return int(error.smtp_code)
    return max((code for code, _ in error.recipients.values()), default=0)
