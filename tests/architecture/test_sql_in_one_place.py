"""The cloud asks the database in stores and in the platform's own database package, and nowhere else."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.source_tree import PACKAGES, ROOT, modules, name_of, tree_of

CLOUD = PACKAGES["siaga_cloud"]
PLATFORM_DATABASE = CLOUD / "platform" / "db"
# LISTEN takes no parameters and belongs to the connection that it is made on; a mailbox copies mails, not rows.
EXEMPT = {CLOUD / "live" / "feed.py", CLOUD / "channels" / "gateways" / "mailbox.py"}
QUERY_METHODS = {"execute", "executemany", "copy"}


def requested(tree: ast.AST) -> list[int]:
    """Lines that ask a database something."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in QUERY_METHODS
    ]


def may_query(path: Path) -> bool:
    """Whether SQL may stand in this file: `store.py`, `store_*.py`, a folder `store`, the platform's database."""
    if PLATFORM_DATABASE in path.parents or path in EXEMPT:
        return True
    parts = path.relative_to(CLOUD).with_suffix("").parts
    return any(part == "store" or part.startswith("store_") for part in parts)


def test_a_query_is_found() -> None:
    assert requested(ast.parse("rows = conn.cursor().execute('SELECT 1')")) == [1]


def test_stores_are_distinguished_from_the_rest() -> None:
    assert may_query(CLOUD / "tasks" / "store" / "tasks.py")
    assert may_query(CLOUD / "webhooks" / "store.py")
    assert not may_query(CLOUD / "tasks" / "service" / "tasks.py")


def test_queries_are_in_stores_alone() -> None:
    found = [
        f"{name_of(path)}:{line}" for path in modules(CLOUD) if not may_query(path) for line in requested(tree_of(path))
    ]
    assert not found, found


def test_no_test_and_no_benchmark_writes_that_a_photo_is_redacted() -> None:
    """Only the worker's job does; where fixtures did, every test passed although no job existed."""
    flag = re.compile(r"update\s+media\s+set", re.IGNORECASE)
    assert flag.search("UPDATE  media\nSET")
    files = [file for folder in ("tests", "benchmarks", "firmware-sim", "tools") for file in modules(ROOT / folder)]
    found = [name_of(file) for file in files if flag.search(file.read_text("utf-8")) and file != Path(__file__)]
    assert found == []
