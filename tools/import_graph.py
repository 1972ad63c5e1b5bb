"""Print the import graph of one package and its cycles: `python tools/import_graph.py siaga_edge`.

Nodes are the first-level sub-packages and root modules of the package. The number of an edge is how many names are
imported over it. Imports inside functions and under TYPE_CHECKING count, and so do calls of `import_module` with a
literal name. The exit status is 1 when the graph has a cycle, and 2 when there is no such package.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("core", "edge", "cloud", "firmware-sim", ".")

Edge: TypeAlias = tuple[str, str]
Graph: TypeAlias = Mapping[str, set[str]]


def folder_of(package: str) -> Path | None:
    """Return the folder of a dotted package name, or None when the repository has none."""
    candidates = (ROOT / source / package.replace(".", "/") for source in SOURCES)
    return next((folder for folder in candidates if folder.is_dir()), None)


def node_of(module: str, package: str) -> str | None:
    """Return the node that a module belongs to, or None for a module outside the package and for its root."""
    if not module.startswith(f"{package}."):
        return None
    return module[len(package) + 1 :].partition(".")[0]


def module_name(path: Path, folder: Path, package: str) -> str:
    """Return the dotted name of a file under the package's folder."""
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join((package, *(part for part in parts if part != "__init__")))


def imported_names(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    """Yield the full name of everything that a module imports anywhere; `from a import b` yields `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module, is_package=is_package)
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (
                each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def _absolute(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    up = node.level - is_package
    return ".".join([*parts[: len(parts) - up], *([node.module] if node.module else [])])


def edges_of(folder: Path, package: str) -> Counter[Edge]:
    """Count the imports between different nodes of a package."""
    counts: Counter[Edge] = Counter()
    for path in sorted(folder.rglob("*.py")):
        module = module_name(path, folder, package)
        source = node_of(module, package)
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        names = imported_names(tree, module, is_package=path.name == "__init__.py")
        targets = [node_of(name, package) for name in names]
        counts.update((source, target) for target in targets if source and target and source != target)
    return counts


def nodes_of(folder: Path) -> set[str]:
    """Return the names of the first-level sub-packages and root modules."""
    packages = {path.name for path in folder.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    return packages | {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


def cycles_of(graph: Graph) -> list[list[str]]:
    """Return the strongly connected components of more than one node, each sorted, the largest first."""
    reach = {node: _reachable(graph, node) for node in graph}
    components = {frozenset(other for other in reach[node] if node in reach[other]) for node in graph}
    return sorted((sorted(each) for each in components if len(each) > 1), key=lambda each: (-len(each), each))


def _reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = graph.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found


def graph_of(nodes: Iterable[str], edges: Iterable[Edge]) -> dict[str, set[str]]:
    """Return the targets of every node; imported names that are no node of the package are left out."""
    graph: dict[str, set[str]] = {node: set() for node in nodes}
    for source, target in edges:
        if target in graph:
            graph[source].add(target)
    return graph


def described(package: str, edges: Counter[Edge], graph: Graph, cycles: list[list[str]]) -> Iterator[str]:
    """Yield the lines of the report."""
    count = sum(len(targets) for targets in graph.values())
    yield f"{package}: {len(graph)} nodes, {count} edges, {len(cycles)} cycles"
    for node in sorted(graph):
        targets = ", ".join(f"{target} ({edges[node, target]})" for target in sorted(graph[node]))
        yield f"  {node} -> {targets or '(nothing)'}"
    for cycle in cycles:
        yield f"cycle of {len(cycle)}: {', '.join(cycle)}"
        inside = [(a, b) for a in cycle for b in sorted(graph[a]) if b in cycle]
        yield from (f"    {a} -> {b} ({edges[a, b]})" for a, b in inside)


def main() -> int:
    """Print the graph of the package that the command line names."""
    parser = argparse.ArgumentParser(description="Print the import graph of a package; exit 1 when it has a cycle.")
    parser.add_argument("package", help="a dotted package name, such as siaga_edge or siaga_edge.camera")
    package = parser.parse_args().package
    folder = folder_of(package)
    if folder is None:
        print(f"import_graph: there is no package {package}", file=sys.stderr)
        return 2
    edges = edges_of(folder, package)
    graph = graph_of(nodes_of(folder), edges)
    cycles = cycles_of(graph)
    print("\n".join(described(package, edges, graph, cycles)))
    return 1 if cycles else 0


if __name__ == "__main__":
    raise SystemExit(main())
