"""A gauge that the simulator cuts is unknown wherever the city is told of it, and never calm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.gauge_line import GaugeLine
from tests.support.http_api import Api

from siaga_cloud.alerts.service import alerts
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.live.feed import public_forms
from siaga_cloud.operations.service import upkeep
from siaga_cloud.platform.db.connection import Connection
from siaga_sim.faults import GaugeFault

BEFORE, NOTICED, WITHIN = 60, 40, 10


@pytest.fixture
def conn(api: Api) -> Iterator[Connection]:
    with api.connection() as connection:
        prepare_stages(connection)
        yield connection


@pytest.fixture
def line(conn: Connection, tmp_path: Path, gauge: str, level_cm: int) -> Iterator[GaugeLine]:
    """A gauge at Siaga 1 whose clock stands at the present when the cloud has known of the fault for ten seconds."""
    began_at = datetime.now(UTC) - timedelta(seconds=BEFORE + NOTICED + WITHIN)
    owner = conn.execute("SELECT node_id FROM gauge WHERE id = %s", (gauge,)).fetchone()
    assert owner is not None
    made = GaugeLine(conn, tmp_path, gauge=gauge, node=owner["node_id"], level_cm=level_cm, began_at=began_at)
    yield made
    made.close()


def work(conn: Connection, at: datetime) -> None:
    """What the worker does every five seconds."""
    with conn.transaction():
        upkeep.record_silence(conn, now=at)
        alerts.refresh(conn, now=at)


def gauge_everywhere(conn: Connection, client: httpx.Client, gauge: str) -> dict[str, Any]:
    """The gauge as each surface has it."""
    conn.commit()
    return {
        "api": client.get(f"/api/v1/gauges/{gauge}").json(),
        "list": {one["id"]: one for one in client.get("/api/v1/gauges").json()}[gauge],
        "live": public_forms(conn, "gauge", [gauge])[gauge],
        "open_data": {one["id"]: one for one in client.get("/api/v1/open-data/gauges.json").json()}[gauge],
        "summary": client.get("/api/v1/summary").json()["gauges"],
        "cap": client.get("/cap/v1/feed.xml", params={"lang": "en"}).text,
        "dashboards": conn.execute("SELECT * FROM dashboards.gauge_now WHERE gauge_id = %s", (gauge,)).fetchone(),
        "sensorthings": client.get(f"/sta/v1.1/Things('{gauge}')").json()["properties"],
        "ngsi": client.get(f"/ngsi-ld/v1/entities/urn:ngsi-ld:FloodMonitoring:siaga:{gauge}").json(),
    }


@pytest.mark.parametrize(
    ("fault", "gauge", "name", "level_cm"),
    [
        pytest.param(GaugeFault.CUT, "manggarai", "PA Manggarai", 960, id="cut"),
        pytest.param(GaugeFault.DROP_OUT, "karet", "PA Karet", 640, id="drop_out"),
    ],
)
def test_a_broken_gauge_is_unknown_on_every_surface_within_ten_seconds(
    api: Api, conn: Connection, line: GaugeLine, fault: GaugeFault, gauge: str, name: str, level_cm: int
) -> None:
    with api.client("operator.balaikota") as client:
        line.run(BEFORE)
        work(conn, line.now())
        sound = gauge_everywhere(conn, client, gauge)
        assert (sound["api"]["stage"], sound["api"]["unknown_cause"]) == (1, None)
        assert f"{name} reached Siaga 1" in sound["cap"]

        line.set_fault(fault)
        line.run(NOTICED)
        work(conn, line.now())
        found = gauge_everywhere(conn, client, gauge)
        for surface in ("api", "list", "live", "open_data"):
            shown = found[surface]
            assert (shown["unknown_cause"], shown["stage"], shown["level_cm"]) == ("lost", None, None), surface
            assert (shown["last_stage"], round(shown["last_level_cm"], -1)) == (1, level_cm), "history, with its time"
            assert shown["last_known_at"] == shown["unknown_since"]
        assert (found["api"]["quality"], found["api"]["trend"]) == (None, "unknown")
        assert found["summary"]["unknown"] == sound["summary"]["unknown"] + 1
        assert found["summary"].get("siaga_1", 0) == sound["summary"]["siaga_1"] - 1
        assert f"The level at {name} has been unknown since" in found["cap"], (
            "an alert that rests on it says since when"
        )
        assert f"{name} reached Siaga 1" not in found["cap"]
        assert "ALL CLEAR" not in found["cap"]
        assert (found["dashboards"]["state"], found["dashboards"]["level_cm"]) == (0, None)
        assert found["sensorthings"]["unknown_cause"] == "lost"
        assert "currentLevel" in sound["ngsi"]
        assert "currentLevel" not in found["ngsi"]

        line.set_fault(GaugeFault.NONE)
        line.run(30)
        work(conn, line.now())
        again = gauge_everywhere(conn, client, gauge)
        assert (again["api"]["stage"], again["api"]["unknown_since"]) == (1, None)
        assert again["summary"]["siaga_1"] == sound["summary"]["siaga_1"]
        assert again["dashboards"]["state"] == 1
        assert "unknown_cause" not in again["sensorthings"]


@pytest.mark.parametrize(
    ("fault", "gauge", "level_cm"),
    [
        pytest.param(GaugeFault.CUT, "katulampa", 25, id="cut"),
        pytest.param(GaugeFault.DROP_OUT, "depok", 90, id="drop_out"),
    ],
)
def test_a_broken_gauge_is_calm_nowhere(
    api: Api, conn: Connection, line: GaugeLine, fault: GaugeFault, gauge: str, level_cm: int
) -> None:
    with api.client() as client:
        line.run(BEFORE)
        sound = gauge_everywhere(conn, client, gauge)
        assert (sound["api"]["stage"], sound["api"]["unknown_since"]) == (4, None)
        line.set_fault(fault)
        line.run(NOTICED)
        work(conn, line.now())
        found = gauge_everywhere(conn, client, gauge)
    shown = found["api"]
    assert (shown["stage"], shown["quality"], shown["trend"]) == (None, None, "unknown")
    assert shown["unknown_since"] is not None
    assert found["summary"]["unknown"] == sound["summary"]["unknown"] + 1
    assert found["summary"].get("siaga_4", 0) == sound["summary"]["siaga_4"] - 1
