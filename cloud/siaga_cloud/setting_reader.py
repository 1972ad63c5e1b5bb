"""Reads settings from variables, one at a time, and collects what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")


class SettingsError(Exception):
    """One or more settings are wrong; the message has a line for each: NAME: got VALUE, expected ..."""


class Reader:
    """`wrong` notes a complaint, `complain` raises them all."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self._complaints: list[str] = []

    def complain(self) -> None:
        """Raises SettingsError where anything was wrong."""
        if self._complaints:
            raise SettingsError("\n".join(self._complaints))

    def text(self, name: str, default: str) -> str:
        """A text, or the default where it is empty."""
        return self.environment.get(name) or default

    def url(self, name: str) -> str:
        """A database's address."""
        value = self.environment.get(name, "")
        if not value.startswith(("postgresql://", "postgres://")):
            # The value may hold a password, so it is not repeated.
            self.wrong(name, "nothing" if not value else "something else", "postgresql://user@host:port/database")
        return value

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number within limits."""

        def parse(value: str) -> int:
            parsed = int(value)
            if not least <= parsed <= most:
                raise ValueError(value)
            return parsed

        return self._parsed(name, default, parse, f"a whole number from {least} to {most}")

    def matching(self, name: str, default: str, pattern: re.Pattern[str], expected: str) -> str:
        """A text that fits a pattern."""
        value = self.text(name, default)
        if not pattern.match(value):
            self.wrong(name, repr(value), expected)
        return value

    def pairs(self, name: str, allowed: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """VALUE=WORD, separated by commas; every word is one of those allowed."""
        found = []
        for item in filter(None, self.environment.get(name, "").split(",")):
            value, _, word = item.strip().rpartition("=")
            if not value or word not in allowed:
                self.wrong(name, repr(item), f"VALUE=ROLE with a role of {', '.join(allowed)}")
                continue
            found.append((value, word))
        return tuple(found)

    def file(self, name: str) -> Path | None:
        """A file that exists."""
        value = self.environment.get(name)
        if not value:
            return None
        if not Path(value).is_file():
            self.wrong(name, repr(value), "a file that exists")
        return Path(value)

    def secret(self, name: str) -> str | None:
        """NAME itself, or the first line of the file that NAME_FILE points to."""
        path = self.file(f"{name}_FILE")
        if path is None:
            return self.environment.get(name) or None
        return path.read_text("utf-8").partition("\n")[0] if path.is_file() else None

    def _parsed(self, name: str, default: _T, parse: Callable[[str], _T], expected: str) -> _T:
        value = self.environment.get(name)
        if not value:
            return default
        try:
            return parse(value)
        except ValueError:
            self.wrong(name, repr(value), expected)
            return default

    def wrong(self, name: str, got: str, expected: str) -> None:
        """Notes what is wrong with a variable."""
        self._complaints.append(f"{name}: got {got}, expected {expected}")
