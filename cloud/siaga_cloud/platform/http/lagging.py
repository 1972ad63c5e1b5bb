"""Which requests may be answered from a replica that is a little behind: those that nobody asks right after a change.

Not the wall, tasks or incidents: a page asks for these because it heard of a change, which a replica may not have.
"""

from __future__ import annotations

from typing import Final

_PREFIXES: Final = (
    "/api/v1/open-data",
    "/api/v1/figures/",
    "/api/v1/rankings/",
    "/api/v1/trending",
    "/api/v1/layers",
    "/sta/",
    "/ngsi-ld/",
)


def may_lag_behind(method: str, path: str) -> bool:
    """Whether an answer that is some seconds old will do."""
    return method in {"GET", "HEAD"} and path.startswith(_PREFIXES)
