"""The worker as a process: from an event on the wire to a task, and the clock's work."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from tests.support.cloud_core import (
    Sender,
    a_reading,
    all_served,
    cloud_environment,
    cloud_process,
    event_message,
    eventually,
    readings_message,
    utc_now,
)

from siaga_core.wire.messages import EventState
from siaga_sim.stack.broker import Broker
from siaga_sim.stack.child import Child

STOP_SECONDS = 30.0  # jobs in hand have ten seconds to end; docker-compose.yml waits as long


@pytest.fixture
def running(
    database_url: str, new_broker: Callable[[], Broker], passwords: dict[str, str], tmp_path: Path
) -> Iterator[tuple[Sender, Child]]:
    """Ingest and worker, each with no more rights than its group role gives, and one node."""
    broker = new_broker()

    def program(role: str) -> Child:
        url = login_in_group(database_url, f"siaga_{role}")
        return cloud_process(role, cloud_environment(url, broker, tmp_path / "media"), tmp_path / f"{role}.log")

    ingest, worker = program("ingest"), program("worker")
    with ingest, worker, Sender("node-a", broker, passwords["node-a"]) as sender:
        eventually(lambda: all_served(database_url, ["1"]), what="ingest serves")
        eventually(lambda: "worker started" in worker.tail(), what="worker works")
        yield sender, worker


def login_in_group(database_url: str, group: str) -> str:
    """The same database for a login role that is a member of a group role and nothing else."""
    login, password = f"{group}_login", secrets.token_hex(12)
    with psycopg.connect(database_url, autocommit=True) as conn:
        if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (login,)).fetchone() is None:
            conn.execute(
                sql.SQL("CREATE ROLE {} LOGIN IN ROLE {}").format(sql.Identifier(login), sql.Identifier(group))
            )
        conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(password)))
        return f"postgresql://{login}:{password}@127.0.0.1:{conn.info.port}/{conn.info.dbname}"


def rows(database_url: str, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(database_url, row_factory=dict_row) as conn:
        return conn.execute(query.encode()).fetchall()


def test_an_event_on_the_wire_becomes_a_task_and_its_end_is_noticed(
    database_url: str, running: tuple[Sender, Child]
) -> None:
    sender, worker = running
    began = event_message(outbox_id=sender.outbox_id, at=utc_now(), seq=1)
    sender.send(began)
    eventually(lambda: bool(rows(database_url, "SELECT 1 FROM task")), what=f"a task; {worker.tail()}")
    (task,) = rows(database_url, "SELECT state, category, created_at, caused_at FROM task")
    assert (task["state"], task["category"], task["caused_at"]) == ("open", "illegal_parking", began.measured_at)
    # Generous, because tests share their machine; the demo reports the true figure.
    assert task["created_at"] - task["caused_at"] < timedelta(seconds=10)
    at = utc_now()
    ended = {"event_id": began.event_id, "revision": 2, "state": EventState.ENDED, "began_at": began.began_at}
    sender.send(event_message(outbox_id=sender.outbox_id, at=at, seq=2, **ended))  # type: ignore[arg-type]
    eventually(lambda: rows(database_url, "SELECT over_at FROM incident") == [{"over_at": at}], what="over")
    assert rows(database_url, "SELECT state FROM incident") == [{"state": "open"}], "the task is still to be done"


def test_the_job_loop_rolls_up_and_recovers_what_dead_workers_left_behind(
    database_url: str, running: tuple[Sender, Child]
) -> None:
    sender, worker = running
    at = utc_now()
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "INSERT INTO signal (id, kind, category, source_key, confidence, severity, lat, lon, began_at, last_at,"
            " measured_at, received_at) SELECT gen_random_uuid(), 'feed', 'flooding', 'feed:waze', 0.5, 'minor', -6.2,"
            " 106.8, %(at)s, %(at)s, %(at)s, %(at)s - interval '1 hour'",
            {"at": at},
        )
        # As a worker leaves it that was killed in the middle of a roll-up; by then the next one waits for its lock.
        conn.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status, args)"
            " VALUES ('upkeep', 'roll_up', 'roll_up', 'roll_up', 'doing', '{\"timestamp\": 0}'),"
            # And as it leaves one whose database went away in the middle.
            " ('upkeep', 'roll_up', 'roll_up', 'roll_up', 'failed', '{\"timestamp\": 0}'),"
            " ('upkeep', 'fit_forecasts', 'fit_forecasts', 'fit_forecasts', 'failed', '{\"timestamp\": 0}')"
        )
    sender.send(readings_message(a_reading(at=at), outbox_id=sender.outbox_id, seq=1))
    eventually(lambda: bool(rows(database_url, "SELECT 1 FROM reading_hourly")), seconds=70, what=worker.tail())
    eventually(lambda: bool(rows(database_url, "SELECT 1 FROM incident")), seconds=70, what=worker.tail())
    failed = "SELECT task_name FROM procrastinate_jobs WHERE status = 'failed'"
    owed = [{"task_name": "fit_forecasts"}]
    eventually(lambda: rows(database_url, failed) == owed, what="what the next one did is no failure any more")
    assert worker.stop(STOP_SECONDS) == 0, worker.tail()


def test_a_worker_whose_database_is_away_begins_again_by_itself(
    database_url: str, running: tuple[Sender, Child]
) -> None:
    sender, worker = running
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("ALTER ROLE siaga_worker_login NOLOGIN")
        try:
            conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'siaga_worker_login'")
            eventually(lambda: "restarting the worker loop" in worker.log.read_text(), seconds=60, what="it notices")
        finally:
            conn.execute("ALTER ROLE siaga_worker_login LOGIN")
    sender.send(event_message(outbox_id=sender.outbox_id, at=utc_now(), seq=1))
    eventually(lambda: bool(rows(database_url, "SELECT 1 FROM task")), what=f"a task; {worker.tail()}")
    assert worker.is_running


def test_a_worker_whose_database_is_away_from_the_start_waits_for_it(
    database_url: str, new_broker: Callable[[], Broker], tmp_path: Path
) -> None:
    url = login_in_group(database_url, "siaga_worker")
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("ALTER ROLE siaga_worker_login NOLOGIN")
        try:
            environment = cloud_environment(url, new_broker(), tmp_path / "media")
            with cloud_process("worker", environment, tmp_path / "worker.log") as worker:
                again = "restarting the worker loop"
                eventually(lambda: worker.log.read_text().count(again) >= 2, seconds=40, what=worker.tail())
                conn.execute("ALTER ROLE siaga_worker_login LOGIN")
                received = "SELECT 1 FROM procrastinate_workers"
                eventually(lambda: bool(rows(database_url, received)), seconds=40, what=f"it works; {worker.tail()}")
                assert worker.stop(STOP_SECONDS) == 0, worker.tail()
        finally:
            conn.execute("ALTER ROLE siaga_worker_login LOGIN")
