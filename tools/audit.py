"""`make audit`: reports known vulnerabilities of the installed packages, by pip-audit and npm audit.

It exits with code 1 if there is one or if the output of a tool cannot be read. Where no source of advisories can be
reached, nothing was checked: the last line says so, and the code is 0, so that a build without the internet succeeds,
or 2 with `--strict`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NPM_PROJECTS = ("cloud/web", "cloud/openapi-check", "dashboards/schema-check", "dashboards/check")
SECONDS = 60  # each; where packets vanish on the way to a source, the build does not wait for it
SKIPPED = "NOT CHECKED, no advisory source reachable"
# Advisory to the reason why it does not concern us; each is told all the same.
ACCEPTED: dict[str, str] = {}


class UnreadableError(ValueError):
    """What a tool printed is not what it prints."""


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One advisory about one package."""

    package: str
    advisory: str
    fix: str

    def line(self) -> str:
        """Describe the vulnerability in one line for a reader."""
        why = f" (accepted: {ACCEPTED[self.advisory]})" if self.advisory in ACCEPTED else ""
        return f"{self.package}: {self.advisory}, mended in {self.fix or 'no version yet'}{why}"


@dataclass(frozen=True, slots=True)
class Audit:
    """`audited` None: nobody could be asked."""

    audited: int | None
    vulnerabilities: Sequence[Vulnerability] = ()

    @property
    def is_bad(self) -> bool:
        """Whether something must be done."""
        return any(one.advisory not in ACCEPTED for one in self.vulnerabilities)


def of_pip(text: str) -> Audit:
    """What `pip-audit --format json` printed. Packages of which no advisory source knows are not audited."""
    output = _json(text)
    if not isinstance(output, dict) or not isinstance(output.get("dependencies"), list):
        if not text.strip():
            return Audit(None)
        raise UnreadableError(f"pip-audit: {text[:200]!r}")
    known = [one for one in output["dependencies"] if "skip_reason" not in one]
    if not known:
        return Audit(None)
    vulnerabilities = [
        Vulnerability(f"{one['name']} {one['version']}", hole["id"], ", ".join(hole.get("fix_versions", ())))
        for one in known
        for hole in one.get("vulns", ())
    ]
    return Audit(len(known), vulnerabilities)


def of_npm(text: str) -> Audit:
    """What `npm audit --json` printed."""
    output = _json(text)
    if not isinstance(output, dict):
        raise UnreadableError(f"npm audit: {text[:200]!r}")
    if "vulnerabilities" not in output:
        if "error" in output or "message" in output:
            return Audit(None)
        raise UnreadableError(f"npm audit: {text[:200]!r}")
    vulnerabilities = [
        Vulnerability(name, _advisory(cause), "a newer version" if one.get("fixAvailable") else "")
        for name, one in output["vulnerabilities"].items()
        for cause in one.get("via", ())
        if isinstance(cause, dict)  # a name stands for a package that has its own entry
    ]
    return Audit(int(output.get("metadata", {}).get("dependencies", {}).get("total", 0)), vulnerabilities)


def _advisory(cause: dict[str, object]) -> str:
    return str(cause.get("url", "")).rpartition("/")[2] or str(cause.get("source", "?"))


def _json(text: str) -> object:
    start = text.find("{")
    try:
        return json.JSONDecoder().raw_decode(text[start:])[0] if start >= 0 else None
    except ValueError:
        return None


def _describe(words: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _pip() -> Audit:
    uv = str(Path(sys.executable).with_name("uv"))
    words = [uv, "--quiet", "tool", "run", "pip-audit", "--format", "json", "--progress-spinner", "off"]
    words += ["--timeout", "10", "--requirement", "constraints.txt", "--no-deps", "--disable-pip"]
    return of_pip(_describe(words, ROOT))


def _npm(project: str) -> Audit:
    output = _describe(["npm", "audit", "--json"], ROOT / project)
    return of_npm(output) if output else Audit(None)


def summary(audits: Mapping[str, Audit]) -> str:
    """State in one line what was checked and what was not, so that no audit looks good that checked nothing."""
    missing = [name for name, one in audits.items() if one.audited is None]
    if len(missing) == len(audits):
        return "audit: NOTHING WAS CHECKED; this says nothing about vulnerabilities"
    bad = sum(one.is_bad for one in audits.values())
    found = f"audit: {len(audits) - len(missing)} of {len(audits)} checked, {bad} with vulnerabilities"
    return f"{found}; not checked: {', '.join(missing)}" if missing else found


def exit_code(audits: Mapping[str, Audit], *, strict: bool) -> int:
    """Return 1 for a vulnerability, 2 where something was not checked although it had to be, else 0."""
    if any(one.is_bad for one in audits.values()):
        return 1
    return 2 if strict and any(one.audited is None for one in audits.values()) else 0


def main() -> int:
    """Print the result of each audit, then what was checked."""
    audits = {"Python": _pip(), **{project: _npm(project) for project in NPM_PROJECTS}}
    for what, audit in audits.items():
        lines = (
            SKIPPED if audit.audited is None else f"{audit.audited} packages, {len(audit.vulnerabilities)} advisories"
        )
        print(f"audit of {what}: {lines}")
        for vulnerability in audit.vulnerabilities:
            print(f"  {vulnerability.line()}")
    print(summary(audits))
    return exit_code(audits, strict="--strict" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
