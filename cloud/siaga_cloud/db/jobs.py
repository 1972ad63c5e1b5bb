"""Jobs, deferred inside the transaction that makes them necessary."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from procrastinate import App, SyncPsycopgConnector
from procrastinate.types import JSONDict

from siaga_cloud.db.connection import Connection

TAKE_SIGNAL = "take_signal"
SIGNALS_QUEUE = "signals"
UPKEEP_QUEUE = "upkeep"

# Never opened: it only knows how to write jobs on a connection that it is handed.
_deferrer = App(connector=SyncPsycopgConnector())


def defer_signals(conn: Connection, signal_ids: Iterable[UUID]) -> None:
    """Asks the worker to take these signals into incidents, once this transaction commits."""
    wanted: list[JSONDict] = [{"signal_id": str(signal_id)} for signal_id in signal_ids]
    if wanted:
        _deferrer.configure_task(TAKE_SIGNAL, queue=SIGNALS_QUEUE, connection=conn).batch_defer(*wanted)
