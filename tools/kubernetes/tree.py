"""Says which file of packaging/kubernetes holds which objects."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Final

import yaml
from tools.kubernetes import overlays
from tools.kubernetes.facts import COMPONENTS, NAMESPACE, SETTINGS, Object, compose, home_of, services, settings
from tools.kubernetes.files import config_maps
from tools.kubernetes.mounts import object_name, secret_key, secrets_of
from tools.kubernetes.networks import policies
from tools.kubernetes.workloads import claims, disruption_budgets, objects_of

HEAD: Final = "# Written by `python -m tools.kubernetes` from docker-compose.yml: change that, and run it again.\n"


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Writes lists in block style, long texts as blocks, and nothing as an anchor."""

    def ignore_aliases(self, data: object) -> bool:
        """No anchors: every file is read by people."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def files() -> dict[str, str]:
    """Return the text of each generated file by its path below packaging/kubernetes."""
    held: dict[str, list[Object]] = {
        "base/namespace.yaml": [_namespace()],
        "base/volumes.yaml": claims(services()),
        "base/networks.yaml": policies(),
        "base/budgets.yaml": disruption_budgets(),
        "base/files.yaml": config_maps(),
    }
    for name, service in services().items():
        held[f"{home_of(name)}/{name}.yaml"] = objects_of(name, service)
    found = {path: dumped(objects) for path, objects in held.items()}
    return found | _kustomizations(held) | overlays.files(dumped) | {"create-secrets.sh": _secrets_script()}


def dumped(objects: Iterable[Object]) -> str:
    """Return objects as YAML below the head that says where they come from."""
    stream = io.StringIO()
    yaml.dump_all(objects, stream, _Dumper, sort_keys=False, width=120, explicit_start=True)
    return HEAD + stream.getvalue()


def _namespace() -> Object:
    enforced = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": enforced}}


def _kustomizations(held: dict[str, list[Object]]) -> dict[str, str]:
    found = {}
    for folder in ("base", *(f"components/{name}" for name in COMPONENTS.values())):
        resources = sorted(path.rpartition("/")[2] for path in held if path.rpartition("/")[0] == folder)
        found[f"{folder}/kustomization.yaml"] = dumped([_kustomization(folder, resources)])
    return found


def _kustomization(folder: str, resources: list[str]) -> Object:
    if folder != "base":
        return {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component", "resources": resources}
    literals = [f"{name}={value}" for name, value in settings().items()]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": NAMESPACE,
        "resources": resources,
        "configMapGenerator": [{"name": SETTINGS, "literals": literals}],
    }


def _secrets_script() -> str:
    used = sorted({source for one in services().values() for source in secrets_of(one).values()})
    lines = [
        "#!/bin/sh",
        HEAD.rstrip(),
        "# create-secrets.sh FOLDER: hands those files of `siaga-cloud admin secrets FOLDER` to the cluster that pods",
        "# read. It may be repeated. The folder then belongs offline, not on this machine.",
        "set -eu",
        'folder=${1:?usage: create-secrets.sh FOLDER}',
        "give() {",
        f'  kubectl --namespace {NAMESPACE} create secret generic "$1" --from-file="$2=$folder/$3" --dry-run=client \\',
        "    --output yaml | kubectl apply --server-side --filename -",
        "}",
    ]  # fmt: skip
    declared = compose()["secrets"]
    for source in used:
        path = declared[source]["file"].removeprefix("./secrets/")
        lines.append(f"give {object_name(source)} {secret_key(source)} {path}")
    return "\n".join(lines) + "\n"
