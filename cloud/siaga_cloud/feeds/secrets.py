"""Reads the secrets that feeds.toml names from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def secret_of(name: str, environment: Mapping[str, str]) -> str | None:
    """NAME itself, or the first line of the file that NAME_FILE points to."""
    path = environment.get(f"{name}_FILE")
    if not path:
        return environment.get(name) or None
    try:
        return Path(path).read_text("utf-8").partition("\n")[0].strip() or None
    except (OSError, UnicodeDecodeError):
        return None
