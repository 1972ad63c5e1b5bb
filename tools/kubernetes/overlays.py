"""Makes the overlays: what a city copies and changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from tools.kubernetes.facts import NAMESPACE, REPLICAS, VOLUMES, Object, filled, services

_SMALL: Final = {"database": "20Gi", "media": "20Gi", "backup": "20Gi"}
_REGISTRY: Final = "registry.example"


def files(dumped: Callable[[Iterable[Object]], str]) -> dict[str, str]:
    """Return the text of the overlays by path."""
    made = {"small": _small(), "with-registry": _with_registry()}
    return {f"overlays/{name}/kustomization.yaml": dumped([one]) for name, one in made.items()}


def _small() -> Object:
    """Return one machine of two cores: one front door each, small disks that only this machine mounts."""
    patches = [_request("Deployment"), _request("StatefulSet")]
    patches += [_of_volume(name, "- op: replace\n  path: /spec/accessModes\n  value: [ReadWriteOnce]\n")
                for name, (_, is_shared) in VOLUMES.items() if is_shared]  # fmt: skip
    patches += [_of_volume(name, f"- op: replace\n  path: /spec/resources/requests/storage\n  value: {size}\n")
                for name, size in _SMALL.items()]  # fmt: skip
    replicas = [{"name": name, "count": 1} for name in REPLICAS]
    return _overlay(replicas=replicas, components=["../../components/admin"], patches=patches)


def _with_registry() -> Object:
    ours = sorted({filled(one["image"]) for one in services().values() if one["image"].startswith("siaga-")})
    images = [
        {"name": name, "newName": f"{_REGISTRY}/siaga/{name}", "newTag": tag}
        for name, _, tag in (one.partition(":") for one in ours)
    ]
    return _overlay(images=images, components=["../../components/admin", "../../components/scale-out"])


def _overlay(**rest: object) -> Object:
    head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "namespace": NAMESPACE,
            "resources": ["../../base"]}  # fmt: skip
    return {**head, **rest}


def _request(kind: str) -> Object:
    path = "/spec/template/spec/containers/0/resources/requests/cpu"
    return {"target": {"kind": kind}, "patch": f"- op: replace\n  path: {path}\n  value: 50m\n"}


def _of_volume(name: str, patch: str) -> Object:
    return {"target": {"kind": "PersistentVolumeClaim", "name": name}, "patch": patch}
