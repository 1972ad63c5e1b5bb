"""The cloud asks the database in siaga_cloud/db and nowhere else."""

from __future__ import annotations

import ast

from tests.architecture.source_tree import PACKAGES, modules, name_of, tree_of

CLOUD = PACKAGES["siaga_cloud"]
HOME = CLOUD / "db"
# LISTEN takes no parameters and belongs to the connection that it is made on; a mailbox copies mails, not rows.
EXEMPT = {CLOUD / "http" / "live_feed.py", CLOUD / "channels" / "mailbox.py"}
ASKS = {"execute", "executemany", "copy"}


def asked(tree: ast.AST) -> list[int]:
    """Lines that ask a database something."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKS
    ]


def test_a_query_is_found() -> None:
    assert asked(ast.parse("rows = conn.cursor().execute('SELECT 1')")) == [1]


def test_queries_are_in_db_alone() -> None:
    found = [
        f"{name_of(path)}:{line}"
        for path in modules(CLOUD)
        if HOME not in path.parents and path not in EXEMPT
        for line in asked(tree_of(path))
    ]
    assert not found, found
