"""TOML that others wrote."""

from __future__ import annotations

import tomllib
from typing import Any


def parsed(text: str) -> dict[str, Any]:
    """The tables of a text; raises `tomllib.TOMLDecodeError`, also for what is nested deeper than can be read."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("nested too deeply") from None
