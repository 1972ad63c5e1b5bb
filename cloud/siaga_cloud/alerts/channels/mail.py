"""Sends alerts by e-mail: a batch uses one connection, and each message allows one-click unsubscribing (RFC 8058)."""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from siaga_cloud.platform.delivery.deadline import WHOLE_SECONDS, Deadline
from siaga_cloud.platform.delivery.email import connected, disconnect, is_address, refusal
from siaga_cloud.platform.delivery.ports import Addressee, AlertMessage, DeliveryError
from siaga_cloud.settings import SmtpSettings

_SUBJECT_CHARACTERS = 110
# A folded address in List-Unsubscribe would be written as encoded words, which no mail program takes for an address.
_WHOLE_LINES = SMTP.clone(max_line_length=900)
_END = {
    "id": "Anda menerima surat ini karena meminta kabar banjir.\nUbah atau berhenti: {url}",
    "en": "You get this mail because you asked for flood alerts.\nChange or stop: {url}",
}


class SmtpAlertChannel:
    """Opens senders of alert messages on the mail server that notifications use as well."""

    def __init__(self, settings: SmtpSettings, *, seconds: float = WHOLE_SECONDS) -> None:
        self._settings, self._seconds = settings, seconds

    @contextlib.contextmanager
    def open(self) -> Iterator[SmtpAlertSender]:
        """Yield a sender that keeps its connection while the server does."""
        sender = SmtpAlertSender(self._settings, seconds=self._seconds)
        try:
            yield sender
        finally:
            sender.close()


class SmtpAlertSender:
    """Sends alert messages over one connection and opens a new one after a failure."""

    def __init__(self, settings: SmtpSettings, *, seconds: float) -> None:
        self._settings, self._seconds = settings, seconds
        self._server: smtplib.SMTP | None = None

    def send(self, to: Addressee, alert_message: AlertMessage) -> None:
        """Passes an alert message to the mail server; raises DeliveryError."""
        if not is_address(to.address):
            raise DeliveryError("the address is not one of e-mail", is_final=True, is_gone=True)
        try:
            with Deadline(self._seconds) as deadline:
                self._hand_over(self._mail(to.address, alert_message), deadline)
        except (smtplib.SMTPException, OSError) as error:
            self._recover(error)
            raise refusal(error) from error

    def close(self) -> None:
        """Close the connection to the mail server where one is open."""
        if self._server is not None:
            disconnect(self._server)
            self._server = None

    def _hand_over(self, mail: EmailMessage, deadline: Deadline) -> None:
        if self._server is None:
            self._server = connected(self._settings, deadline)
        elif self._server.sock is not None:
            deadline.watch(self._server.sock)
        self._server.send_message(mail)

    def _recover(self, error: Exception) -> None:
        """After a refused recipient the connection is good, after anything else it is not trusted."""
        if self._server is not None and not isinstance(error, smtplib.SMTPRecipientsRefused):
            self._server.close()
            self._server = None

    def _mail(self, address: str, alert_message: AlertMessage) -> EmailMessage:
        sender = self._settings.sender
        mail = EmailMessage(policy=_WHOLE_LINES)
        mail["Subject"] = " ".join(alert_message.title.split())[:_SUBJECT_CHARACTERS]
        mail["From"] = sender
        mail["To"] = address
        mail["Date"] = format_datetime(alert_message.created_at)
        mail["Message-ID"] = f"<{alert_message.id}@{sender.rpartition('@')[2].strip('>')}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["List-Unsubscribe"] = f"<{alert_message.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        if alert_message.priority == 1:
            mail["Importance"] = "high"
        end = _END[alert_message.language].format(url=alert_message.manage_url)
        mail.set_content(f"{alert_message.text}\n\n-- \n{end}\n", cte="quoted-printable")
        mail["Content-Language"] = alert_message.language
        return mail
