"""The forge's workflow runs the same commands as the project's own gate, and one version is stated everywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def test_the_workflow_runs_the_commands_of_the_gate() -> None:
    gate = [line for line in read(".ci/run").splitlines() if line.startswith("make ")]
    steps = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]["gate"]["steps"]
    commands = [step["run"] for step in steps if step.get("run", "").startswith("make ")]
    assert gate
    assert commands == gate


def test_actions_of_others_are_named_by_their_commits() -> None:
    used = re.findall(r"uses: (\S+)", read(".github/workflows/ci.yml"))
    assert used
    assert [one for one in used if not re.search(r"@[0-9a-f]{40}$", one)] == []


def test_the_hooks_install_nothing() -> None:
    repositories = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    hooks = [hook for one in repositories for hook in one["hooks"]]
    assert {one["repo"] for one in repositories} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    assert not [hook["id"] for hook in hooks if hook["entry"].startswith("make")], "make runs make setup"


def test_one_version_is_stated_everywhere() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert set(re.findall(r"SIAGA_VERSION:-([^}]+)\}", read("docker-compose.yml"))) == {version}
    assert re.findall(r"^## (\d\S+)", read("CHANGELOG.md"), re.MULTILINE)[0] == version
    assert f"| {version.rpartition('.')[0]}.x | yes |" in read("SECURITY.md")
