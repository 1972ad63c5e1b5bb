"""Decides from `<camera>/status/detect` which cameras Frigate sees; nothing here does input or output."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

STEADY: Final = timedelta(seconds=20)
_LOST: Final = frozenset({"offline", "disabled"})


class StreamStates:
    """Remembers the cameras that Frigate lost.

    While a camera cannot be reached, Frigate restarts its process again and again and reports `offline` and `online` in
    turn. A lost camera is therefore seen again only once it was online for `STEADY`; Frigate repeats `online` every ten
    seconds.
    """

    def __init__(self) -> None:
        self._online_since: dict[str, datetime | None] = {}

    def report(self, name: str, status: str, now: datetime) -> bool | None:
        """Return False for a camera that was lost now, True for one that is seen again, None where nothing changed."""
        if status in _LOST:
            is_new = name not in self._online_since
            self._online_since[name] = None
            return False if is_new else None
        if status != "online" or name not in self._online_since:
            return None
        since = self._online_since[name]
        if since is None:
            self._online_since[name] = now
            return None
        if now - since < STEADY:
            return None
        del self._online_since[name]
        return True

    def is_lost(self, name: str) -> bool:
        """Return whether Frigate lost a camera."""
        return name in self._online_since
