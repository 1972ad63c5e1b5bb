"""Settings of a streaming replica to read from."""

from __future__ import annotations

from dataclasses import dataclass, field

from siaga_cloud.setting_reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSettings:
    """Where it is, and how far behind it may be."""

    database_url: str = field(repr=False)
    max_lag_seconds: float


def read_from(read: Reader) -> ReadSettings | None:
    """No replica, all reads from the one database."""
    if not read.environment.get("SIAGA_READ_DATABASE_URL"):
        return None
    lag = read.number("SIAGA_READ_MAX_LAG_SECONDS", 5, least=1, most=3600)
    return ReadSettings(database_url=read.url("SIAGA_READ_DATABASE_URL"), max_lag_seconds=float(lag))
