"""Each alert rule as Grafana evaluates it: calm on a city that works, firing for its cause, and calm again after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from dashboards.query_times import GENERATED
from tests.support.http_api import load_demo_city
from tools import dashboards_check

from siaga_cloud.platform.db.connection import Connection, connect
from siaga_sim.stack.postgres import Postgres

CALM: Final = Path(dashboards_check.__file__).parent / "calm.sql"
GROUP: Final = json.loads((GENERATED / "alerting" / "siaga-platform.json").read_text("utf-8"))["groups"][0]
RULES: Final = {rule["uid"]: rule for rule in GROUP["rules"]}
JOB: Final = "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) VALUES ('a', 'b', "
NO_JOBS: Final = "DELETE FROM procrastinate_events; DELETE FROM procrastinate_jobs"
INCIDENT: Final = """
    INSERT INTO incident (id, category, severity, confidence, lat, lon, began_at, last_signal_at, created_at,
    updated_at) VALUES ('00000000-0000-0000-0000-000000000001', 'trash', 'minor', 0.5, -6.2, 106.8, now(), now(), now(),
    now())"""
# What the cluster of a test cannot be brought to, as columns of the view.
DATABASE: Final = """
    DROP VIEW dashboards.database; CREATE VIEW dashboards.database AS
    SELECT {connections} AS connections, 100 AS most_connections, {lag}::float8 AS replica_lag_seconds"""
# To each rule a cause, and what ends it.
CASES: Final[dict[str, tuple[str, str]]] = {
    "siaga-ingest-silent": (
        "DELETE FROM ingest_minute WHERE minute > now() - interval '10 minutes'",
        "INSERT INTO ingest_minute VALUES (date_trunc('minute', now()), 'readings', 1, 0, 1, 1, 1)",
    ),
    "siaga-worker-gone": (
        "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'",
        "UPDATE procrastinate_workers SET last_heartbeat = now()",
    ),
    "siaga-ingest-lag": (
        "UPDATE ingest_minute SET lag_p95_seconds = 90",
        "UPDATE ingest_minute SET lag_p95_seconds = 2",
    ),
    "siaga-shards-free": (
        "UPDATE shard_lease SET until = now() - interval '1 second' WHERE shard = 's00'",
        "UPDATE shard_lease SET until = now() + interval '1 minute'",
    ),
    "siaga-messages-missing": (
        "INSERT INTO node_ledger (node_id, outbox_id, highest_seq, stored) VALUES ('node-1', gen_random_uuid(), 9, 7)",
        "UPDATE node_ledger SET stored = 9",
    ),
    "siaga-dead-letters": (
        """INSERT INTO dead_letter (node_id, topic, payload, reason, received_at, last_at)
        VALUES ('a', 't', '', 'x', now(), now())""",
        "UPDATE dead_letter SET replayed_at = now()",
    ),
    "siaga-wrong-clocks": (
        """INSERT INTO quarantine (node_id, message_id, outbox_id, seq, measured_at, topic, payload, reason,
        received_at, last_at) VALUES ('a', gen_random_uuid(), gen_random_uuid(), 1, 'epoch', 't', '', 'clock', now(),
        now())""",
        "UPDATE quarantine SET released_at = now()",
    ),
    # Silent for more than three of its own intervals of 30 s; nobody has set its state.
    "siaga-nodes-offline": (
        "UPDATE node SET last_seen_at = now() - interval '100 seconds'",
        "UPDATE node SET last_seen_at = now()",
    ),
    "siaga-gauges-silent": (
        "UPDATE gauge_latest SET measured_at = now() - interval '2 hours', known_at = now() - interval '2 hours'",
        "UPDATE gauge_latest SET measured_at = now()",
    ),
    "siaga-signals-wait": (
        """INSERT INTO signal (id, kind, category, source_key, confidence, severity, lat, lon, began_at, last_at,
        measured_at, received_at) VALUES (gen_random_uuid(), 'event', 'trash', 'camera:a', 0.5, 'minor', -6.2, 106.8,
        now(), now(), now(), now() - interval '5 minutes')""",
        "UPDATE signal SET processed_revision = revision",
    ),
    "siaga-jobs-wait": (JOB + "'todo', now() - interval '10 minutes')", NO_JOBS),
    "siaga-jobs-failed": (JOB + "'failed', now())", NO_JOBS),
    "siaga-deadlines-stuck": (
        INCIDENT  # noqa: S608 - of two constants
        + """; INSERT INTO task (id, incident_id, category, state, priority, severity, lat, lon, caused_at, created_at,
        updated_at, acknowledge_by, first_action_by, resolve_by, next_deadline_at, imported_from)
        VALUES (gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 'trash', 'open', 2, 'minor', -6.2, 106.8,
        now(), now(), now(), now(), now(), now(), now() - interval '10 minutes', 'test')""",
        "UPDATE task SET state = 'resolved', finished_at = now()",
    ),
    "siaga-rollups-behind": (
        "INSERT INTO rollup_dirty SELECT id, date_trunc('hour', now()), now() - interval '1 hour' FROM gauge LIMIT 1",
        "DELETE FROM rollup_dirty",
    ),
    "siaga-alerts-stuck": (
        """INSERT INTO alert_message (id, subscription_id, channel, kind, priority, state, created_at, due_at) VALUES
        (gen_random_uuid(), gen_random_uuid(), 'sms', 'alert', 1, 'queued', now(), now() - interval '10 minutes')""",
        "UPDATE alert_message SET state = 'sent', done_at = now()",
    ),
    "siaga-connections-full": (DATABASE.format(connections=95, lag=0), DATABASE.format(connections=5, lag=0)),
    "siaga-replica-behind": (DATABASE.format(connections=5, lag=90), DATABASE.format(connections=5, lag=1)),
}


@pytest.fixture(scope="module")
def calm_url(postgres: Postgres, migrated_template: str) -> Iterator[str]:
    url = postgres.create_database("siaga_alert_rules", template=migrated_template)
    load_demo_city(url)
    with connect(url) as conn:
        conn.execute(CALM.read_bytes())
    yield url
    postgres.drop_database("siaga_alert_rules")


@pytest.fixture
def conn(calm_url: str) -> Iterator[Connection]:
    with connect(calm_url) as session, session.transaction(force_rollback=True):
        yield session


def fires(conn: Connection, rule: dict[str, Any]) -> bool:
    """Whether the condition of a rule holds for what its query answers."""
    of_ref = {query["refId"]: query for query in rule["data"]}
    condition = of_ref[rule["condition"]]["model"]
    assert condition["type"] == "threshold"
    evaluator = condition["conditions"][0]["evaluator"]
    assert evaluator["type"] == "gt"
    (row,) = conn.execute(of_ref[condition["expression"]]["model"]["rawSql"].encode()).fetchall()
    return float(row["value"]) > float(evaluator["params"][0])


def test_every_rule_has_a_cause() -> None:
    assert set(CASES) == set(RULES)


def test_nothing_fires_in_a_calm_city(conn: Connection) -> None:
    assert [uid for uid, rule in RULES.items() if fires(conn, rule)] == []


@pytest.mark.parametrize("uid", CASES)
def test_a_rule_fires_for_its_cause_and_ends_with_it(uid: str, conn: Connection) -> None:
    cause, end = CASES[uid]
    conn.execute(cause.encode())
    assert fires(conn, RULES[uid])
    conn.execute(end.encode())
    assert not fires(conn, RULES[uid])


def test_ingest_that_is_gone_fires_beside_a_worker_that_runs(conn: Connection) -> None:
    conn.execute("UPDATE ingest_replica SET seen_at = now() - interval '1 minute'")
    assert fires(conn, RULES["siaga-worker-gone"])


def test_a_program_that_is_gone_is_noticed_within_two_minutes() -> None:
    rule = RULES["siaga-worker-gone"]
    over = rule["data"][1]["model"]["conditions"][0]["evaluator"]["params"][0]
    assert (GROUP["interval"], rule["for"]) == ("1m", "0s")
    assert over + 60 <= 120
