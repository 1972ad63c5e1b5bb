"""Stores one sorted batch in the caller's transaction and says what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from siaga_cloud.cameras.store import events
from siaga_cloud.cameras.store import recheck_answers as look_answers
from siaga_cloud.cameras.store import views as camera_views
from siaga_cloud.fleet.store import nodes, replays
from siaga_cloud.fleet.store.replays import Wish
from siaga_cloud.gauges.store.readings import ReadingRow, StageChange
from siaga_cloud.ingest import events as sightings
from siaga_cloud.ingest import readings
from siaga_cloud.ingest.fast_readings import QuickReadings
from siaga_cloud.ingest.readings import Kept
from siaga_cloud.ingest.sorting import Accepted, Sorted, dead_letter
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.messages import Counts, DeadLetter, Quarantined
from siaga_cloud.platform.db import jobs, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire.looks import LookAnswerMessage
from siaga_core.wire.messages import (
    ConfigMessage,
    EventMessage,
    EvidenceMessage,
    HealthMessage,
    ReadingsMessage,
)

Key = tuple[str, UUID]
_M = TypeVar("_M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a batch; `acknowledge`: the sequence numbers that each (node, outbox) may forget.

    `rows` and `stages`: the readings that came for the first time, and the stages of record that they changed.
    `wishes`: what nodes are to send again; `replay`: what the acknowledgements name, so that nodes believe them.
    `events`: event messages that came for the first time, with when they were received.
    """

    acknowledge: dict[Key, list[int]]
    counts: dict[Key, Counts]
    dead: int
    readings: int
    signals: int
    frames: int = 0
    unshown: int = 0
    rows: Sequence[ReadingRow] = ()
    stages: Sequence[StageChange] = ()
    wishes: Sequence[Wish] = ()
    replay: UUID | None = None
    events: Sequence[tuple[EventMessage, datetime]] = ()


def store(conn: Connection, batch: Sorted, *, media: MediaFolder, now: datetime) -> Stored:
    """Everything of one batch, idempotent by message id; the caller commits. Pictures are on disk before that."""
    batch = _without_impostors(conn, batch)
    heard = _last_seen(batch, now)
    nodes.seen(conn, heard)
    new_ids = messages.insert_new(conn, [one.row for one in batch.accepted])
    fresh = _first_of_each(one for one in batch.accepted if one.row.id in new_ids)
    kept_readings = _store_readings(conn, fresh, now=now)
    signalled = _store_events(conn, fresh, now=now)
    _store_evidence(conn, fresh, media=media, now=now)
    _store_answers(conn, fresh)
    _store_node_news(conn, fresh, batch, now=now)
    shown = camera_views.keep_frames(conn, batch.frames, now=now)
    counts = _count(batch, new_ids, _new_dead(conn, batch.dead), _new_quarantined(conn, batch.quarantined))
    _add_evicted(counts, fresh)
    messages.add_to_ledger(conn, counts, now=now)
    return Stored(
        acknowledge=_to_acknowledge(batch),
        counts=counts,
        dead=len(batch.dead),
        readings=kept_readings.stored,
        signals=signalled,
        frames=shown,
        unshown=len(batch.frames) - shown + len(batch.unshown),
        rows=kept_readings.rows,
        stages=kept_readings.stages,
        wishes=replays.due(conn, sorted(heard), now=now),
        replay=replays.named(conn, now=now),
        events=_of_type(fresh, EventMessage),
    )


def _without_impostors(conn: Connection, batch: Sorted) -> Sorted:
    """A node that speaks for another one's gauge or camera is not believed; its message is a dead letter."""
    spoken_for = [(one, _sources(one)) for one in batch.accepted]
    wanted = {source for _, sources in spoken_for for source in sources}
    if not wanted:
        return batch
    owners = nodes.owners(
        conn,
        gauges=[name for kind, name in wanted if kind == "gauge"],
        cameras=[name for kind, name in wanted if kind == "camera"],
    )
    honest, dead = [], list(batch.dead)
    for one, sources in spoken_for:
        stolen = [source for source in sources if owners.get(source, one.row.node_id) != one.row.node_id]
        if stolen:
            kind, name = stolen[0]
            reason = f"{kind} {name} belongs to node {owners[stolen[0]]}"
            dead.append(dead_letter(one.delivery, reason, node=one.row.node_id))
        else:
            honest.append(one)
    return replace(batch, accepted=honest, dead=dead)


def _sources(one: Accepted) -> set[tuple[str, str]]:
    match one.message:
        case ReadingsMessage(readings=readings) | QuickReadings(readings=readings):
            return {("gauge", reading.gauge) for reading in readings}
        case EventMessage(source=source):
            return {(str(source.kind), source.id)}
        case LookAnswerMessage(camera=camera):
            return {("camera", camera)}
        case HealthMessage(cameras=cameras):
            return {("camera", camera.id) for camera in cameras}
        case _:
            return set()


