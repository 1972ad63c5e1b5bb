"""The names of a migrated database are words of the glossary, and so are its functions and checks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
from tools import glossary_check as glossary

SCHEMAS = ["public", "dashboards"]
NAMES = {
    "schema": "SELECT nspname, '' FROM pg_namespace WHERE nspname !~ '^(pg_|_?timescaledb|information_schema$)'",
    "relation": "SELECT relname, coalesce(indrelid::regclass::text, relname) FROM pg_class"
    " LEFT JOIN pg_index ON indexrelid = pg_class.oid WHERE relnamespace = ANY (%(schemas)s::regnamespace[])",
    "column": "SELECT column_name, table_name FROM information_schema.columns WHERE table_schema = ANY (%(schemas)s)",
    "constraint": "SELECT conname, conrelid::regclass::text FROM pg_constraint"
    " WHERE connamespace = ANY (%(schemas)s::regnamespace[])",
    "trigger": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
    "policy": "SELECT policyname, tablename FROM pg_policies WHERE schemaname = ANY (%(schemas)s)",
    "role": "SELECT rolname, '' FROM pg_roles WHERE rolname LIKE 'siaga%%'",
    "function": "SELECT name, proname FROM pg_proc, unnest(proname || coalesce(proargnames, '{}')) AS name"
    " WHERE pronamespace = ANY (%(schemas)s::regnamespace[])",
}
BODIES = {
    "function": "SELECT prosrc, proname FROM pg_proc JOIN pg_language ON pg_language.oid = prolang"
    " WHERE pronamespace = ANY (%(schemas)s::regnamespace[]) AND lanname IN ('sql', 'plpgsql')"
    " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')",
    "check": "SELECT pg_get_constraintdef(oid), conrelid::regclass::text FROM pg_constraint"
    " WHERE contype = 'c' AND connamespace = ANY (%(schemas)s::regnamespace[])",
}
JOBS = "procrastinate_"  # the names of the library of jobs are its own
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
BUILT_IN = {"clock_timestamp"}


def banned(conn: psycopg.Connection, rules: glossary.Rules) -> Iterator[glossary.Problem]:
    """Yields each name of the database, and each word in its functions and checks, that the glossary bans."""
    for kind, query in NAMES.items():
        for name, owner in conn.execute(query.encode(), {"schemas": SCHEMAS}):
            yield from _check(rules, [name], kind, owner)
    for kind, query in BODIES.items():
        for text, owner in conn.execute(query.encode(), {"schemas": SCHEMAS}):
            words = set(glossary.IDENTIFIER.findall(COMMENT.sub("", text))) - BUILT_IN
            yield from _check(rules, sorted(word for word in words if not word.isupper()), kind, owner)


def _check(rules: glossary.Rules, names: list[str], kind: str, owner: str) -> Iterator[glossary.Problem]:
    if not owner.startswith(JOBS):
        for name in names:
            # An exception for a path holds for tables of that name, as `cloud/*review*` for review_item.
            yield from glossary.check_name(rules, name, f"{kind} {owner}", f"cloud/database/{owner}")


@pytest.fixture
def rules() -> glossary.Rules:
    return glossary.read_rules(glossary.read(glossary.PAGE))


def test_the_names_of_a_migrated_database_are_words_of_the_glossary(database_url: str, rules: glossary.Rules) -> None:
    with psycopg.connect(database_url) as conn:
        assert [f"{problem.place}: {problem.word}" for problem in banned(conn, rules)] == []


def test_a_banned_word_is_found_wherever_it_is(database_url: str, rules: glossary.Rules) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "CREATE SCHEMA wall; CREATE TABLE notice (told_at integer CONSTRAINT is_late CHECK (told_at > 0),"
            " kind text CHECK (kind IN ('letter', 'other'))); CREATE INDEX next_clock_at ON notice (kind);"
            " CREATE POLICY talk ON notice;"
            " CREATE FUNCTION keep(way text) RETURNS integer LANGUAGE sql"
            " AS $$ SELECT told_at + 1 AS hears FROM notice $$"
        )
        found = {problem.word for problem in banned(conn, rules)}
    wanted = {"wall", "notice", "told_at", "is_late", "letter", "next_clock_at", "talk", "keep", "way", "hears"}
    assert found - {"notice_kind_check"} == wanted
