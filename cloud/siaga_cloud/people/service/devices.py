"""Recognises a browser in which a user signed in before, by a signed cookie (a device cookie).

The cookie signs nobody in. It gives the user's own browser a counter of failed sign-ins of its own, so that failures of
strangers do not lock it. It is bound to one user: a cookie of another user is as good as none.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.platform.server_key import server_key

LASTS: Final = timedelta(days=180)
MAX_LENGTH: Final = 200
_PURPOSE: Final = "device cookie 1"


def cookie_suffix(user_id: str) -> str:
    """Return what tells the cookies of several users of one browser apart."""
    return hashlib.sha256(user_id.encode()).hexdigest()[:8]


def new_cookie(user_id: str, *, now: datetime) -> str:
    """Return the value of the cookie for a browser in which a user has just signed in."""
    device, until = secrets.token_urlsafe(12), int((now + LASTS).timestamp())
    return f"{device}.{until}.{_signature(user_id, device, until)}"


def device_of(cookie: str | None, user_id: str, *, now: datetime) -> str | None:
    """Return the device of a cookie of this user; None for one that is missing, forged, expired or another user's."""
    device, _, rest = (cookie or "")[:MAX_LENGTH].partition(".")
    until, _, signature = rest.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) <= 12) or int(until) <= now.timestamp():
        return None
    expected = _signature(user_id, device, int(until))
    return device if hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) else None


def _signature(user_id: str, device: str, until: int) -> str:
    return server_key().hash_of(_PURPOSE, f"{user_id}\n{device}\n{until}")
