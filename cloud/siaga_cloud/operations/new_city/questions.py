"""Asks at a terminal for what no file or option gave."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typer

_FILES: Final = (
    ("borders", "File with the borders of areas (GeoJSON or OpenStreetMap .osm)"),
    ("agencies", "File with the agencies (CSV or TOML)"),
    ("gauges", "File with the gauges (CSV or TOML)"),
    ("cameras", "File with the cameras (CSV or TOML)"),
)


def complete_answers(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers with what the person at the terminal adds; an empty line leaves a file out."""
    answers = dict(given)
    if "name" not in answers:
        answers["name"] = typer.prompt("Name of the city")
    if "timezone" not in answers:
        answers["timezone"] = _timezone()
    if "languages" not in answers:
        words = typer.prompt("Languages that people write in", default="id en")
        answers["languages"] = words.replace(",", " ").split()
    for key, question in _FILES:
        if key not in answers:
            _prompt_file(answers, key, question)
    return answers


def _timezone() -> str:
    while True:
        name: str = typer.prompt("Time zone", default="Asia/Jakarta")
        if name in zoneinfo.available_timezones():
            return name
        typer.echo(f"got {name!r}, expected the name of a time zone, such as Asia/Jakarta or Europe/Lisbon", err=True)


def _prompt_file(answers: dict[str, Any], key: str, question: str) -> None:
    while True:
        text = typer.prompt(f"{question}; empty: later", default="", show_default=False).strip()
        if not text:
            return
        if Path(text).is_file():
            answers[key] = Path(text)
            return
        typer.echo(f"got {text!r}, expected the path of a file", err=True)
