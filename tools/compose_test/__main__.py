"""`make compose-test`: builds the images, deploys docker-compose.yml, tries it, and writes .run/compose-test.json."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from tools.compose_test import base_images, delivery, enrolment, hardening, images, page, recovery, replicas, upgrade
from tools.compose_test.commands import OUT, CheckError
from tools.compose_test.stack import SIMULATED, Stack


@dataclass(frozen=True, slots=True)
class Result:
    """What one check came to."""

    name: str
    is_good: bool
    seconds: float
    detail: str


def secrets(stack: Stack) -> str:
    """Create the secrets by the service `setup`."""
    return stack.compose("run", "--rm", "setup", profile="setup").strip().splitlines()[-1]


def start(stack: Stack) -> str:
    """Start everything that has an image, and wait until all is healthy."""
    stack.up()
    return f"{len(stack.states())} services are healthy or done"


def simulated(stack: Stack) -> str:
    """Start the simulated city and its three nodes."""
    stack.up(*stack.services(), *SIMULATED, profile="simulated")
    return f"{len(stack.states())} services are healthy or done"


CHECKS: dict[str, Callable[[Stack], str]] = {
    "build": images.build,
    "sizes": images.sizes,
    "rebuild": images.rebuild,
    "setup": secrets,
    "up": start,
    "restrictions": hardening.restrictions,
    "no way out": hardening.isolation,
    "front door": hardening.closed_doors,
    "two APIs": replicas.divided,
    "simulated city": simulated,
    "sent is stored": delivery.nothing_lost,
    "seen by people": delivery.seen_by_people,
    "killed and back": delivery.killed,
    "enrolled node": enrolment.enrolled,
    "total loss": recovery.total_loss,
    "sent is stored, after the loss": lambda stack: simulated(stack) + "; " + delivery.nothing_lost(stack),
    "upgrade": upgrade.upgraded,
}


def run_checks(stack: Stack, names: Sequence[str]) -> list[Result]:
    """Run checks in turn; one that fails does not take the others with it, but the first three do."""
    results: list[Result] = []
    for name in names:
        check, began = CHECKS[name], time.monotonic()
        try:
            detail, is_good = check(stack), True
        except CheckError as error:
            detail, is_good = str(error), False
        results.append(Result(name, is_good, round(time.monotonic() - began, 1), detail))
        print(line_of(results[-1]), flush=True)
        if not is_good and name in ("build", "setup", "up"):
            break
    return results


def line_of(result: Result) -> str:
    """One line of the table."""
    return f"{'ok  ' if result.is_good else 'FAIL'}  {result.name:<31} {result.seconds:>6.0f} s  {result.detail}"


def main() -> int:
    """Return 0 when every check held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leave-running", action="store_true", help="leave the deployment running at the end")
    parser.add_argument("--page", action="store_true", help="write docs/deployment.md, too, where every check was run")
    parser.add_argument("--only", nargs="+", choices=list(CHECKS), help="only these checks, in this order")
    options = parser.parse_args()
    names = options.only or list(CHECKS)
    print("Base images: looked for in their registry, else made from Debian (minutes).", flush=True)
    stand_ins, missing = base_images.provide()
    for image in stand_ins:
        print(f"stand-in  {image}", flush=True)
    print(f"not started, because their images cannot be had: {', '.join(missing) or 'none'}", flush=True)
    stack = Stack(missing=tuple(missing))
    stack.prepare()
    try:
        results = run_checks(stack, names)
    finally:
        if not options.leave_running:
            stack.down(with_volumes=True)
    found = {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "stand_ins": stand_ins,
        "not_started": missing,
        "checks": [asdict(one) for one in results],
        "layers": {name: images.layers_of(f"{name}:{stack.version}") for name in images.BUILDERS},
    }
    (OUT.parent / "compose-test.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    if options.page and len(results) == len(CHECKS):
        page.PAGE.write_text(page.written(page.PAGE.read_text("utf-8"), found), "utf-8")
    is_good = len(results) == len(names) and all(one.is_good for one in results)
    print(f"\n{sum(one.is_good for one in results)} of {len(names)} checks held; .run/compose-test.json")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
