"""When a frame of a live stream was taken: the stream's own beat, tied to the node's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

# A frame that comes late through a busy network keeps its time; but a camera's clock that runs slow must not make
# frames ever older, so the tie gives way by this much per second.
_GIVES_PER_SECOND = 0.002
_MOST_LAG = timedelta(seconds=3)


class StreamClock:
    """The smallest delay seen between a stamp and its arrival is taken as none."""

    def __init__(self) -> None:
        self._tie: datetime | None = None
        self._tied_at: datetime | None = None
        self._first_tie: datetime | None = None

    @property
    def ahead_seconds(self) -> float:
        """How far the stream's clock has run ahead of the node's since the first stamp (or its last jump)."""
        if self._tie is None or self._first_tie is None:
            return 0.0
        return (self._first_tie - self._tie).total_seconds()

    def taken_at(self, stamp_seconds: float | None, arrived_at: datetime) -> datetime:
        """Never later than the arrival; the arrival itself where the stream has no stamps or they jump."""
        if stamp_seconds is None:
            return arrived_at
        tie = arrived_at - timedelta(seconds=stamp_seconds)
        earliest = self._resynchronised(arrived_at)
        if earliest is None or abs(tie - earliest) > _MOST_LAG:
            earliest = self._first_tie = tie
        earliest = min(earliest, tie)
        self._tie, self._tied_at = earliest, arrived_at
        return earliest + timedelta(seconds=stamp_seconds)

    def _resynchronised(self, now: datetime) -> datetime | None:
        if self._tie is None or self._tied_at is None:
            return None
        return self._tie + (now - self._tied_at) * _GIVES_PER_SECOND
