"""Builds the Python packages twice, at two places, and compares every byte."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

from tools.release import checksums, sources
from tools.release.commands import ROOT, run
from tools.release.version import Version

BIN = Path(sys.executable).parent


class DifferenceError(Exception):
    """Two builds of one commit are not the same."""


def environment(epoch: int) -> dict[str, str]:
    """Return the environment of a build: without a time zone, a language and a random order of sets of its own."""
    return {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def build_siaga(source: Path, out: Path, *, epoch: int, targets: tuple[str, ...], umask: int = 0o022) -> None:
    """Build the sdist and the wheel of `siaga` with hatchling, which comes from locks/."""
    words = [word for target in targets for word in ("--target", target)]
    out.mkdir(parents=True, exist_ok=True)
    run([BIN / "python", "-m", "hatchling", "build", "--directory", out, *words],
        cwd=source, env={**environment(epoch), "PYTHONHASHSEED": str(umask)}, umask=umask)  # fmt: skip


def compare(first: Path, second: Path, what: str) -> None:
    """Raise where the files of two folders differ."""
    if names := checksums.differences(checksums.digests(first), checksums.digests(second)):
        raise DifferenceError(f"{what}: {', '.join(names)} differ between two builds of one commit")


def siaga(work: Path, version: Version, epoch: int) -> Path:
    """Return a folder with the sdist and the wheel of `siaga`.

    They are built from two copies of the sources at other paths and with other permissions, and the wheel once more
    from the unpacked sdist, which shows that the sdist is complete.
    """
    first, second, third = work / "first", work / "second-build", work / "third"
    for folder in (first, second, third):
        shutil.rmtree(folder, ignore_errors=True)
    both = ("sdist", "wheel")
    build_siaga(sources.export(work / "a", version), first, epoch=epoch, targets=both)
    copy = sources.export(work / "elsewhere" / "b", version)
    run(["chmod", "--recursive", "go-rwx", copy])
    build_siaga(copy, second, epoch=epoch, targets=both, umask=0o077)
    compare(first, second, "siaga")
    (archive,) = first.glob("*.tar.gz")
    unpacked = work / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    with tarfile.open(archive) as packed:
        packed.extractall(unpacked, filter="data")
    (source,) = unpacked.iterdir()
    build_siaga(source, third, epoch=epoch, targets=("wheel",))
    shutil.copy2(archive, third)
    compare(first, third, "the wheel of the sdist")
    return first


def client(work: Path, version: Version, epoch: int) -> Path:
    """Return a folder with the sdist and the wheel of `siaga-client`, generated from the OpenAPI document."""
    generated = ROOT / ".run" / "client" / "siaga-client"
    builds: list[Path] = []
    for name in ("client", "client-again"):
        run(["tools/client.sh"], env={**environment(epoch), "CLIENT_VERSION": version.name, "NO_ENVIRONMENT": "1"})
        builds.append(work / name)
        shutil.rmtree(builds[-1], ignore_errors=True)
        run([BIN / "uv", "build", "--quiet", "--out-dir", builds[-1], generated], env=environment(epoch))
    for unwanted in (path for folder in builds for path in folder.glob(".gitignore")):
        unwanted.unlink()
    compare(builds[0], builds[1], "siaga-client")
    return builds[0]


BUILDERS: dict[str, Callable[[Path, Version, int], Path]] = {"packages": siaga, "client": client}
