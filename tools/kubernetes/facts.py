"""Reads docker-compose.yml as facts about services, and names what only Kubernetes needs to know."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
COMPOSE: Final = ROOT / "docker-compose.yml"
FOLDER: Final = ROOT / "packaging" / "kubernetes"
VARIABLE: Final = re.compile(r"\$\{([A-Z_]+):-([^}]*)\}")
NAMESPACE: Final = "siaga"
SETTINGS: Final = "siaga-settings"  # the ConfigMap with the variables of `.env`

Object = dict[str, Any]

# Services that Kubernetes does not run, and why.
LEFT_OUT: Final = {
    "setup": "secrets are made on a trusted machine and handed over by create-secrets.sh",
    "grafana": "the city's own Grafana takes the boards from `siaga-cloud admin grafana`",
    "go2rtc": "its streams are those of the simulated city",
    "prometheus": "the city's own Prometheus takes packaging/prometheus/rules.yml",
    "sim": "the simulated city is for one machine",
    "nodes": "the simulated city is for one machine",
    "edge-pintu-manggarai": "the simulated city is for one machine",
    "edge-posko-utara": "the simulated city is for one machine",
    "edge-hulu-ciliwung": "the simulated city is for one machine",
    "api-2": "each API is one pod, because its limits are in its memory",
    "enrol": "a node is a machine of its own at the cameras",
    "edge": "a node is a machine of its own at the cameras",
}
# What runs once in Compose: as a Job, by a timer, or waiting for the commands of an administrator.
JOBS: Final = ("first-start",)
TIMERS: Final = {"backup": "15 2 * * *", "send-backup": "15 4 * * *"}
WAITING: Final = ("admin", "restore")
STATEFUL: Final = ("db", "broker")
REPLICAS: Final = {"front-door": 2, "front-door-staff": 2}
# Groups of which one may be away at a time.
GROUPS: Final = {"front-door": ("front-door",), "front-door-staff": ("front-door-staff",),
                 "ingest": ("ingest-1", "ingest-2", "ingest-3", "ingest-4")}  # fmt: skip
WORLD: Final = {"front-door": {"http": 80, "https": 443}, "broker": {"nodes": 8883}}
INTERNAL: Final = {"api": {"http": 8080}, "api-staff": {"http": 8080}, "db": {"postgres": 5432},
                   "broker": {"nodes": 8883, "cloud": 8884}, "front-door-staff": {"https": 8444}}  # fmt: skip
METRICS_PORT: Final = 9464
# A volume's size, and whether pods on several machines write or read it at once.
VOLUMES: Final = {"database": ("100Gi", False), "broker": ("2Gi", False), "media": ("200Gi", True),
                  "published": ("2Gi", True), "backup": ("200Gi", True)}  # fmt: skip
COMPONENTS: Final = {"scale-out": "scale-out", "channels": "channels", "admin": "admin", "restore": "restore"}
# Addresses of pods; only the front doors reach the API's port (networks.yaml).
PRIVATE_NETWORKS: Final = "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16"


@cache
def compose() -> Object:
    """Return the file as it is written, with `${NAME:-default}` in it."""
    loaded: Object = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return loaded


def services() -> dict[str, Object]:
    """Return the services that Kubernetes runs, by name."""
    return {name: one for name, one in compose()["services"].items() if name not in LEFT_OUT}


def filled(text: object) -> str:
    """Put the defaults of variables into a text."""
    return VARIABLE.sub(r"\2", str(text))


def settings() -> dict[str, str]:
    """Return the variables that environments of services take from `.env`, with their defaults."""
    values = [str(value) for one in services().values() for value in one.get("environment", {}).values()]
    found = dict(match for value in values for match in VARIABLE.findall(value))
    return {**dict(sorted(found.items())), "SIAGA_TRUSTED_PROXIES": PRIVATE_NETWORKS}


def home_of(name: str) -> str:
    """Return the folder of a service: the base, or the component of its profile."""
    profiles = [one for one in services()[name].get("profiles", []) if one in COMPONENTS]
    return f"components/{COMPONENTS[profiles[0]]}" if profiles else "base"
