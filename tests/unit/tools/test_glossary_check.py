"""The glossary check finds what the page bans, and the page can be read."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def check() -> ModuleType:
    """The tool as a module; tools/ is no package."""
    spec = importlib.util.spec_from_file_location("glossary_check", ROOT / "tools/glossary_check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rules(check: ModuleType) -> object:
    """The rules of the real page."""
    return check.read_rules((ROOT / "docs/glossary.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "path", "is_banned"),
    [
        ("told_at", "cloud/siaga_cloud/a.py", True),
        ("KeptLetter", "cloud/siaga_cloud/a.py", True),
        ("dead_letter_id", "cloud/siaga_cloud/a.py", False),
        ("letter_id", "cloud/siaga_cloud/a.py", True),
        ("taken_at", "cloud/siaga_cloud/a.py", False),
        ("box", "cloud/siaga_cloud/a.py", True),
        ("box", "edge/siaga_edge/vision/a.py", False),
        ("screenshot", "tests/a.py", False),
        ("accepted_report", "cloud/siaga_cloud/a.py", False),
    ],
)
def test_words_of_names_are_banned_outside_of_their_contexts(
    check: ModuleType, rules: object, name: str, path: str, is_banned: bool
) -> None:
    assert bool(list(check.check_name(rules, name, path, path))) is is_banned


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("The box says so.", ["box"]),
        ("The bounding box of a car.", []),
        ("Each dead letter is stored.", []),
        ("A letter to the mayor.", ["letter"]),
        ("Run `told --box`.", []),
        ("```sh\ntold\n```\nThe operator is\ntold.", ["told"]),
    ],
)
def test_prose_is_checked_outside_of_code(check: ModuleType, rules: object, text: str, problems: list[str]) -> None:
    found = check.check_prose(rules, check.prose_of(text), lambda offset: str(offset), "docs/a.md")
    assert [one.word for one in found] == problems


@pytest.mark.parametrize(
    ("name", "is_banned"), [("Told", True), ("_Kept", True), ("AgencyWish", True), ("TaskForm", True), ("Task", False)]
)
def test_class_names_are_nouns(check: ModuleType, rules: object, name: str, is_banned: bool) -> None:
    assert bool(list(check._check_class(rules, name, "a.py:1", "a.py"))) is is_banned


def test_a_page_without_a_table_is_an_error(check: ModuleType) -> None:
    with pytest.raises(check.GlossaryError, match="no table under 'Banned in identifiers and API names'"):
        check.read_rules("### Banned in identifiers and API names\n\nNothing.\n")
