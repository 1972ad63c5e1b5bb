"""Fetches Telegram messages without a webhook, by long polling for updates."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from siaga_cloud.channels.conversation.service import IntakeContext, accept
from siaga_cloud.channels.fetching.connections import UnreachableError
from siaga_cloud.channels.gateways.telegram import TelegramBot
from siaga_cloud.channels.sources.fields import DeliveryError
from siaga_cloud.channels.sources.text import read_update
from siaga_cloud.connectors import store as connectors
from siaga_cloud.platform.db.connection import Connection, Database, is_transient
from siaga_cloud.platform.delivery.ports import DeliveryError as UnansweredError

CHANNEL: Final = "telegram"
WAIT_SECONDS: Final = 25

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class TelegramFetcher:
    """Processes updates. Telegram discards an update once a later call requests those after it."""

    bot: TelegramBot
    database: Database
    make_context: Callable[[Connection], IntakeContext]
    wait_seconds: int = WAIT_SECONDS
    after: int = field(default=0)

    def poll_until(self, stop: threading.Event, well: Callable[[], None]) -> None:
        """Takes updates until it is to stop; raises UnreachableError, psycopg.Error."""
        while not stop.is_set():
            try:
                updates = self.bot.updates(self.after, wait_seconds=self.wait_seconds)
            except UnansweredError as error:
                raise UnreachableError(str(error)) from error
            well()
            for update in updates:
                self._process(update)
                number = update.get("update_id")
                self.after = max(self.after, number if isinstance(number, int) else 0)

    def _process(self, update: Mapping[str, Any]) -> None:
        now = datetime.now(UTC)
        try:
            delivered = read_update(update, now=now)
            if delivered is None:
                return
            with self.database.transaction() as conn:
                accept(conn, replace(delivered, answers_later=True), self.make_context(conn), now)
        except DeliveryError as error:
            self._refuse(str(error))
        except Exception as error:
            if is_transient(error):  # the database's fault and not the message's: it is requested again
                raise
            # It would come again and again, and keep those behind it.
            log.exception("a Telegram update could not be processed")
            self._refuse("an update could not be taken in; see the log")

    def _refuse(self, error: str) -> None:
        with self.database.transaction() as conn:
            connectors.count_refusal(conn, CHANNEL, error=error, now=datetime.now(UTC))
