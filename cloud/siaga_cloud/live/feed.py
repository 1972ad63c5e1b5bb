"""Listens to the changes of the database, reads the changed objects and passes them to the hub."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

import psycopg
from starlette.concurrency import run_in_threadpool

from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.store import map as read_city
from siaga_cloud.gauges.store import gauges as read_gauges
from siaga_cloud.incidents.api import flood_states as flood_state_forms
from siaga_cloud.incidents.api import models as incident_models
from siaga_cloud.incidents.store import flood_states
from siaga_cloud.incidents.store import read as read_incidents
from siaga_cloud.people.service import scope
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection, Database, backoff_seconds
from siaga_cloud.platform.http.live_hub import LiveHub, ScopedUpdate
from siaga_cloud.platform.http.metrics import Metrics
from siaga_cloud.platform.http.models import as_json
from siaga_cloud.tasks.api import models as task_models
from siaga_cloud.tasks.store import read as read_tasks

log = logging.getLogger(__name__)

CHANNEL: Final = "siaga_live"
GATHER_SECONDS: Final = 0.05  # changes of one moment are looked up together
MAX_PENDING: Final = 2000
_STAFF_ONLY = frozenset({"node", "report"})
# Tasks are looked up once as somebody who sees all; the scope of each member of staff decides who gets them whole.
_SEES_ALL: Final = Person(id="", name="", role="operator", area_id=None, agency_id=None)


class LiveFeed:
    """Runs until it is cancelled. After a loss of the database it listens anew and tells clients to reload."""

    def __init__(self, database: Database, hub: LiveHub, metrics: Metrics) -> None:
        self._database, self._hub, self._metrics = database, hub, metrics
        self._pending: dict[tuple[str, str], str] = {}
        self._changed = asyncio.Event()
        self._failures = 0

    async def run(self) -> None:
        """Listens and delivers, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen_for_ever())
            group.create_task(self._deliver_for_ever())

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                async for payload in self._notes():
                    self._note(payload)
            except psycopg.Error as error:
                self._report_lost(error)
            except Exception:  # a loop edge: whatever it is, the page must not stay silent for ever
                log.exception("live changes interrupted; subscribing again")
            self._hub.stops_listening()
            await asyncio.sleep(self._next_wait())

    def _next_wait(self) -> float:
        self._failures += 1
        return backoff_seconds(self._failures)

    def _report_lost(self, error: psycopg.Error) -> None:
        self._metrics.live_listening.set(0)
        if self._failures == 0:
            log.warning(
                "live changes interrupted, database unavailable (%s); retrying until it responds", type(error).__name__
            )

    async def _notes(self) -> Any:
        async with await psycopg.AsyncConnection.connect(
            self._database.url,
            autocommit=True,
            connect_timeout=5,
            application_name="siaga-live",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        ) as conn:
            await conn.execute(f"LISTEN {CHANNEL}")
            self._metrics.live_listening.set(1)
            self._failures = 0
            self._hub.listens()
            async for note in conn.notifies():
                yield note.payload

    def _note(self, payload: str) -> None:
        try:
            change = json.loads(payload)
            key, at = (str(change["kind"]), str(change["id"])), str(change.get("at", ""))
        except (ValueError, KeyError, TypeError):
            log.warning("ignoring an invalid notification on channel %s: %.100r", CHANNEL, payload)
            return
        self._hub.on_heartbeat(key[0])
        if not self._hub.is_watched:
            return
        if len(self._pending) >= MAX_PENDING:
            self._pending.clear()
            self._hub.reset_all()
        self._pending[key] = at
        self._changed.set()

    async def _deliver_for_ever(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._changed.clear()
            changes, self._pending = self._pending, {}
            try:
                await self._deliver(changes)
            except Exception:  # a loop edge: one bad change must not end the stream of all
                log.exception("%d live changes could not be read from the database", len(changes))
                self._hub.reset_all()

    async def _deliver(self, changes: Mapping[tuple[str, str], str]) -> None:
        objects = await run_in_threadpool(self._look_up, changes)
        task_ids = [object_id for kind, object_id in changes if kind == "task"]
        tasks = await run_in_threadpool(self._whole, task_ids) if self._hub.is_watched_by_staff and task_ids else {}
        for (kind, object_id), at in changes.items():
            data = {"id": object_id, "at": at, "object": objects.get((kind, object_id))}
            task = tasks.get(object_id) if kind == "task" else None
            whole = (
                ScopedUpdate(of=task, data={**data, "object": as_json(task_models.task(task, whole=True))})
                if task
                else None
            )
            self._hub.publish(kind, data, staff_only=kind in _STAFF_ONLY, whole=whole)

    def _look_up(self, changes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        by_kind: dict[str, list[str]] = defaultdict(list)
        for kind, object_id in changes:
            by_kind[kind].append(object_id)
        with self._database.transaction() as conn:
            return {
                (kind, object_id): form
                for kind, ids in by_kind.items()
                for object_id, form in public_forms(conn, kind, ids).items()
            }

    def _whole(self, task_ids: list[str]) -> dict[str, read_tasks.TaskRow]:
        with self._database.transaction() as conn:
            scope.act_for(conn, _SEES_ALL, writes=False)
            return {str(one.id): one for one in read_tasks.by_ids(conn, [UUID(one) for one in task_ids])}


def public_forms(conn: Connection, kind: str, ids: list[str]) -> dict[str, Any]:
    """Return the public forms of things that changed, by id; nothing for kinds that have no public form."""
    match kind:
        case "gauge":
            return {one.id: as_json(one) for one in read_gauges.gauges(conn, ids)}
        case "camera":
            return {one.id: as_json(one) for one in read_city.cameras(conn, ids)}
        case "incident":
            found = read_incidents.by_ids(conn, [UUID(one) for one in ids])
            policy = policies.current(conn).sources
            return {str(one.id): as_json(incident_models.incident(one, whole=False, policy=policy)) for one in found}
        case "task":
            tasks = read_tasks.by_ids(conn, [UUID(one) for one in ids])
            return {str(one.id): as_json(task_models.task(one, whole=False)) for one in tasks}
        case "flood_state":
            states = flood_states.shown(conn, area_ids=ids)
            return {one.area_id: as_json(flood_state_forms.form_of(one)) for one in states}
        case _:
            return {}
