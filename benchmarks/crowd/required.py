"""Every figure that must be shown, where it comes from, and whether it was measured and reached."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# Of benchmarks that are run by themselves (`run.py NAME`), which write their figures into bench.json.
OF_BENCHMARKS: Final = (
    "throughput.versions.one.new",
    "throughput.versions.ten.new_of_copy",
    "throughput.versions.thirty.new",
    *(f"throughput.versions.{name}.processor_with_database" for name in ("one", "ten", "thirty")),
    *(f"database_kills.{number}.{what}" for number in (1, 2, 3) for what in ("kills", "lost", "doubled")),
)
COMMANDS: Final = {"throughput": "run.py throughput --baseline PATH", "database_kills": "run.py database_kills"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure of the table. `verdict`: met, missed or not measured."""

    name: str
    source: str
    verdict: str
    judged: float | None = None
    limit: str = "-"
    value: str = "-"

    @property
    def is_reached(self) -> bool:
        """Whether it was measured and is within its limit."""
        return self.verdict == "met"

    def as_json(self) -> dict[str, Any]:
        """Return the row for the file."""
        return {"source": self.source, "limit": self.limit, "judged": self.judged, "value": self.value,
                "verdict": self.verdict}  # fmt: skip


def rows(phases: Mapping[str, Mapping[str, Any]], wanted: tuple[str, ...], bench: Path) -> Iterator[Row]:
    """Yield every required figure: those of the phases of a crowd, and those of other benchmarks."""
    for phase in wanted:
        found = phases.get(phase)
        if found is None:
            yield Row(name=f"phase {phase}", source=f"make crowd, {phase}", verdict="not measured")
            continue
        for name, figure in found["figures"].items():
            yield _row(name, f"make crowd, {phase}, {found['at']}", figure)
    written = json.loads(bench.read_text("utf-8")) if bench.is_file() else {}
    for name in OF_BENCHMARKS:
        yield _row(name, COMMANDS[name.partition(".")[0]], written.get(name))


def _row(name: str, source: str, figure: Mapping[str, Any] | None) -> Row:
    if figure is None:
        return Row(name=name, source=source, verdict="not measured")
    judged = figure["value"] if figure["ratio"] is None else figure["ratio"]
    sign = "<=" if figure["at_most"] else ">="
    return Row(
        name=name,
        source=source,
        verdict="met" if figure["met"] else "missed",
        judged=judged,
        limit="-" if figure["target"] is None else f"{sign} {figure['target']:g}",
        value=f"{figure['value']:g} {figure['unit']}",
    )


def as_markdown(table: Sequence[Row]) -> str:
    """Return the table of docs/benchmarks.md."""
    lines = ["| Figure | Measured | Judged | Limit | Verdict |", "|---|---|---|---|---|"]
    for one in table:
        judged = "" if one.judged is None else f"{one.judged:.3g}"
        lines.append(f"| {one.name} | {one.value} | {judged} | {one.limit} | {one.verdict} |")
    return "\n".join(lines) + "\n"
