"""Defines the jobs of notifications: they send what is due and deliver through the configured channels."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from opentelemetry.trace import Span
from procrastinate import App

from siaga_cloud.notifications.store import notifications as db
from siaga_cloud.notifications.store.notifications import Delivery
from siaga_cloud.platform.db.connection import Connection, Database, backoff_seconds, is_transient
from siaga_cloud.platform.db.jobs import DELIVER_NOTIFICATION, NOTIFICATIONS_QUEUE, former_names
from siaga_cloud.platform.delivery.ports import Channel, DeliveryError, Outgoing, Thread
from siaga_cloud.platform.jobs.retries import JitteredRetry
from siaga_cloud.platform.observe import journey
from siaga_core.wire.trace import Step

MAX_ATTEMPTS = 8
FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS = 5.0, 600.0

log = logging.getLogger(__name__)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, DeliveryError) or is_transient(error)


RETRY = JitteredRetry(
    most_attempts=MAX_ATTEMPTS, first_seconds=FIRST_WAIT_SECONDS, most_seconds=MOST_WAIT_SECONDS, passes=_may_pass
)


def register(app: App, database: Database, channels: Mapping[str, Channel], collected: Collection[str] = ()) -> None:
    """Register the job that delivers one message to one address. `collected`: channels whose gateway requests its
    messages.
    """

    @app.task(
        name=DELIVER_NOTIFICATION, aliases=former_names(DELIVER_NOTIFICATION), queue=NOTIFICATIONS_QUEUE, retry=RETRY
    )
    def deliver_notification(delivery_id: int) -> None:
        deliver(database, channels, delivery_id, collected)


def deliver(
    database: Database, channels: Mapping[str, Channel], delivery_id: int, collected: Collection[str] = ()
) -> None:
    """Delivers a message once more, at least once over all; raises DeliveryError where it is to be tried again.

    The row stays locked while the channel sends, so that two workers never send the same at the same time.
    """
    now = datetime.now(UTC)
    with database.transaction() as conn:
        held = db.delivery(conn, delivery_id)
        if held is None:
            return
        ends_at = held.created_at + db.COLLECTED_WITHIN
        if held.channel in collected and now < ends_at:
            db.leave_to_collect(conn, held.id, until=ends_at)
            return
        with _delivery_span(conn, held) as span:
            failed = _is_overdue() if held.channel in collected else _try(channels, held)
            span.set_attribute("siaga.failed", str(failed or ""))
            if failed is None:
                log.info("message delivered", extra={"message_id": held.message_id, "channel": held.channel})
        last = failed is not None and (failed.is_final or held.attempts + 1 >= MAX_ATTEMPTS)
        state = "sent" if failed is None else "failed" if last else "queued"
        due_at = now + timedelta(seconds=_wait_seconds(held.attempts + 1))
        db.end_delivery(conn, held.id, state=state, error=str(failed or ""), due_at=due_at, now=now)
    if failed is not None:
        # The address is personal data and stays out of the log.
        outcome = "giving up" if last else "retrying"
        log.warning("message %s could not be sent by %s (%s); %s", held.message_id, held.channel, failed, outcome)
        if not last:
            raise failed


@contextmanager
def _delivery_span(conn: Connection, held: Delivery) -> Iterator[Span]:
    """Yield the attempt as a step of the first object that the message is about."""
    key, notified = f"{held.id} {held.attempts}", next(iter(db.notified_tasks(conn, held.message_id)), None)
    if notified is None:
        with journey.within("deliver", key, channel=held.channel) as span:
            yield span
        return
    after: tuple[Step, str] = ("notify", f"{held.message_id} {notified.task_id}")
    with journey.step("deliver", notified.signal_id, key, after=after, channel=held.channel) as span:
        yield span


def _is_overdue() -> DeliveryError:
    return DeliveryError(f"its gateway did not ask for it within {db.COLLECTED_WITHIN}", is_final=True)


def _try(channels: Mapping[str, Channel], held: Delivery) -> DeliveryError | None:
    channel = channels.get(held.channel)
    if channel is None:
        return DeliveryError(f"no channel {held.channel} is configured", is_final=True)
    message = Outgoing(
        id=held.message_id,
        priority=held.priority,
        notification_count=held.notification_count,
        text_id=held.text_id,
        text_en=held.text_en,
        created_at=held.created_at,
        language="en" if held.language == "en" else "id" if held.language else None,
        thread=_thread(held.reply_to),
        is_reply=held.is_reply,
    )
    try:
        channel.send(held.address, message)
    except DeliveryError as error:
        return error
    return None


def _thread(plain: Mapping[str, Any] | None) -> Thread | None:
    if not plain:
        return None
    return Thread(subject=str(plain.get("subject", "")), references=tuple(map(str, plain.get("references", ()))))


def _wait_seconds(attempt: int) -> float:
    return backoff_seconds(attempt, first=FIRST_WAIT_SECONDS, most=MOST_WAIT_SECONDS)
