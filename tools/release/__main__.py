"""`make release`: builds what a release consists of into dist/, prints each part, and states what is missing."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tools.release import bills, changelog, checksums, images, packages, signatures, sources
from tools.release.archives import ArchiveError
from tools.release.changelog import ChangelogError
from tools.release.commands import ROOT, CommandError, run
from tools.release.packages import DifferenceError
from tools.release.parts import REFUSED, Outcome, Part, SkippedError, exit_code, left_out
from tools.release.sources import RefusedError
from tools.release.version import Version, version_of

WORK = ROOT / ".run" / "release" / "work"
_FAILURES = (CommandError, DifferenceError, ChangelogError, ArchiveError, OSError, ValueError)


class Release:
    """The release of one commit, part by part."""

    def __init__(self, out: Path, version: Version, epoch: int) -> None:
        """`epoch`: the time of the commit, which all files have."""
        self._out, self._version, self._epoch = out, version, epoch

    @property
    def parts(self) -> dict[str, Callable[[], str]]:
        """The parts in the sequence in which they are built."""
        return {
            "packages": lambda: self._python("packages"),
            "client": lambda: self._python("client"),
            "deb": self._deb,
            "sbom": lambda: _sizes(bills.write(self._out, self._version, self._epoch)),
            "changelog": self._changelog,
            "images": self._images,
            "checksums": self._checksums,
            "signature": self._signature,
        }

    def _python(self, name: str) -> str:
        folder = packages.BUILDERS[name](WORK / name, self._version, self._epoch)
        files = [Path(shutil.copy2(file, self._out)) for file in sorted(folder.iterdir())]
        return f"{_sizes(files)}; built twice, the same bytes"

    def _deb(self) -> str:
        if shutil.which("dpkg-deb") is None:
            raise SkippedError("dpkg-deb is missing: a Debian package is built on Debian")
        variables = {"OUT": str(self._out), "VERSION": self._version.name}
        run(["tools/deb.sh"], env={**packages.environment(self._epoch), **variables})
        return _sizes(self._out.glob("*.deb"))

    def _changelog(self) -> str:
        file = self._out / f"CHANGELOG-{self._version.name}.md"
        changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
        file.write_text(changelog.section_of(changes, self._version.section), "utf-8")
        return f"{file.name}: the section {self._version.section!r}"

    def _images(self) -> str:
        source = sources.export(WORK / "images", self._version)
        on_stand_ins = os.environ.get("STAND_INS") == "1"
        return images.build(source, self._out, self._version, self._epoch, on_stand_ins=on_stand_ins)

    def _checksums(self) -> str:
        found = checksums.digests(self._out)
        (self._out / checksums.NAME).write_text(checksums.as_text(found), "utf-8")
        return f"{checksums.NAME} of {len(found)} files"

    def _signature(self) -> str:
        if not (key := os.environ.get("KEY")):
            raise SkippedError("no key: KEY=FILE names the SSH key of the releaser")
        return signatures.sign(self._out, Path(key).expanduser()).name


def _sizes(files: object) -> str:
    paths = sorted(Path(str(file)) for file in files)  # type: ignore[attr-defined]
    return ", ".join(f"{path.name} {path.stat().st_size / 1e6:.1f} MB" for path in paths)


def build(release: Release, unwanted: set[str]) -> list[Part]:
    """Build each part, and print it; one that fails does not stop the others."""
    built: list[Part] = []
    for name, make in release.parts.items():
        began = time.monotonic()
        if name in unwanted:
            built.append(Part(name, Outcome.LEFT_OUT, "named in SKIP"))
        elif name == "signature" and any(part.outcome is Outcome.FAILED for part in built):
            built.append(Part(name, Outcome.SKIPPED, "nothing is signed, because a part failed"))
        else:
            outcome, detail = _made(make)
            built.append(Part(name, outcome, detail, time.monotonic() - began))
        print(built[-1].line(), flush=True)
    return built


def _made(make: Callable[[], str]) -> tuple[Outcome, str]:
    try:
        return Outcome.BUILT, make()
    except SkippedError as reason:
        return Outcome.SKIPPED, str(reason)
    except _FAILURES as error:
        return Outcome.FAILED, str(error)


def may_replace(out: Path) -> bool:
    """Return whether the files of a folder may be deleted: it is missing, empty, the default or an earlier release."""
    return out == ROOT / "dist" or not out.exists() or not any(out.iterdir()) or (out / checksums.NAME).is_file()


def main() -> int:
    """Return the exit code of docs/releasing.md."""
    out = Path(os.environ.get("OUT", ROOT / "dist")).absolute()
    try:
        sources.refuse_changes()
        commit, pyproject = sources.commit(), (ROOT / "pyproject.toml").read_text("utf-8")
        version = version_of(pyproject, (ROOT / "CHANGELOG.md").read_text("utf-8"), commit)
        release = Release(out, version, sources.commit_seconds())
        unwanted = left_out(os.environ.get("SKIP", ""), list(release.parts))
    except (RefusedError, ChangelogError, ValueError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    if not may_replace(out):
        print(f"{out} has files that no release wrote: name an empty folder in OUT", file=sys.stderr)
        return REFUSED
    kind = "an interim build between releases" if version.is_interim else "a release"
    print(f"siaga {version.name}, {kind}, of commit {commit[:8]}, into {out}", flush=True)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    code = exit_code(build(release, unwanted))
    print({0: "Complete.", 1: "Failed.", 3: "Not complete: SKIP=NAME leaves a part out on purpose."}[code])
    return code


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
