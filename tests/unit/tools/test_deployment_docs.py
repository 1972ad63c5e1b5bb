"""`make deployment-docs` runs every code block of docs/deployment.md, or the block states why it does not."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from tests.unit.packaging.compose_file import ROOT, services
from tools.compose_test.stack import Stack
from tools.deployment_docs import __main__ as deployment_docs
from tools.deployment_docs.blocks import Block, PageError, blocks
from tools.deployment_docs.deployment import BlockError, Deployment, override

PAGE = blocks((ROOT / "docs" / "deployment.md").read_text("utf-8"))
LIMIT_NOT_RUN = 1


def commands(block: Block) -> list[list[str]]:
    """The words of each `docker compose` command of a block."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[2:] for line in lines if line.startswith("docker compose ")]


def test_nearly_every_block_of_the_page_is_run_and_the_others_have_reasons() -> None:
    not_run = [block for block in PAGE if not block.is_run]
    print([(block.line, block.reason) for block in not_run])
    assert len(PAGE) >= 9
    assert len(not_run) <= LIMIT_NOT_RUN, "a reason is an exception: run the block, or raise this limit with a reason"


def test_no_other_block_is_hidden_in_the_page() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    assert page.count("```") == 2 * len(PAGE)
    assert "<pre" not in page
    assert page.count("<!-- deployment-docs") == sum(bool(b.given or b.written or b.until or b.reason) for b in PAGE)


def test_its_commands_name_profiles_and_services_that_are_there() -> None:
    profiles = {profile for one in services().values() for profile in one.get("profiles", [])}
    found = [words for block in PAGE for words in commands(block)]
    assert len(found) >= 15
    for words in found:
        chosen = [words[number + 1] for number, word in enumerate(words) if word == "--profile"]
        assert set(chosen) <= profiles, words
        verbs = [number for number, word in enumerate(words) if word in {"run", "up", "restart", "ps"}]
        assert verbs, words
        if words[verbs[0]] == "run":
            named = next(word for word in words[verbs[0] + 1 :] if not word.startswith("-"))
            assert named in services(), words


def test_remarks_state_values_texts_conditions_and_reasons() -> None:
    run, not_run = blocks(
        "<!-- deployment-docs\nwith: A=$(true)\nwrite: example.org => $HOST\nuntil: healthy\n-->\n"
        "```sh\ncurl example.org  # look\n```\n\n"
        "<!-- deployment-docs\nnot run: a file that nobody has here\n-->\n```toml\na = 1\n```\n"
    )
    assert (run.given, run.script, run.until) == (("A=$(true)",), "curl $HOST  # look", ("healthy",))
    assert (run.is_run, run.title, run.line) == (True, "curl example.org", 6)
    assert (not_run.is_run, not_run.reason) == (False, "a file that nobody has here")


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("    docker compose up\n", "a command outside of a fenced block"),
        ("    sudo rm secrets/x\n", "a command outside of a fenced block"),
        ("```\nls\n```\n", "no language needs a reason"),
        ("```toml\na = 1\n```\n", "a block of toml needs a reason"),
        ("```sh\nls\n", "does not end"),
        ("```sh\n\n```\n", "is empty"),
        ("<!-- deployment-docs\nnot run: later\n-->\n```sh\nls\n```\n", "one reason of some words"),
        (
            "<!-- deployment-docs\nnot run: this has a good reason\nuntil: true\n-->\n```sh\nls\n```\n",
            "and nothing else",
        ),
        ("<!-- deployment-docs\nwrite: a.example => b\n-->\n```sh\nls\n```\n", "does not contain 'a.example'"),
        ("<!-- deployment-docs\nskip: true\n-->\n```sh\nls\n```\n", "got 'skip: true', expected one of"),
        ("<!-- deployment-docs\nuntil: true\n-->\n\n```sh\nls\n```\n", "is not directly above it"),
        ("<!-- deployment-docs\nuntil: true\n-->\n", "about no block"),
        ("<!-- deployment-docs\nuntil: true\n", "does not end"),
    ],
)
def test_a_block_that_is_neither_run_nor_explained_is_refused(page: str, message: str) -> None:
    with pytest.raises(PageError, match=re.escape(message)):
        blocks(page)


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    """A deployment whose folder is empty: its blocks run in a real shell, without an engine."""
    names = ("http", "https", "redirect", "staff", "nodes")
    stack = Stack(missing=(), folder=tmp_path, ports=dict.fromkeys(names, 1))
    return Deployment(stack, (), seconds=0)


def test_blocks_run_in_sequence_in_one_folder_and_stop_at_the_first_fault(
    here: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    page = [
        Block(1, "sh", "echo one > file"),
        Block(
            2, "sh", 'test "$(cat file)" = one\necho "$VALUE" > second', given=("VALUE=2",), until=("grep 2 second",)
        ),
        Block(3, "sh", "false | true\necho never > third"),
        Block(4, "sh", "echo four > fourth"),
        Block(5, "toml", "a = 1", reason="an example of a file"),
    ]
    results = deployment_docs.follow(page, here)
    assert [one.outcome for one in results] == ["ok", "ok", "FAIL", "not reached", "not run"]
    assert sorted(path.name for path in here.stack.folder.iterdir()) == ["file", "second"]
    assert "an example of a file" in capsys.readouterr().out


def test_a_condition_that_does_not_come_true_fails_its_block(here: Deployment) -> None:
    with pytest.raises(BlockError, match="until: false"):
        here.follow(Block(1, "sh", "true", until=("false",)))


def test_only_what_has_no_image_is_left_out() -> None:
    found = yaml.safe_load(override(("grafana",)))["services"]
    assert found["grafana"] == {"profiles": ["without-an-image"]}
    assert set(found) == {"grafana", "edge", "enrol"}
