"""How fast to send and how long to wait; all on seconds of a monotonic clock that the caller passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Chance = Callable[[], float]  # 0 <= x < 1


@dataclass(slots=True)
class TokenBucket:
    """Lets `per_second` through on average and a tenth of a second's worth at once."""

    per_second: float
    tokens: float = 0.0
    filled_at: float | None = None

    def acquire(self, now: float) -> bool:
        """True when one more may pass now."""
        room = max(1.0, self.per_second / 10)
        earned = room if self.filled_at is None else (now - self.filled_at) * self.per_second
        self.tokens, self.filled_at = min(room, self.tokens + earned), now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True, kw_only=True)
class Backoff:
    """Waits that double from `first_seconds` to `most_seconds`, each shortened by up to half at random.

    Random, so that a thousand nodes do not come back in the same second after a broker's restart.
    """

    first_seconds: float
    most_seconds: float
    chance: Chance
    tries: int = 0

    def next_wait(self) -> float:
        """Return the seconds until the next attempt."""
        whole = min(self.most_seconds, self.first_seconds * 2.0 ** min(self.tries, 30))
        self.tries += 1
        return whole * (1 - self.chance() / 2)

    def reset(self) -> None:
        """Begin with short waits again, after a success."""
        self.tries = 0
