"""How long to wait before the next attempt."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

# A camera that is back is to be seen again within ten seconds: the longest wait and one attempt that times out (5 s).
LEAST_SECONDS, MOST_SECONDS = 0.5, 4.0


@dataclass(slots=True)
class Backoff:
    """Doubles from attempt to attempt; half of each wait is chance, so that cameras do not come back in step."""

    chance: Random
    failures: int = 0

    def next_seconds(self) -> float:
        """The wait after one more failure."""
        whole = min(MOST_SECONDS, LEAST_SECONDS * 2.0 ** min(self.failures, 16))
        self.failures += 1
        return whole * self.chance.uniform(0.5, 1.0)

    def succeeded(self) -> None:
        """The next failure begins from the shortest wait."""
        self.failures = 0
