"""Pages name commands, targets and files that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup, TyperOption
from typer.main import get_command
from typer.testing import CliRunner

from siaga_cloud import main as cloud
from siaga_edge import main as edge
from siaga_sim import main as sim

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CHANGELOG.md"]
_MENTIONED_COMMAND = re.compile(r"`(siaga-(?:edge|cloud|sim))((?: [a-z][a-z-]*)+)")
_MADE = re.compile(r"`make ([a-z-]+)")
_LINK = re.compile(r"\]\(([^)#\s]+)")
_TEST = re.compile(r"`(?:[\w/]+/)?(test_\w+(?:\.py)?)`")
_TEST_PATH = re.compile(r"`(tests/[\w./]+)`")


def _programs() -> dict[str, TyperGroup]:
    cloud._mount_admin()
    edge._add_camera_commands()
    edge._add_discover()
    found = {"siaga-cloud": cloud.app, "siaga-edge": edge.app, "siaga-sim": sim.app}
    groups = {name: get_command(app) for name, app in found.items()}
    return {name: group for name, group in groups.items() if isinstance(group, TyperGroup)}


@pytest.fixture(scope="module")
def programs() -> dict[str, TyperGroup]:
    return _programs()


def _unknown(group: Any, words: list[str]) -> str | None:
    """The first word that is neither a command nor an argument of one."""
    for word in words:
        if not isinstance(group, TyperGroup):
            return None
        if word not in group.commands:
            return word
        group = group.commands[word]
    return None


def _commands(group: TyperGroup, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{path} {name}")


def test_pages_name_commands_that_exist(programs: dict[str, TyperGroup]) -> None:
    wrong = [
        f"{page.relative_to(ROOT)}: {program}{words}"
        for page in PAGES
        for program, words in _MENTIONED_COMMAND.findall(page.read_text())
        if _unknown(programs[program], words.split()) is not None
    ]
    assert not wrong


def test_pages_name_targets_that_can_be_made() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    message = {(page.name, target) for page in PAGES for target in _MADE.findall(page.read_text())}
    assert not {pair for pair in message if pair[1] not in targets}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_to_something(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text()) if "://" not in link]
    assert not [link for link in links if not (page.parent / link).exists()]


def test_pages_name_tests_that_exist() -> None:
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    known = {path.name for path in files}
    for path in files:
        known |= set(re.findall(r"def (test_\w+)", path.read_text()))
    named = {(page.name, name) for page in PAGES for name in _TEST.findall(page.read_text())}
    paths = {(page.name, path) for page in PAGES for path in _TEST_PATH.findall(page.read_text())}
    assert len(named) > 100
    assert {pair for pair in named if pair[1] not in known} == set()
    assert {pair for pair in paths if not (ROOT / pair[1]).exists()} == set()


def test_every_command_states_what_it_does_and_what_its_options_are(programs: dict[str, TyperGroup]) -> None:
    silent = []
    for program, group in programs.items():
        for name, command in _commands(group, program):
            silent += [name] if not command.help else []
            options = [one for one in command.params if isinstance(one, TyperOption)]
            silent += [f"{name} {one.opts[0]}" for one in options if not one.help]
    assert not silent


@pytest.mark.parametrize("app", [cloud.app, edge.app], ids=["siaga-cloud", "siaga-edge"])
def test_a_program_prints_its_version(app: typer.Typer) -> None:
    reported = CliRunner().invoke(app, ["--version"])
    assert (reported.exit_code, reported.stdout.strip()) == (0, metadata.version("siaga"))
