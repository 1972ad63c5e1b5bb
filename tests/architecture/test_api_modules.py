"""An API module of the cloud never imports the store of another subject."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source_tree import PACKAGES, modules, name_of, tree_of

CLOUD = PACKAGES["siaga_cloud"]


def is_api(path: Path) -> bool:
    """Whether a module belongs to the API of a subject: `api.py`, or a module of a folder `api`."""
    parts = path.relative_to(CLOUD).with_suffix("").parts
    return len(parts) > 1 and parts[0] != "platform" and "api" in parts


def foreign_stores(tree: ast.AST, subject: str) -> Iterator[str]:
    """Imports of stores that belong to another subject; the platform is everybody's."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("siaga_cloud."):
            continue
        _, owner, *inside = (node.module or "").split(".")
        is_store = any(part == "store" or part.startswith("store_") for part in inside)
        if owner not in (subject, "platform") and (is_store or any(alias.name == "store" for alias in node.names)):
            yield node.module or ""


def test_an_import_of_a_foreign_store_is_found() -> None:
    tree = ast.parse("from siaga_cloud.city.store import map\nfrom siaga_cloud.tasks import store")
    assert list(foreign_stores(tree, "tasks")) == ["siaga_cloud.city.store"]


def test_api_modules_import_no_store_of_another_subject() -> None:
    apis = [path for path in modules(CLOUD) if is_api(path)]
    assert len(apis) > 40
    found = [
        f"{name_of(path)}: {module}"
        for path in apis
        for module in foreign_stores(tree_of(path), path.relative_to(CLOUD).parts[0])
    ]
    assert not found, found
