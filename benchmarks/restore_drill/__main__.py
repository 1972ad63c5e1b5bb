"""`make restore-drill`: both drills of docs/recovery.md; prints the results and writes .run/restore-drill.json."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.ending import leave_nothing_behind
from benchmarks.restore_drill.point_in_time import Point, point_in_time
from benchmarks.restore_drill.total_loss import Loss, total_loss

OUT: Final = Path(__file__).resolve().parents[2] / ".run" / "restore-drill.json"


def main() -> int:
    """Print both results; 1 where anything is missing, different, later than the point, or archived in plain."""
    leave_nothing_behind()
    with TemporaryDirectory(prefix="siaga-drill-") as folder:
        loss = total_loss(Path(folder) / "loss", log=_log)
        point = point_in_time(Path(folder) / "point", log=_log)
    OUT.parent.mkdir(exist_ok=True)
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "total_loss": asdict(loss),
        "point_in_time": asdict(point),
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.writelines(line + "\n" for line in (_loss_line(loss), _point_line(point)))
    return 1 if loss.different or point.missing or point.later or point.plain_files else 0


def _log(line: str) -> None:
    sys.stderr.write(line + "\n")


def _loss_line(loss: Loss) -> str:
    return (
        f"total loss: {loss.tables} tables with {loss.rows} rows and {loss.images} images restored in"
        f" {loss.seconds:.0f} s; different: {', '.join(loss.different) or 'nothing'}"
    )


def _point_line(point: Point) -> str:
    return (
        f"point in time: {point.deleted} deleted rows are back in {point.seconds:.0f} s; of the rows before the point"
        f" {point.missing} are missing, {point.later} are of a later time, and the last is {point.short_ms:.0f} ms"
        f" before it; the archive holds {point.encrypted_files} encrypted files and {point.plain_files} others"
    )


if __name__ == "__main__":
    sys.exit(main())
