"""How far a source is believed: a Beta prior of its kind, moved by the verdicts on what it said before.

The prior says: before any verdict, believe this kind as if it had been judged `strength` times already, right in
`mean` of them. Every verdict on an incident that the source was a member of counts one. The posterior mean is
(mean * strength + confirmed) / (strength + confirmed + refuted).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from siaga_core.rules.incident import DEFAULT_RELIABILITY

# As many verdicts as it takes for a source's own record to weigh as much as the reputation of its kind.
PRIOR_VERDICTS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaPrior:
    """What a kind of source deserves before anyone judged it."""

    mean: float
    strength: float = PRIOR_VERDICTS

    def __post_init__(self) -> None:
        if not (0 <= self.mean <= 1 and 0 < self.strength <= 10_000):
            raise ValueError(f"expected a mean of 0 to 1 and a strength above 0, up to 10000, got {self}")


DEFAULT_PRIORS: Mapping[str, BetaPrior] = {kind: BetaPrior(mean=mean) for kind, mean in DEFAULT_RELIABILITY.items()}
_NEVER = BetaPrior(mean=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """How far a source is believed, and why."""

    prior: BetaPrior
    confirmed: int = 0
    refuted: int = 0

    @property
    def mean(self) -> float:
        """The posterior mean, 0..1."""
        verdicts = self.confirmed + self.refuted
        return (self.prior.mean * self.prior.strength + self.confirmed) / (self.prior.strength + verdicts)

    @property
    def deviation(self) -> float:
        """The posterior standard deviation: how much is still open."""
        return math.sqrt(self.mean * (1 - self.mean) / (self.prior.strength + self.confirmed + self.refuted + 1))


def belief(
    source: str, *, confirmed: int = 0, refuted: int = 0, priors: Mapping[str, BetaPrior] = DEFAULT_PRIORS
) -> Belief:
    """The belief in `<kind>:<who>`; a kind that nobody knows is not believed until verdicts say otherwise."""
    prior = priors.get(source.partition(":")[0], _NEVER)
    return Belief(prior=prior, confirmed=confirmed, refuted=refuted)
