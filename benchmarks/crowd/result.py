"""What a phase measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.figure import Figure


@dataclass(frozen=True, slots=True)
class Result:
    """What a phase measured: figures with their targets, and facts for the file."""

    figures: Sequence[Figure]
    facts: dict[str, Any]
