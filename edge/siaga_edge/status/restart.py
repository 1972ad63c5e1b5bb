"""The button of the status page that restarts the agent: for whoever sits at the node, and for no page elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartRequest:
    """`restart` ends the agent in order, after which systemd or the container engine starts it again.

    The token is on the page of the node alone, which no page elsewhere can read. The request must also name the node by
    a loopback address, so that no name that leads there serves either.
    """

    restart: Callable[[], None]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def is_allowed(self, given: str, headers: Mapping[str, str]) -> bool:
        """Return whether a request comes from the page of this node."""
        try:
            host = urlsplit(f"//{headers.get('Host', '')}").hostname or ""
        except ValueError:
            return False
        return host in LOOPBACK and secrets.compare_digest(given.encode(), self.token.encode())
