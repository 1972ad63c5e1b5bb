"""The manifests are valid by the OpenAPI of Kubernetes, as they are written and as kustomize renders them."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from tests.unit.packaging.test_kubernetes import KUBERNETES, objects

OVERLAYS = sorted(path.parent.relative_to(KUBERNETES).as_posix() for path in KUBERNETES.glob("overlays/*/*.yaml"))
needs_kustomize = pytest.mark.skipif(
    shutil.which("kustomize") is None, reason="kustomize is not installed; `make kubernetes-check` installs it"
)


@cache
def schema() -> dict[str, Any]:
    """Definitions of Kubernetes 1.32, those alone that the manifests need; unknown fields are refused."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "kubernetes-openapi.json").read_text("utf-8"))
    return found


@cache
def validator(version: str, kind: str) -> Any:
    """What checks an object of a kind."""
    name = schema()["kinds"][f"{version}/{kind}"]
    return jsonschema_rs.validator_for({"$ref": f"#/definitions/{name}", "definitions": schema()["definitions"]})


def complaints(one: dict[str, Any]) -> list[str]:
    """What Kubernetes would refuse."""
    name = f"{one['kind']} {one['metadata']['name']}"
    errors = validator(one["apiVersion"], one["kind"]).iter_errors(one)
    return [f"{name} {list(error.instance_path)}: {error.message}" for error in errors]


@cache
def rendered(folder: str) -> list[dict[str, Any]]:
    """The objects of an overlay."""
    done = subprocess.run(["kustomize", "build", KUBERNETES / folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def test_every_object_is_valid_by_the_schema_of_kubernetes() -> None:
    assert [line for one in objects() for line in complaints(one)] == []


def test_the_schema_refuses_what_kubernetes_refuses() -> None:
    api = next(one for one in objects() if one["kind"] == "Deployment")
    for path, value in (("replicas", "two"), ("replica", 2)):
        wrong = copy.deepcopy(api)
        wrong["spec"][path] = value
        assert complaints(wrong), path
    wrong = copy.deepcopy(api)
    wrong["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRoot"] = True
    assert complaints(wrong)


@needs_kustomize
@pytest.mark.parametrize("folder", ["base", *OVERLAYS])
def test_kustomize_renders_valid_objects_of_one_namespace(folder: str) -> None:
    found = rendered(folder)
    assert [line for one in found for line in complaints(one)] == []
    assert {one["metadata"].get("namespace") for one in found if one["kind"] != "Namespace"} == {"siaga"}


@needs_kustomize
@pytest.mark.parametrize("folder", ["base", *OVERLAYS])
def test_what_a_pod_refers_to_is_there(folder: str) -> None:
    found = rendered(folder)
    there = {(one["kind"], one["metadata"]["name"]) for one in found}
    text = [one for one in _everything(found) if isinstance(one, dict)]
    maps = {one["configMapKeyRef"]["name"] for one in text if "configMapKeyRef" in one}
    maps |= {one["configMap"]["name"] for one in text if "configMap" in one}
    assert {("ConfigMap", name) for name in maps} <= there
    claims = {one["persistentVolumeClaim"]["claimName"] for one in text if "persistentVolumeClaim" in one}
    assert {("PersistentVolumeClaim", name) for name in claims} <= there
    assert maps
    assert claims


@needs_kustomize
def test_the_small_overlay_requests_less_than_two_cores() -> None:
    workloads = [one for one in rendered("overlays/small") if one["kind"] in {"Deployment", "StatefulSet"}]
    requested = [one["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] for one in workloads]
    assert sum(int(cpu.removesuffix("m")) for cpu in requested) < 2000
    assert {one["spec"]["replicas"] for one in workloads} == {1}


@needs_kustomize
def test_the_registry_is_that_of_the_overlay() -> None:
    text = yaml.safe_dump_all(rendered("overlays/with-registry"))
    assert "image: registry.example/siaga/siaga-cloud:" in text
    assert "image: siaga-" not in text


def _everything(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value, *(found for one in value.values() for found in _everything(one))]
    return [found for one in value for found in _everything(one)] if isinstance(value, list) else []
