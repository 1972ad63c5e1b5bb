"""The parts of a node from an event to the messages of its clips, joined as the agent joins them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from tests.support.edge.clip_street import FaceDetector, ring_of, write_street
from tests.support.edge.io import wait_for

from siaga_core.wire.messages import Box, EventState, Hazard, ParkingDetails, Place, Severity, Source, SourceKind
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.camera.clips.clip_folder import ClipFolder
from siaga_edge.camera.clips.packet_tap import ClipSource
from siaga_edge.events.drafts import EventDraft
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.event_registry import EventRegistry
from siaga_edge.outbox.parcels import Lane
from siaga_edge.runtime.clip_service import ClipService
from siaga_edge.settings import NodeSettings

FPS = 5
EVENT_AFTER = timedelta(seconds=7)
DUE_AFTER = timedelta(seconds=40)


@dataclass(slots=True)
class StreetCamera:
    """A camera that saw a street of 20 seconds from `start` on."""

    clips: ClipSource | None
    seeing_since: datetime | None


@dataclass(slots=True)
class ClipNode:
    """`report` an event, `make` its clips, and look at what lies in the outbox."""

    name: str
    start: datetime
    camera: StreetCamera
    outbox: SqliteOutbox
    registry: EventRegistry
    service: ClipService
    clock: list[datetime] = field(default_factory=list)

    def draft(self, state: EventState, *, hazard: Hazard = Hazard.ILLEGAL_PARKING, camera: str = "cam-1") -> EventDraft:
        """A vehicle stands too long, or is gone, 7 seconds after the start of the stream."""
        at = self.start + EVENT_AFTER
        box = Box(x1=0.2, y1=0.3, x2=0.5, y2=0.6)
        details = ParkingDetails(label="car", dwell_seconds=200, allowed_seconds=180, box=box)
        return EventDraft(
            key="parking:kerb:1", state=state, hazard=hazard, source=Source(kind=SourceKind.CAMERA, id=camera),
            zone="kerb", place=Place(lat=-6.2079, lon=106.8484), at=at, began_at=at - timedelta(seconds=200),
            ended_at=at if state is EventState.ENDED else None, confidence=0.9, severity=Severity.MODERATE,
            details=details,
        )  # fmt: skip

    def report(self, state: EventState, *, camera: str = "cam-1") -> None:
        """Report a step of the event as a pipeline does."""
        self.registry.report([self.draft(state, camera=camera)])

    def make(self, clips: int) -> None:
        """Let the time pass in which clips are due, until so many are in the outbox."""
        self.clock.append(self.start + DUE_AFTER)
        loop = self.service.loop()
        loop.start()
        wait_for(lambda: len(self.outbox.after(Lane.CLIPS, 0, 10)) == clips, seconds=120)
        loop.request_stop()
        self.service.stop()
        assert loop.join(10)

    def messages(self, *lanes: Lane) -> list[tuple[str, bytes]]:
        """Topic and bytes of all that waits in these lanes, in order."""
        found = []
        for seq in sorted(seq for lane in lanes for seq in self.outbox.after(lane, 0, 100)):
            waiting = self.outbox.load(seq)
            assert waiting is not None
            found.append((waiting.topic, waiting.payload(sent_at=self.clock[-1], late=False)))
        return found

    @property
    def folder(self) -> ClipFolder:
        """The clips of the status page."""
        return self.service.folder


@contextmanager
def clip_node(
    folder: Path, start: datetime, *, name: str = "node-a", detector: FaceDetector | None = None
) -> Iterator[ClipNode]:
    """A node whose one camera saw the drawn street."""
    write_street(folder / "street.ts", seconds=20, fps=FPS)
    clock = [start + EVENT_AFTER]
    settings = NodeSettings.model_validate(
        {"node": {"name": name, "data_dir": str(folder / "data")}, "broker": {"host": "127.0.0.1"}}
    )
    source = ClipSource(ring=ring_of(folder / "street.ts", fps=FPS, start=start))
    camera, seen = StreetCamera(clips=source, seeing_since=start), detector or FaceDetector(misses=3)
    budget = Budget(max_messages=1000, max_bytes=10**9, min_free_bytes=0)
    with closing(SqliteOutbox(folder / "data", node=name, budget=budget, clock=lambda: clock[-1])) as outbox:
        service = ClipService(
            settings=settings, camera={"cam-1": camera, "cam-manggarai": camera}.__getitem__, detector=lambda: seen,
            save=outbox.save, clock=lambda: clock[-1], originals=lambda: None,
        )  # fmt: skip
        registry = EventRegistry(outbox, name, on_steps=(service.note,))
        yield ClipNode(
            name=name, start=start, camera=camera, outbox=outbox, registry=registry, service=service, clock=clock
        )


def event_of(topic: str) -> UUID:
    """The event that a message of evidence names in its topic."""
    return UUID(topic.split("/")[-2])
