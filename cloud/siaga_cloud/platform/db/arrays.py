"""Writes PostgreSQL arrays as text, because the driver needs microseconds for each element and ingest sends thousands
in a batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

# What a name of the wire never has. An empty word or "null" would not stay what it is either.
_UNSAFE = re.compile(r'[{}"\\\s]|(?:^|,)(?:,|$)|(?:^|,)null(?:,|$)')


def array(values: Iterable[str | float | UUID | datetime | None]) -> str:
    """`{a,b,c}`, to be cast (`::text[]`). Words must be names of the wire; raises `ValueError` for others."""
    words = [
        "NULL" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)
        for value in values
    ]
    text = ",".join(words)
    if words and (_UNSAFE.search(text) or text.count(",") != len(words) - 1):
        raise ValueError("an array of words that are not names")
    return "{" + text + "}"
