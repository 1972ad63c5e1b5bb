"""Check names and prose against docs/glossary.md, whose tables of banned words are the only source of the rules.

Each problem is printed as `place: word: use ...`; the exit status is 1 if there are any. `--section` limits the check.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import io
import json
import keyword
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = "docs/glossary.md"
PYTHON_FOLDERS = (
    "core",
    "edge",
    "cloud",
    "firmware-sim",
    "dashboards",
    "models",
    "benchmarks",
    "tools",
    "tests",
    "city",
    "docs",
)
TYPESCRIPT_FOLDER = "cloud/web/src"
CLI_MODULES = ("siaga_edge.main", "siaga_cloud.main", "siaga_sim.main")
STANDARDS = ("/open311", "/cap", "/sta", "/ngsi-ld")
HEADINGS = {
    "Banned in identifiers and API names": "names",
    "Banned in prose": "prose",
    "Banned as class names": "classes",
}
LEAST_DOCSTRING_WORDS = 4
WORD_IN_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
CODE_IN_MARKDOWN = re.compile(r"`[^`\n]*`|\]\([^)\n]*\)|<[^>\n]*>|https?://\S+")
NOT_CODE_IN_TYPESCRIPT = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL
)


class GlossaryError(Exception):
    """The glossary page lacks a table that the check needs."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A banned word or class-name pattern: what to use instead, and in which names, phrases or paths it is allowed."""

    word: str
    instead: str
    allowed: tuple[str, ...]

    def allows(self, name: str, path: str) -> bool:
        """Whether the page allows the word in this name or at this path."""
        return any(fnmatchcase(path if "/" in one else name, one) for one in self.allowed)


@dataclass(frozen=True, slots=True)
class Problem:
    """One disagreement with the glossary."""

    place: str
    word: str
    instead: str

    def __str__(self) -> str:
        return f"{self.place}: {self.word}: use {self.instead}"


@dataclass(frozen=True, slots=True)
class Rules:
    """The three tables of the page."""

    names: Mapping[str, Rule]
    prose: Mapping[str, Rule]
    classes: Mapping[str, Rule]


def read_rules(text: str) -> Rules:
    """Parse the tables of banned words of the glossary page."""
    tables = {name: _table(text, heading) for heading, name in HEADINGS.items()}
    return Rules(**tables)


