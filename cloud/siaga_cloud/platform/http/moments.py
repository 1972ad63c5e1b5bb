"""Defines the times that requests may name: with a zone and within a range in which spans around them are valid
dates."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, AwareDatetime, WithJsonSchema
from pydantic_core import PydanticCustomError

EARLIEST_YEAR: Final = 1900
LATEST_YEAR: Final = 2200


def _of_this_age(at: datetime) -> datetime:
    if not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        raise PydanticCustomError(
            "invalid_year", "expected a year from {first} to {last}", {"first": EARLIEST_YEAR, "last": LATEST_YEAR}
        )
    return at


_PATTERN: Final = r"^(19\d\d|2[01]\d\d|2200)-"
Moment: TypeAlias = Annotated[
    AwareDatetime,
    AfterValidator(_of_this_age),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _PATTERN}),
]
