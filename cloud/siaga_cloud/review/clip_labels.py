"""Writes clips of judged events as a folder that `siaga-edge judge` reads: beside each clip a TOML file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import tomli_w

from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.review.store import JudgedClip

_LEAST_ALLOWED_SECONDS: Final = 1.0
_LEAST_CORNERS: Final = 3


def write(folder: Path, clips: Sequence[JudgedClip], media: MediaFolder) -> tuple[list[JudgedClip], Counter[str]]:
    """Write the folder; return the clips that went in, and how many of what went in or was left out."""
    counts: Counter[str] = Counter()
    used: list[JudgedClip] = []
    folder.mkdir(parents=True, exist_ok=True)
    for one in clips:
        if len(one.polygon) < _LEAST_CORNERS:
            counts["left out: only the node knows the outline of the zone"] += 1
            continue
        try:
            content = media.read(one.sha256)
        except FileNotFoundError:
            counts["left out: clip is no longer stored"] += 1
            continue
        stem = f"{one.camera_id}_{one.event_id}"
        (folder / f"{stem}.mp4").write_bytes(content)
        (folder / f"{stem}.toml").write_text(label_of(one), encoding="utf-8")
        used.append(one)
        counts[f"{one.hazard}, {one.verdict}"] += 1
    return used, counts


def label_of(one: JudgedClip) -> str:
    """Return the TOML label of a clip.

    It is shorter than what a zone allows, so that the allowed time becomes what the clip shows of it.
    """
    begins = max(0.0, _seconds(one, one.began_at))
    zone: dict[str, Any] = {
        "id": one.zone_id,
        "kind": one.zone_kind,
        "polygon": [[round(x * one.width, 1), round(y * one.height, 1)] for x, y in one.polygon],
    }
    if one.allowed_seconds is not None:
        zone["allowed_seconds"] = _allowed(one, begins)
    label: Mapping[str, Any] = {
        "name": f"{one.camera_id}_{one.event_id}",
        "file": f"{one.camera_id}_{one.event_id}.mp4",
        "width": one.width,
        "height": one.height,
        "duration": round(one.duration_seconds, 2),
        "sure": _is_sure(one),
        "licence": "of the city; redacted",
        "source": f"verdict {one.verdict} on incident {one.incident_id}, event {one.event_id}",
        "zone": [zone],
        "expect": _expected(one, begins),
    }
    return tomli_w.dumps(label)


def _allowed(one: JudgedClip, begins: float) -> float:
    shown = max(_LEAST_ALLOWED_SECONDS, _seconds(one, one.reported_at) - begins)
    return round(min(one.allowed_seconds or shown, shown), 1)


def _expected(one: JudgedClip, begins: float) -> list[dict[str, Any]]:
    if one.verdict != "confirmed":
        return []
    began = round(min(begins, one.duration_seconds), 1)
    return [{"hazard": one.hazard, "zone": one.zone_id, "began_from": began, "began_to": began}]


def _is_sure(one: JudgedClip) -> bool:
    """Whether the verdict on the incident is one on this clip.

    An incident of several events was judged as a whole. And where a vehicle or a pile was a false alarm, something may
    stand in the clip all the same, for less than the zone allows.
    """
    return one.camera_events == 1 and (one.verdict == "confirmed" or one.allowed_seconds is None)


def _seconds(one: JudgedClip, at: datetime) -> float:
    return (at - one.clip_began_at).total_seconds()
