"""Whether a node believes an acknowledgement after the cloud lost what it had: see docs/adr/0025. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

# Far longer than an acknowledgement can be under way between a cloud and its broker.
DOUBTED_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedReplay:
    """A request to send again that a node has followed and that acknowledgements name from then on.

    `at`: seconds of the node's own clock that only rises. `made_at`: by the cloud's clock; None from a cloud of before.
    """

    request_id: object  # its id, which is only compared
    at: float
    made_at: datetime | None = None


def is_outdated(made_at: datetime | None, followed: FollowedReplay | None) -> bool:
    """Whether a request comes late, from a database that the one which was followed took the place of.

    Whoever followed it would believe again what acknowledgements of that database say.
    """
    if made_at is None or followed is None or followed.made_at is None:
        return False
    return made_at < followed.made_at


def is_believed(named: object, followed: FollowedReplay | None, *, now: float) -> bool:
    """Whether what an acknowledgement names is really there.

    One that does not name the request which was followed may have been on its way since before the cloud lost it all.
    What is doubted is sent again; so it may be believed by mistake never, doubted by mistake for a while.
    """
    return followed is None or named == followed.request_id or now - followed.at >= DOUBTED_SECONDS
