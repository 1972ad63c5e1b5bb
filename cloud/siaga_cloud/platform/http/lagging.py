"""Lists the requests that a slightly delayed replica may answer: those that nobody repeats right after a change.

The control room, tasks and incidents are not among them: a page requests these because of a change, which a replica may
not have.
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
    "/fews/",
)


def may_lag_behind(method: str, path: str) -> bool:
    """Return whether an answer that is some seconds old will do."""
    return method in {"GET", "HEAD"} and path.startswith(_PREFIXES)
