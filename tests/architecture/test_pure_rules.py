"""Rules decide; they ask no clock, no chance, no file and no network."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.architecture.source_tree import PACKAGES, imports_of, modules, name_of, tree_of

CORE = PACKAGES["siaga_core"]
RULES = (*modules(CORE / "rules"), CORE / "hazards.py")
# The registry of hazards is data below the rules.
OWN = ("siaga_core.rules.", "siaga_core.hazards")
ALLOWED_MODULES = {
    "__future__",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "heapq",
    "hmac",
    "ipaddress",
    "itertools",
    "math",
    "operator",
    "re",
    "statistics",
    "types",
    "typing",
    "unicodedata",
}
CLOCKS = {"now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp"}
REACHING_OUT = {"open", "print", "input", "eval", "exec", "compile", "__import__", "breakpoint", "globals"}


def called(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and last name of everything that is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield node.lineno, name


def foreign_imports(tree: ast.AST) -> set[str]:
    """What a rule imports from outside the standard library's pure part and the rules."""
    return {
        name for name in imports_of(tree) if name.partition(".")[0] not in ALLOWED_MODULES and not name.startswith(OWN)
    }


def impure_calls(tree: ast.AST) -> list[tuple[int, str]]:
    """Calls of a clock or of the world outside."""
    return [(line, name) for line, name in called(tree) if name in CLOCKS | REACHING_OUT]


def mutable_globals(tree: ast.Module) -> list[str]:
    """Module-level lists, sets and dicts that are not declared as read-only."""
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Set | ast.ListComp | ast.SetComp):
            found += [ast.unparse(target) for target in node.targets]
        if any(isinstance(inner, ast.Global) for inner in ast.walk(node)):
            found.append(f"global in line {node.lineno}")
    return found


def thawed_dataclasses(tree: ast.AST) -> list[str]:
    """Dataclasses that are not frozen."""
    return [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if "dataclass" in ast.unparse(decorator) and "frozen=True" not in ast.unparse(decorator)
    ]


def test_there_are_rules_to_look_at() -> None:
    assert {path.stem for path in RULES} >= {"geometry", "dwell", "flooding", "stage", "incident", "task", "sla"}


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_rule_is_pure(path: Path) -> None:
    tree = tree_of(path)
    assert foreign_imports(tree) == set(), name_of(path)
    assert impure_calls(tree) == [], name_of(path)
    assert mutable_globals(tree) == [], name_of(path)
    assert thawed_dataclasses(tree) == [], name_of(path)


@pytest.mark.parametrize(
    "sin",
    [
        "import time",
        "import random",
        "import os.path",
        "from socket import socket",
        "from siaga_core.wire import topics",
        "import numpy as np",
        "at = datetime.now(UTC)",
        "at = datetime.datetime.utcnow()",
        "text = open('x').read()",
        "seen = []",
        "def f():\n    global seen",
        "@dataclass(slots=True)\nclass Spot: ...",
        "@dataclass\nclass Spot: ...",
    ],
)
def test_the_test_itself_sees_what_it_forbids(sin: str) -> None:
    tree = ast.parse(sin)
    assert foreign_imports(tree) or impure_calls(tree) or mutable_globals(tree) or thawed_dataclasses(tree)
