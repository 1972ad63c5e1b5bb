"""Checks the quality of passwords and hashes them (argon2id, bounded in memory and concurrency)."""

from __future__ import annotations

import threading
from functools import lru_cache
from importlib import resources
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from siaga_cloud.platform.errors import InvalidError

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 200
_MIN_DIFFERENT: Final = 5
_MIN_OWN_WORD: Final = 4
AT_ONCE: Final = 4

# OWASP's least for argon2id: 19 MiB, two passes. Four at once are 76 MiB, however many requests come.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_gate = threading.BoundedSemaphore(AT_ONCE)


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    text = resources.files("siaga_cloud.people.service").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line.strip().casefold() for line in text.splitlines() if line.strip())


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """Return a hash of a password that nobody has, so that an unknown user costs the same time."""
    return _hasher.hash("\x00 of nobody")


def check_new(password: str, *, user_id: str, name: str) -> None:
    """Raises InvalidError for a password that is too short or easily guessed; any characters will do."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidError(
            f"password: got {len(password)} characters, expected {MIN_LENGTH} to {MAX_LENGTH}",
            code="password_length",
            least=MIN_LENGTH,
            most=MAX_LENGTH,
        )
    folded = password.casefold()
    plain = "".join(character for character in folded if character.isalnum())
    if folded in _common() or plain in _common() or plain.rstrip("0123456789") in _common():
        raise InvalidError(
            "password: got one that many people use, expected another; four random words are good",
            code="password_common",
        )
    if len(set(folded)) < _MIN_DIFFERENT:
        raise InvalidError(
            f"password: got fewer than {_MIN_DIFFERENT} different characters",
            code="password_repetitive",
            least=_MIN_DIFFERENT,
        )
    words = {user_id.casefold(), *user_id.casefold().split("."), *name.casefold().split()}
    left = folded
    for word in sorted((word for word in words if len(word) >= _MIN_OWN_WORD), key=len, reverse=True):
        left = left.replace(word, "")
    if len(left) < MIN_LENGTH // 2:
        raise InvalidError("password: got one made of the user's own name", code="password_is_name")


def make_hash(password: str) -> str:
    """Return the argon2id hash, with its salt and parameters."""
    with _gate:
        return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Return whether this is the password; costs the same where there is none."""
    with _gate:
        try:
            return _hasher.verify(password_hash or _nobodys(), password) and password_hash is not None
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    """Return whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)
