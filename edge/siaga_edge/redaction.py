"""Keeps credentials out of what people read."""

from __future__ import annotations

import logging
import re

# Greedy up to the last @ before white space: a password may itself hold an @ or a slash.
_USER_INFO = re.compile(r"(?<=://)[^\s\"']*@")
_QUERY_SECRET = re.compile(r"(?i)\b(password|passwd|pwd|token|secret|apikey|api_key|key|auth)=[^&\s\"']+")
# What every record has, and what formatting adds.
_USUAL = {*vars(logging.makeLogRecord({})), "message", "asctime"}


def redact(text: str) -> str:
    """The text with user names and passwords in URLs replaced by `***`."""
    return _QUERY_SECRET.sub(r"\1=***", _USER_INFO.sub("***@", text))


class RedactingFormatter(logging.Formatter):
    """Redacts the finished line, so that messages, arguments, extras and tracebacks are all covered."""

    def format(self, record: logging.LogRecord) -> str:
        """One log record without credentials, its extras as `name=value` at the end."""
        extras = [f"{name}={value}" for name, value in vars(record).items() if name not in _USUAL]
        return redact(" ".join([super().format(record), *extras]))
