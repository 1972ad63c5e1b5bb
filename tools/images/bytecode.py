"""Compiles what programs load, and nothing else: `python bytecode.py FOLDER MODULE...`; `NAME.*` is NAME and all below.

The files lie where Python looks for them by PYTHONPYCACHEPREFIX. They are not compared with their sources, since in an
image neither changes. What is compiled already, in an earlier layer, is left out. A module that cannot be
imported fails the build: so does a package from which slim.py has taken too much.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import py_compile
import sys
from collections.abc import Iterator
from pathlib import Path


def load(words: str) -> None:
    """Import a module and, where that is asked, every module below it but programs."""
    name = words.removesuffix(".*")
    module = importlib.import_module(name)
    if name == words:
        return
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), f"{name}."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def loaded_sources() -> Iterator[Path]:
    """Yield the sources of everything that was imported."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file is not None and file.endswith(".py"):
            yield Path(file)


def compile_all(folder: Path) -> int:
    """Compile what was imported, and return how many files that were."""
    prefix = sys.pycache_prefix
    if prefix is None:
        raise SystemExit("PYTHONPYCACHEPREFIX is not set")
    compiled = 0
    for source in sorted(set(loaded_sources())):
        cached = Path(importlib.util.cache_from_source(str(source)))
        if cached.exists():
            continue
        target = folder / cached.relative_to(prefix)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(source), cfile=str(target), doraise=True, invalidation_mode=mode)
        compiled += 1
    return compiled


def main(words: list[str]) -> int:
    """Import and compile; returns the exit code."""
    for name in words[1:]:
        load(name)
    print(f"{compile_all(Path(words[0]))} modules compiled")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
