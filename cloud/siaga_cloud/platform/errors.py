"""Defines the errors by what the caller can do about them.

    SiagaError
    ├── NotFoundError    there is no such thing: request another
    ├── ConflictError    it is not in a state for this: look again, then decide
    ├── ForbiddenError   not for this person: ask someone whose it is
    ├── InvalidError     the request itself is wrong: correct it
    └── BusyError        too much is in hand: send it again later

An illegal move of a task is `siaga_core.rules.task.IllegalMoveError`.
"""

from __future__ import annotations


class SiagaError(Exception):
    """A service refuses a request; the message may be shown to the caller.

    `code` names the reason for programs. The pages have words for each code in both languages
    (cloud/web/src/words/refusals.ts), whose {params} are filled from `holes`.
    """

    def __init__(self, message: str, *, code: str = "", **params: str | float) -> None:
        self.code, self.params = code, params
        super().__init__(message)


class NotFoundError(SiagaError):
    """The requested object does not exist."""


class ConflictError(SiagaError):
    """The object is not in a state that allows this."""


class InvalidError(SiagaError):
    """The request itself is wrong."""


class ForbiddenError(SiagaError):
    """This person may not do that; `kind` names why, for programs."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message, code=kind)


class BusyError(SiagaError):
    """Too much of the same kind is in hand; `kind` names it, for programs. The request may be sent again later."""

    def __init__(self, kind: str, message: str, *, retry_after_seconds: int) -> None:
        self.kind, self.retry_after_seconds = kind, retry_after_seconds
        super().__init__(message)
