"""`make dashboards-check`: what a person in front of the boards would find wrong; fails where there is anything.

Seeds four databases in a TimescaleDB of its own, runs every query of every board in both languages, and has Node apply
the field settings with Grafana's own code (dashboards/check). `--from DIR` reads other built files than our own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

from tools.dashboards_check.answers import answers, boards, proper_names
from tools.dashboards_check.databases import SILENT, read_cities

ROOT: Final = Path(__file__).parents[2]
CHECK: Final = ROOT / "dashboards" / "check"


def main(arguments: list[str]) -> int:
    """Prints each defect and their number by kind; 1 where there is one."""
    parser = argparse.ArgumentParser(prog="make dashboards-check")
    parser.add_argument("--from", dest="folder", type=Path, default=ROOT / "dashboards" / "generated")
    folder = parser.parse_args(arguments).folder.resolve()
    began = time.perf_counter()
    built = boards(folder)
    read = read_cities(lambda url: (answers(url, built), proper_names(url)))
    found = {name: of_boards for name, (of_boards, _) in read.items()}
    proper = sorted({name for _, names in read.values() for name in names})
    answered = time.perf_counter()
    lines = _drawn(folder, {"now": int(time.time() * 1000), "proper": proper, "databases": found})
    for line in lines:
        sys.stdout.write(line.replace("\t", " | ") + "\n")
    kinds = Counter(line.split("\t", 1)[0] for line in lines)
    sys.stdout.write(
        f"{len(built)} boards on {len(found)} databases: {len(lines)} defects"
        f" (filled and answered in {answered - began:.0f} s, drawn in {time.perf_counter() - answered:.0f} s)\n"
    )
    sys.stdout.writelines(f"{count:6d} {kind}\n" for kind, count in sorted(kinds.items()))
    return 1 if lines else 0


def _drawn(folder: Path, answered: dict[str, object]) -> list[str]:
    """The defects, as Node reports them."""
    with tempfile.TemporaryDirectory(prefix="siaga-boards-") as directory:
        file = Path(directory) / "answers.json"
        file.write_text(json.dumps(answered), encoding="utf-8")
        program = ["node", str(CHECK / "check.mjs"), str(folder), str(file), SILENT]
        ran = subprocess.run(program, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"dashboards/check: {ran.stderr[-3000:]}")
    return ran.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
