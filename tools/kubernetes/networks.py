"""Makes the networks of Compose into network policies: nothing reaches a pod, or leaves it, that is not listed."""

from __future__ import annotations

from typing import Final

from tools.kubernetes.facts import METRICS_PORT, WORLD, Object, services
from tools.kubernetes.pods import labels
from tools.kubernetes.workloads import made

_DNS: Final = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]


def policies() -> list[Object]:
    """Return all policies; together they allow what the networks of Compose allow, and less to the API."""
    return [_deny(), _dns(), _inside(), _into_inside(), _door(), _outside(), *_world(), _metrics()]


def believing() -> list[str]:
    """Return the services that believe what a proxy says about a client: only front doors may reach them."""
    return [name for name, one in services().items() if "SIAGA_TRUSTED_PROXIES" in one.get("environment", {})]


def _deny() -> Object:
    return _policy("deny-all", {}, policyTypes=["Ingress", "Egress"])


def _dns() -> Object:
    resolver = {"namespaceSelector": {}, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    return _policy("dns", {}, policyTypes=["Egress"], egress=[{"to": [resolver], "ports": _DNS}])


def _member(network: str) -> Object:
    return {"matchLabels": {f"siaga.network/{network}": "true"}}


def _inside() -> Object:
    peers = [{"podSelector": _member("inside")}]
    return _policy("inside", _member("inside"), policyTypes=["Egress"], egress=[{"to": peers}])


def _into_inside() -> Object:
    name = {"key": "app.kubernetes.io/name", "operator": "NotIn", "values": believing()}
    return _policy("into-inside", {**_member("inside"), "matchExpressions": [name]}, policyTypes=["Ingress"],
                   ingress=[{"from": [{"podSelector": _member("inside")}]}])  # fmt: skip


def _door() -> Object:
    peers = [{"podSelector": _member("door")}]
    return _policy("door", _member("door"), policyTypes=["Ingress", "Egress"],
                   ingress=[{"from": peers}], egress=[{"to": peers}])  # fmt: skip


def _outside() -> Object:
    return _policy("outside", _member("outside"), policyTypes=["Egress"],
                   egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]}])  # fmt: skip


def _world() -> list[Object]:
    return [
        _policy(f"world-to-{name}", {"matchLabels": labels(name)}, policyTypes=["Ingress"],
                ingress=[{"ports": [{"port": port, "protocol": "TCP"} for port in ports.values()]}])
        for name, ports in WORLD.items()
    ]  # fmt: skip


def _metrics() -> Object:
    scrapers = [{"namespaceSelector": {"matchLabels": {"siaga.network/metrics": "true"}}}]
    ports = [{"port": METRICS_PORT, "protocol": "TCP"}]
    return _policy("metrics", {"matchLabels": {"app.kubernetes.io/part-of": "siaga"}}, policyTypes=["Ingress"],
                   ingress=[{"from": scrapers, "ports": ports}])  # fmt: skip


def _policy(name: str, selector: Object, **rules: object) -> Object:
    return made("networking.k8s.io/v1", "NetworkPolicy", name, {"podSelector": selector, **rules})
