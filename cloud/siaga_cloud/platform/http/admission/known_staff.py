"""Remembers which sessions and tokens are those of staff, so that a request is sorted without the database."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

KNOWN_SECONDS: Final = 1800.0  # longer than a stream lasts
MAX_KNOWN: Final = 10_000
_SESSION_COOKIES: Final = ("__Host-siaga", "siaga")


class KnownStaff:
    """Remembers for half an hour which sessions and tokens were those of staff, by their hash."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def add(self, credential: bytes) -> None:
        """Remember a credential that identified a member of staff just now."""
        self._until[credential] = self._clock() + KNOWN_SECONDS
        self._until.move_to_end(credential)
        if len(self._until) > MAX_KNOWN:
            self._until.popitem(last=False)

    def forget(self, credential: bytes) -> None:
        """Forget a credential that identifies no member of staff any more."""
        self._until.pop(credential, None)

    def __contains__(self, credential: bytes | None) -> bool:
        return credential is not None and self._until.get(credential, float("-inf")) > self._clock()


def credential_of(headers: Headers) -> bytes | None:
    """Return the hash of the token or session's cookie that a request carries."""
    sent = headers.get("authorization")
    if sent is None:
        cookies: dict[str, str] = {}
        for line in headers.getlist("cookie"):
            cookies |= cookie_parser(line)
        sent = next((cookies[name] for name in _SESSION_COOKIES if name in cookies), None)
    return None if sent is None else hashlib.sha256(sent.encode()).digest()