def _table(text: str, heading: str) -> dict[str, Rule]:
    section = re.search(rf"^### {re.escape(heading)}$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    rows = [line for line in (section[1] if section else "").splitlines() if line.startswith("|")][2:]
    if not rows:
        raise GlossaryError(f"{PAGE}: no table under {heading!r}")
    found: dict[str, Rule] = {}
    for row in rows:
        words, instead, allowed = (cell.strip() for cell in row.strip("|").split("|"))
        for word in _list(words):
            found[word] = Rule(word=word, instead=instead, allowed=_list(allowed))
    return found


def _list(cell: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in cell.split(",") if one.strip())


def tracked(*patterns: str) -> list[str]:
    """List the files of the repository that match git pathspecs, new files included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted({line for line in done.stdout.splitlines() if (ROOT / line).is_file()})


def python_files() -> list[str]:
    """List the Python files whose names are checked."""
    return tracked(*(f"{folder}/*.py" for folder in PYTHON_FOLDERS))


def read(path: str) -> str:
    """Read a file of the repository as UTF-8 text."""
    return (ROOT / path).read_text(encoding="utf-8")


def words_of(name: str) -> set[str]:
    """Split an identifier at underscores and capitals, in lower case."""
    return {part.lower() for part in WORD_IN_NAME.findall(name)}


def check_name(rules: Rules, name: str, place: str, path: str) -> Iterator[Problem]:
    """Yield a problem for each banned word in an identifier."""
    for word in sorted(words_of(name)):
        rule = rules.names.get(word)
        if rule is not None and not rule.allows(name, path):
            yield Problem(place, name, rule.instead)


def check_prose(rules: Rules, text: str, place: Callable[[int], str], path: str) -> Iterator[Problem]:
    """Yield a problem for each banned word in a text; `place` names the line at an offset."""
    for rule in rules.prose.values():
        if rule.allows("", path):
            continue
        for found in re.finditer(rf"\b{re.escape(rule.word)}\b", text, re.IGNORECASE):
            if not _in_allowed_phrase(rule, text, found.start(), found.end()):
                yield Problem(place(found.start()), found[0], rule.instead)


def _in_allowed_phrase(rule: Rule, text: str, start: int, end: int) -> bool:
    phrases = [one for one in rule.allowed if "/" not in one]
    around = re.sub(r"\s", " ", text[max(0, start - 30) : end + 30]).lower()
    at = min(start, 30)
    return any(
        found.start() <= at and at + end - start <= found.end()
        for one in phrases
        for found in re.finditer(re.escape(one.lower()), around)
    )


def check_identifiers(rules: Rules) -> Iterator[Problem]:
    """Check the identifiers of the Python and TypeScript sources."""
    for path in python_files():
        yield from _check_python(rules, path)
    for path in tracked(f"{TYPESCRIPT_FOLDER}/*.ts", f"{TYPESCRIPT_FOLDER}/*.tsx"):
        yield from _check_typescript(rules, path)


def _check_python(rules: Rules, path: str) -> Iterator[Problem]:
    with io.StringIO(read(path)) as lines:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                yield from check_name(rules, token.string, f"{path}:{token.start[0]}", path)


def _check_typescript(rules: Rules, path: str) -> Iterator[Problem]:
    text = NOT_CODE_IN_TYPESCRIPT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), read(path))
    for number, line in enumerate(text.splitlines(), 1):
        for found in IDENTIFIER.finditer(_in_snake_case(line)):
            yield from check_name(rules, found[0], f"{path}:{number}", path)


def _in_snake_case(text: str) -> str:
    """Join the words of attributes and of path segments (`dead-letter`), which a hyphen separates."""
    return re.sub(r"(?<=[a-z])-(?=[a-z])", "_", text)


def check_classes(rules: Rules) -> Iterator[Problem]:
    """Check that class names are nouns without a banned suffix."""
    for path in python_files():
        for node in ast.walk(ast.parse(read(path))):
            if isinstance(node, ast.ClassDef):
                yield from _check_class(rules, node.name, f"{path}:{node.lineno}", path)


def _check_class(rules: Rules, name: str, place: str, path: str) -> Iterator[Problem]:
    for pattern, rule in rules.classes.items():
        if fnmatchcase(name.lstrip("_"), pattern) and not rule.allows(name, path):
            yield Problem(place, f"class {name}", rule.instead)


def check_docstrings(_rules: Rules) -> Iterator[Problem]:
    """Check that the docstrings of public functions outside the tests are longer than three words."""
    for path in python_files():
        if not path.startswith("tests/"):
            for node in _public_functions(ast.parse(read(path)).body):
                text = ast.get_docstring(node)
                if text is not None and len(text.split()) < LEAST_DOCSTRING_WORDS:
                    yield Problem(f"{path}:{node.lineno}", f"docstring of {node.name}", "a full sentence")


def _public_functions(body: Iterable[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public_functions(node.body)


def check_docs(rules: Rules) -> Iterator[Problem]:
    """Check the prose of the Markdown pages; code is not prose, and the glossary itself is exempt."""
    for path in tracked("*.md"):
        if path != PAGE:
            text = prose_of(read(path))
            yield from check_prose(rules, text, _line_of(path, text), path)


def prose_of(markdown: str) -> str:
    """Replace code blocks, code spans, links and tags by blanks, so that offsets stay."""

    def blank(found: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", found[0])

    without_blocks = re.sub(r"^(```|~~~).*?^\1[^\n]*$", blank, markdown, flags=re.MULTILINE | re.DOTALL)
    return CODE_IN_MARKDOWN.sub(blank, without_blocks)


def _line_of(path: str, text: str) -> Callable[[int], str]:
    return lambda offset: f"{path}:{text.count(chr(10), 0, offset) + 1}"


def check_openapi(rules: Rules) -> Iterator[Problem]:
    """Check the names and descriptions of the public API; open standards keep their own words."""
    made = subprocess.run([sys.executable, str(ROOT / "tools/openapi.py")], cwd=ROOT, capture_output=True, check=True)
    document: dict[str, Any] = json.loads(made.stdout)
    yield from _check_operations(rules, document["paths"])
    for name, schema in document["components"]["schemas"].items():
        yield from _check_schema(rules, name, schema)


def _check_operations(rules: Rules, paths: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for path, operations in paths.items():
        if path.startswith(STANDARDS):
            continue
        for part in re.findall(r"[a-z_]+", _in_snake_case(path)):
            yield from check_name(rules, part, f"openapi:{path}", PAGE)
        for method, operation in operations.items():
            if "responses" in operation:
                yield from _check_operation(rules, f"openapi:{method.upper()} {path}", operation)


def _check_operation(rules: Rules, place: str, operation: Mapping[str, Any]) -> Iterator[Problem]:
    parameters = operation.get("parameters", ())
    for name in [operation.get("operationId", ""), *(one["name"] for one in parameters)]:
        yield from check_name(rules, name, place, PAGE)
    for text in [operation.get("summary", ""), *_descriptions([operation])]:
        yield from check_prose(rules, prose_of(text), lambda _: place, PAGE)


def _check_schema(rules: Rules, name: str, schema: Mapping[str, Any]) -> Iterator[Problem]:
    place = f"openapi:{name}"
    yield from check_name(rules, name, place, PAGE)
    yield from _check_class(rules, name, place, PAGE)
    if "__" in name:
        yield Problem(place, name, "a schema name without a module path")
    for field in schema.get("properties", {}):
        yield from check_name(rules, field, f"{place}.{field}", PAGE)
    for text in _descriptions([schema]):
        yield from check_prose(rules, prose_of(text), lambda _: place, PAGE)


def _descriptions(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict):
            if isinstance(text := value.get("description"), str):
                yield text
            yield from _descriptions(value.values())
        elif isinstance(value, list):
            yield from _descriptions(value)


def check_cli(rules: Rules) -> Iterator[Problem]:
    """Check command names, options and help texts of the command lines."""
    from typer.main import get_command

    for module in CLI_MODULES:
        program = importlib.import_module(module)
        for name in [one for one in vars(program) if one.lstrip("_").startswith("mount")]:
            vars(program)[name]()  # command groups that a program adds late, to start faster
        yield from _check_command(rules, module.split(".", 1)[0].replace("_", "-"), get_command(program.app))


def _check_command(rules: Rules, name: str, command: Any) -> Iterator[Problem]:
    place = f"cli:{name}"
    texts = [command.help, getattr(command, "epilog", None), *(getattr(one, "help", None) for one in command.params)]
    for text in filter(None, texts):
        yield from check_prose(rules, text, lambda _: place, PAGE)
    options = [option for one in command.params for option in one.opts]
    for option in [name.rsplit(" ", 1)[-1], *options]:
        yield from check_name(rules, option.strip("-").replace("-", "_"), place, PAGE)
    for sub_name, sub_command in getattr(command, "commands", {}).items():
        yield from _check_command(rules, f"{name} {sub_name}", sub_command)


SECTIONS: Mapping[str, Callable[[Rules], Iterator[Problem]]] = {
    "identifiers": check_identifiers,
    "openapi": check_openapi,
    "cli": check_cli,
    "docs": check_docs,
    "docstrings": check_docstrings,
    "classes": check_classes,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the chosen sections, print the problems and a count of each section."""
    parser = argparse.ArgumentParser(description="Check names and prose against docs/glossary.md.")
    parser.add_argument("--section", action="append", choices=list(SECTIONS), help="check only this (repeatable)")
    parser.add_argument("--summary", action="store_true", help="print counts by word instead of each problem")
    options = parser.parse_args(arguments)
    rules = read_rules(read(PAGE))
    found = {name: list(SECTIONS[name](rules)) for name in options.section or SECTIONS}
    for problems in found.values():
        _print_problems(problems, summary=options.summary)
    print("glossary-check:", ", ".join(f"{name} {len(problems)}" for name, problems in found.items()))
    return 1 if any(found.values()) else 0


def _print_problems(problems: list[Problem], *, summary: bool) -> None:
    if summary:
        for (word, instead), number in Counter((one.word, one.instead) for one in problems).most_common():
            print(f"{number:6} {word}: use {instead}")
    else:
        for problem in problems:
            print(problem)


if __name__ == "__main__":
    sys.exit(main())
