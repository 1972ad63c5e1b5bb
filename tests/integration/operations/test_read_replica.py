"""Reading from a real streaming replica: used while it keeps up, passed over once it is behind, dead or promoted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.support.http_api import SettingsForTests, serve

from siaga_cloud.platform.http.lagging import may_lag_behind
from siaga_cloud.settings import ReadSettings
from siaga_sim.stack.child import wait_until
from siaga_sim.stack.postgres import Postgres

READS = "/api/v1/layers"


@pytest.fixture
def standby(
    postgres: Postgres, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Postgres, str]]:
    """A copy of the cluster that holds `database_url`, made after it, and the connection string to it there."""
    folder = tmp_path_factory.mktemp("standby") / "cluster"
    with Postgres(folder=folder, durable=False, primary=postgres) as replica:
        yield replica, replica.url(database_url.rpartition("/")[2])
        replica.kill()  # nobody needs it whole any more, so nobody waits for its clean end
    replica.remove()


def run(url: str, query: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(query.encode())


def test_pages_never_read_lagging_data_because_of_a_change() -> None:
    assert may_lag_behind("GET", "/api/v1/open-data/incidents.csv")
    assert may_lag_behind("GET", "/sta/v1.1/Things")
    for method, path in (("POST", "/api/v1/open-data"), ("GET", "/api/v1/tasks"), ("GET", "/api/v1/incidents")):
        assert not may_lag_behind(method, path)


@pytest.mark.timeout(240, func_only=True)  # making and clearing away have limits of their own (Postgres, DROP_SECONDS)
def test_a_replica_is_read_from_while_it_follows(
    database_url: str, standby: tuple[Postgres, str], tmp_path: Path
) -> None:
    replica, replica_url = standby
    settings = SettingsForTests(database_url=database_url, media_dir=tmp_path)
    read_from = ReadSettings(database_url=replica_url, max_lag_seconds=3.0)
    with serve(settings, {}, read_from=read_from) as api, api.client() as client:

        def who_answered() -> str:
            before = reads(client)
            answer = client.get(READS)
            assert answer.status_code == 200, answer.text
            after = reads(client)
            return next(server for server in after if after[server] != before.get(server))

        def state() -> str:
            return str(client.get("/readyz").json()["replica"])

        wait_until(lambda: state() == "used", seconds=40, what="the replica keeps up")
        wait_until(lambda: who_answered() == "replica", seconds=40, what="it answers")
        assert float(client.get("/readyz").json()["replica_lag_seconds"]) <= 3.0

        run(replica_url, "SELECT pg_wal_replay_pause()")
        run(database_url, "CREATE TABLE later (n integer)")
        wait_until(lambda: "s behind, at most 3" in state(), seconds=40, what="it is seen to be behind")
        assert who_answered() == "primary"
        # Told with the next look; what is read from is decided at once.
        wait_until(lambda: "siaga_replica_used 0.0" in client.get("/metrics").text, seconds=40, what="it is told")

        run(replica_url, "SELECT pg_wal_replay_resume()")
        wait_until(lambda: state() == "used", seconds=40, what="it has caught up")
        wait_until(lambda: who_answered() == "replica", seconds=40, what="it answers")

        replica.kill()
        assert client.get(READS).status_code == 200, "nobody notices"
        wait_until(lambda: state() == "it does not answer", seconds=40, what="it is seen to be gone")
        assert who_answered() == "primary"

        replica.start()
        wait_until(lambda: state() == "used", seconds=60, what="it is back")
        run(replica_url, "SELECT pg_promote()")
        wait_until(lambda: "it was promoted" in state(), seconds=40, what="a promoted one is none")


def reads(client: httpx.Client) -> dict[str, float]:
    lines = [line for line in client.get("/metrics").text.splitlines() if line.startswith("siaga_replica_reads_total{")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}
