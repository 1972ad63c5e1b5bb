"""Makes the objects that run the pods of a service: Deployment, StatefulSet, Job or CronJob, and their Services."""

from __future__ import annotations

from tools.kubernetes.facts import GROUPS, INTERNAL, JOBS, REPLICAS, STATEFUL, TIMERS, VOLUMES, WORLD, Object, filled
from tools.kubernetes.mounts import claims_of
from tools.kubernetes.pods import labels, template


def objects_of(name: str, service: Object) -> list[Object]:
    """Return every object of a service, except the volumes and networks."""
    return [_workload(name, service), *_internal(name), *_world(name)]


def _workload(name: str, service: Object) -> Object:
    if name in JOBS:
        return _job(name, service)
    if name in TIMERS:
        return _timer(name, service)
    selector = {"selector": {"matchLabels": labels(name)}, "template": template(name, service)}
    if name in STATEFUL:
        spec = {"serviceName": name, "replicas": 1, **selector}
        return made("apps/v1", "StatefulSet", name, spec)
    # A program with a name or a volume of its own must end before its successor starts.
    strategy = {"type": "RollingUpdate" if name in REPLICAS or name in INTERNAL else "Recreate"}
    return made("apps/v1", "Deployment", name, {"replicas": REPLICAS.get(name, 1), "strategy": strategy, **selector})


def _job(name: str, service: Object) -> Object:
    # A finished Job cannot be changed: the version in the name makes each update a new one.
    version = filled(service["image"]).rpartition(":")[2].replace(".", "-")
    spec = {"backoffLimit": 10, "template": template(name, service, restart="OnFailure")}
    return made("batch/v1", "Job", f"{name}-{version}", spec)


def _timer(name: str, service: Object) -> Object:
    job = {"backoffLimit": 2, "activeDeadlineSeconds": 6 * 3600, "template": template(name, service, restart="Never")}
    spec = {
        "schedule": TIMERS[name],
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 3600,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {"spec": job},
    }
    return made("batch/v1", "CronJob", name, spec)


def _internal(name: str) -> list[Object]:
    ports = INTERNAL.get(name)
    return [made("v1", "Service", name, {"selector": labels(name), "ports": _ports(ports)})] if ports else []


def _world(name: str) -> list[Object]:
    ports = WORLD.get(name)
    if ports is None:
        return []
    # `Local` keeps the address of the client, by which the front door limits it.
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "selector": labels(name), "ports": _ports(ports)}
    return [made("v1", "Service", f"{name}-world", spec)]


def _ports(ports: dict[str, int]) -> list[Object]:
    return [{"name": key, "port": port, "targetPort": port} for key, port in ports.items()]


def disruption_budgets() -> list[Object]:
    """Return the budgets: of each group at most one pod may be away on purpose."""
    return [
        made("policy/v1", "PodDisruptionBudget", group, {"maxUnavailable": 1, "selector": {"matchExpressions": [
            {"key": "app.kubernetes.io/name", "operator": "In", "values": list(names)}]}})
        for group, names in GROUPS.items()
    ]  # fmt: skip


def claims(services: dict[str, Object]) -> list[Object]:
    """Return a claim for each volume that a service mounts."""
    used = {name for one in services.values() for name in claims_of(one)}
    return [_claim(name, *VOLUMES[name]) for name in VOLUMES if name in used]


def _claim(name: str, size: str, is_shared: bool) -> Object:
    mode = "ReadWriteMany" if is_shared else "ReadWriteOnce"
    spec = {"accessModes": [mode], "resources": {"requests": {"storage": size}}}
    return made("v1", "PersistentVolumeClaim", name, spec)


def made(version: str, kind: str, name: str, spec: Object) -> Object:
    """Return an object of Kubernetes; only kustomize adds the namespace."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": labels(name)}, "spec": spec}
