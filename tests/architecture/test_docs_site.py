"""The documentation site is built from docs/index.md, and a mistake in a page fails the build."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools.docs_site import navigation, records

ROOT = Path(__file__).resolve().parents[2]
INDEX = "# Site\n\n## Readers\n\n- [Page](page.md): text.\n- [Records](adr/index.md): text.\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small site with the configuration and the hooks of the real one."""
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "docs_site.py", tmp_path / "tools")
    (tmp_path / "README.md").write_text("# Project\n", "utf-8")
    records_folder = tmp_path / "docs" / "adr"
    records_folder.mkdir(parents=True)
    (records_folder / "index.md").write_text("# Records\n", "utf-8")
    (records_folder / "0001-choose.md").write_text("# 0001. Choose\n", "utf-8")
    (tmp_path / "docs" / "site.css").write_text("", "utf-8")
    (tmp_path / "docs" / "index.md").write_text(INDEX, "utf-8")
    (tmp_path / "docs" / "page.md").write_text("# Page\n\n## Part\n\n[Readme](../README.md)\n", "utf-8")
    return tmp_path


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder / "out")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_a_sound_site_is_built_and_names_files_outside_docs(site: Path) -> None:
    done = build(site)
    assert done.returncode == 0, done.stderr
    page = (site / "out" / "page.html").read_text("utf-8")
    assert "<code>README.md</code> in the repository" in page
    assert "0001. Choose" in page


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("page.md", "[gone](gone.md)"),
        ("page.md", "[gone](index.md#gone)"),
        ("page.md", "[gone](../GONE.md)"),
        ("unlisted.md", "# Unlisted"),
        ("index.md", INDEX + "- [Gone](gone.md): text.\n"),
    ],
    ids=["page", "anchor", "outside", "unlisted", "navigation"],
)
def test_a_mistake_fails_the_build(site: Path, page: str, text: str) -> None:
    (site / "docs" / page).write_text(text, "utf-8")
    assert build(site).returncode != 0


def test_the_navigation_follows_the_index_of_the_project() -> None:
    groups = navigation((ROOT / "docs" / "index.md").read_text("utf-8"))
    listed = [page for group in groups for pages in group.values() for entry in pages for page in entry.values()]
    assert len(listed) == len(set(listed)) > 20
    assert {"architecture.md", "pages.md", "adr/index.md"} <= set(listed)


def test_every_record_has_the_number_of_its_file_in_its_title_and_stands_in_the_index() -> None:
    index = (ROOT / "docs" / "adr" / "index.md").read_text("utf-8")
    for record in records(ROOT / "docs" / "adr"):
        (title, page) = next(iter(record.items()))
        name = page.removeprefix("adr/")
        assert title.startswith(f"{name[:4]}. "), page
        assert f"[{name[:4]}]({name})" in index, page


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")), ids=lambda path: path.name[:4])
def test_a_record_has_the_one_format(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert lines[2].startswith("- Status: ")
    assert any(line.startswith("- Date: 20") for line in lines[3:5])
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]
