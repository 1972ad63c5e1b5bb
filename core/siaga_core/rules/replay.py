"""Whether a node believes an acknowledgement after the cloud lost what it had: see docs/adr/0025. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# Far longer than an acknowledgement can be under way between a cloud and its broker.
DOUBTED_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A wish to send again that a node has followed and that acknowledgements name from then on.

    `at`: seconds of the node's own clock that only rises.
    """

    wish: object  # its id, which is only compared
    at: float


def is_believed(named: object, followed: Followed | None, *, now: float) -> bool:
    """Whether what an acknowledgement names is really there.

    One that does not name the wish which was followed may have been on its way since before the cloud lost it all.
    What is doubted is sent again; so it may be believed by mistake never, doubted by mistake for a while.
    """
    return followed is None or named == followed.wish or now - followed.at >= DOUBTED_SECONDS
