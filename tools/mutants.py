"""`make mutants`: mutation testing of core/siaga_core/rules by its unit tests.

mutmut changes one thing in one function and runs the tests that reach that function; a change that no test notices
survives. The score is the share of changes that were noticed. The program ends with 1 below `LEAST_SCORE`.

It works on copies in .run/mutants, because mutmut wants the layout `src/` and `tests/` and the rules need no service
that the other tests start.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".run" / "mutants"
RESULTS = WORK / "mutants" / "src" / "siaga_core" / "rules"
LEAST_SCORE = 85.0
TESTS = ("tests/unit/core/conftest.py", "tests/unit/core/rules", "tests/support/edge/dwell_street.py")
# Exit codes of a mutant's tests, as mutmut stores them; every other code is a kill by time, signal or memory.
SURVIVED, NO_TESTS, NOT_RUN = "survived", "no tests", "not run"
STATUS = {None: NOT_RUN, 0: SURVIVED, 1: "killed", 3: "killed", 5: NO_TESTS, 33: NO_TESTS, 34: "skipped"}
TIMED_OUT = "timed out"
SETTINGS = """
[tool.mutmut]
source_paths = ["src/siaga_core"]
only_mutate = ["src/siaga_core/rules/*.py"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:unraisableexception"]
pytest_add_cli_args_test_selection = ["tests/unit/core/rules"]
timeout_constant = 6.0 # on a busy computer a short run may wait for its turn
use_git_change_detection = false

[tool.pytest.ini_options]
pythonpath = ["."]
addopts = ["--strict-markers", "--import-mode=importlib"]
filterwarnings = ["error"]
markers = ["slow: takes more than ten seconds"]
"""


def prepare(*, afresh: bool) -> None:
    """Copy the rules and their tests to the work folder; `afresh` forgets the results of the last run."""
    if afresh:
        shutil.rmtree(WORK, ignore_errors=True)
    shutil.rmtree(WORK / "tests", ignore_errors=True)
    shutil.rmtree(WORK / "mutants" / "tests", ignore_errors=True)
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "core" / "siaga_core", WORK / "src" / "siaga_core", ignore=skip, dirs_exist_ok=True)
    for name in TESTS:
        source, target = ROOT / name, WORK / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=skip)
        else:
            shutil.copy2(source, target)
    (WORK / "pyproject.toml").write_text(SETTINGS)


def run_mutmut(names: Sequence[str], *, processes: int) -> int:
    """Run mutmut on the mutants whose names fit the patterns, on all of them without any."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # a third of a short run is plug-ins
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes), *names]
    return subprocess.run(command, cwd=WORK, env=environment, check=False).returncode


def results() -> Iterator[tuple[str, str]]:
    """Every mutant's name with its status."""
    for file in sorted(RESULTS.rglob("*.py.meta")):
        for name, code in json.loads(file.read_text())["exit_code_by_key"].items():
            yield name, STATUS.get(code, TIMED_OUT)


def report() -> int:
    """Print the survivors, the score of each module and the score of all; 1 if that is too low or not complete."""
    of_module: dict[str, Counter[str]] = {}
    for name, status in results():
        of_module.setdefault(_module(name), Counter())[status] += 1
        if status in (SURVIVED, NO_TESTS):
            print(f"{status}: {name}")
    total: Counter[str] = Counter()
    for module, counts in of_module.items():
        total += counts
        print(f"{module:28} {_line(counts)}")
    print(f"{'all rules':28} {_line(total)}, expected at least {LEAST_SCORE:.0f} %")
    return int(score(total) < LEAST_SCORE or total[NOT_RUN] > 0)


def score(counts: Counter[str]) -> float:
    """The share of mutants, in percent, that a test noticed; 0 where there are none."""
    tested = counts.total() - counts["skipped"] - counts[NOT_RUN]
    return 100 * (tested - counts[SURVIVED] - counts[NO_TESTS]) / tested if tested else 0.0


def _module(name: str) -> str:
    """The module of a mutant, without the package: mutants are named `siaga_core.rules.MODULE.FUNCTION`."""
    return name.removeprefix("siaga_core.rules.").rpartition(".")[0]


def _line(counts: Counter[str]) -> str:
    parts = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    return f"{score(counts):5.1f} % of {counts.total()} ({parts})"


def main() -> int:
    """Run everything afresh, go on with the last run or repeat its survivors, and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--survivors", action="store_true", help="run only the survivors of the last run again")
    parser.add_argument("--resume", action="store_true", help="continue the last run, with its results")
    parser.add_argument("--report", action="store_true", help="print the report of the last run only")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="number of processes")
    parser.add_argument("names", nargs="*", help="patterns of mutants, such as 'siaga_core.rules.stage.*'")
    options = parser.parse_args()
    if not options.report:
        prepare(afresh=not (options.survivors or options.resume or options.names))
        names = list(options.names)
        if options.survivors:
            names += [name for name, status in results() if status in (SURVIVED, NO_TESTS, NOT_RUN)]
        if code := run_mutmut(names, processes=options.processes):
            return code
    return report()


if __name__ == "__main__":
    sys.exit(main())
