"""Makes the overlays: what a city copies and changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from tools.kubernetes.facts import NAMESPACE, REPLICAS, TIMERS, VOLUMES, Object, filled, home_of, services

_SMALL: Final = {"database": "20Gi", "media": "20Gi", "backup": "20Gi"}
_REGISTRY: Final = "registry.example"


def files(dumped: Callable[[Iterable[Object]], str]) -> dict[str, str]:
    """Return the text of the overlays by path."""
    made = {"small": _small(), "with-registry": _with_registry()}
    return {f"overlays/{name}/kustomization.yaml": dumped([one]) for name, one in made.items()}


def _small() -> Object:
    """Return one machine of two cores: one front door each, small disks that only this machine mounts."""
    patches = [_request("Deployment"), _request("StatefulSet")]
    patches += [_request("Deployment", name, "15m") for name, one in sorted(services().items()) if yields(name, one)]
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


def yields(name: str, service: Object) -> bool:
    """Return whether the base has it as a Deployment that has less than the usual share of a busy processor."""
    return "cpu_shares" in service and name not in TIMERS and home_of(name) == "base"


def _request(kind: str, name: str = "", cpu: str = "50m") -> Object:
    path = "/spec/template/spec/containers/0/resources/requests/cpu"
    target = {"kind": kind, **({"name": name} if name else {})}
    return {"target": target, "patch": f"- op: replace\n  path: {path}\n  value: {cpu}\n"}


def _of_volume(name: str, patch: str) -> Object:
    return {"target": {"kind": "PersistentVolumeClaim", "name": name}, "patch": patch}
