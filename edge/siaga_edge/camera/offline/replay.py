"""Runs the whole camera pipeline over a clip on the clip's own time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from siaga_core.vision.errors import ImageError
from siaga_edge.camera.capture.clip import clip_frames
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.events.drafts import EventDraft, EvidenceImage
from siaga_edge.settings import SiteSettings
from siaga_edge.vision.models import VisionModels


def replay(
    clip: Path, site: SiteSettings, vision_models: VisionModels, *, frame_every_seconds: float | None = None
) -> Iterator[EventDraft]:
    """Events of a clip in order; the same each time. Raises `ImageError` when it cannot be decoded.

    `frame_every_seconds`: between frames, as on a node that falls behind the camera's `fps`.
    """
    pipeline = CameraPipeline(site.camera, vision_models)
    unknown_after = timedelta(seconds=site.camera.unknown_after_seconds)
    last = site.start_at
    for frame in clip_frames(clip, every_seconds=frame_every_seconds or 1 / site.camera.fps):
        at = site.start_at + timedelta(seconds=frame.at_s)
        if at - last >= unknown_after:
            yield from pipeline.lost(last + unknown_after, "no_frames")
        yield from pipeline.step(frame.image, at)
        last = at


def as_json(draft: EventDraft, start_at: datetime) -> dict[str, Any]:
    """The object that `replay --json` prints."""
    return {
        "at_s": round((draft.at - start_at).total_seconds(), 3),
        "key": draft.key,
        "state": draft.state.value,
        "hazard": draft.hazard.value,
        "camera": draft.source.id,
        "zone": draft.zone,
        "place": draft.place.model_dump(),
        "at": draft.at.isoformat(),
        "began_at": draft.began_at.isoformat(),
        "ended_at": draft.ended_at.isoformat() if draft.ended_at else None,
        "confidence": draft.confidence,
        "severity": draft.severity.value,
        "details": draft.details.model_dump(mode="json"),
        "evidence": [_evidence_json(evidence) for evidence in draft.evidence_images],
    }


def as_row(draft: EventDraft, start_at: datetime) -> str:
    """Return a draft as one line for people to read."""
    at_s = (draft.at - start_at).total_seconds()
    details = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in draft.details.model_dump(mode="json").items()
        if name not in ("kind", "box")
    )
    what = f"{draft.state.value:<8} {draft.hazard.value:<16} {draft.zone or '-':<16}"
    return f"{at_s:8.1f} s  {what} {draft.severity.value:<9} {draft.confidence:.2f}  {details}"


class EvidenceFolder:
    """Writes evidence images under names that tell their event, role and time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ImageError(f"{folder}: expected a folder to write to: {error.strerror}") from None

    def save(self, draft: EventDraft) -> None:
        """Writes all images of a draft; raises `ImageError` when one cannot be written."""
        for evidence in draft.evidence_images:
            name = f"{draft.key.replace(':', '_')}_{evidence.taken_at:%H%M%S}_{evidence.role.value}.jpg"
            try:
                (self._folder / name).write_bytes(evidence.jpeg)
            except OSError as error:
                raise ImageError(f"{self._folder / name}: cannot be written: {error.strerror}") from None


def _evidence_json(evidence: EvidenceImage) -> dict[str, Any]:
    return {
        "role": evidence.role.value,
        "taken_at": evidence.taken_at.isoformat(),
        "sha256": hashlib.sha256(evidence.jpeg).hexdigest(),
        "width": evidence.width,
        "height": evidence.height,
        "redacted": evidence.redacted,
    }
