"""Two builds of the same sources have the same bytes, and a difference is noticed; the real hatchling."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.release import packages
from tools.release.packages import DifferenceError

PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "small"
version = "1.0+g0e19e476"
requires-python = ">=3.11"
[tool.hatch.build.targets.wheel]
packages = ["small"]
"""


def built(folder: Path, text: str, *, umask: int, epoch: int = 1_700_000_000) -> Path:
    """The sdist and the wheel of a project in a folder."""
    source, out = folder / "source", folder / "out"
    (source / "small").mkdir(parents=True)
    (source / "pyproject.toml").write_text(PROJECT)
    (source / "small" / "__init__.py").write_text(text)
    (source / "small" / "__init__.py").chmod(0o666 & ~umask)
    packages.build_siaga(source, out, epoch=epoch, targets=("sdist", "wheel"), umask=umask)
    return out


def test_place_time_and_permissions_do_not_change_the_bytes_but_the_sources_do(tmp_path: Path) -> None:
    first = built(tmp_path / "a", "VALUE = 1\n", umask=0o022)
    assert sorted(path.name for path in first.iterdir()) == [
        "small-1.0+g0e19e476-py3-none-any.whl",
        "small-1.0+g0e19e476.tar.gz",
    ]
    packages.compare(first, built(tmp_path / "elsewhere" / "b", "VALUE = 1\n", umask=0o077), "small")
    with pytest.raises(DifferenceError, match=r"small: small-1\.0.*whl, small-1\.0.*gz differ"):
        packages.compare(first, built(tmp_path / "c", "VALUE = 2\n", umask=0o022), "small")


def test_the_time_of_the_commit_is_in_the_files(tmp_path: Path) -> None:
    first = built(tmp_path / "a", "VALUE = 1\n", umask=0o022)
    with pytest.raises(DifferenceError, match="differ"):
        packages.compare(first, built(tmp_path / "b", "VALUE = 1\n", umask=0o022, epoch=1_600_000_000), "small")
