"""Judges, prints the table, writes .run/street_depth.json, and fails where an interval does not keep its promise."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.street_depth.judging import COVERAGE, Judgement, Score, judge

ROOT = Path(__file__).resolve().parents[2]
RESULT = ROOT / ".run" / "street_depth.json"
PAGE = ROOT / "docs" / "street-depth.md"
BEGIN, END = "<!-- make street-depth: begins -->", "<!-- make street-depth: ends -->"


def main() -> int:
    """Return 0 where every interval holds 85 to 95 of 100 depths and nothing outlives its evidence, otherwise 1."""
    parser = argparse.ArgumentParser(prog="street-depth")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--page", action="store_true", help="write the table into docs/street-depth.md")
    options = parser.parse_args()
    judgement = judge(options.seed)
    scores = judgement.scores()
    failed = [one.evidence for one in scores if not one.is_calibrated]
    _write(options.seed, judgement, scores, failed)
    table = "\n".join(lines(scores, judgement))
    print(table)
    if options.page:
        write_page(PAGE, table)
    if failed:
        print(f"got a coverage outside {COVERAGE[0]:.0%} to {COVERAGE[1]:.0%}: {'; '.join(failed)}", file=sys.stderr)
    return int(bool(failed or judgement.outlived))


def lines(scores: list[Score], judgement: Judgement) -> Iterator[str]:
    """Yield a table in Markdown."""
    yield "| Evidence | Depths | Error p50 | p90 | Mean width of the interval | True depth in it |"
    yield "|---|---|---|---|---|---|"
    for one in scores:
        yield (
            f"| {one.evidence} | {one.n} | {one.p50_cm:.0f} cm | {one.p90_cm:.0f} cm | {one.width_cm:.0f} cm"
            f" | {one.coverage:.1%} |"
        )
    yield ""
    yield f"Of {judgement.expired} depths, {judgement.outlived} were stated after their evidence had expired."


def write_page(page: Path, table: str) -> None:
    """Put the table between the marks of a page."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")


def _write(seed: int, judgement: Judgement, scores: list[Score], failed: list[str]) -> None:
    RESULT.parent.mkdir(exist_ok=True)
    result = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "coverage_expected": COVERAGE,
        "outside": failed,
        "expired": judgement.expired,
        "outlived": judgement.outlived,
        "scores": [asdict(one) for one in scores],
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
