"""Makes ConfigMaps from the files that Compose mounts, with names of services in place of Compose's addresses."""

from __future__ import annotations

from tools.kubernetes.facts import ROOT, Object, compose, filled, services
from tools.kubernetes.mounts import config_map_of, object_key
from tools.kubernetes.pods import labels


def config_maps() -> list[Object]:
    """Return a ConfigMap for each program that has files."""
    sources = {config["source"] for one in services().values() for config in one.get("configs", [])}
    found: dict[str, dict[str, str]] = {}
    for source in sorted(sources):
        found.setdefault(config_map_of(source), {})[object_key(source)] = _text(source)
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels(name)}, "data": data}
        for name, data in found.items()
    ]


def _text(source: str) -> str:
    text: str = (ROOT / filled(compose()["configs"][source]["file"])).read_text("utf-8")
    for address, name in sorted(_addresses().items(), reverse=True):
        text = text.replace(address, name)
    return text


def _addresses() -> dict[str, str]:
    """Return what stands for each fixed address; a gateway is `kubectl port-forward`, which comes from the loopback."""
    found = {
        network["ipv4_address"]: name
        for name, one in services().items()
        if isinstance(one.get("networks"), dict)
        for network in one["networks"].values()
        if "ipv4_address" in network
    }
    ranges = [one for network in compose()["networks"].values() for one in network.get("ipam", {}).get("config", [])]
    return found | {one["gateway"]: "127.0.0.1" for one in ranges if "gateway" in one}
