"""Begins every published file with the times that say how old it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

CACHING: Final = "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
"""What caches may do with every published file."""

VALID_FOR: Final = timedelta(minutes=3)
"""For how long a reader may take the file for the present. After it nothing of it is known to be so now."""


def stamped(body: bytes, *, at: datetime) -> bytes:
    """Return a JSON object with `generated_at` and `valid_until` before its own members."""
    times = f'"generated_at":"{_text(at)}","valid_until":"{_text(at + VALID_FOR)}"'
    return b"{" + times.encode() + (b"}" if body == b"{}" else b"," + body[1:])


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
