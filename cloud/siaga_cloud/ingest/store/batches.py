"""Stores one sorted batch in the caller's transaction and returns the outcome."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from siaga_cloud.accuracy import service as accuracy
from siaga_cloud.cameras.store import events
from siaga_cloud.cameras.store import recheck_answers as look_answers
from siaga_cloud.cameras.store import views as camera_views
from siaga_cloud.fleet.store import nodes, replays
from siaga_cloud.fleet.store.replays import ReplayRequest
from siaga_cloud.gauges.service import knowledge
from siaga_cloud.gauges.store.readings import ReadingRow, StageChange
from siaga_cloud.ingest import events as sightings
from siaga_cloud.ingest import readings
from siaga_cloud.ingest.blocks import without_blocked
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.readings import StoredReadings
from siaga_cloud.ingest.sorting import AcceptedMessage, SortedBatch
from siaga_cloud.ingest.sources import check_sources
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.messages import Counts, DeadLetter, QuarantinedMessage
from siaga_cloud.ingest.store.refused_messages import store_refused
from siaga_cloud.platform.db import jobs, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire.acknowledgements import MAX_REASON_CHARACTERS, RefusedMessage
from siaga_core.wire.looks import LookAnswerMessage
from siaga_core.wire.messages import (
    ConfigMessage,
    EventMessage,
    EvidenceMessage,
    HealthMessage,
)

Key = tuple[str, UUID]
_M = TypeVar("_M")
_DEFAULTS = IngestPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """Holds the outcome of a batch; `acknowledge` holds the sequence numbers that each (node, outbox) may delete.

    `refused` are those of them that are not stored, with the reason, for the acknowledgement.

    `rows` and `stages` are the new readings and the stages that they changed. `replay_requests` are
    those that go to nodes; `replay` is what the acknowledgements name, so that nodes accept them. `events` are the new
    event messages with their time of receipt. `blocked` counts what blocked nodes sent, `counted_only` refused messages
    whose bytes found no room.
    """

    acknowledge: dict[Key, list[int]]
    refused: dict[Key, list[RefusedMessage]]
    counts: dict[Key, Counts]
    dead: int
    readings: int
    signals: int
    blocked: int = 0
    counted_only: int = 0
    frames: int = 0
    unshown: int = 0
    rows: Sequence[ReadingRow] = ()
    stages: Sequence[StageChange] = ()
    replay_requests: Sequence[ReplayRequest] = ()
    replay: UUID | None = None
    events: Sequence[tuple[EventMessage, datetime]] = ()


def store(
    conn: Connection, batch: SortedBatch, *, media: MediaFolder, now: datetime, policy: IngestPolicy = _DEFAULTS
) -> BatchResult:
    """Everything of one batch, idempotent by message id; the caller commits. Images are on disk before that."""
    batch, dropped = without_blocked(conn, batch, now=now)
    batch = check_sources(conn, batch, unowned=policy.unowned, now=now)
    seen_nodes = _last_seen(batch, now)
    nodes.seen(conn, seen_nodes)
    new_ids = messages.insert_new(conn, [one.row for one in batch.accepted])
    fresh = _first_of_each(one for one in batch.accepted if one.row.id in new_ids)
    stored_readings = _store_readings(conn, fresh, policy=policy, now=now)
    signalled = _store_events(conn, fresh, policy=policy, now=now)
    _store_evidence(conn, fresh, media=media, now=now)
    _store_answers(conn, fresh)
    _store_node_news(conn, fresh, batch, now=now)
    shown = camera_views.store_frames(conn, batch.frames, now=now)
    accuracy.draw_frames(conn, batch.frames, now=now)
    refused = store_refused(conn, batch.dead, batch.quarantined, policy=policy, now=now)
    counts = _count(batch, new_ids, refused.dead, refused.quarantined)
    _add_evicted(counts, fresh)
    messages.add_to_ledger(conn, counts, now=now)
    return BatchResult(
        acknowledge=_to_acknowledge(batch),
        refused=_refused(batch),
        counts=counts,
        dead=len(batch.dead),
        blocked=dropped,
        counted_only=refused.counted,
        readings=stored_readings.stored,
        signals=signalled,
        frames=shown,
        unshown=len(batch.frames) - shown + len(batch.unshown),
        rows=stored_readings.rows,
        stages=stored_readings.stages,
        replay_requests=replays.due(conn, sorted(seen_nodes), now=now),
        replay=replays.named(conn, now=now),
        events=_of_type(fresh, EventMessage),
    )


def _last_seen(batch: SortedBatch, now: datetime) -> dict[str, datetime]:
    seen_nodes = [(one.row.node_id, one.row.received_at) for one in batch.accepted]
    seen_nodes += [(one.node_id, one.received_at) for one in batch.quarantined]
    seen_nodes += [(one.node_id, one.received_at) for one in batch.dead if one.node_id is not None]
    seen: dict[str, datetime] = {}
    for node_id, at in seen_nodes:
        seen[node_id] = max(at, seen.get(node_id, at))
    for status in batch.statuses:
        seen.setdefault(status.node, min(status.at, now))  # a retained one may be old
    return seen


def _first_of_each(accepted: Iterable[AcceptedMessage]) -> list[AcceptedMessage]:
    first: dict[UUID, AcceptedMessage] = {}
    for one in accepted:
        first.setdefault(one.row.id, one)
    return list(first.values())


def _of_type(accepted: Sequence[AcceptedMessage], kind: type[_M]) -> list[tuple[_M, datetime]]:
    return [(one.message, one.row.received_at) for one in accepted if isinstance(one.message, kind)]


def _store_readings(
    conn: Connection, fresh: Sequence[AcceptedMessage], *, policy: IngestPolicy, now: datetime
) -> StoredReadings:
    rows = [row for one in fresh for row in one.readings]
    # Gauges whose event comes with this very batch need no signal of the computed stage.
    speaking = {event.source.id for event, _ in _of_type(fresh, EventMessage)}
    return readings.persist(conn, rows, speaking=speaking, policy=policy, now=now)


def _store_events(conn: Connection, fresh: Sequence[AcceptedMessage], *, policy: IngestPolicy, now: datetime) -> int:
    newest: dict[UUID, tuple[EventMessage, datetime]] = {}
    for event, at in _of_type(fresh, EventMessage):
        held = newest.get(event.event_id)
        if held is None or held[0].revision < event.revision:
            newest[event.event_id] = (event, at)
    _, signalled = sightings.persist(
        conn, sorted(newest.values(), key=lambda pair: pair[0].event_id), policy=policy, now=now
    )
    return signalled


def _store_evidence(conn: Connection, fresh: Sequence[AcceptedMessage], *, media: MediaFolder, now: datetime) -> None:
    evidence_messages = [message for message, _ in _of_type(fresh, EvidenceMessage)]
    for evidence in evidence_messages:
        media.persist(evidence.jpeg)
    events.save_evidence(conn, [(evidence.header, len(evidence.jpeg)) for evidence in evidence_messages], now=now)


def _store_answers(conn: Connection, fresh: Sequence[AcceptedMessage]) -> None:
    for answer, at in _of_type(fresh, LookAnswerMessage):
        if look_answers.note(conn, "camera_recheck", answer, received_at=at):
            jobs.defer_look_answer(conn, answer.look_id)
        elif look_answers.note(conn, "camera_look", answer, received_at=at):
            live.announce(conn, "camera", answer.camera, at)


def _store_node_news(conn: Connection, fresh: Sequence[AcceptedMessage], batch: SortedBatch, *, now: datetime) -> None:
    last_seen: dict[str, datetime] = {}
    for status in sorted(batch.statuses, key=lambda one: one.node):
        if nodes.save_status(conn, status):
            last_seen[status.node] = now
    for health, _ in sorted(_of_type(fresh, HealthMessage), key=lambda pair: (pair[0].node, pair[0].measured_at)):
        nodes.save_health(conn, health)
        knowledge.note_health(conn, health)
        last_seen[health.node] = health.measured_at
    followed = [(one.node, one.outbox.replayed) for one, _ in _of_type(fresh, HealthMessage)]
    replays.note_followed(
        conn, [(node, replay_request) for node, replay_request in followed if replay_request is not None], now=now
    )
    for config, _ in _of_type(fresh, ConfigMessage):
        nodes.save_config(conn, config)
        last_seen[config.node] = config.measured_at
    live.announce_many(conn, "node", last_seen)


def _count(
    batch: SortedBatch,
    new_ids: frozenset[UUID],
    dead: Sequence[tuple[DeadLetter, bool]],
    quarantined: Sequence[tuple[QuarantinedMessage, bool]],
) -> dict[Key, Counts]:
    counts: dict[Key, Counts] = defaultdict(Counts)
    unseen = set(new_ids)
    for one in batch.accepted:
        count = _counted(counts, one.row.node_id, one.row.outbox_id, one.row.seq)
        if one.row.id in unseen:
            unseen.discard(one.row.id)
            count.stored += 1
        else:
            count.duplicate += 1
    for undeliverable, is_new in dead:
        if undeliverable.node_id is not None and undeliverable.outbox_id is not None and undeliverable.seq is not None:
            count = _counted(counts, undeliverable.node_id, undeliverable.outbox_id, undeliverable.seq)
            count.dead, count.duplicate = count.dead + is_new, count.duplicate + (not is_new)
    for message, is_new in quarantined:
        count = _counted(counts, message.node_id, message.outbox_id, message.seq)
        count.quarantined, count.duplicate = count.quarantined + is_new, count.duplicate + (not is_new)
    return counts


def _counted(counts: dict[Key, Counts], node_id: str, outbox_id: UUID, seq: int) -> Counts:
    count = counts[node_id, outbox_id]
    count.received += 1
    count.highest_seq = max(count.highest_seq, seq)
    return count


def _add_evicted(counts: dict[Key, Counts], fresh: Sequence[AcceptedMessage]) -> None:
    for health, _ in _of_type(fresh, HealthMessage):
        count = counts[health.node, health.outbox_id]
        count.evicted = max(count.evicted, health.outbox.evicted)


def _to_acknowledge(batch: SortedBatch) -> dict[Key, list[int]]:
    seqs: dict[Key, list[int]] = defaultdict(list)
    for one in batch.accepted:
        seqs[one.row.node_id, one.row.outbox_id].append(one.row.seq)
    for undeliverable in batch.dead:
        if undeliverable.node_id is not None and undeliverable.outbox_id is not None and undeliverable.seq is not None:
            seqs[undeliverable.node_id, undeliverable.outbox_id].append(undeliverable.seq)
    for message in batch.quarantined:
        seqs[message.node_id, message.outbox_id].append(message.seq)
    return dict(seqs)


def _refused(batch: SortedBatch) -> dict[Key, list[RefusedMessage]]:
    refused: dict[Key, list[RefusedMessage]] = defaultdict(list)
    messages_refused: list[DeadLetter | QuarantinedMessage] = [*batch.dead, *batch.quarantined]
    for one in messages_refused:
        if one.node_id is not None and one.outbox_id is not None and one.seq is not None:
            reason = one.reason[:MAX_REASON_CHARACTERS]
            refused[one.node_id, one.outbox_id].append(RefusedMessage(seq=one.seq, reason=reason))
    return dict(refused)
