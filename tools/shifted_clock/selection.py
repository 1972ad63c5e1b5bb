"""Which files of tests depend on the date: those that read the clock, or use a helper that reads it, and name a unit
of the calendar such as a month, a holiday, a certificate's end or a retention in days.

In tests/integration a date that is written down counts as well: the product compares it with its own clock. There are
two wider scopes. `hours`: also the files and stories that send what a city's policy decides by the hour of the day.
`clock`: also the files that only measure how much time passes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, TypeAlias

Scope: TypeAlias = Literal["calendar", "hours", "clock"]
ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests/unit", "tests/contract", "tests/integration", "tests/e2e")
_TIME_READER = re.compile(
    r"datetime\.now|date\.today|time\.time\(|time_ns\(|utc_now|\bnow\(\)|localtime|fromtimestamp|current_date",
    re.IGNORECASE,
)
_WRITES_DATE = re.compile(r"\b(?:datetime|date)\(20\d\d|\b20\d\d-[01]\d-[0-3]\d")
_CALENDAR = re.compile(
    r"month|weekday|holiday|working|Asia/Jakarta|ZoneInfo|midnight|quiet|calendar|yesterday|\btoday\b|strftime|%Y-%m"
    r"|retention|_days\b|days=[3-9]\d|weeks=|certificate|not_after",
    re.IGNORECASE,
)
_HOURS = re.compile(r"trash|illegal_parking|policy|by.night", re.IGNORECASE)
_IMPORT = re.compile(r"tests\.support(?:\.(?:\w+\.)*(\w+)| import (\w+))")
_FIXTURES = re.compile(r"^from tests\.support\.(?:\w+\.)*(\w+) import ([\w, ]+)", re.MULTILINE)
_WORD = re.compile(r"\w+")
# They build models, draw videos or start a browser; what they read of the clock is a duration.
_LEFT_OUT = re.compile(r"train|detect|capture|eyes|sim_load|slow_receivers")


def reads_clock(text: str) -> bool:
    """Whether a program's text asks for the time of day."""
    return bool(_TIME_READER.search(text))


def writes_date(text: str) -> bool:
    """Whether a program's text holds a date."""
    return bool(_WRITES_DATE.search(text))


def helpers_with_clock(root: Path = ROOT) -> frozenset[str]:
    """The modules of tests/support that read the clock, or import one that does, by their names."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (root / "tests/support").rglob("*.py")}
    found = {name for name, text in texts.items() if reads_clock(text)}
    while more := {name for name, text in texts.items() if name not in found and _imports(text) & found}:
        found |= more
    return frozenset(found)


def shared_fixtures(root: Path = ROOT) -> dict[str, str]:
    """The fixtures of all integration tests: their names to the modules of tests/support that they come from."""
    conftest = root / "tests/integration/conftest.py"
    found = _FIXTURES.findall(conftest.read_text(encoding="utf-8")) if conftest.exists() else []
    return {name.strip(): module for module, names in found for name in names.split(",")}


def names_calendar(text: str) -> bool:
    """Whether a program's text names a unit of the calendar."""
    return bool(_CALENDAR.search(text))


def decided_by_hour(text: str) -> bool:
    """Whether a program's text names what a policy decides by the hour of the day."""
    return bool(_HOURS.search(text))


def selected(root: Path = ROOT, *, scope: Scope = "calendar") -> list[Path]:
    """Return the files of tests that a date can break in this scope, in order of their paths."""
    helpers, fixtures = helpers_with_clock(root), shared_fixtures(root)
    with_clock = {name for name, module in fixtures.items() if module in helpers}
    found = [path for folder in FOLDERS for path in sorted((root / folder).rglob("test_*.py"))]
    chosen = [path for path in found if _depends(path, helpers, with_clock) and not _LEFT_OUT.search(path.stem)]
    return [path for path in chosen if _is_in_scope(path.read_text(encoding="utf-8"), scope)]


def _is_in_scope(text: str, scope: Scope) -> bool:
    return scope == "clock" or names_calendar(text) or (scope == "hours" and decided_by_hour(text))


def _imports(text: str) -> set[str]:
    return {name for pair in _IMPORT.findall(text) for name in pair if name}


def _depends(path: Path, helpers: frozenset[str], fixtures: set[str]) -> bool:
    text = path.read_text(encoding="utf-8")
    if reads_clock(text) or _imports(text) & helpers:
        return True
    requested = fixtures & set(_WORD.findall(text))
    return "integration" in path.parts and (writes_date(text) or bool(requested))
