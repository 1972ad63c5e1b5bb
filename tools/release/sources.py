"""Copies the sources of a commit, so that nothing else of a checkout gets into a release."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.release.commands import ROOT, run, text
from tools.release.version import Version, with_version

PAGES = Path("cloud/siaga_cloud/pages/built")


class RefusedError(Exception):
    """The checkout is in a state that nothing may be built of."""


def refuse_changes() -> None:
    """Raise where files differ from the commit: the release would not be what its version names."""
    if changed := text(["git", "status", "--porcelain"]):
        raise RefusedError(f"the checkout has changes that are not committed:\n{changed}")
    if not (ROOT / PAGES / "index.html").is_file():
        raise RefusedError(f"{PAGES} has no pages: run tools/web.sh with Node.js 20.19 or newer")


def commit() -> str:
    """Return the commit that is built."""
    return text(["git", "rev-parse", "HEAD"])


def commit_seconds() -> int:
    """Return the time of the commit, which is SOURCE_DATE_EPOCH."""
    return int(text(["git", "log", "-1", "--format=%ct"]))


def export(folder: Path, version: Version) -> Path:
    """Write the sources of the commit and the built pages into a new folder, and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(["tar", "--extract", "--file=-"], cwd=folder, stdin=run(["git", "archive", "HEAD"]))
    shutil.copytree(ROOT / PAGES, folder / PAGES)
    project = folder / "pyproject.toml"
    project.write_text(with_version(project.read_text("utf-8"), version), "utf-8")
    return folder
