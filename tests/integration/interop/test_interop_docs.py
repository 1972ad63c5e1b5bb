"""The examples of docs/interop.md are run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.http_api import Api

from siaga_cloud.channels.registry import all_channels
from siaga_cloud.connectors.service import ALWAYS_OPEN
from siaga_cloud.feeds.options import polled_kinds
from siaga_cloud.people.service import tokens
from siaga_cloud.people.store import accounts as people

PAGE = Path(__file__).parents[3] / "docs" / "interop.md"
EXAMPLES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line.startswith("curl ")
]


def test_there_are_examples_of_each_standard() -> None:
    assert {"/open311/", "/cap/"} <= {found for one in EXAMPLES for found in re.findall(r"8080(/\w+/)", one)}


def test_every_entry_point_is_listed_with_the_attacks_tested_on_it() -> None:
    """A connector or a kind of feed that is added must be tried, too, and say so."""
    table = PAGE.read_text("utf-8").partition("## Every way in")[2].partition("\n## ")[0]
    reported = set(re.findall(r"`([a-z0-9_-]+)`", "".join(re.findall(r"(?m)^\| (.*?) \|", table))))
    feeds = (*polled_kinds(), "frigate", "lorawan", "observations")
    assert reported == {*ALWAYS_OPEN, *(one.id for one in all_channels()), "lapor-csv", *feeds}


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    now = datetime.now(UTC)
    with api.connection() as conn:
        person = people.person(conn, "petugas.sda")
        assert person is not None
        _, secret = tokens.create(
            conn, person, name="x", scopes=["write:reports"], expires_at=now + timedelta(days=1), now=now
        )
        conn.commit()
    return secret


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_answers(api: Api, key: str, example: str) -> None:
    command = example.replace("http://127.0.0.1:8080", api.url)
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        env={**os.environ, "SIAGA_KEY": key, "no_proxy": "127.0.0.1"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith((b"<?xml", b"[", b"{"))
