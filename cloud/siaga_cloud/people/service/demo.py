"""Lets everybody who sits at a demo enter its accounts, with a token of the page that holds for one entry."""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from siaga_cloud.people.service import sessions
from siaga_cloud.people.store import accounts as people
from siaga_cloud.people.store.sessions import Session
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection

TOKEN_LASTS: Final = timedelta(minutes=10)
MOST_TOKENS: Final = 100


@dataclass(slots=True)
class EntryTokens:
    """Issues tokens for one entry each; the oldest ones give way, and a token ends after ten minutes."""

    _issued: OrderedDict[str, datetime] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, *, now: datetime) -> str:
        """Return a new token."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._issued[token] = now + TOKEN_LASTS
            while len(self._issued) > MOST_TOKENS:
                self._issued.popitem(last=False)
        return token

    def redeem(self, token: str, *, now: datetime) -> bool:
        """Return whether the token holds; it holds no more after that."""
        with self._lock:
            expires_at = self._issued.pop(token, None)
        return expires_at is not None and now < expires_at


def story_rate(file: Path | None) -> float:
    """Return how fast the story runs; 1 where nobody states it."""
    try:
        return float(json.loads(file.read_text("utf-8"))["rate"]) if file is not None else 1.0
    except (OSError, ValueError, KeyError, TypeError):
        return 1.0


def accounts(conn: Connection, user_ids: tuple[str, ...]) -> list[Person]:
    """Return the accounts that may be entered, in their given sequence; a disabled one is left out."""
    found = (people.person(conn, user_id) for user_id in user_ids)
    return [person for person in found if person is not None]


def enter(conn: Connection, user_id: str, *, agent: str, now: datetime) -> tuple[Session, str]:
    """Begin a session of an account and record it; return it with the secret of its cookie."""
    audit.record(conn, actor=user_id, action="sign_in", kind="user", object_id=user_id, now=now, details={"demo": True})
    return sessions.begin(conn, user_id, method="demo", agent=agent, now=now)
