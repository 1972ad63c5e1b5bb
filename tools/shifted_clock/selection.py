"""Which files of tests depend on the date: those that read the clock, and those that use a helper that reads it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests/unit", "tests/contract", "tests/integration")
_READS_CLOCK = re.compile(
    r"datetime\.now|date\.today|time\.time\(|time_ns\(|utc_now|\bnow\(\)|localtime|fromtimestamp|current_date",
    re.IGNORECASE,
)
_IMPORT = re.compile(r"tests\.support(?:\.(\w+)| import (\w+))")
# They build models, draw videos or start a browser; what they read of the clock is a duration.
_LEFT_OUT = re.compile(r"train|detect|capture|eyes|sim_load|slow_receivers")


def reads_clock(path: Path) -> bool:
    """Whether the file's own text asks for the time of day."""
    return bool(_READS_CLOCK.search(path.read_text(encoding="utf-8")))


def helpers_with_clock(root: Path = ROOT) -> frozenset[str]:
    """The modules of tests/support that read the clock, by their names."""
    return frozenset(path.stem for path in (root / "tests/support").glob("*.py") if reads_clock(path))


def selected(root: Path = ROOT) -> list[Path]:
    """The files of tests that a date can break, in order of their paths."""
    helpers = helpers_with_clock(root)
    found = [path for folder in FOLDERS for path in sorted((root / folder).rglob("test_*.py"))]
    return [path for path in found if _depends(path, helpers) and not _LEFT_OUT.search(path.stem)]


def _depends(path: Path, helpers: frozenset[str]) -> bool:
    used = {name for pair in _IMPORT.findall(path.read_text(encoding="utf-8")) for name in pair if name}
    return reads_clock(path) or bool(used & helpers)
