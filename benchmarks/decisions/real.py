"""Real clips next to the drawn stories: what `siaga-edge judge` counts on a folder of labelled clips."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_JUDGE_SECONDS = 3600
_COLUMNS = ("hours", "events", "right", "missed", "late", "false", "unknown", "false_per_hour_upper95")


def judged_clips(folder: Path) -> dict[str, Any]:
    """The object that `siaga-edge judge FOLDER --json` prints."""
    program = [sys.executable, "-m", "siaga_edge.main", "judge", str(folder), "--json"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=_JUDGE_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"{folder}: judge ended with {done.returncode}: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def real_figures(judged: dict[str, Any]) -> dict[str, Any]:
    """The value of `real` in .run/decisions.json: the figures of each hazard."""
    return {hazard: {key: row[key] for key in _COLUMNS} for hazard, row in judged["hazards"].items()}


def real_table(judged: dict[str, Any]) -> str:
    """A Markdown table; counts and bounds only, because a folder may not be named or shown."""
    lines = [
        f"{judged['clips']} clips, {judged['hours'] * 60:.1f} minutes.",
        "",
        "| hazard | minutes watched | events | right | missed | (late) | false | false an hour, 95 % upper bound |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for hazard, row in real_figures(judged).items():
        bound = "" if row["false_per_hour_upper95"] is None else f"{row['false_per_hour_upper95']:.1f}"
        counts = (row["events"], row["right"], row["missed"], row["late"], row["false"], bound)
        lines.append("| " + " | ".join(map(str, (hazard, f"{row['hours'] * 60:.1f}", *counts))) + " |")
    return "\n".join(lines)
