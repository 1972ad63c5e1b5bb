"""What a line of a log is: one JSON object for machines, or one line for people; with what the work in hand is about.

`about(trace=..., ...)` names what follows, in this thread or task: every line said meanwhile carries the names. `trace`
is the one that goes from a node to a task (docs/operations.md).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

Format: TypeAlias = Literal["text", "json"]

_ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default={})  # noqa: B039 - never changed, only replaced
# What every record has, and what formatting adds.
_USUAL: Final = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


@contextmanager
def about(**names: object) -> Iterator[None]:
    """Adds names to every line that is said within; None is left out."""
    held = _ABOUT.set({**_ABOUT.get(), **{name: str(value) for name, value in names.items() if value is not None}})
    try:
        yield
    finally:
        _ABOUT.reset(held)


def in_hand() -> Mapping[str, str]:
    """What the work in hand is about."""
    return _ABOUT.get()


def unchanged(text: str) -> str:
    """Return the text as it is, for logs that need no redaction."""
    return text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `at` (UTC), `level`, `program`, `where`, `text`, what it is about, extras, `error`."""

    def __init__(self, program: str, *, redact: Callable[[str], str] = unchanged) -> None:
        super().__init__()
        self._program, self._redact = program, redact

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end; redacted as a whole, so that nothing in it escapes."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "program": self._program,
            "where": record.name,
            "text": record.getMessage(),
            **_ABOUT.get(),
            **_extras(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return self._redact(json.dumps(line, ensure_ascii=False, default=str))


class LineFormatter(logging.Formatter):
    """A line for people: the text, then what it is about and extras as `name=value`; a traceback below."""

    def __init__(self, layout: str, *, redact: Callable[[str], str] = unchanged) -> None:
        super().__init__(layout)
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The finished line, redacted."""
        names = {**_ABOUT.get(), **_extras(record)}
        return self._redact(" ".join([super().format(record), *(f"{name}={value}" for name, value in names.items())]))


def formatter(
    wanted: Format, program: str, layout: str, *, redact: Callable[[str], str] = unchanged
) -> logging.Formatter:
    """The one of the two that is wanted."""
    return JsonFormatter(program, redact=redact) if wanted == "json" else LineFormatter(layout, redact=redact)


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _USUAL}
