"""Stores the result of each clip until the code, the models or the clip change, so that a long run can be continued."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import siaga_core
import siaga_edge
from siaga_core.vision.manifest import default_manifest

_LIBRARIES = ("av", "numpy", "onnxruntime", "opencv-python-headless", "scipy")


@dataclass(frozen=True, slots=True)
class StoredResults:
    """Results below a folder. One is used again only where everything that it was made from is the same."""

    folder: Path

    def result(self, name: str, made_from: Iterable[bytes], make: Callable[[], Any]) -> Any:
        """What `make` returned for these inputs, as JSON; it is called unless that is stored."""
        file = self.folder / f"{name}.json"
        key = _hash_of([code_key().encode(), *made_from])
        if (stored := _stored(file, key)) is not None:
            return stored["result"]
        result = make()
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".part")
        unfinished.write_text(json.dumps({"key": key, "result": result}), encoding="utf-8")
        unfinished.rename(file)
        return result


@cache
def code_key() -> str:
    """A hash of the edge agent, of the core, of the weights' manifest and of the libraries."""
    folders = [Path(str(package.__file__)).parent for package in (siaga_core, siaga_edge)]
    files = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    versions = [f"{name} {metadata.version(name)}".encode() for name in _LIBRARIES]
    return _hash_of([*(file.read_bytes() for file in files), default_manifest().read_bytes(), *versions])


def _stored(file: Path, key: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if found.get("key") == key else None


def _hash_of(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()
