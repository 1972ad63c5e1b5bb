"""The newest clips of a node as files, for its status page; bounded by bytes, number and age."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

log = logging.getLogger(__name__)

MOST_CLIPS: Final = 100
_TIME: Final = "%Y%m%dT%H%M%S"
_NAME: Final = re.compile(
    r"(?P<at>\d{8}T\d{6})_(?P<camera>[a-z0-9-]{1,48})_(?P<hazard>[a-z_]{1,32})_(?P<moment>began|ended)_"
    r"(?P<event>[0-9a-f-]{36})\.mp4"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClip:
    """A clip in the folder, by what its name states; `at` is the moment of the event that it shows."""

    name: str
    at: datetime
    camera_id: str
    hazard: str
    moment: str
    event_id: UUID
    size_bytes: int


class ClipFolder:
    """Holds redacted clips only. A disk that fails costs the clip on this page, and nothing else."""

    def __init__(self, folder: Path, *, max_bytes: int, max_age: timedelta) -> None:
        self._folder, self._max_bytes, self._max_age = folder, max_bytes, max_age

    def save(self, content: bytes, *, at: datetime, camera_id: str, hazard: str, moment: str, event_id: UUID) -> None:
        """Store a clip; the oldest give way."""
        name = f"{at.astimezone(UTC):{_TIME}}_{camera_id}_{hazard}_{moment}_{event_id}.mp4"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = self._folder / f"{name}.part"
            partial.write_bytes(content)
            partial.replace(self._folder / name)
            self._make_room(at)
        except OSError as error:
            log.warning("%s: a clip cannot be stored: %s", self._folder / name, error.strerror)

    def clips(self) -> list[StoredClip]:
        """The clips that are stored, the newest first."""
        try:
            return sorted(_read(self._folder.iterdir()), key=lambda clip: clip.name, reverse=True)
        except FileNotFoundError:
            return []

    def read(self, name: str) -> bytes | None:
        """The bytes of a clip; None where there is none of that name."""
        if _NAME.fullmatch(name) is None:
            return None
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def _make_room(self, now: datetime) -> None:
        total = 0
        for number, clip in enumerate(self.clips()):
            total += clip.size_bytes
            if number >= MOST_CLIPS or total > self._max_bytes or now - clip.at > self._max_age:
                (self._folder / clip.name).unlink(missing_ok=True)


def _read(paths: Iterable[Path]) -> Iterable[StoredClip]:
    for path in paths:
        found = _NAME.fullmatch(path.name)
        if found is not None:
            yield StoredClip(
                name=path.name,
                at=datetime.strptime(found["at"], _TIME).replace(tzinfo=UTC),
                camera_id=found["camera"],
                hazard=found["hazard"],
                moment=found["moment"],
                event_id=UUID(found["event"]),
                size_bytes=path.stat().st_size,
            )
