"""Topics are written and read in wire/topics.py and nowhere else."""

from __future__ import annotations

import ast
import re

import pytest
from tests.architecture.source_tree import PACKAGES, every_module, name_of, tree_of

HOME = PACKAGES["siaga_core"] / "wire" / "topics.py"
# The broker's access list is written in the broker's own language, with patterns that no client uses.
EXEMPT = {PACKAGES["siaga_sim"] / "stack" / "broker.py"}
TOPIC_TEXT = re.compile(r"siaga/v\d|(^|/)(up|down)/(status|health|readings|events|evidence|config|ack|command|#)")


def topic_texts(tree: ast.AST) -> list[tuple[int, str]]:
    """Literals, and the literal parts of f-strings, that spell a topic; docstrings may."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and TOPIC_TEXT.search(node.value)
    ]


def test_no_topic_is_spelled_outside_its_home() -> None:
    found = {name_of(path): topic_texts(tree_of(path)) for path in every_module() if path not in {HOME, *EXEMPT}}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "sin",
    [
        "topic = 'siaga/v1/s00/node/up/status'",
        "topic = f'siaga/v1/{shard}/{node}/up/events'",
        "topic = f'{prefix}/up/readings'",
        "client.subscribe(base + '/down/#')",
        "topic = f'{node}/up/evidence/{event}/0'",
    ],
)
def test_the_test_itself_sees_a_topic(sin: str) -> None:
    assert topic_texts(ast.parse(sin))


@pytest.mark.parametrize("fine", ["'''siaga/v1 is the root'''", "path = 'media/up'", "url = f'/api/v1/events/{event}'"])
def test_and_leaves_the_rest_alone(fine: str) -> None:
    assert not topic_texts(ast.parse(fine))
