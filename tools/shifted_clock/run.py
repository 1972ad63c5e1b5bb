"""`make test-calendar`: the tests that depend on the date, under shifted dates and once on a slow CPU.

Python, PostgreSQL and Mosquitto see the shifted date by a preloaded library (shifted_clock.c); durations keep their
length. Writes .run/test-calendar.json after every run, and ends with 1 when a test failed or a run did not end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tools.shifted_clock.moments import JAKARTA, Moment, moments
from tools.shifted_clock.selection import ROOT, Scope, selected
from tools.shifted_clock.slow_cpu import NoGroupError, measured_slowness, slow_group

OUT = ROOT / ".run" / "test-calendar.json"
LIBRARY = ROOT / ".run" / "shifted_clock.so"
SOURCE = Path(__file__).with_name("shifted_clock.c")
SLOW_TIMES = 4.0
SLOW_ENOUGH = 3.5
RUN_SECONDS = 3600


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one run of the tests came to. `error`: why there is no count. `slower`: seconds for a second of work."""

    name: str
    began_at: str
    files: int = 0
    tests: int = 0
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    error: str = ""
    slower: float | None = None

    @property
    def is_good(self) -> bool:
        """Whether every test ran and passed."""
        return self.tests > 0 and not self.failed and not self.error


def build_library() -> None:
    """Compiles the library when its source is newer."""
    if LIBRARY.exists() and LIBRARY.stat().st_mtime > SOURCE.stat().st_mtime:
        return
    LIBRARY.parent.mkdir(exist_ok=True)
    # The account of PostgreSQL must be able to read it, too.
    subprocess.run(["cc", "-O2", "-Wall", "-shared", "-fPIC", "-o", str(LIBRARY), str(SOURCE), "-ldl"], check=True)


def reachable_library() -> Path:
    """A copy that every account can read: the clone may lie in a folder that only its owner can enter."""
    folder = Path(tempfile.mkdtemp(prefix="siaga-clock-"))
    folder.chmod(0o755)
    copy = folder / LIBRARY.name
    shutil.copyfile(LIBRARY, copy)
    copy.chmod(0o755)
    return copy


def shifted(library: Path, seconds: int) -> dict[str, str]:
    """The environment in which a process and its children see the clock moved."""
    return {"LD_PRELOAD": str(library), "SHIFTED_CLOCK_SECONDS": str(seconds)}


def check_shift(library: Path, moment: Moment) -> None:
    """Raises when a process does not see the moment: nothing would be proven."""
    env = {**os.environ, **shifted(library, moment.shift_seconds(datetime.now(UTC)))}
    reported = subprocess.run(["date", "+%s"], env=env, capture_output=True, text=True, check=True).stdout
    if abs(int(reported) - moment.at.timestamp()) > 60:
        raise RuntimeError(f"{moment.name}: the clock shows {reported.strip()}, expected {moment.at.timestamp():.0f}")