def _last_seen(batch: Sorted, now: datetime) -> dict[str, datetime]:
    heard = [(one.row.node_id, one.row.received_at) for one in batch.accepted]
    heard += [(one.node_id, one.received_at) for one in batch.quarantined]
    heard += [(one.node_id, one.received_at) for one in batch.dead if one.node_id is not None]
    seen: dict[str, datetime] = {}
    for node_id, at in heard:
        seen[node_id] = max(at, seen.get(node_id, at))
    for status in batch.statuses:
        seen.setdefault(status.node, min(status.at, now))  # a retained one may be old
    return seen


def _first_of_each(accepted: Iterable[Accepted]) -> list[Accepted]:
    first: dict[UUID, Accepted] = {}
    for one in accepted:
        first.setdefault(one.row.id, one)
    return list(first.values())


def _of_type(accepted: Sequence[Accepted], kind: type[_M]) -> list[tuple[_M, datetime]]:
    return [(one.message, one.row.received_at) for one in accepted if isinstance(one.message, kind)]


def _store_readings(conn: Connection, fresh: Sequence[Accepted], *, now: datetime) -> Kept:
    rows = [row for one in fresh for row in one.readings]
    # Gauges whose event comes with this very batch speak for themselves.
    speaking = {event.source.id for event, _ in _of_type(fresh, EventMessage)}
    return readings.keep(conn, rows, speaking=speaking, now=now)


def _store_events(conn: Connection, fresh: Sequence[Accepted], *, now: datetime) -> int:
    newest: dict[UUID, tuple[EventMessage, datetime]] = {}
    for event, at in _of_type(fresh, EventMessage):
        held = newest.get(event.event_id)
        if held is None or held[0].revision < event.revision:
            newest[event.event_id] = (event, at)
    _, signalled = sightings.keep(conn, sorted(newest.values(), key=lambda pair: pair[0].event_id))
    return signalled


def _store_evidence(conn: Connection, fresh: Sequence[Accepted], *, media: MediaFolder, now: datetime) -> None:
    pictures = [message for message, _ in _of_type(fresh, EvidenceMessage)]
    for picture in pictures:
        media.keep(picture.jpeg)
    events.save_evidence(conn, [(picture.header, len(picture.jpeg)) for picture in pictures], now=now)


def _store_answers(conn: Connection, fresh: Sequence[Accepted]) -> None:
    for answer, at in _of_type(fresh, LookAnswerMessage):
        if look_answers.note(conn, "relook", answer, received_at=at):
            jobs.defer_look_answer(conn, answer.look_id)
        elif look_answers.note(conn, "camera_look", answer, received_at=at):
            live.tell(conn, "camera", answer.camera, at)


def _store_node_news(conn: Connection, fresh: Sequence[Accepted], batch: Sorted, *, now: datetime) -> None:
    told: dict[str, datetime] = {}
    for status in sorted(batch.statuses, key=lambda one: one.node):
        if nodes.save_status(conn, status):
            told[status.node] = now
    for health, _ in sorted(_of_type(fresh, HealthMessage), key=lambda pair: (pair[0].node, pair[0].measured_at)):
        nodes.save_health(conn, health)
        told[health.node] = health.measured_at
    followed = [(one.node, one.outbox.replayed) for one, _ in _of_type(fresh, HealthMessage)]
    replays.note_followed(conn, [(node, wish) for node, wish in followed if wish is not None], now=now)
    for config, _ in _of_type(fresh, ConfigMessage):
        nodes.save_config(conn, config)
        told[config.node] = config.measured_at
    live.tell_many(conn, "node", told)


def _new_dead(conn: Connection, dead: list[DeadLetter]) -> list[tuple[DeadLetter, bool]]:
    return list(zip(dead, messages.bury(conn, dead), strict=True))


def _new_quarantined(conn: Connection, quarantined: list[Quarantined]) -> list[tuple[Quarantined, bool]]:
    return list(zip(quarantined, messages.quarantine(conn, quarantined), strict=True))


def _count(
    batch: Sorted,
    new_ids: frozenset[UUID],
    dead: Sequence[tuple[DeadLetter, bool]],
    quarantined: Sequence[tuple[Quarantined, bool]],
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
    for letter, is_new in dead:
        if letter.node_id is not None and letter.outbox_id is not None and letter.seq is not None:
            count = _counted(counts, letter.node_id, letter.outbox_id, letter.seq)
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


def _add_evicted(counts: dict[Key, Counts], fresh: Sequence[Accepted]) -> None:
    for health, _ in _of_type(fresh, HealthMessage):
        count = counts[health.node, health.outbox_id]
        count.evicted = max(count.evicted, health.outbox.evicted)


def _to_acknowledge(batch: Sorted) -> dict[Key, list[int]]:
    seqs: dict[Key, list[int]] = defaultdict(list)
    for one in batch.accepted:
        seqs[one.row.node_id, one.row.outbox_id].append(one.row.seq)
    for letter in batch.dead:
        if letter.node_id is not None and letter.outbox_id is not None and letter.seq is not None:
            seqs[letter.node_id, letter.outbox_id].append(letter.seq)
    for message in batch.quarantined:
        seqs[message.node_id, message.outbox_id].append(message.seq)
    return dict(seqs)
