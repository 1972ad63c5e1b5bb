"""Refuses what a node reports of a camera, gauge, asset or event that is not its own (docs/adr/0032).

A recorded source that nobody owns belongs to the first node that reports it. The broker lets nodes in that hold
credentials of the city, and only under their own name; the topic therefore names the true sender.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from siaga_cloud.fleet.store import sources as db
from siaga_cloud.fleet.store.sources import Refusal, SourceName
from siaga_cloud.ingest.fast_readings import QuickReadings
from siaga_cloud.ingest.policy import Unowned
from siaga_cloud.ingest.sorting import AcceptedMessage, SortedBatch, dead_letter
from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.assets import AssetStatesMessage
from siaga_core.wire.ids import is_feed_name
from siaga_core.wire.looks import LookAnswerMessage
from siaga_core.wire.messages import EventMessage, EvidenceMessage, HealthMessage, ReadingsMessage

Sources: TypeAlias = tuple[SourceName, ...]

log = logging.getLogger(__name__)


def check_sources(conn: Connection, batch: SortedBatch, *, unowned: Unowned, now: datetime) -> SortedBatch:
    """Turn messages about sources of others, or of nobody, into dead letters; count each in the operators' list.

    A health message is stored without its entries about such sources, because it also tells that the node lives.
    """
    named = [_sources(one) for one in batch.accepted]
    wanted = {source for sources in set(named) for source in sources}
    evidence = [one.message.header.event_id for one in batch.accepted if isinstance(one.message, EvidenceMessage)]
    if not wanted and not evidence:
        return batch
    guard = _SourceGuard(
        conn=conn, unowned=unowned, now=now, owners=db.owners(conn, wanted), events=db.event_nodes(conn, evidence)
    )
    accepted, dead = [], list(batch.dead)
    for one, sources in zip(batch.accepted, named, strict=True):
        checked = guard.checked(one, sources)
        if isinstance(checked, str):
            dead.append(dead_letter(one.delivery, checked, node=one.row.node_id))
        else:
            accepted.append(checked)
    if guard.refusals:
        db.upsert_refusals(conn, guard.refusals, now=now)
    return replace(batch, accepted=accepted, dead=dead)


@dataclass(slots=True, kw_only=True)
class _SourceGuard:
    """Decides on the messages of one batch in the order in which they were received."""

    conn: Connection
    unowned: Unowned
    now: datetime
    owners: dict[SourceName, str | None]
    events: Mapping[UUID, str]
    refusals: Counter[Refusal] = field(default_factory=Counter)
    # What was found of a node and the sources that it names: its next messages of the batch name the same ones.
    _verdicts: dict[tuple[str, Sources], tuple[str | None, Counter[Refusal]]] = field(default_factory=dict)

    def checked(self, one: AcceptedMessage, sources: Sources) -> AcceptedMessage | str:
        """Return the message as it may be stored, or why it is refused; only a message without fault claims."""
        if isinstance(one.message, QuickReadings):
            return self._fault_of(one.row.node_id, sources) or one
        if isinstance(one.message, HealthMessage):
            return replace(one, message=self._own_health(one.message))
        if isinstance(one.message, EvidenceMessage):
            return self._evidence_problem(one.message) or one
        return self._fault_of(one.row.node_id, sources) or one

    def _fault_of(self, node_id: str, sources: Sources) -> str | None:
        verdict = self._verdicts.get((node_id, sources))
        if verdict is not None:
            fault, refusals = verdict
            if refusals:
                self.refusals.update(refusals)
            return fault
        before, self.refusals = self.refusals, Counter()
        fault = self._judge(node_id, sources)
        self._verdicts[node_id, sources] = fault, self.refusals
        before.update(self.refusals)
        self.refusals = before
        return fault

    def _judge(self, node_id: str, sources: Sources) -> str | None:
        faults = [self._fault(source, node_id) for source in sources]
        faults = [fault for fault in faults if fault] or [self._claim(source, node_id) for source in sources]
        return next((fault for fault in faults if fault), None)

    def _own_health(self, health: HealthMessage) -> HealthMessage:
        cameras = tuple(each for each in health.cameras if self._is_own(SourceName("camera", each.id), health.node))
        gauges = tuple(each for each in health.gauges if self._is_own(SourceName("gauge", each.id), health.node))
        if len(cameras) == len(health.cameras) and len(gauges) == len(health.gauges):
            return health
        return health.model_copy(update={"cameras": cameras, "gauges": gauges})

    def _is_own(self, source: SourceName, node_id: str) -> bool:
        return self._fault(source, node_id) is None and self._claim(source, node_id) is None

    def _fault(self, source: SourceName, node_id: str) -> str | None:
        if is_feed_name(node_id):  # enrolled before such names were reserved
            self.refusals[Refusal(node_id, source, "foreign")] += 1
            return f"node {node_id} has the name of a feed, so nothing belongs to it"
        if source not in self.owners:
            self.refusals[Refusal(node_id, source, "unknown")] += 1
            is_refused = self.unowned == "refuse" or source.kind == "asset"  # nothing is kept of unknown assets
            return f"{source.kind} {source.id} is not recorded by the city" if is_refused else None
        owner = self.owners[source]
        return None if owner in (None, node_id) else self._foreign(source, node_id)

    def _foreign(self, source: SourceName, node_id: str) -> str:
        self.refusals[Refusal(node_id, source, "foreign")] += 1
        return f"{source.kind} {source.id} belongs to node {self.owners[source]}"

    def _claim(self, source: SourceName, node_id: str) -> str | None:
        if self.owners.get(source, node_id) is not None:
            return None
        if db.claim(self.conn, source, node_id, now=self.now):
            self.owners[source] = node_id
            log.info("node %s owns %s %s from now on, as the first that reports it", node_id, source.kind, source.id)
            return None
        self.owners |= db.owners(self.conn, [source])  # another replica was faster
        return self._fault(source, node_id)

    def _evidence_problem(self, evidence: EvidenceMessage) -> str | None:
        header = evidence.header
        sender = self.events.get(header.event_id, header.node)
        if sender == header.node:
            return None
        self.refusals[Refusal(header.node, SourceName("event", str(header.event_id)), "foreign")] += 1
        return f"event {header.event_id} belongs to node {sender}"


def _sources(one: AcceptedMessage) -> Sources:
    """Return what a message names, in the one sequence in which it is judged."""
    match one.message:
        case QuickReadings(readings=readings) | ReadingsMessage(readings=readings):
            return _named("gauge", {reading.gauge for reading in readings})
        case EventMessage(source=source):
            return _named(str(source.kind), {source.id})
        case LookAnswerMessage(camera=camera):
            return _named("camera", {camera})
        case AssetStatesMessage(states=states):
            return _named("asset", {state.asset for state in states})
        case HealthMessage(cameras=cameras, gauges=gauges):
            return _named("camera", {each.id for each in cameras}) + _named("gauge", {each.id for each in gauges})
        case _:
            return ()


def _named(kind: str, ids: Iterable[str]) -> Sources:
    return tuple(SourceName(kind, each) for each in sorted(ids))
