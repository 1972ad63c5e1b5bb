"""Stores one sorted batch in the caller's transaction and returns the outcome."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from siaga_cloud.accuracy import service as accuracy
from siaga_cloud.assets.service import states as asset_states
from siaga_cloud.assets.store.assets import StateRow
from siaga_cloud.cameras.store import clips, events
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
from siaga_core.wire.assets import AssetStatesMessage
from siaga_core.wire.looks import LookAnswerMessage
from siaga_core.wire.messages import (
    ConfigMessage,
    EventMessage,
    EvidenceMessage,
    HealthMessage,
)

Key = tuple[str, UUID]
_DEFAULTS = IngestPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """Holds the outcome of a batch; `acknowledge` holds the sequence numbers that each (node, outbox) may delete.

    `refused` are those of them that are not stored, with the reason, for the acknowledgement.

    `rows` and `stages` are the new readings and the stages that they changed. `replay_requests` are
    those that go to nodes; `replay` is what the acknowledgements name, so that nodes accept them. `events` are the new
    event messages with their time of receipt. `has_repeats`: some of it was stored before. `blocked` counts what
    blocked nodes sent, `counted_only` refused messages whose bytes found no room.
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
    has_repeats: bool = False


@dataclass(slots=True)
class _OutboxBatch:
    """Holds what a batch has of one outbox: the sequence numbers, and when the last one was received."""

    last_at: datetime
    seqs: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _FreshMessages:
    """Holds messages that were not stored before, by what they are, with the time of receipt."""

    readings: list[ReadingRow] = field(default_factory=list)
    events: list[tuple[EventMessage, datetime]] = field(default_factory=list)
    evidence: list[EvidenceMessage] = field(default_factory=list)
    answers: list[tuple[LookAnswerMessage, datetime]] = field(default_factory=list)
    health: list[HealthMessage] = field(default_factory=list)
    configs: list[ConfigMessage] = field(default_factory=list)
    assets: list[StateRow] = field(default_factory=list)

    @classmethod
    def of(cls, fresh: Iterable[AcceptedMessage]) -> _FreshMessages:
        """Sort messages by their kind, once for all who store them."""
        found = cls()
        for one in fresh:
            if one.readings:
                found.readings += one.readings
                continue
            match one.message:
                case EventMessage() as event:
                    found.events.append((event, one.row.received_at))
                case EvidenceMessage() as evidence:
                    found.evidence.append(evidence)
                case LookAnswerMessage() as answer:
                    found.answers.append((answer, one.row.received_at))
                case HealthMessage() as health:
                    found.health.append(health)
                case ConfigMessage() as config:
                    found.configs.append(config)
                case AssetStatesMessage() as assets:
                    found.assets += asset_states.rows_of(assets, one.row.received_at)
                case _:
                    pass
        return found


def store(
    conn: Connection,
    batch: SortedBatch,
    *,
    media: MediaFolder,
    now: datetime,
    policy: IngestPolicy = _DEFAULTS,
    expects_repeats: bool = False,
) -> BatchResult:
    """Everything of one batch, idempotent by message id; the caller commits. Images are on disk before that.

    `expects_repeats`: some of it is probably stored already; only how it is written depends on that (docs/adr/0045).
    """
    batch, dropped = without_blocked(conn, batch, now=now)
    batch = check_sources(conn, batch, unowned=policy.unowned, now=now)
    outboxes = _by_outbox(batch.accepted)
    seen_nodes = _last_seen(batch, outboxes, now)
    nodes.seen(conn, seen_nodes)
    fresh = _insert_messages(conn, batch.accepted, expects_repeats=expects_repeats)
    found = _FreshMessages.of(fresh)
    stored_readings = _store_readings(conn, found, policy=policy, expects_repeats=expects_repeats, now=now)
    signalled = _store_events(conn, found.events, policy=policy, now=now)
    _store_evidence(conn, found.evidence, media=media, now=now)
    _store_answers(conn, found.answers)
    if found.assets:
        asset_states.store_reported(conn, found.assets)
    _store_node_news(conn, found, batch, now=now)
    shown = camera_views.store_frames(conn, batch.frames, now=now)
    accuracy.draw_frames(conn, batch.frames, now=now)
    refused = store_refused(conn, batch.dead, batch.quarantined, policy=policy, now=now)
    counts = _count(outboxes, fresh, refused.dead, refused.quarantined)
    _add_evicted(counts, found.health)
    messages.add_to_ledger(conn, counts, now=now)
    return BatchResult(
        acknowledge=_to_acknowledge(batch, outboxes),
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
        events=found.events,
        has_repeats=len(fresh) < len(batch.accepted) or stored_readings.stored < len(stored_readings.rows),
    )


def _by_outbox(accepted: Iterable[AcceptedMessage]) -> dict[Key, _OutboxBatch]:
    found: dict[Key, _OutboxBatch] = {}
    for one in accepted:
        row = one.row
        key = (row.node_id, row.outbox_id)
        outbox = found.get(key)
        if outbox is None:
            outbox = found[key] = _OutboxBatch(row.received_at)
        elif row.received_at > outbox.last_at:
            outbox.last_at = row.received_at
        outbox.seqs.append(row.seq)
    return found


