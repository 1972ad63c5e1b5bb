"""Files, functions and folders stay small, errors are caught by name, and each package of the cloud is described."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import pytest
from tests.architecture.source_tree import ROOT

PRODUCT = ("core", "edge", "cloud", "firmware-sim", "dashboards")
EVERYTHING = (*PRODUCT, "models", "benchmarks", "tools", "tests", "city")
NOT_OURS = ("node_modules", "generated", "migrations", "built", ".venv")
MOST_MODULES = 25
MOST_LINES = 400
BROAD = {"Exception", "BaseException"}
LEAST_WORDS = 4


def sources(*folders: str) -> Iterator[Path]:
    """List the Python modules below some folders; empty ones, generated ones and migrations are left out."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not set(path.relative_to(ROOT).parts) & set(NOT_OURS) and path.stat().st_size:
                yield path


def lines_of(path: Path) -> int:
    """Count the lines of a module."""
    return len(path.read_text("utf-8").splitlines())


def functions_of(tree: ast.AST) -> Iterator[int]:
    """Give the length of each function of a module in lines, without its decorators."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def except_clauses(tree: ast.AST) -> Iterator[bool]:
    """Give for each except clause of a module whether it is broad: a bare one, or one of `Exception` and above."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            yield any(one is None or (isinstance(one, ast.Name) and one.id in BROAD) for one in caught)


def percentile_95(values: Sequence[int]) -> int:
    """Give the smallest value that at least 95 % of the values do not exceed."""
    return sorted(values)[-(-len(values) * 95 // 100) - 1]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("try:\n    f()\nexcept:\n    pass\n", [True]),
        ("try:\n    f()\nexcept (OSError, Exception):\n    pass\nexcept ValueError:\n    pass\n", [True, False]),
        ("try:\n    f()\nexcept BaseException as error:\n    raise\n", [True]),
        ("try:\n    f()\nexcept errors.Exception_:\n    pass\n", [False]),
    ],
)
def test_a_broad_clause_is_recognised(source: str, expected: list[bool]) -> None:
    assert list(except_clauses(ast.parse(source))) == expected


def test_the_percentile_and_the_length_of_a_function_are_exact() -> None:
    assert percentile_95(range(1, 101)) == 95
    assert percentile_95([7]) == 7
    assert list(functions_of(ast.parse("@cached\ndef f():\n    x = 1\n    return x\n"))) == [3]


def test_no_folder_holds_more_than_25_modules() -> None:
    pages = (path for kind in ("ts", "tsx") for path in (ROOT / "cloud" / "web" / "src").rglob(f"*.{kind}"))
    modules = Counter(path.parent.relative_to(ROOT).as_posix() for path in (*sources(*EVERYTHING), *pages))
    print("largest folders:", modules.most_common(3))
    assert [f"{folder}: {count}" for folder, count in modules.items() if count > MOST_MODULES] == []


def test_no_file_is_longer_than_400_lines() -> None:
    lines = {path.relative_to(ROOT).as_posix(): lines_of(path) for path in sources(*EVERYTHING)}
    print("longest files:", sorted(((count, path) for path, count in lines.items()), reverse=True)[:3])
    assert [f"{path}: {count}" for path, count in lines.items() if count > MOST_LINES] == []


def test_most_files_are_short() -> None:
    lines = [lines_of(path) for path in sources(*PRODUCT)]
    print(f"{len(lines)} files: median {median(lines)} lines, 95 % at most {percentile_95(lines)}")
    assert median(lines) <= 90
    assert percentile_95(lines) <= 300


def test_most_functions_are_short() -> None:
    lines = [count for path in sources(*PRODUCT) for count in functions_of(ast.parse(path.read_text("utf-8")))]
    print(f"{len(lines)} functions: median {median(lines)} lines, 95 % at most {percentile_95(lines)}")
    assert median(lines) <= 7
    assert percentile_95(lines) <= 30


def test_few_except_clauses_are_broad() -> None:
    clauses = [one for path in sources(*PRODUCT) for one in except_clauses(ast.parse(path.read_text("utf-8")))]
    print(f"{len(clauses)} except clauses, {sum(clauses)} of them broad")
    assert sum(clauses) <= 0.05 * len(clauses)


def test_each_package_of_the_cloud_states_what_it_holds() -> None:
    packages = sorted((ROOT / "cloud" / "siaga_cloud").rglob("__init__.py"))
    texts = {path.parent.name: ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "" for path in packages}
    print(f"{len(packages)} packages of the cloud")
    assert packages
    assert [name for name, text in texts.items() if len(text.split()) < LEAST_WORDS or not text.endswith(".")] == []
