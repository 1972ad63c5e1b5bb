"""Decides who may draw: a user of the node itself, or the holder of the one-time link printed on its terminal."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

COOKIE = "siaga_calibrate"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_SESSIONS = 8


class Access:
    """With `notify` a secret is required: each opens the page once, and `notify` then receives the next one."""

    def __init__(self, notify: Callable[[str], None] | None = None) -> None:
        self._notify, self._lock = notify, threading.Lock()
        self._secret = ""
        self._sessions: list[str] = []

    def begin(self) -> None:
        """Pass the first secret on, where one is needed."""
        if self._notify is not None:
            self._secret = secrets.token_urlsafe(24)
            self._notify(self._secret)

    def trade(self, secret: str) -> str | None:
        """The session that a secret opens, once; None for a wrong or used one."""
        with self._lock:
            if not self._secret or not secrets.compare_digest(secret.encode(), self._secret.encode()):
                return None
            session = secrets.token_urlsafe(32)
            self._sessions = [*self._sessions, session][-_MOST_SESSIONS:]
        self.begin()
        return session

    def may(self, headers: Mapping[str, str]) -> bool:
        """Whether a request may be answered at all."""
        if self._notify is None:
            # A page elsewhere could give its own name this node's address; it cannot forge the name that was asked for.
            return _host(headers) in _LOOPBACK
        given = _cookie(headers)
        return any(secrets.compare_digest(given.encode(), session.encode()) for session in self._sessions)


def is_own(headers: Mapping[str, str]) -> bool:
    """Whether a request that changes something comes from this very page and from no other."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    origin, host = urlsplit(headers.get("Origin", "")), headers.get("Host", "")
    return kind == "application/json" and origin.scheme in {"http", "https"} and bool(host) and origin.netloc == host


def _host(headers: Mapping[str, str]) -> str:
    try:
        return urlsplit(f"//{headers.get('Host', '')}").hostname or ""
    except ValueError:
        return ""


def _cookie(headers: Mapping[str, str]) -> str:
    try:
        found = SimpleCookie(headers.get("Cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