def _last_seen(batch: SortedBatch, outboxes: Mapping[Key, _OutboxBatch], now: datetime) -> dict[str, datetime]:
    seen_nodes = [(node_id, outbox.last_at) for (node_id, _), outbox in outboxes.items()]
    seen_nodes += [(one.node_id, one.received_at) for one in batch.quarantined]
    seen_nodes += [(one.node_id, one.received_at) for one in batch.dead if one.node_id is not None]
    seen: dict[str, datetime] = {}
    for node_id, at in seen_nodes:
        seen[node_id] = max(at, seen.get(node_id, at))
    for status in batch.statuses:
        seen.setdefault(status.node, min(status.at, now))  # a retained one may be old
    return seen


def _insert_messages(
    conn: Connection, accepted: Sequence[AcceptedMessage], *, expects_repeats: bool
) -> Sequence[AcceptedMessage]:
    """Store the envelopes, and return the messages that were not stored before, the first of each."""
    rows = [one.row for one in accepted]
    if not expects_repeats and len({row.id.int for row in rows}) == len(rows) and messages.insert_all(conn, rows):
        return accepted
    new_ids = messages.insert_new(conn, rows)
    first: dict[UUID, AcceptedMessage] = {}
    for one in accepted:
        if one.row.id in new_ids:
            first.setdefault(one.row.id, one)
    return list(first.values())


def _store_readings(
    conn: Connection, found: _FreshMessages, *, policy: IngestPolicy, expects_repeats: bool, now: datetime
) -> StoredReadings:
    # Gauges whose event comes with this very batch need no signal of the computed stage.
    speaking = {event.source.id for event, _ in found.events}
    return readings.persist(
        conn, found.readings, speaking=speaking, policy=policy, expects_repeats=expects_repeats, now=now
    )


def _store_events(
    conn: Connection, found: Sequence[tuple[EventMessage, datetime]], *, policy: IngestPolicy, now: datetime
) -> int:
    newest: dict[UUID, tuple[EventMessage, datetime]] = {}
    for event, at in found:
        held = newest.get(event.event_id)
        if held is None or held[0].revision < event.revision:
            newest[event.event_id] = (event, at)
    _, signalled = sightings.persist(
        conn, sorted(newest.values(), key=lambda pair: pair[0].event_id), policy=policy, now=now
    )
    return signalled


def _store_evidence(
    conn: Connection, evidence_messages: Sequence[EvidenceMessage], *, media: MediaFolder, now: datetime
) -> None:
    for evidence in evidence_messages:
        media.persist(evidence.content)
    found = [(evidence.header, len(evidence.content)) for evidence in evidence_messages]
    events.save_evidence(conn, [one for one in found if not one[0].is_clip], now=now)
    clips.insert(conn, [one for one in found if one[0].is_clip], now=now)


def _store_answers(conn: Connection, answers: Sequence[tuple[LookAnswerMessage, datetime]]) -> None:
    for answer, at in answers:
        if look_answers.note(conn, "camera_recheck", answer, received_at=at):
            jobs.defer_look_answer(conn, answer.look_id)
        elif look_answers.note(conn, "camera_look", answer, received_at=at):
            live.announce(conn, "camera", answer.camera, at)


def _store_node_news(conn: Connection, found: _FreshMessages, batch: SortedBatch, *, now: datetime) -> None:
    last_seen: dict[str, datetime] = {}
    for status in sorted(batch.statuses, key=lambda one: one.node):
        if nodes.save_status(conn, status):
            last_seen[status.node] = now
    for health in sorted(found.health, key=lambda one: (one.node, one.measured_at)):
        nodes.save_health(conn, health)
        knowledge.note_health(conn, health)
        last_seen[health.node] = health.measured_at
    followed = [(one.node, one.outbox.replayed) for one in found.health]
    replays.note_followed(
        conn, [(node, replay_request) for node, replay_request in followed if replay_request is not None], now=now
    )
    for config in found.configs:
        nodes.save_config(conn, config)
        last_seen[config.node] = config.measured_at
    live.announce_many(conn, "node", last_seen)


def _count(
    outboxes: Mapping[Key, _OutboxBatch],
    fresh: Iterable[AcceptedMessage],
    dead: Sequence[tuple[DeadLetter, bool]],
    quarantined: Sequence[tuple[QuarantinedMessage, bool]],
) -> dict[Key, Counts]:
    counts: dict[Key, Counts] = defaultdict(Counts)
    stored = Counter((one.row.node_id, one.row.outbox_id) for one in fresh)
    for key, outbox in outboxes.items():
        count, received = counts[key], len(outbox.seqs)
        count.received, count.highest_seq = received, max(outbox.seqs)
        count.stored, count.duplicate = stored[key], received - stored[key]
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


def _add_evicted(counts: dict[Key, Counts], found: Sequence[HealthMessage]) -> None:
    for health in found:
        count = counts[health.node, health.outbox_id]
        count.evicted = max(count.evicted, health.outbox.evicted)


def _to_acknowledge(batch: SortedBatch, outboxes: Mapping[Key, _OutboxBatch]) -> dict[Key, list[int]]:
    seqs: dict[Key, list[int]] = defaultdict(list)
    for key, outbox in outboxes.items():
        seqs[key] += outbox.seqs
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
