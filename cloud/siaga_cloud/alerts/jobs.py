"""Defines the jobs of alerts: they decide, plan and send in batches over the configured channels."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID

from procrastinate import App

from siaga_cloud.alerts.service.sending import alert_message_of
from siaga_cloud.alerts.store import messages as db
from siaga_cloud.alerts.store import subscriptions
from siaga_cloud.alerts.store.messages import DueMessage, Outcome
from siaga_cloud.platform.db.connection import Connection, Database, backoff_seconds
from siaga_cloud.platform.db.jobs import ALERTS_QUEUE, SEND_ALERTS
from siaga_cloud.platform.delivery.ports import Addressee, AlertChannel, AlertSender, DeliveryError
from siaga_cloud.platform.jobs.retries import JitteredRetry

CHUNK = 20  # in one transaction: a worker that dies may send so many once more
CHUNK_SECONDS = 25.0  # with the last alert message's own limit still below the 60 s that a transaction may stand idle
MAX_ATTEMPTS = 8
FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS = 5.0, 600.0
FAILURES_IN_A_ROW = 3  # then the other side is not there, and the rest of the batch waits
PUT_OFF = timedelta(seconds=30)
ERASED_AFTER_FAILURES = 5

_RETRY = JitteredRetry(most_attempts=8)

log = logging.getLogger(__name__)


def register(app: App, database: Database, channels: Mapping[str, AlertChannel], *, public_url: str) -> None:
    """Register the job that sends a batch of messages of one channel."""

    @app.task(name=SEND_ALERTS, queue=ALERTS_QUEUE, retry=_RETRY)
    def send_alerts(message_ids: list[str]) -> None:
        send(database, channels, [UUID(one) for one in message_ids], public_url=public_url)


def send(
    database: Database, channels: Mapping[str, AlertChannel], message_ids: Sequence[UUID], *, public_url: str
) -> int:
    """Sends what of these still waits; how many were taken by the other side.

    What fails is due again after a wait that doubles and is spread; when it fails for good, its reason is stored.
    """
    sent = 0
    waiting = list(message_ids)
    with ExitStack() as opened:
        batch = _Batch(channels, public_url, opened)
        while waiting and not batch.is_down:
            chunk, waiting = waiting[:CHUNK], waiting[CHUNK:]
            with database.transaction() as conn:
                sent += batch.send_chunk(conn, chunk)
    if waiting:
        now = datetime.now(UTC)
        with database.transaction() as conn:
            db.put_off(conn, waiting, due_at=now + PUT_OFF)
    return sent


class _Batch:
    """Holds the senders of a batch, which open when they are first needed, and the outcomes so far."""

    def __init__(self, channels: Mapping[str, AlertChannel], public_url: str, opened: ExitStack) -> None:
        self._channels, self._public_url, self._opened = channels, public_url, opened
        self._senders: dict[str, AlertSender] = {}
        self._failed_in_a_row = 0

    @property
    def is_down(self) -> bool:
        """Return whether going on now would only wait for the other side."""
        return self._failed_in_a_row >= FAILURES_IN_A_ROW

    def send_chunk(self, conn: Connection, message_ids: Sequence[UUID]) -> int:
        """Sends some messages and writes down how it went; how many were taken."""
        ends_at = time.monotonic() + CHUNK_SECONDS
        held = db.hold(conn, message_ids)
        attempted: list[tuple[DueMessage, DeliveryError | None]] = []
        for message in held:
            if self.is_down or time.monotonic() > ends_at:
                break
            attempted.append((message, self._try(message)))
        now = datetime.now(UTC)
        db.write_outcomes(conn, [_outcome(message, error, now=now) for message, error in attempted], now=now)
        if untried := held[len(attempted) :]:
            db.put_off(conn, [one.id for one in untried], due_at=now + PUT_OFF)
        self._follow(conn, attempted, now=now)
        return sum(error is None for _, error in attempted)

    def _try(self, message: DueMessage) -> DeliveryError | None:
        if message.address is None:
            return DeliveryError("the subscription was ended", is_final=True)
        if message.kind == "alert" and not message.parts:
            return DeliveryError("what is newer was told instead", is_final=True)
        try:
            sender = self._sender(message.channel)
            alert_message = alert_message_of(message, public_url=self._public_url, challenge=secrets.token_urlsafe(24))
            sender.send(Addressee(address=message.address, keys=message.keys), alert_message)
        except DeliveryError as error:
            self._failed_in_a_row = 0 if error.is_final else self._failed_in_a_row + 1
            return error
        self._failed_in_a_row = 0
        return None

    def _sender(self, channel: str) -> AlertSender:
        if channel not in self._channels:
            raise DeliveryError(f"no channel {channel} is configured", is_final=True)
        if channel not in self._senders:
            self._senders[channel] = self._opened.enter_context(self._channels[channel].open())
        return self._senders[channel]

    def _follow(
        self, conn: Connection, attempted: Sequence[tuple[DueMessage, DeliveryError | None]], *, now: datetime
    ) -> None:
        """What follows for the subscriptions: a webhook that answered is confirmed, an address that is gone erased."""
        for message, error in attempted:
            if error is None and message.kind == "confirm" and message.channel == "webhook":
                subscriptions.confirm(conn, message.subscription_id, now=now)
            elif error is not None and error.is_gone:
                subscriptions.forget(conn, message.subscription_id)
        failed = [one.subscription_id for one, error in attempted if error is not None and _is_theirs(one, error)]
        sent = [one.subscription_id for one, error in attempted if error is None]
        erased = db.count_failures(conn, failed, sent, most=ERASED_AFTER_FAILURES)
        errors = {f"{message.channel}: {error}" for message, error in attempted if error is not None}
        for line in sorted(errors):  # addresses are personal data and stay out of the log
            log.warning("alert messages could not be sent by %s", line)
        if erased:
            log.info("erased %d subscriptions after %d failed deliveries to each", erased, ERASED_AFTER_FAILURES)


def _is_theirs(message: DueMessage, error: DeliveryError) -> bool:
    """Return whether a refusal was the address's own, and not due to a missing channel or an empty message."""
    return error.is_final and not error.is_gone and message.address is not None and bool(message.parts)


def _outcome(message: DueMessage, error: DeliveryError | None, *, now: datetime) -> Outcome:
    if error is None:
        return Outcome(message_id=message.id, state="sent", error="", due_at=now)
    attempt = message.attempts + 1
    is_last = error.is_final or attempt >= MAX_ATTEMPTS
    wait = backoff_seconds(attempt, first=FIRST_WAIT_SECONDS, most=MOST_WAIT_SECONDS)
    return Outcome(
        message_id=message.id,
        state="failed" if is_last else "queued",
        error=str(error),
        due_at=now + timedelta(seconds=wait),
    )
