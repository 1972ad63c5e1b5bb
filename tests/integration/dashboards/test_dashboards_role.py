"""What Grafana's role may see: the views of the dashboards and nothing else; and what they look back on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from siaga_cloud.operations.service import upkeep
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.postgres import Postgres

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
ROLE = "siaga_grafana"


@pytest.fixture(scope="module")
def dashboards_url(postgres: Postgres, migrated_template: str) -> Iterator[str]:
    yield postgres.create_database("siaga_wall_role", template=migrated_template)
    postgres.drop_database("siaga_wall_role")


@pytest.fixture
def owner(dashboards_url: str) -> Iterator[Connection]:
    with connect(dashboards_url) as conn, conn.transaction(force_rollback=True):
        yield conn


@pytest.fixture
def grafana(dashboards_url: str) -> Iterator[psycopg.Connection[dict[str, object]]]:
    """A session of the role itself, as a deployment lets it log in."""
    password = secrets.token_hex(12)
    with psycopg.connect(dashboards_url, autocommit=True) as conn:
        conn.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(ROLE), sql.Literal(password)))
        port, name = conn.info.port, conn.info.dbname
    url = f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{name}"
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as conn:
        yield conn
    with psycopg.connect(dashboards_url, autocommit=True) as conn:
        conn.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(sql.Identifier(ROLE)))


def relations(conn: psycopg.Connection[dict[str, object]], right: str) -> set[str]:
    found = conn.execute(
        "SELECT relnamespace::regnamespace || '.' || relname AS name FROM pg_class"
        " WHERE relkind IN ('r', 'v', 'm', 'p', 'f', 'S') AND has_table_privilege(oid, %s)"
        " AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')"
        # TimescaleDB shows everybody its own lists, but the chunks are ours
        " AND (relnamespace::regnamespace::text !~ '^_?timescaledb_' OR relname ~ '^_(hyper|dist)_')",
        (right,),
    )
    return {str(row["name"]) for row in found}


def test_it_reads_the_views_of_the_dashboards_and_nothing_else(grafana: psycopg.Connection[dict[str, object]]) -> None:
    seen = relations(grafana, "SELECT")
    assert {"dashboards.gauge_now", "dashboards.incident_open", "dashboards.task_open", "dashboards.database"} <= seen
    assert {name for name in seen if not name.startswith("dashboards.")} == set()
    for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        assert relations(grafana, right) == set()
    for name in sorted(seen):
        grafana.execute(f"SELECT * FROM {name} LIMIT 3")  # noqa: S608 - every one of them works with its rights
    for hidden in ("reading", "report_contact", "app_user", "dashboards_salt", "incident_seen"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            grafana.execute(f"SELECT 1 FROM public.{hidden}")  # noqa: S608


def test_it_calls_nothing_that_runs_as_the_owner(grafana: psycopg.Connection[dict[str, object]]) -> None:
    found = grafana.execute(
        "SELECT oid::regprocedure::text AS name FROM pg_proc WHERE prosecdef AND prorettype <> 'trigger'::regtype"
        " AND pronamespace = 'public'::regnamespace AND has_function_privilege(oid, 'EXECUTE')"
    ).fetchall()
    assert found == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        grafana.execute("SELECT record_audit('me', 'look', 'report', 'x', '', '{}', now())")


def test_it_has_limits_that_a_session_begins_with(grafana: psycopg.Connection[dict[str, object]]) -> None:
    def setting(name: str) -> object:
        row = grafana.execute("SELECT current_setting(%s) AS value", (name,)).fetchone()
        return row and row["value"]

    assert (setting("statement_timeout"), setting("lock_timeout")) == ("10s", "2s")
    assert setting("default_transaction_read_only") == "on"
    assert setting("idle_in_transaction_session_timeout") == "30s"
    grafana.execute("SET statement_timeout = '80ms'")
    with pytest.raises(psycopg.errors.QueryCanceled):
        grafana.execute("SELECT pg_sleep(5)")
    with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
        grafana.execute("CREATE TABLE dashboards.mine (id integer)")
    grafana.execute("SET default_transaction_read_only = off")
    for schema in ("dashboards", "public"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            grafana.execute(f"CREATE TABLE {schema}.mine (id integer)")


def test_no_view_shows_a_person_a_text_or_a_citizens_exact_place(owner: Connection) -> None:
    columns = owner.execute(
        "SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema ="
        " 'dashboards'"
        " AND column_name ~ '(body|note|email|phone|reporter|sender|actor|assignee|user_id|secret|payload$|address)'"
    ).fetchall()
    assert columns == []
    owner.execute(
        "INSERT INTO incident (id, category, severity, confidence, lat, lon, began_at, last_signal_at, created_at,"
        " updated_at) VALUES (%s, 'trash', 'minor', 0.5, -6.20791, 106.84844, now(), now(), now(), now())",
        (uuid4(),),
    )
    row = owner.execute("SELECT lat, lon FROM dashboards.incident_open").fetchone()
    assert row == {"lat": -6.20875, "lon": 106.84875}


def test_migrating_again_makes_the_views_anew(empty_database_url: str) -> None:
    migrate(empty_database_url)
    with connect(empty_database_url) as conn:
        conn.execute("DROP VIEW dashboards.level")
        conn.execute("CREATE VIEW dashboards.old AS SELECT 1 AS one")
    migrate(empty_database_url)
    with connect(empty_database_url) as conn:
        names = conn.execute("SELECT viewname FROM pg_views WHERE schemaname = 'dashboards'").fetchall()
    assert {"level"} <= {row["viewname"] for row in names}
    assert {"old"}.isdisjoint({row["viewname"] for row in names})


def reply(conn: Connection, since: datetime | None, at: datetime) -> None:
    conn.execute(
        "INSERT INTO camera_latest (camera_id, node_id, unknown_since, at)"
        " VALUES ('cam-a', 'node-a', %(since)s, %(at)s)"
        " ON CONFLICT (camera_id) DO UPDATE SET unknown_since = excluded.unknown_since, at = excluded.at",
        {"since": since, "at": at},
    )


def test_spans_in_which_a_camera_could_not_see_are_stored(owner: Connection) -> None:
    def minute(n: int) -> datetime:
        return NOON + timedelta(minutes=n)

    reply(owner, None, minute(0))
    reply(owner, minute(1), minute(2))
    reply(owner, minute(1), minute(3))  # said again: still the same span
    reply(owner, None, minute(5))
    reply(owner, minute(7), minute(8))
    reply(owner, minute(9), minute(10))  # it saw in between
    spans = owner.execute("SELECT began_at, ended_at FROM camera_unknown ORDER BY began_at").fetchall()
    assert [(row["began_at"], row["ended_at"]) for row in spans] == [
        (minute(1), minute(5)),
        (minute(7), minute(9)),
        (minute(9), None),
    ]


def test_comings_and_goings_of_nodes_are_stored(owner: Connection) -> None:
    owner.execute("INSERT INTO node (id, last_seen_at) VALUES ('node-a', now())")
    for n, state in enumerate(("online", "online", "offline", "online")):
        owner.execute("UPDATE node SET state = %s, state_at = %s", (state, NOON + timedelta(minutes=n)))
    rows = owner.execute("SELECT at, state FROM dashboards.node_state ORDER BY at").fetchall()
    assert [(row["at"].minute, row["state"]) for row in rows] == [(0, "online"), (2, "offline"), (3, "online")]


def receive(conn: Connection, at: datetime, *, lag: float = 1.0, late: bool = False) -> None:
    conn.execute(
        "INSERT INTO message VALUES (%s, %s, 'node-a', 'readings', %s, 1, %s, %s, %s, 100)",
        (uuid4(), at - timedelta(seconds=lag), uuid4(), at, at, late),
    )


def test_minutes_are_added_up_once_over_and_anew_while_they_may_grow(owner: Connection) -> None:
    def minutes() -> list[tuple[int, int, int, float | None]]:
        rows = owner.execute("SELECT * FROM dashboards.ingest_minute ORDER BY minute").fetchall()
        return [(row["minute"].minute, row["messages"], row["late"], row["lag_p95_seconds"]) for row in rows]

    receive(owner, NOON + timedelta(seconds=5))
    receive(owner, NOON + timedelta(seconds=6), lag=90_000, late=True)
    receive(owner, NOON + timedelta(seconds=65), lag=3)
    upkeep.add_up_ingest(owner, now=NOON + timedelta(seconds=80))
    assert minutes() == [(0, 2, 1, 1.0)]
    receive(owner, NOON + timedelta(seconds=59))  # its batch was committed after the minute
    upkeep.add_up_ingest(owner, now=NOON + timedelta(seconds=140))
    assert minutes() == [(0, 3, 1, 1.0), (1, 1, 0, 3.0)]
    for hour in range(1, 9):  # a worker that was away catches up by bites, to what arrived lately
        upkeep.add_up_ingest(owner, now=NOON + timedelta(hours=2, minutes=hour))
    receive(owner, NOON + timedelta(hours=2, minutes=8))
    upkeep.add_up_ingest(owner, now=NOON + timedelta(hours=2, minutes=10))
    assert minutes()[-1] == (8, 1, 0, 1.0)
