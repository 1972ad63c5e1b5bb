"""packaging/kubernetes deploys what docker-compose.yml deploys, with the same restrictions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.packaging.compose_file import compose, secret_files, services
from tools.kubernetes import __main__ as command
from tools.kubernetes import facts

KUBERNETES = facts.FOLDER


def objects() -> list[dict[str, Any]]:
    """Every object of the base and of the components; without what only kustomize reads."""
    files = [*KUBERNETES.glob("base/*.yaml"), *KUBERNETES.glob("components/*/*.yaml")]
    found = [one for file in files for one in yaml.safe_load_all(file.read_text("utf-8"))]
    return [one for one in found if "kustomize" not in one["apiVersion"]]


def template_of(one: dict[str, Any]) -> dict[str, Any]:
    """The template of the pods of a workload."""
    spec = one["spec"]["jobTemplate"]["spec"] if one["kind"] == "CronJob" else one["spec"]
    found: dict[str, Any] = spec["template"]
    return found


def templates() -> Iterator[tuple[str, dict[str, Any]]]:
    """The pods by the name of their service in Compose."""
    for one in objects():
        if one["kind"] in {"Deployment", "StatefulSet", "Job", "CronJob"}:
            template = template_of(one)
            yield template["metadata"]["labels"]["app.kubernetes.io/name"], template


PODS = dict(templates())
SERVICES = services()


def test_the_files_are_what_the_compose_file_gives() -> None:
    assert command.differing() == []


def test_a_changed_a_missing_and_a_strange_file_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    command.write()
    assert command.differing() == []
    (tmp_path / "base" / "api.yaml").write_text("replicas: 7\n")
    (tmp_path / "base" / "db.yaml").unlink()
    (tmp_path / "base" / "forgotten.yaml").write_text("")
    assert command.differing() == ["base/api.yaml", "base/db.yaml", "base/forgotten.yaml"]
    assert command.main() == 0
    assert command.differing() == []


def test_every_service_of_compose_is_there_or_is_left_out_for_a_reason() -> None:
    assert set(PODS) | set(facts.LEFT_OUT) == set(SERVICES)
    assert set(PODS).isdisjoint(facts.LEFT_OUT)
    assert all(len(reason.split()) > 4 for reason in facts.LEFT_OUT.values())


@pytest.mark.parametrize("name", sorted(PODS))
def test_a_pod_is_shut_in_as_its_service_is(name: str) -> None:
    spec, service = PODS[name]["spec"], SERVICES[name]
    user, _, group = service["user"].partition(":")
    account = spec["securityContext"]
    assert (account["runAsUser"], account["runAsGroup"]) == (int(user), int(group))
    assert account["runAsNonRoot"] is True
    assert account["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
    }  # fmt: skip
    assert container["image"] == service["image"]
    limits = service["deploy"]["resources"]["limits"]
    assert container["resources"]["limits"] == {
        "cpu": f"{round(float(limits['cpus']) * 1000)}m", "memory": limits["memory"].upper() + "i"
    }  # fmt: skip
    assert not any("hostPath" in volume for volume in spec["volumes"])
    assert all(volume["emptyDir"]["sizeLimit"] for volume in spec["volumes"] if "emptyDir" in volume)


@pytest.mark.parametrize("name", sorted(PODS))
def test_a_pod_sees_the_secrets_of_its_service_where_it_looks_for_them(name: str) -> None:
    (container,) = PODS[name]["spec"]["containers"]
    roots = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    seen = {
        f"{roots[volume['name']]}/{item['path']}": f"./secrets/{path_in_script(source['secret']['name'])}"
        for volume in PODS[name]["spec"]["volumes"] if "projected" in volume
        for source in volume["projected"]["sources"] for item in source["secret"]["items"]
    }  # fmt: skip
    assert seen == secret_files(SERVICES[name])


def path_in_script(secret: str) -> str:
    """Which file of the folder of secrets create-secrets.sh gives to a Secret."""
    lines = [line.split() for line in (KUBERNETES / "create-secrets.sh").read_text().splitlines()]
    return next(line[3] for line in lines if line[:2] == ["give", secret])


def test_no_secret_is_in_the_files() -> None:
    assert not [one for one in objects() if one["kind"] == "Secret"]
    variables = [one for pod in PODS.values() for one in pod["spec"]["containers"][0].get("env", [])]
    assert not [one["name"] for one in variables if "value" in one and one["name"].endswith(("PASSWORD", "KEY"))]


def test_every_setting_of_a_pod_is_that_of_its_service() -> None:
    literals = yaml.safe_load((KUBERNETES / "base" / "kustomization.yaml").read_text())["configMapGenerator"][0]
    settings = dict(one.split("=", 1) for one in literals["literals"])
    for name, pod in PODS.items():
        seen = {
            one["name"]: one.get("value", settings.get(one.get("valueFrom", {}).get("configMapKeyRef", {}).get("key")))
            for one in pod["spec"]["containers"][0].get("env", [])
        }
        wanted = {key: str(value) for key, value in SERVICES[name].get("environment", {}).items()}
        for own in ("SIAGA_TRUSTED_PROXIES", "PGDATA"):  # addresses of pods, and lost+found
            seen.pop(own, None)
            wanted.pop(own, None)
        assert seen == wanted, name


def test_who_is_only_inside_may_not_connect_outside() -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in objects() if one["kind"] == "NetworkPolicy"}
    assert policies["deny-all"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    world = [name for name, one in policies.items() if "ipBlock" in str(one.get("egress", ""))]
    assert world == ["outside"]
    for name, pod in PODS.items():
        labels = {key for key in pod["metadata"]["labels"] if key.startswith("siaga.network/")}
        assert labels == {f"siaga.network/{one}" for one in SERVICES[name]["networks"]}, name
    assert "siaga.network/outside" not in PODS["db"]["metadata"]["labels"]


def test_only_the_front_doors_reach_who_believes_them() -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in objects() if one["kind"] == "NetworkPolicy"}
    (names,) = policies["into-inside"]["podSelector"]["matchExpressions"]
    assert names == {"key": "app.kubernetes.io/name", "operator": "NotIn", "values": ["api", "api-staff"]}
    door = {name for name, pod in PODS.items() if "siaga.network/door" in pod["metadata"]["labels"]}
    assert door == {"api", "api-staff", "front-door", "front-door-staff"}


def test_no_address_of_compose_is_left_in_a_file() -> None:
    networks = [one["subnet"].rpartition(".")[0] for network in compose()["networks"].values()
                for one in (network or {}).get("ipam", {}).get("config", [])]  # fmt: skip
    text = "".join(path.read_text("utf-8") for path in KUBERNETES.rglob("*.yaml"))
    assert networks
    assert not [address for address in networks if address in text]


@pytest.mark.parametrize("name", sorted(set(PODS) - {"first-start", *facts.TIMERS, *facts.WAITING}))
def test_a_running_program_is_probed(name: str) -> None:
    (container,) = PODS[name]["spec"]["containers"]
    assert {"startupProbe", "readinessProbe"} <= set(container)
    has_beat = "--beat" in SERVICES[name]["healthcheck"]["test"]
    assert ("livenessProbe" in container) is has_beat, "work that stands still is started again"


def test_a_disruption_budget_lets_one_of_several_go() -> None:
    budgets = [one["spec"] for one in objects() if one["kind"] == "PodDisruptionBudget"]
    grouped = {name for one in budgets for name in one["selector"]["matchExpressions"][0]["values"]}
    assert grouped == {"front-door", "front-door-staff", "ingest-1", "ingest-2", "ingest-3", "ingest-4"}
    assert {one["maxUnavailable"] for one in budgets} == {1}


@pytest.mark.parametrize("name", sorted(facts.TIMERS))
def test_backups_run_by_themselves_and_never_twice_at_once(name: str) -> None:
    (timer,) = [one for one in objects() if one["kind"] == "CronJob" and one["metadata"]["name"] == name]
    assert timer["spec"]["concurrencyPolicy"] == "Forbid"
    assert template_of(timer)["spec"]["containers"][0]["args"] == SERVICES[name]["command"]