def run_tests(
    name: str,
    files: Sequence[Path],
    *,
    env: Mapping[str, str],
    wrapper: Sequence[str] = (),
    processes: int,
) -> Outcome:
    """Runs the files without their proofs, whose limits are those of a whole quiet machine, and reads the report."""
    report = ROOT / ".run" / f"test-calendar-{name}.xml"
    report.unlink(missing_ok=True)
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout", "400", f"--junitxml={report}"]
    words += ["--numprocesses", str(processes), "--dist", "loadfile", "--no-loadscope-reorder", "-m", "not proof"]
    outcome = Outcome(name=name, began_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", files=len(files))
    began = time.monotonic()
    with report.with_suffix(".log").open("w") as log:
        argv = [*wrapper, sys.executable, *words, *(str(path.relative_to(ROOT)) for path in files)]
        try:
            subprocess.run(
                argv, cwd=ROOT, env={**os.environ, **env}, stdout=log, stderr=log, check=False, timeout=RUN_SECONDS
            )
        except subprocess.TimeoutExpired:
            outcome.error = f"not done after {RUN_SECONDS} s"
    outcome.seconds = round(time.monotonic() - began, 1)
    read_report(report, outcome)
    return outcome


def read_report(report: Path, outcome: Outcome) -> None:
    """Fills in how many tests there were and which of them failed."""
    if not report.exists():
        outcome.error = outcome.error or f"no report: see {report.with_suffix('.log').name}"
        return
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - pytest's own
    outcome.tests = len(cases)
    outcome.failed = [
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    ]


def run_slow(files: Sequence[Path], processes: int) -> Outcome:
    """The same tests today, with a quarter of the CPU."""
    try:
        with slow_group(SLOW_TIMES) as wrapper:
            slower = measured_slowness(wrapper)
            print(f"slow-cpu: a second of work takes {slower:.1f} seconds", flush=True)
            outcome = run_tests("slow-cpu", files, env={}, wrapper=wrapper, processes=processes)
            outcome.slower = round(slower, 2)
            if slower < SLOW_ENOUGH:
                outcome.error = f"a second of work took {slower:.1f} s only"
            return outcome
    except NoGroupError as error:
        return Outcome(name="slow-cpu", began_at="-", error=str(error))


def report(outcome: Outcome, label: str) -> None:
    """One line of progress, and the failures below it."""
    text = outcome.error or ("passed" if outcome.is_good else f"{len(outcome.failed)} FAILED")
    print(f"{outcome.name:<15} {label:<22} {outcome.tests:>5} tests {outcome.seconds:>7.0f} s  {text}", flush=True)
    for one in outcome.failed:
        print(f"    {one}", flush=True)


def main() -> int:
    """Runs what is asked for; 1 at a failure."""
    known = moments(datetime.now(JAKARTA).date())
    names = [one.name for one in known]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--days", default=",".join([*names, "slow-cpu"]), help=f"comma-separated: {', '.join(names)}, slow-cpu"
    )
    parser.add_argument(
        "--processes", type=int, default=min(4, (os.cpu_count() or 1) + 1), help="number of test processes"
    )
    parser.add_argument(
        "--scope",
        choices=("calendar", "hours", "clock"),
        default="calendar",
        help="calendar: tests that name a unit of the calendar; hours: also those of what a city decides by the hour"
        " (always at night); clock: every test that reads the clock",
    )
    parser.add_argument("--list", action="store_true", help="print the moments and the files, and run nothing")
    parser.add_argument("files", nargs="*", type=Path, help="test files to run instead of the selected ones")
    options = parser.parse_args()
    given = [path.resolve() for path in options.files]
    files = given or selected(scope=options.scope)
    wanted = [name for name in options.days.split(",") if name]
    if unknown := set(wanted) - {*names, "slow-cpu"}:
        parser.error(f"got {', '.join(sorted(unknown))}, expected some of {', '.join(names)}, slow-cpu")
    if options.list:
        print(*(f"{one.name:<15} {one.at:%a %Y-%m-%d %H:%M %Z}  {one.why}" for one in known), sep="\n")
        print(*(path.relative_to(ROOT) for path in files), sep="\n")
        return 0
    chosen = [(one, given or at_moment(one, options.scope)) for one in known if one.name in wanted]
    return run_all(chosen, files if "slow-cpu" in wanted else [], options.processes)


def at_moment(moment: Moment, scope: Scope) -> list[Path]:
    """Return the files of the scope; at night those of what a city decides by the hour are among them."""
    return selected(scope="hours" if moment.is_night and scope == "calendar" else scope)


def run_all(chosen: Sequence[tuple[Moment, list[Path]]], slow: Sequence[Path], processes: int) -> int:
    """Every moment with its files in turn, those of the slow CPU, a table at the end; 1 at a failure."""
    build_library()
    library = reachable_library()
    reported: list[tuple[Outcome, str]] = []

    def note(outcome: Outcome, label: str) -> None:
        reported.append((outcome, label))
        report(outcome, label)
        found = [{**asdict(each), "moment": text, "is_good": each.is_good} for each, text in reported]
        OUT.write_text(json.dumps({"runs": found}, indent=1) + "\n")

    try:
        for moment, files in chosen:
            check_shift(library, moment)
            env = shifted(library, moment.shift_seconds(datetime.now(UTC)))
            label = f"{moment.at:%a %Y-%m-%d %H:%M}"
            note(run_tests(moment.name, files, env=env, processes=processes), label)
        if slow:
            note(run_slow(slow, processes), f"today, CPU / {SLOW_TIMES:.0f}")
    finally:
        shutil.rmtree(library.parent)
    print(f"\n{OUT.relative_to(ROOT)}")
    for outcome, label in reported:
        report(outcome, label)
    return 0 if reported and all(outcome.is_good for outcome, _ in reported) else 1


if __name__ == "__main__":
    sys.exit(main())
