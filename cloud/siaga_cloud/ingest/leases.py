"""Maintains the shard leases of this replica and passes the shards to the subscriber."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from siaga_cloud.ingest.store import leases as db
from siaga_cloud.ingest.store.leases import Leases
from siaga_cloud.platform.db.connection import Database, is_transient

log = logging.getLogger(__name__)


class ShardServer(Protocol):
    """Serves shards."""

    def serve(self, shards: frozenset[str]) -> None:
        """These and no others."""


class LeaseHolder:
    """Renews the leases three times within their duration. Without the database it changes nothing: two replicas that
    serve one shard only cause duplicates, which are dropped by key, while an unserved shard would delay messages.
    """

    def __init__(
        self,
        *,
        database: Database,
        subscriber: ShardServer,
        replica: str,
        instance: UUID,
        client_id: str,
        lease_seconds: float,
        discard_session: Callable[[str], bool],
        on_shards: Callable[[int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._subscriber = database, subscriber
        self._replica, self._instance, self._client_id = replica, instance, client_id
        self._lease_seconds = lease_seconds
        self._discard_session, self._on_shards, self._clock = discard_session, on_shards, clock
        self._serving: frozenset[str] = frozenset()
        self._until: dict[str, float] = {}
        self._registered = False
        self._sessions_left: list[str] = []
        self._stopping = threading.Event()
        self.superseded = threading.Event()

    def run(self) -> None:
        """Run until `stop`, or until a newer process of this name acquires the lease."""
        while not self._stopping.is_set() and not self.superseded.is_set():
            self.beat()
            self._stopping.wait(self._lease_seconds / 3)

    def beat(self) -> None:
        """Renew the leases once and pass on the shards."""
        try:
            standing = self._beat()
        except Exception as error:
            if is_transient(error):
                log.warning(
                    "leases could not be renewed, database unavailable: %s", str(error).strip().partition("\n")[0]
                )
            else:
                log.exception("leases could not be renewed")
            return
        if standing is None:
            log.error("another ingest started as replica %s; stopping this one", self._replica)
            self.superseded.set()
            return
        self._claim(standing)

    def stop(self) -> None:
        """End the loop of heartbeats."""
        self._stopping.set()

    def release(self) -> None:
        """Gives the shards back at a clean stop, so that nobody has to wait for the lease to run out."""
        try:
            with self._database.transaction() as conn:
                db.release(conn, replica=self._replica, instance=self._instance)
        except Exception:
            log.warning("leases could not be released", exc_info=True)

    def _beat(self) -> Leases | None:
        with self._database.transaction() as conn:
            if not self._registered:
                db.register(conn, replica=self._replica, instance=self._instance, client_id=self._client_id)
            standing = db.beat(
                conn,
                replica=self._replica,
                instance=self._instance,
                client_id=self._client_id,
                lease_seconds=self._lease_seconds,
            )
        self._registered = True
        return standing

    def _claim(self, standing: Leases) -> None:
        serving = standing.held | self._lingering(standing)
        if serving != self._serving:
            log.info("serving %d shards as one of %d replicas", len(serving), len(standing.clients))
        self._serving = serving
        self._subscriber.serve(serving)
        self._on_shards(len(standing.held))
        self._discard_sessions(standing)

    def _lingering(self, standing: Leases) -> frozenset[str]:
        """Return the shards that were given up and are served until their next holder has had them for a whole lease.

        A cluster may take long to subscribe the next one, and stores nothing that nobody has subscribed to. Both get
        the shard's messages meanwhile, in order; what comes second is dropped by key.
        """
        now = self._clock()
        left = self._serving - standing.held
        free = dict.fromkeys(left & standing.free, now + self._lease_seconds)
        claimed = {shard: self._until.get(shard, now + self._lease_seconds) for shard in left - standing.free}
        self._until = {shard: until for shard, until in (free | claimed).items() if until > now}
        return frozenset(self._until)

    def _discard_sessions(self, standing: Leases) -> None:
        """One of the dead at each beat, until the broker has it done: a cluster may be slow, or away just now.

        Never one that lives again: it would lose its connection to us.
        """
        left = dict.fromkeys((*self._sessions_left, *standing.dead_clients))
        self._sessions_left = [one for one in left if one not in standing.clients]
        if not self._sessions_left:
            return
        client_id = self._sessions_left[0]
        if self._discard_session(client_id):
            log.warning("replica with client id %s stopped; discarded its session", client_id)
            self._sessions_left.remove(client_id)
        else:
            log.warning("session of stopped replica %s could not be discarded; retrying", client_id)
            self._sessions_left.append(self._sessions_left.pop(0))
