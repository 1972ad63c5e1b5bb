"""What has been sent and not yet acknowledged by the cloud. In memory only: after a restart all is sent again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from siaga_edge.outbox.pacing import Chance
from siaga_edge.outbox.parcels import Lane

# How many may be under way: enough to keep a link busy, few enough that a dead cloud does not fill the broker.
WINDOW = {Lane.ALERTS: 200, Lane.EVIDENCE: 16, Lane.READINGS: 200, Lane.HEALTH: 16, Lane.CLIPS: 2}
_MOST_DOUBLINGS = 6


@dataclass(slots=True)
class MessageInFlight:
    """One message under way; `with_client` until the broker has confirmed it."""

    lane: Lane
    sent_at: float
    tries: int = 1
    stretch: float = 1.0
    with_client: bool = True


@dataclass(slots=True, kw_only=True)
class MessagesInFlight:
    """Decides what is due again. Times are seconds of one monotonic clock."""

    resend_after_seconds: float
    chance: Chance
    by_seq: dict[int, MessageInFlight] = field(default_factory=dict)
    acked_at: float = float("-inf")

    def departed(self, seq: int, lane: Lane, now: float) -> None:
        """A message was handed to the MQTT client."""
        before = self.by_seq.get(seq)
        self.by_seq[seq] = MessageInFlight(
            lane, now, tries=before.tries + 1 if before else 1, stretch=1 + self.chance() / 4
        )

    def failed(self, seq: int) -> None:
        """A message could not be handed over after all."""
        flight = self.by_seq[seq]
        if flight.tries == 1:
            del self.by_seq[seq]
        else:
            flight.with_client = False

    def confirmed(self, seq: int) -> None:
        """The broker has it; the cloud may not."""
        flight = self.by_seq.get(seq)
        if flight is not None:
            flight.with_client = False

    def landed(self, seqs: Iterable[int], now: float) -> None:
        """The cloud has acknowledged these, or they are gone from the store."""
        for seq in seqs:
            self.by_seq.pop(seq, None)
        self.acked_at = now

    def reconnected(self) -> None:
        """A new connection: what waited long because nobody answered may be tried soon again."""
        for flight in self.by_seq.values():
            flight.tries = 1

    def room(self, lane: Lane) -> int:
        """How many more of a lane may leave."""
        return max(0, WINDOW[lane] - sum(1 for flight in self.by_seq.values() if flight.lane is lane))

    def due(self, now: float) -> list[int]:
        """Sent long enough ago without an acknowledgement, in order of worth and age."""
        late = [(flight.lane, seq) for seq, flight in self.by_seq.items() if self._is_due(flight, now)]
        return [seq for _, seq in sorted(late)]

    def _is_due(self, flight: MessageInFlight, now: float) -> bool:
        if flight.with_client:
            return False  # the client itself sends it again on the next connection
        # Doubles only while the cloud is silent: a cloud that acknowledges others has lost this one.
        doublings = 0 if self.acked_at > flight.sent_at else min(flight.tries - 1, _MOST_DOUBLINGS)
        patience = self.resend_after_seconds * 2.0**doublings * flight.stretch
        return now - flight.sent_at >= patience
