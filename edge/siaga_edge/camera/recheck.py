"""A camera that is asked to look again: gathers several frames over some seconds and answers once."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from siaga_core.hazards import hazard
from siaga_core.rules.geometry import Box
from siaga_core.rules.verification import recheck
from siaga_core.rules.verification.recheck import Glance, RecheckPolicy
from siaga_core.wire.messages import Hazard
from siaga_edge.events.drafts import EvidenceImage

log = logging.getLogger(__name__)

FRAMES: Final = 5
EVERY_SECONDS: Final = 0.8
MOST_SECONDS: Final = 15.0
MOST_WAITING: Final = 8
BUSY, LATE, NO_FRAMES = "busy", "late", "no_frames"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckRequest:
    """What the cloud requests; `deadline` is the last moment at which an answer is of use."""

    look_id: UUID
    hazard: Hazard
    zone: str | None
    box: Box | None
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameExamination:
    """One frame for the rule, a redacted image of it, and the share of water from which the zone is clear."""

    glance: Glance
    evidence: EvidenceImage | None = None
    clear_water_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckAnswer:
    """What came of a look; `at` is the last frame's time, or now where none was usable."""

    request: RecheckRequest
    at: datetime
    found: recheck.RecheckResult
    evidence: EvidenceImage | None = None


class Examiner(Protocol):
    """A pipeline that can look at a frame without letting it count for its own events."""

    def examine(self, image: Any, at: datetime, request: RecheckRequest) -> FrameExamination:
        """Return what a frame shows of the requested place."""


@dataclass(slots=True)
class _RunningRecheck:
    request: RecheckRequest
    notify: Callable[[RecheckAnswer], None]
    began_at: datetime
    frames: list[FrameExamination] = field(default_factory=list)
    last_at: datetime | None = None

    def wants(self, at: datetime) -> bool:
        # Frames come at their own beat: a little early is on time. One much older means that the clock was set back.
        return self.last_at is None or abs((at - self.last_at).total_seconds()) >= EVERY_SECONDS - 0.05

    def is_over(self, now: datetime) -> bool:
        since = now - self.began_at
        return len(self.frames) >= FRAMES or now >= self.request.deadline or since >= timedelta(seconds=MOST_SECONDS)

    def answer(self, now: datetime) -> RecheckAnswer:
        glances = [frame.glance for frame in self.frames]
        if now >= self.request.deadline:
            return refused(self.request, LATE, now)
        if not glances:
            return refused(self.request, NO_FRAMES, now)
        clear = next((frame.clear_water_share for frame in self.frames if frame.clear_water_share is not None), None)
        kind = hazard(self.request.hazard).recheck
        spot = self.request.box if kind == "spot" else None
        policy = RecheckPolicy(spot=spot) if clear is None else RecheckPolicy(spot=spot, clear_water_share=clear)
        found = recheck.judge(glances, policy, is_water=kind == "water")
        evidence_images = [frame.evidence for frame in self.frames if frame.evidence is not None]
        return RecheckAnswer(
            request=self.request,
            at=self.last_at or now,
            found=found,
            evidence=evidence_images[-1] if evidence_images else None,
        )


class RecheckQueue:
    """Call `request` from any thread, `frame` and `tick` from the camera's. One look runs at a time; few wait."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[RecheckRequest, Callable[[RecheckAnswer], None]]] = deque()
        self._now: _RunningRecheck | None = None

    def request(self, request: RecheckRequest, notify: Callable[[RecheckAnswer], None], *, now: datetime) -> None:
        """Queue a look that begins after those before it; `notify` is called once, mostly by the camera's thread."""
        if len(self._waiting) >= MOST_WAITING:
            notify(refused(request, BUSY, now))
            return
        self._waiting.append((request, notify))

    def frame(self, examiner: Examiner, image: Any, at: datetime) -> None:
        """Add a frame to the running look if it is due."""
        if self._now is not None and self._now.wants(at):
            self._now.frames.append(examiner.examine(image, at, self._now.request))
            self._now.last_at = at

    def tick(self, now: datetime) -> None:
        """Begin the waiting look and answer the finished one; if `notify` raises, the next call notifies again."""
        if self._now is None and self._waiting:
            request, notify = self._waiting.popleft()
            self._now = _RunningRecheck(request, notify, now)
        if self._now is not None and self._now.is_over(now):
            answer = self._now.answer(now)
            self._now.notify(answer)
            self._now = None
            log.info("camera recheck for %s: %s %s", answer.request.hazard, answer.found.state, answer.found.reason)


def refused(request: RecheckRequest, reason: str, now: datetime) -> RecheckAnswer:
    """A look that could not be taken."""
    return RecheckAnswer(request=request, at=now, found=recheck.RecheckResult(state="cannot_see", reason=reason))
