"""Cut the definitions that the manifests need out of the wheel of kubernetes-validate, which holds Kubernetes' OpenAPI.

python -m tools.kubernetes.openapi kubernetes_validate-1.37.0-py3-none-any.whl > kubernetes-openapi.json
"""

from __future__ import annotations

import itertools
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from tools.kubernetes.facts import FOLDER

VERSION: Final = "v1.32.0"
_DEFINITIONS: Final = f"kubernetes_validate/kubernetes-json-schema/{VERSION}-local-strict/_definitions.json"
_GROUPS: Final = {"v1": "api.core.v1", "apps/v1": "api.apps.v1", "batch/v1": "api.batch.v1",
                  "policy/v1": "api.policy.v1", "networking.k8s.io/v1": "api.networking.v1"}  # fmt: skip


def main() -> None:
    """Print the definitions of the kinds that packaging/kubernetes uses."""
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        everything = json.loads(wheel.read(_DEFINITIONS))["$defs"]
    kinds = {f"{version}/{kind}": f"io.k8s.{_GROUPS[version]}.{kind}" for version, kind in sorted(_used())}
    needed: dict[str, Any] = {}
    waiting = list(kinds.values())
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = _plain(everything[name])
            waiting += _references(needed[name])
    document = {"version": VERSION, "kinds": kinds, "definitions": dict(sorted(needed.items()))}
    json.dump(document, sys.stdout, separators=(",", ":"))


def _used() -> set[tuple[str, str]]:
    lines = [line for path in FOLDER.rglob("*.yaml") for line in path.read_text("utf-8").splitlines()]
    pairs = itertools.pairwise(lines)
    found = {(one.partition(": ")[2], two.partition(": ")[2]) for one, two in pairs if one.startswith("apiVersion: ")}
    return {(version, kind) for version, kind in found if version in _GROUPS}


def _plain(value: Any) -> Any:
    """Without descriptions, and with references inside one document."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"#/definitions/{one.rpartition('/')[2]}" if key == "$ref" else _plain(one)
        for key, one in value.items()
        if not (key == "description" and isinstance(one, str)) and not key.startswith("x-kubernetes")
    }


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "$ref":
                yield one.rpartition("/")[2]
            else:
                yield from _references(one)


if __name__ == "__main__":
    main()
