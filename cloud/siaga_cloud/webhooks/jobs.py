"""Defines the jobs of webhooks: each sends one delivery, retries it, and finally records it as failed."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from procrastinate import App

from siaga_cloud.notifications.jobs import FIRST_WAIT_SECONDS, MAX_ATTEMPTS, MOST_WAIT_SECONDS, RETRY
from siaga_cloud.platform.db.connection import Database, backoff_seconds
from siaga_cloud.platform.db.jobs import DELIVER_WEBHOOK, WEBHOOKS_QUEUE
from siaga_cloud.platform.delivery.ports import Answer, DeliveryError
from siaga_cloud.webhooks import store as db
from siaga_cloud.webhooks.store import HeldDelivery

log = logging.getLogger(__name__)


class EventSender(Protocol):
    """Sends a signed body to an address."""

    def send(self, address: str, body: bytes, *, message_id: UUID, secret: str) -> Answer:
        """Return what the other side answered once it has taken it; raises DeliveryError."""
        ...


def register(app: App, database: Database, sender: EventSender | None) -> None:
    """The job that sends one delivery."""

    @app.task(name=DELIVER_WEBHOOK, queue=WEBHOOKS_QUEUE, retry=RETRY)
    def deliver_webhook(delivery_id: str) -> None:
        deliver(database, sender, UUID(delivery_id))


def deliver(database: Database, sender: EventSender | None, delivery_id: UUID) -> None:
    """Sends a delivery once more, at least once over all; raises DeliveryError where it is to be tried again.

    The row stays locked while it is sent, so that two workers never send the same at the same time.
    """
    now = datetime.now(UTC)
    with database.transaction() as conn:
        held = db.hold(conn, delivery_id)
        if held is None:
            return
        outcome = _try(sender, held)
        failed, answer = (None, outcome) if isinstance(outcome, Answer) else (outcome, outcome.answer)
        last = failed is not None and (failed.is_final or held.attempts + 1 >= MAX_ATTEMPTS)
        state = "sent" if failed is None else "dead" if last else "queued"
        wait = backoff_seconds(held.attempts + 1, first=FIRST_WAIT_SECONDS, most=MOST_WAIT_SECONDS)
        due_at, error = now + timedelta(seconds=wait), str(failed or "")
        db.end_try(conn, held.id, state=state, error=error, answer=answer, due_at=due_at, now=now)
        if failed is not None and failed.is_gone:
            db.set_active(conn, held.webhook_id, active=False, why=str(failed), now=now)
    if failed is not None:
        next_step = "giving up" if last else "retrying"
        log.warning("webhook delivery %s (%s) failed: %s; %s", held.id, held.kind, failed, next_step)
        if not last:
            raise failed


def _try(sender: EventSender | None, held: HeldDelivery) -> Answer | DeliveryError:
    if sender is None:
        return DeliveryError("no SIAGA_WEBHOOK_HOSTS are configured", is_final=True)
    body = json.dumps(held.body, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        return sender.send(held.url, body, message_id=held.id, secret=held.secret)
    except DeliveryError as error:
        return error
