"""How far a source is believed: what its kind deserves, moved by the verdicts on what it said before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from siaga_core.rules.incident import DEFAULT_RELIABILITY

# As many verdicts as it takes for a source's own record to weigh as much as the reputation of its kind.
PRIOR_VERDICTS = 10.0


def of_sources(source_keys: Iterable[str], verdicts: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """Reliability 0..1 for every source; `verdicts` holds (confirmed, refuted) of those that were judged."""
    return {key: _one(key, *verdicts.get(key, (0, 0))) for key in source_keys}


def _one(source_key: str, confirmed: int, refuted: int) -> float:
    prior = DEFAULT_RELIABILITY.get(source_key.partition(":")[0], 0.0)
    return (prior * PRIOR_VERDICTS + confirmed) / (PRIOR_VERDICTS + confirmed + refuted)
