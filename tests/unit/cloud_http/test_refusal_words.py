"""Whatever the server refuses has a code, and each code has words in Indonesian and English in the pages' own table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

from pydantic_core.core_schema import ErrorType

from siaga_cloud.platform.input_errors import MESSAGES

ROOT: Final = Path(__file__).parents[3]
CLOUD: Final = ROOT / "cloud" / "siaga_cloud"
# Settings are wrong for who starts a program, not for who sends a request.
SOURCES: Final = sorted(path for path in CLOUD.rglob("*.py") if "settings" not in path.relative_to(CLOUD).parts)
REFUSALS: Final = ROOT / "cloud" / "web" / "src" / "words" / "refusals"
INDEX: Final = REFUSALS / "index.ts"
SUBJECTS: Final = sorted(path for path in REFUSALS.glob("*.ts") if path != INDEX)
WORDS: Final = re.compile(r'^  (\w+): \[\s*"([^"]+)",\s*"([^"]+)",?\s*\],$', re.MULTILINE)
SERVICES: Final = {"InvalidError", "ConflictError", "NotFoundError"}
# What no JSON, query or form brings about: Python objects, arguments of calls, frozen things, kinds that no form has.
NOT_OF_FORMS: Final = re.compile(
    r"no_such_attribute|needs_python_object|recursion_|frozen_(field|instance|dict)|invalid_key|get_attribute|dataclass_"
    r"|named_tuple|default_factory|iter|mapping_type|counter_|ordered_dict|deque_|set_item|bytes_(too|invalid)|missing_"
    r"|ellipsis|is_(instance|subclass)|callable_|arguments_|unexpected_|multiple_argument|decimal_|fraction_|complex_"
)


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield path, node, node.func.id


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


# Where the code of a call stands, by what is called.
PLACES: Final = {"Problem": 1, "ForbiddenError": 0, "PydanticCustomError": 0}


def codes() -> set[str]:
    found = set(MESSAGES) | {"node_not_found", "camera_not_found", "gauge_not_found"}
    for path, call, name in calls():
        if name in SERVICES:
            code = keyword(call, "code")
            assert code is not None, f"{path}:{call.lineno}: {name} has no code"
            found |= {kind} if (kind := literal(code)) else set()
        elif name in PLACES and len(call.args) > PLACES[name]:
            found |= {kind} if (kind := literal(call.args[PLACES[name]])) else set()
    found |= {one for one in get_args(ErrorType) if not NOT_OF_FORMS.match(one)}
    return {one.replace("-", "_") for one in found}


def table() -> list[tuple[str, str, str]]:
    """Code, Indonesian and English of every entry of every subject."""
    return [entry for path in SUBJECTS for entry in WORDS.findall(path.read_text("utf-8"))]


def test_every_code_has_words_in_both_languages() -> None:
    words = {code: (indonesian, english) for code, indonesian, english in table()}
    missing = sorted(codes() - words.keys())
    assert missing == [], f"{REFUSALS.name} has no words for these"
    assert [code for code, (indonesian, english) in words.items() if indonesian == english] == []


def test_every_entry_is_read_and_no_code_has_two() -> None:
    found = [code for code, _, _ in table()]
    written = [code for path in SUBJECTS for code in re.findall(r"^  (\w+):", path.read_text("utf-8"), re.MULTILINE)]
    assert found == written, "an entry that is not [Indonesian, English]"
    assert [code for code in found if found.count(code) > 1] == [], "the words of one file would hide the other's"


def test_the_pages_look_a_code_up_in_every_subject() -> None:
    exported = re.compile(r"^export const (\w+)", re.MULTILINE)
    names = [name for path in SUBJECTS for name in exported.findall(path.read_text("utf-8"))]
    assert len(names) == len(SUBJECTS)
    assert sorted(re.findall(r"^  \.\.\.(\w+),$", INDEX.read_text("utf-8"), re.MULTILINE)) == sorted(names)


def test_params_are_the_same_in_both_languages() -> None:
    for code, indonesian, english in table():
        assert set(re.findall(r"{\w+}", indonesian)) == set(re.findall(r"{\w+}", english)), code
