"""Hooks of the documentation site: navigation from docs/index.md, and links that leave docs/.

MkDocs counts every warning that is logged here, so that `mkdocs build --strict` fails.
"""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path
from typing import Any, Final

_LOG: Final = logging.getLogger("mkdocs.hooks.docs_site")
_HEADING: Final = re.compile(r"^## (.+)$")
_ENTRY: Final = re.compile(r"^[-|] ?\[([^\]]+)\]\((?!\.\.)([^)#]+\.md)\)")
_LINK: Final = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\./[^)\s]*)\)")
_TITLE: Final = re.compile(r"^# (.+)$", re.MULTILINE)


def navigation(index: str) -> list[dict[str, list[dict[str, str]]]]:
    """Return the groups of pages that docs/index.md lists below its headings."""
    groups: list[dict[str, list[dict[str, str]]]] = []
    pages: list[dict[str, str]] = []
    for line in index.splitlines():
        if heading := _HEADING.match(line):
            pages = []
            groups.append({heading[1]: pages})
        elif (entry := _ENTRY.match(line)) and groups:
            pages.append({entry[1]: entry[2]})
    return [group for group in groups if all(group.values())]


def records(folder: Path) -> list[dict[str, str]]:
    """Return the decision records with their titles, in the order of their numbers."""
    found = []
    for path in sorted(folder.glob("[0-9]*.md")):
        title = _TITLE.search(path.read_text("utf-8"))
        found.append({title[1] if title else path.stem: f"adr/{path.name}"})
    return found


def on_config(config: Any) -> Any:
    """Build the navigation; warn about pages that docs/index.md does not list."""
    docs = Path(config.docs_dir)
    groups = navigation((docs / "index.md").read_text("utf-8"))
    decisions = [{"Index": "adr/index.md"}, *records(docs / "adr")]
    listed = {page for group in groups for pages in group.values() for entry in pages for page in entry.values()}
    for path in sorted(docs.glob("*.md")):
        if path.name not in {*listed, "index.md"}:
            _LOG.warning("docs/index.md does not list %s", path.name)
    config.nav = [{"Overview": "index.md"}, *_without_records(groups), {"Decisions": decisions}]
    return config


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Replace links to files outside docs/ by their path; warn about paths that do not exist."""
    root = Path(config.docs_dir).parent

    def named(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page.file.src_uri), link[2]))
        if target.startswith("docs/"):
            return link[0]
        if not (root / target.partition("#")[0]).exists():
            _LOG.warning("%s links to %s, which does not exist", page.file.src_uri, target)
        return link[1] if link[1].strip("`") == target else f"{link[1]} (`{target}` in the repository)"

    return _LINK.sub(named, markdown)


def _without_records(groups: list[dict[str, list[dict[str, str]]]]) -> list[dict[str, list[dict[str, str]]]]:
    result = []
    for group in groups:
        for name, pages in group.items():
            own = [entry for entry in pages if not any(page.startswith("adr/") for page in entry.values())]
            result.append({name: own})
    return result
