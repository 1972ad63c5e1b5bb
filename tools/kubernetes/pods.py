"""Translates a service of Compose into the template of a pod with the same restrictions."""

from __future__ import annotations

import math
import re
import shlex
from typing import Any
from urllib.parse import urlsplit

from tools.kubernetes.facts import METRICS_PORT, SETTINGS, VARIABLE, WAITING, Object, filled
from tools.kubernetes.mounts import quantity, volumes_and_mounts

_DURATION = re.compile(r"(\d+)([sm])")


def labels(name: str) -> dict[str, str]:
    """Return what selects the pods of a service."""
    return {"app.kubernetes.io/part-of": "siaga", "app.kubernetes.io/name": name}


def networks_of(service: Object) -> list[str]:
    """Return the networks of a service in Compose, which its pods carry as labels."""
    return list(service.get("networks", []))


def template(name: str, service: Object, *, restart: str = "Always") -> Object:
    """Return the template of the pods of a service."""
    volumes, mounts = volumes_and_mounts(service)
    member = {f"siaga.network/{network}": "true" for network in networks_of(service)}
    spec: Object = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": restart,
        "securityContext": _account(service, listens_low=name == "front-door"),
        "terminationGracePeriodSeconds": seconds(service.get("stop_grace_period", "30s")),
        "containers": [{**_container(name, service), "volumeMounts": mounts}],
        "volumes": volumes,
    }
    return {"metadata": {"labels": {**labels(name), **member}}, "spec": spec}


def seconds(duration: str) -> int:
    """`1m` of Compose as 60."""
    return sum(int(number) * (60 if unit == "m" else 1) for number, unit in _DURATION.findall(duration))


def _account(service: Object, *, listens_low: bool) -> Object:
    user, _, group = str(service["user"]).partition(":")
    found: Object = {
        "runAsNonRoot": True,
        "runAsUser": int(user),
        "runAsGroup": int(group),
        "fsGroup": int(group),
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    if listens_low:  # the ports 80 and 443 without root
        found["sysctls"] = [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]
    return found


def _container(name: str, service: Object) -> Object:
    found: Object = {
        "name": name,
        "image": filled(service["image"]),
        **_words(name, service),
    }
    if environment := _environment(service):
        found["env"] = environment
    if "env_file" in service:
        names = [str(one["path"]).removesuffix(".env") for one in service["env_file"]]
        found["envFrom"] = [{"secretRef": {"name": f"{name}-settings", "optional": True}} for name in names]
    found |= {"securityContext": _restrictions(), "resources": _resources(service)}
    if "9464" in str(service.get("healthcheck", "")):
        found["ports"] = [{"name": "metrics", "containerPort": METRICS_PORT}]
    return found | _probes(service)


def _words(name: str, service: Object) -> Object:
    if name in WAITING:  # `kubectl exec` gives the commands
        return {"command": ["sleep", "infinity"]}
    found = {"command": service.get("entrypoint"), "args": service.get("command")}
    return {key: [filled(word) for word in words] for key, words in found.items() if words}


def _environment(service: Object) -> list[Object]:
    found = [_variable(key, str(value)) for key, value in service.get("environment", {}).items()]
    if str(service["image"]).startswith("timescale/"):  # a new volume holds lost+found, which initdb refuses
        found.append({"name": "PGDATA", "value": "/var/lib/postgresql/data/pgdata"})
    return found


def _variable(key: str, value: str) -> Object:
    used = VARIABLE.fullmatch(value)
    source = used[1] if used else "SIAGA_TRUSTED_PROXIES" if key == "SIAGA_TRUSTED_PROXIES" else None
    if source is None:
        return {"name": key, "value": filled(value)}
    return {"name": key, "valueFrom": {"configMapKeyRef": {"name": SETTINGS, "key": source}}}


def _restrictions() -> Object:
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def _resources(service: Object) -> Object:
    limits = service["deploy"]["resources"]["limits"]
    cpu, memory = round(float(filled(limits["cpus"])) * 1000), quantity(limits["memory"])
    shares = int(service.get("cpu_shares", 1024))  # a container's part of a busy processor, as its request is
    half = f"{int(memory[:-2]) * (1024 if memory.endswith('Gi') else 1) // 2}Mi"
    return {
        "requests": {"cpu": f"{cpu * shares // 4096}m", "memory": half},
        "limits": {"cpu": f"{cpu}m", "memory": memory},
    }


def _probes(service: Object) -> Object:
    check = service.get("healthcheck")
    if check is None:
        return {}
    action, period = _action(check["test"]), seconds(check["interval"])
    probe = {**action, "periodSeconds": period, "timeoutSeconds": seconds(check["timeout"])}
    starting = math.ceil(seconds(check.get("start_period", "0s")) / period) + check["retries"]
    found = {
        "startupProbe": {**probe, "failureThreshold": starting},
        "readinessProbe": {**probe, "failureThreshold": check["retries"]},
    }
    if "--beat" in check["test"]:  # a program whose work stands still is started again
        found["livenessProbe"] = {**probe, "failureThreshold": check["retries"]}
    return found


def _action(test: list[Any]) -> Object:
    kind, *words = [str(one).replace("$$", "$") for one in test]
    if kind == "CMD-SHELL":
        quiet = words[0].split()
        return {"exec": {"command": shlex.split(words[0]) if quiet[0] == "curl" else ["sh", "-c", words[0]]}}
    if words[-1].startswith("http"):  # the kubelet asks itself, without a program in the container
        url = urlsplit(words[-1])
        return {"httpGet": {"path": url.path, "port": url.port}}
    return {"exec": {"command": words}}
