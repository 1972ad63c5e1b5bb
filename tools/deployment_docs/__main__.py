"""`make deployment-docs`: runs the code blocks of docs/deployment.md in a clean folder, and prints each."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from tools.compose_test import base_images
from tools.compose_test.commands import ROOT
from tools.deployment_docs.blocks import Block, blocks
from tools.deployment_docs.deployment import OUT, BlockError, Deployment

PAGE = ROOT / "docs" / "deployment.md"


@dataclass(frozen=True, slots=True)
class Result:
    """What one block came to: `ok`, `FAIL`, `not run` with the reason, or `not reached`."""

    line: int
    outcome: str
    seconds: float
    title: str
    detail: str = ""

    def row(self) -> str:
        """Return the row of the table."""
        more = f"\n{'':<28}{self.detail}" if self.detail else ""
        return f"{self.outcome:<11} line {self.line:>4} {self.seconds:>5.0f} s  {self.title}{more}"


def follow(page: list[Block], deployment: Deployment) -> list[Result]:
    """Run the blocks in sequence; after one that failed nothing is run, because a reader could not go on either."""
    results: list[Result] = []
    has_failed = False
    for block in page:
        began = time.monotonic()
        outcome, detail = "ok", ""
        if block.reason is not None:
            outcome, detail = "not run", block.reason
        elif has_failed:
            outcome = "not reached"
        else:
            outcome, detail = _run(block, deployment)
            has_failed = outcome == "FAIL"
        results.append(Result(block.line, outcome, round(time.monotonic() - began, 1), block.title, detail))
        print(results[-1].row(), flush=True)
    return results


def _run(block: Block, deployment: Deployment) -> tuple[str, str]:
    written = ", ".join([*(f"{old} is {new}" for old, new in block.written), *block.given])
    try:
        deployment.follow(block)
    except BlockError as error:
        return "FAIL", str(error)
    return "ok", f"with {written}" if written else ""


def main() -> int:
    """Return 0 when every block that is run succeeded."""
    page = blocks(PAGE.read_text("utf-8"))
    print("Base images: looked for in their registry, else made from Debian (minutes).", flush=True)
    stand_ins, missing = base_images.provide()
    for image in stand_ins:
        print(f"stand-in  {image}", flush=True)
    print(f"left out, because their images cannot be had: {', '.join(missing) or 'none'}", flush=True)
    earlier = os.environ.get("IMAGES") or None
    print(f"images: {f'those of the version {earlier}, not built' if earlier else 'built by the page'}", flush=True)
    deployment = Deployment.new(tuple(missing), earlier)
    try:
        results = follow(page, deployment)
    finally:
        if "--leave-running" not in sys.argv[1:]:
            deployment.down()
    found = {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "stand_ins": stand_ins,
        "left_out": missing,
        "earlier_images": earlier,
        "blocks": [asdict(one) for one in results],
    }
    (OUT.parent / "deployment-docs.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    counts = {name: sum(one.outcome == name for one in results) for name in ("ok", "not run", "FAIL", "not reached")}
    print(f"\n{len(results)} blocks: {', '.join(f'{count} {name}' for name, count in counts.items())}")
    return 0 if counts["FAIL"] == counts["not reached"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
