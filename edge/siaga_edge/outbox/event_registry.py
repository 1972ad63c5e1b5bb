"""Gives events their number, revision and images, and keeps open ones over restarts so that none is orphaned."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ValidationError

from siaga_core.rules import geometry
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import (
    MAX_EVIDENCE,
    Box,
    Details,
    EventState,
    EvidenceRef,
    EvidenceRole,
    Hazard,
    ParkingDetails,
    Place,
    Severity,
    Source,
    TrashDetails,
)
from siaga_core.wire.trace import trace_id
from siaga_edge.events.drafts import EventDraft, EvidenceImage, StoredStep
from siaga_edge.outbox.parcels import Parcel, of_event, of_evidence
from siaga_edge.outbox.store import OpenEvent, Store

log = logging.getLogger(__name__)

SAME_SPOT_IOU = 0.3
MAX_JPEG_BYTES = 3 * 1024 * 1024


class Entry(BaseModel):
    """An open event, as the registry holds it and as it is stored."""

    event_id: UUID
    key: str
    revision: int
    hazard: Hazard
    source: Source
    zone: str | None
    place: Place
    began_at: AwareDatetime
    confidence: float
    severity: Severity
    details: Details
    evidence: tuple[EvidenceRef, ...] = ()
    next_number: int = 0


@dataclass(slots=True)
class _Changes:
    """What one report comes to; nothing of it counts before the store has it."""

    parcels: list[Parcel] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    adopted: list[UUID] = field(default_factory=list)
    pending: list[tuple[Entry, EventState, EventDraft]] = field(default_factory=list)


EventObserver: TypeAlias = Callable[[Sequence[EventDraft]], None]
StepObserver: TypeAlias = Callable[[Sequence[StoredStep]], None]


class EventRegistry:
    """Safe from any thread. `observers` are called with the drafts of every report that was stored, and `on_steps` with
    the steps that it came to.

    Events that were open at the last stop are `orphans` until somebody goes on with them.
    """

    def __init__(
        self,
        store: Store,
        node: str,
        *,
        observers: Sequence[EventObserver] = (),
        on_steps: Sequence[StepObserver] = (),
    ) -> None:
        self._store, self._node, self._observers, self._on_steps = store, node, observers, on_steps
        self._lock = threading.Lock()
        self._open: dict[str, Entry] = {}
        self._orphans = {entry.event_id: entry for stored in store.open_events() for entry in _read(stored)}

    def orphans(self) -> tuple[Entry, ...]:
        """Open events of the last run that nobody has gone on with yet, oldest first."""
        with self._lock:
            return tuple(self._orphans.values())

    def report(self, drafts: Sequence[EventDraft]) -> None:
        """Keeps all steps durably, or none and raises."""
        with self._lock:
            changes = _Changes()
            for draft in drafts:
                self._note(draft, changes)
            self._save(changes)
        for observer in self._observers:
            observer(drafts)
        self._notify(changes)

    def orphan(self, source: Source) -> None:
        """What looked after this source is gone or made anew: its open events wait for whoever goes on with them."""
        with self._lock:
            left = {name: entry for name, entry in self._open.items() if entry.source == source}
            self._open = {name: entry for name, entry in self._open.items() if name not in left}
            self._orphans |= {entry.event_id: entry for entry in left.values()}

    def end_orphans(self, is_over: Callable[[Entry], bool], *, at: datetime) -> int:
        """Ends those of which `is_over` is sure that nobody will go on with them; returns how many."""
        with self._lock:
            over = [entry for entry in self._orphans.values() if is_over(entry)]
            changes = _Changes()
            for entry in over:
                self._write(entry, _ending(entry, at), changes)
                changes.adopted.append(entry.event_id)
            self._save(changes)
        self._notify(changes)
        for entry in over:
            log.info("%s %s: ended event %s of the last run", entry.source.kind, entry.source.id, entry.hazard)
        return len(over)

    def _notify(self, changes: _Changes) -> None:
        steps = [
            StoredStep(event_id=entry.event_id, state=state, draft=draft) for entry, state, draft in changes.pending
        ]
        for on_steps in self._on_steps:
            on_steps(steps)

    def _note(self, draft: EventDraft, changes: _Changes) -> None:
        name = _name(draft)
        entry = changes.entries.get(name) or self._open.get(name)
        if entry is not None and str(entry.event_id) in changes.closed:
            entry = None  # ended and begun anew in one report
        if entry is None:
            entry = self._adopted(draft, changes)
        if entry is None and draft.state is EventState.ENDED:
            log.warning("%s: dropped the end of an event that did not begin", name)
            return
        self._write(entry, draft, changes)

    def _adopted(self, draft: EventDraft, changes: _Changes) -> Entry | None:
        # Of two on about the same spot, the one that had this very key.
        for entry in sorted(self._orphans.values(), key=lambda one: one.key != draft.key):
            if entry.event_id not in changes.adopted and _is_same(entry, draft):
                changes.adopted.append(entry.event_id)
                return entry
        return None

    def _write(self, entry: Entry | None, draft: EventDraft, changes: _Changes) -> None:
        state = draft.state
        if entry is None:
            state = EventState.BEGAN
        elif state is EventState.BEGAN:
            state = EventState.UPDATED  # it went on over a restart
        after = _after(entry, draft)
        after, images = self._with_images(after, draft.evidence_images)
        changes.parcels += [self._event(after, draft, state), *images]
        changes.pending.append((after, state, draft))
        name = _name(draft)
        if state is EventState.ENDED:
            changes.entries.pop(name, None)
            changes.closed.append(str(after.event_id))
        else:
            changes.entries[name] = after

    def _save(self, changes: _Changes) -> None:
        if not changes.parcels:
            return
        opened = [
            OpenEvent(event_id=str(entry.event_id), state=entry.model_dump_json()) for entry in changes.entries.values()
        ]
        self._store.save(changes.parcels, opened=opened, closed=changes.closed)
        for entry, state, _ in changes.pending:
            log.info(
                "event queued",
                extra={
                    "trace": trace_id(entry.event_id),
                    "hazard": str(entry.hazard),
                    "source": entry.source.id,
                    "state": str(state),
                    "revision": entry.revision,
                },
            )
        for event_id in changes.adopted:
            self._orphans.pop(event_id, None)
        self._open = {
            name: entry for name, entry in self._open.items() if str(entry.event_id) not in changes.closed
        } | changes.entries

    def _event(self, entry: Entry, draft: EventDraft, state: EventState) -> Parcel:
        fields = entry.model_dump(exclude={"key", "next_number"})
        fields |= {"state": state, "ended_at": draft.ended_at or draft.at if state is EventState.ENDED else None}
        return of_event(self._node, measured_at=draft.at, fields=fields)

    def _with_images(self, entry: Entry, evidence_images: Sequence[EvidenceImage]) -> tuple[Entry, list[Parcel]]:
        parcels: list[Parcel] = []
        for evidence_image in evidence_images:
            if not _has_room(entry, evidence_image):
                continue
            number, sha256 = entry.next_number, hashlib.sha256(evidence_image.jpeg).hexdigest()
            reference = EvidenceRef(
                number=number, role=evidence_image.role, sha256=sha256, taken_at=evidence_image.taken_at
            )
            fields = {"role": evidence_image.role, "sha256": sha256, "redacted": evidence_image.redacted}
            fields |= {"width": evidence_image.width, "height": evidence_image.height}
            parcels.append(
                of_evidence(
                    self._node,
                    entry.event_id,
                    number,
                    taken_at=evidence_image.taken_at,
                    fields=fields,
                    jpeg=evidence_image.jpeg,
                )
            )
            entry = entry.model_copy(update={"evidence": (*entry.evidence, reference), "next_number": number + 1})
        return entry, parcels


def _read(stored: OpenEvent) -> tuple[Entry, ...]:
    try:
        return (Entry.model_validate_json(stored.state),)
    except ValidationError as error:
        log.error("open event %s cannot be read and is left unchanged: %s", stored.event_id, error.errors()[0]["msg"])  # noqa: TRY400 - the line says it all
        return ()


def _name(draft: EventDraft) -> str:
    return f"{draft.source.kind}:{draft.source.id}:{draft.key}"


def _after(entry: Entry | None, draft: EventDraft) -> Entry:
    return Entry(
        event_id=entry.event_id if entry else uuid7(draft.began_at),
        key=draft.key,
        revision=entry.revision + 1 if entry else 1,
        hazard=draft.hazard,
        source=draft.source,
        zone=draft.zone,
        place=draft.place,
        began_at=min(entry.began_at, draft.began_at) if entry else draft.began_at,
        confidence=draft.confidence,
        severity=draft.severity,
        details=draft.details,
        evidence=entry.evidence if entry else (),
        next_number=entry.next_number if entry else 0,
    )


def _is_same(entry: Entry, draft: EventDraft) -> bool:
    if (entry.source, entry.hazard, entry.zone) != (draft.source, draft.hazard, draft.zone):
        return False
    before, now = _box_of(entry.details), _box_of(draft.details)
    return before is None or now is None or geometry.iou(_plain(before), _plain(now)) >= SAME_SPOT_IOU


def _box_of(details: Details) -> Box | None:
    return details.box if isinstance(details, ParkingDetails | TrashDetails) else None


def _plain(box: Box) -> geometry.Box:
    return geometry.Box(box.x1, box.y1, box.x2, box.y2)


def _has_room(entry: Entry, evidence_image: EvidenceImage) -> bool:
    # One place is always left for the image that shows that it is over.
    room = MAX_EVIDENCE if evidence_image.role is EvidenceRole.DEPARTURE else MAX_EVIDENCE - 1
    return len(entry.evidence) < room and len(evidence_image.jpeg) <= MAX_JPEG_BYTES


def _ending(entry: Entry, at: datetime) -> EventDraft:
    return EventDraft(
        key=entry.key,
        state=EventState.ENDED,
        hazard=entry.hazard,
        source=entry.source,
        zone=entry.zone,
        place=entry.place,
        at=at,
        began_at=entry.began_at,
        ended_at=at,
        confidence=entry.confidence,
        severity=entry.severity,
        details=entry.details,
    )
