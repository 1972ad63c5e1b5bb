"""Translates volumes, secrets, configs and memory of a service into volumes and mounts of a pod."""

from __future__ import annotations

from pathlib import PurePosixPath

from tools.kubernetes.facts import VARIABLE, VOLUMES, Object, compose

_SIZES = {"k": "Ki", "m": "Mi", "g": "Gi"}


def quantity(size: str) -> str:
    """`64m` of Compose as `64Mi`."""
    return f"{size[:-1]}{_SIZES[size[-1].lower()]}"


def object_name(name: str) -> str:
    """Return a name of Compose as one that Kubernetes accepts."""
    return name.replace("_", "-").replace(".", "-")


def secret_key(source: str) -> str:
    """Return the name of a secret's file, which is its key in the Secret of Kubernetes."""
    return PurePosixPath(str(compose()["secrets"][source]["file"])).name


def secrets_of(service: Object) -> dict[str, str]:
    """Return where a service sees each of its secrets: path to the source."""
    listed = [one if isinstance(one, dict) else {"source": one, "target": f"/run/secrets/{one}"}
              for one in service.get("secrets", [])]  # fmt: skip
    return {str(one["target"]): str(one["source"]) for one in listed}


def volumes_and_mounts(service: Object) -> tuple[list[Object], list[Object]]:
    """Return the volumes of a pod, and where its container sees them."""
    pairs = [*_retained(service), *_memory(service), *_secrets(service), *_configs(service)]
    return [volume for volume, _ in pairs if volume], [mount for _, mount in pairs]


def claims_of(service: Object) -> list[str]:
    """Return the named volumes that a service mounts."""
    return [name for name, _, _ in _split(service) if name in VOLUMES]


def _split(service: Object) -> list[tuple[str, str, bool]]:
    found = []
    for volume in service.get("volumes", []):
        source, target, *options = VARIABLE.sub("variable", volume).split(":")
        found.append((source, target, "ro" in options))
    return found


def _retained(service: Object) -> list[tuple[Object, Object]]:
    pairs = []
    for name, path, only_read in _split(service):
        if name not in VOLUMES:  # a folder of the machine: `kubectl cp` into /tmp takes its place
            continue
        claim = {"claimName": name, **({"readOnly": True} if only_read else {})}
        mount = {"name": name, "mountPath": path, **({"readOnly": True} if only_read else {})}
        pairs.append(({"name": name, "persistentVolumeClaim": claim}, mount))
    return pairs


def _memory(service: Object) -> list[tuple[Object, Object]]:
    sizes = {}
    for line in service.get("tmpfs", []):
        path, _, options = line.partition(":")
        size = dict(one.split("=") for one in options.split(",")).get("size", "1m")
        sizes[path] = quantity(size)
    if "shm_size" in service:
        sizes["/dev/shm"] = quantity(service["shm_size"])  # noqa: S108 - a path in the container
    return [_of_memory(path, size) for path, size in sizes.items()]


def _of_memory(path: str, size: str) -> tuple[Object, Object]:
    name = object_name(path.strip("/").replace("/", "-"))
    return (
        {"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": size}},
        {"name": name, "mountPath": path},
    )


def _secrets(service: Object) -> list[tuple[Object, Object]]:
    by_root: dict[str, list[Object]] = {}
    for target, source in secrets_of(service).items():
        path = PurePosixPath(target)
        root = PurePosixPath("/run/secrets") if path.is_relative_to("/run/secrets") else path.parent
        item = {"key": secret_key(source), "path": str(path.relative_to(root))}
        by_root.setdefault(str(root), []).append({"secret": {"name": object_name(source), "items": [item]}})
    return [
        (
            {"name": f"secrets{number or ''}", "projected": {"defaultMode": 0o440, "sources": sources}},
            {"name": f"secrets{number or ''}", "mountPath": root, "readOnly": True},
        )
        for number, (root, sources) in enumerate(by_root.items())
    ]


def _configs(service: Object) -> list[tuple[Object, Object]]:
    pairs: list[tuple[Object, Object]] = []
    for config in service.get("configs", []):
        name = config_map_of(config["source"])
        volume = {"name": name, "configMap": {"name": name}} if all(one.get("name") != name for one, _ in pairs) else {}
        mount = {"name": name, "mountPath": config["target"], "subPath": object_key(config["source"]), "readOnly": True}
        pairs.append((volume, mount))
    return pairs


def config_map_of(source: str) -> str:
    """Return the ConfigMap that holds a config: one for each program."""
    return f"{source.partition('_')[0]}-files"


def object_key(source: str) -> str:
    """Return the key of a config in its ConfigMap."""
    return f"{source}.conf"
