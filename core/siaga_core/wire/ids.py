"""Names and identifiers on the wire."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

# What MQTT topics, file names and TOML keys can all carry unescaped.
NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{1,47}$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]

# Feeds own gauges and cameras under such names. A node that had one would report what belongs to the feed.
FEED_PREFIX = "feed-"

_UUID7_VERSION = 0x7 << 76
_RFC9562_VARIANT = 0x2 << 62
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_feed_name(name: str) -> bool:
    """Whether a name is that of a feed, which no node may have."""
    return name.startswith(FEED_PREFIX)


def uuid7(at: datetime, *, random_bits: int | None = None) -> UUID:
    """A UUID version 7 (RFC 9562 section 5.7) for an aware time; sorts by time to the millisecond.

    `random_bits` (74 bits) makes it repeatable, for tests and replays.
    """
    if at.tzinfo is None:
        raise ValueError(f"uuid7 needs an aware time, got {at!r}")
    bits = secrets.randbits(74) if random_bits is None else random_bits & ((1 << 74) - 1)
    milliseconds = (at - _UNIX_EPOCH) // timedelta(milliseconds=1) & ((1 << 48) - 1)
    high, low = bits >> 62, bits & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | _UUID7_VERSION | (high << 64) | _RFC9562_VARIANT | low)
