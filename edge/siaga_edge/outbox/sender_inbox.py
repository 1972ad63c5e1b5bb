"""Collects what arrives for the sender from other threads: acknowledgements, confirmations and reconnects."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

from siaga_core.wire.messages import AckMessage, ReplayMessage

_MOST_ACKS_WAITING = 1000


class SenderInbox:
    """`on_...` and `wake` may be called from any thread; all else belongs to the sender's thread."""

    def __init__(self) -> None:
        self._acks: deque[AckMessage] = deque(maxlen=_MOST_ACKS_WAITING)  # a lost ack only costs a resend
        self._replays: deque[ReplayMessage] = deque(maxlen=1)
        self._confirmed: deque[int] = deque()
        self._reconnected = threading.Event()
        self._work = threading.Event()

    def wake(self) -> None:
        """End the sender's wait, because there may be something to send."""
        self._work.set()

    def on_ack(self, ack: AckMessage) -> None:
        """Accept an acknowledgement: the cloud has committed the messages that it names."""
        self._acks.append(ack)
        self._work.set()

    def on_replay(self, wanted: ReplayMessage) -> None:
        """Accept a replay request: the cloud lost what it had committed since then."""
        self._replays.append(wanted)
        self._work.set()

    def on_confirmed(self, token: int) -> None:
        """Accept a confirmation: the broker has the message with this token."""
        self._confirmed.append(token)

    def on_connected(self) -> None:
        """Record that the link came up."""
        self._reconnected.set()
        self._work.set()

    def wait(self, seconds: float) -> None:
        """Block until there may be something to do, at most so long."""
        self._work.wait(seconds)
        self._work.clear()

    def pop_reconnected(self) -> bool:
        """Return whether the link came up since the last call."""
        was_set = self._reconnected.is_set()
        if was_set:
            self._reconnected.clear()
        return was_set

    def pop_confirmed(self) -> Iterator[int]:
        """Yield the tokens that the broker confirmed, each once."""
        while self._confirmed:
            yield self._confirmed.popleft()

    def pop_acks(self) -> Iterator[AckMessage]:
        """Yield the acknowledgements that arrived, each once."""
        while self._acks:
            yield self._acks.popleft()

    def pop_replay(self) -> ReplayMessage | None:
        """Return the newest replay request, or None when there is none."""
        return self._replays.popleft() if self._replays else None
