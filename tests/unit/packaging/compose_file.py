"""docker-compose.yml as a program reads it, with its defaults put in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{([A-Z_]+):-([^}]*)\}")


def compose() -> dict[str, Any]:
    """The whole file; `${NAME:-default}` as its default, put in after reading as Compose does."""
    loaded: dict[str, Any] = _filled(yaml.safe_load(COMPOSE.read_text("utf-8")))
    return loaded


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one) for one in value]
    return _VARIABLE.sub(r"\2", value) if isinstance(value, str) else value


def services() -> dict[str, dict[str, Any]]:
    """Every service by its name."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def secret_files(service: dict[str, Any]) -> dict[str, str]:
    """Where a service sees each of its secrets: path to the file on the host."""
    files = compose()["secrets"]
    reported = [{"source": one, "target": f"/run/secrets/{one}"} if isinstance(one, str) else one
            for one in service.get("secrets", [])]  # fmt: skip
    return {one["target"]: files[one["source"]]["file"] for one in reported}


def container_ports(service: dict[str, Any]) -> set[int]:
    """The ports inside that are published."""
    return {int(port.rpartition(":")[2]) for port in service.get("ports", [])}


def words_of(service: dict[str, Any]) -> list[str]:
    """The words after the program: what its entry point adds, and its command."""
    return [str(word) for word in [*service.get("entrypoint", ["program"])[1:], *service.get("command", [])]]


def as_text(environment: dict[str, Any]) -> dict[str, str]:
    """The variables that are no files."""
    return {key: str(value) for key, value in environment.items() if not key.endswith("_FILE")}
