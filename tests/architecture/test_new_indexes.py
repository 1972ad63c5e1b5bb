"""Since a stated migration, an index of a table that grows is built while programs write to the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.architecture.source_tree import PACKAGES

from siaga_cloud.platform.db.index_builds import read

MIGRATIONS = PACKAGES["siaga_cloud"] / "platform" / "db" / "migrations"
SINCE = 498
# Those with a row for each thing or person of a city, or for each setting: an index of them is built at once.
SMALL = {
    "agency", "agency_route", "app_user", "area", "asset", "camera", "feed", "gauge", "gazetteer_place", "layer",
    "match_policy", "node", "proof_policy", "task_policy", "team", "team_member", "waterway", "webhook",
}  # fmt: skip
_COMMENT = re.compile(r"--[^\n]*")
_CREATED = re.compile(r"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", re.IGNORECASE)
_INDEXED = re.compile(
    r"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?:\w+\s+)?ON\s+(?:ONLY\s+)?(\w+)",
    re.IGNORECASE,
)
# ALTER TABLE builds an index, too, unless it takes one that is there.
_CONSTRAINED = re.compile(
    r"\bALTER\s+TABLE\s+(?:ONLY\s+)?(\w+)[^;]*?\bADD\s+(?:CONSTRAINT\s+\w+\s+)?"
    r"(?:UNIQUE|PRIMARY\s+KEY|EXCLUDE)\b(?!\s+USING\s+INDEX)",
    re.IGNORECASE,
)


def blocked(sql: str) -> list[str]:
    """Tables that nobody can write to while a file is applied, because it builds an index of what it did not create."""
    text = _COMMENT.sub("", sql)
    others = SMALL | set(_CREATED.findall(text))
    return [name for pattern in (_INDEXED, _CONSTRAINED) for name in pattern.findall(text) if name not in others]


def newer_files() -> list[Path]:
    return [file for file in sorted(MIGRATIONS.glob("[0-9]*.sql")) if int(file.name[:4]) >= SINCE]


def test_new_migrations_block_no_table() -> None:
    """Move the statement to a file `NNNN_name.concurrent.sql` (CONTRIBUTING.md, "A migration")."""
    found = {file.name: blocked(file.read_text("utf-8")) for file in newer_files() if ".concurrent." not in file.name}
    assert {name: tables for name, tables in found.items() if tables} == {}


def test_files_of_indexes_can_be_read() -> None:
    for file in newer_files():
        if ".concurrent." in file.name:
            assert list(read(file.read_text("utf-8"))), file.name


@pytest.mark.parametrize(
    "sin",
    [
        "CREATE INDEX a ON report (x);",
        "CREATE UNIQUE INDEX IF NOT EXISTS a\n    ON report (x);",
        "CREATE INDEX ON report (x);",
        "CREATE TABLE other (x integer); CREATE INDEX a ON report (x);",
        "ALTER TABLE report ADD CONSTRAINT a UNIQUE (x);",
        "ALTER TABLE report ADD COLUMN y integer, ADD PRIMARY KEY (x);",
    ],
)
def test_the_test_itself_sees_an_index_of_an_older_table(sin: str) -> None:
    assert blocked(sin) == ["report"]


@pytest.mark.parametrize(
    "fine",
    [
        "CREATE TABLE report (x integer);\nCREATE INDEX a ON report (x);",
        "-- CREATE INDEX a ON report (x);",
        "ALTER TABLE report ADD CONSTRAINT a UNIQUE USING INDEX b;",
        "ALTER TABLE report ADD COLUMN x integer;",
        "CREATE UNIQUE INDEX a ON agency (x);",
    ],
)
def test_and_leaves_the_rest_alone(fine: str) -> None:
    assert blocked(fine) == []
