"""Keeps credentials out of what people read."""

from __future__ import annotations

import re

from siaga_core.logs import LineFormatter

# Greedy up to the last @ before white space: a password may itself hold an @ or a slash.
_USER_INFO = re.compile(r"(?<=://)[^\s\"']*@")
_QUERY_SECRET = re.compile(r"(?i)\b(password|passwd|pwd|token|secret|apikey|api_key|key|auth)=[^&\s\"']+")


def redact(text: str) -> str:
    """The text with user names and passwords in URLs replaced by `***`."""
    return _QUERY_SECRET.sub(r"\1=***", _USER_INFO.sub("***@", text))


class RedactingFormatter(LineFormatter):
    """Redacts the finished line, so that messages, arguments, extras and tracebacks are all covered."""

    def __init__(self, layout: str) -> None:
        super().__init__(layout, redact=redact)
