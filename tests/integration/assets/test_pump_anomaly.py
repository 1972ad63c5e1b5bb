"""A pump of the simulator that fails becomes an anomaly and a task, on a real database and in simulated time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.support.cloud_core import NOW, a_delivery, a_reading, deliver, readings_message
from tests.support.incidents_core import AREAS, HERE, load_small_city

from siaga_cloud.assets.files import AssetLine
from siaga_cloud.assets.service import checks, importing
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire import codec, topics
from siaga_core.wire.assets import AssetState, AssetStatesMessage
from siaga_core.wire.ids import uuid7
from siaga_sim.river.pumping import Failure, FailureKind, Pump, PumpStep, pump_steps

PUMP = Pump(asset="pompa-1", gauge="basin", basin_m2=5000, capacity_m3s=1.0, rated_kw=200, starts_cm=100, stops_cm=60)
LINE = AssetLine(
    id="pompa-1", kind="pump", name="Pompa 1", lat=HERE[0], lon=HERE[1], gauge="basin", works_from_cm=90,
    capacity_m3s=1.0, rated_kw=200, stale_seconds=300,
)  # fmt: skip
FAILS_AT = NOW + timedelta(minutes=6)


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        load_small_city(connection)
        messages.prepare_stages(connection)
        connection.execute("INSERT INTO gauge (id, lat, lon, area_id) VALUES ('basin', %s, %s, 'manggarai')", HERE)
        importing.import_assets(connection, [LINE], origin="assets.csv", now=NOW)
        connection.commit()
        yield connection


class SimulatedCity:
    """Plays the steps of a pump through ingest, and does at each what the worker does."""

    def __init__(self, conn: Connection, media: MediaFolder) -> None:
        self.conn, self.media = conn, media
        self.outbox_id, self.seq = uuid4(), 0

    def play(self, step: PumpStep) -> None:
        self.seq += 2
        readings = readings_message(
            a_reading(step.level_cm, at=step.at, gauge="basin"), outbox_id=self.outbox_id, seq=self.seq - 1
        )
        batch = [deliver(readings, at=step.at), self.states(step.state, step.at)]
        with self.conn.transaction():
            store(self.conn, sort(batch), media=self.media, now=step.at)
        self.work(step.at)

    def states(self, state: AssetState, at: datetime) -> Any:
        message = AssetStatesMessage(
            id=uuid7(at), node="node-a", outbox_id=self.outbox_id, seq=self.seq, measured_at=at, sent_at=at,
            states=(state,),
        )  # fmt: skip
        return a_delivery(topics.up("node-a", topics.UpStream.ASSETS), codec.encode(message), at=at)

    def work(self, now: datetime) -> list[UUID | None]:
        with self.conn.transaction():
            checks.check_assets(self.conn, now=now)
        waiting = [row["id"] for row in self.conn.execute("SELECT id FROM signal WHERE processed_revision < revision")]
        with self.conn.transaction():
            return [incidents.process_signal(self.conn, one, areas=AREAS, now=now) for one in waiting]

    def rows(self, query: str) -> list[dict[str, Any]]:
        return self.conn.execute(query.encode()).fetchall()


@pytest.fixture
def city(conn: Connection, tmp_path: Path) -> SimulatedCity:
    return SimulatedCity(conn, MediaFolder(tmp_path))


def steps(*, failure: Failure | None, minutes: float) -> Iterator[PumpStep]:
    made = pump_steps(PUMP, began_at=NOW, level_cm=100, inflow_m3s=0.5, failure=failure)
    return takewhile(lambda step: step.at <= NOW + timedelta(minutes=minutes), made)


@pytest.mark.parametrize(
    ("kind", "problem"), [("trips", "standing"), ("lifts_nothing", "no_effect"), ("reports_fault", "fault")]
)
def test_a_failed_pump_is_an_anomaly_and_a_task_of_the_crew_within_five_minutes(
    city: SimulatedCity, kind: FailureKind, problem: str
) -> None:
    for step in steps(failure=Failure(kind=kind, at=FAILS_AT), minutes=11):
        city.play(step)
    [check] = city.rows("SELECT asset_id, problem, ended_at FROM asset_check")
    assert check == {"asset_id": "pompa-1", "problem": problem, "ended_at": None}
    [task] = city.rows("SELECT category, agency_id, created_at, lat, lon FROM task")
    assert (task["category"], task["agency_id"]) == ("asset_check", "sda")
    assert FAILS_AT <= task["created_at"] <= FAILS_AT + timedelta(minutes=5)
    assert (task["lat"], task["lon"]) == HERE


def test_a_pump_that_works_makes_no_task(city: SimulatedCity) -> None:
    for step in steps(failure=None, minutes=40):
        city.play(step)
    assert city.rows("SELECT * FROM asset_check") == []
    assert city.rows("SELECT * FROM signal") == []


def test_silence_ends_no_anomaly_and_a_pump_that_works_again_does(city: SimulatedCity) -> None:
    played = list(steps(failure=Failure(kind="trips", at=FAILS_AT), minutes=11))
    for step in played:
        city.play(step)
    later = played[-1].at + timedelta(hours=1)
    city.work(later)
    assert city.rows("SELECT asset_id FROM asset_check WHERE ended_at IS NULL") == [{"asset_id": "pompa-1"}]
    repaired = pump_steps(PUMP, began_at=later, level_cm=110, inflow_m3s=0.5)
    for step in takewhile(lambda one: one.at <= later + timedelta(minutes=5), repaired):
        city.play(step)
    [check] = city.rows("SELECT ended_at FROM asset_check")
    assert check["ended_at"] is not None
    [signal] = city.rows("SELECT ended_at, note FROM signal")
    assert signal["ended_at"] is not None
    assert signal["note"].startswith("Pompa 1: should work but stands")


def test_a_report_that_comes_twice_is_stored_once_and_one_of_an_unknown_asset_is_refused(city: SimulatedCity) -> None:
    [step] = takewhile(lambda one: one.at == NOW, pump_steps(PUMP, began_at=NOW, level_cm=100, inflow_m3s=0.5))
    city.play(step)
    city.play(step)
    assert len(city.rows("SELECT * FROM asset_state")) == 1
    city.seq += 1
    with city.conn.transaction():
        unknown = city.states(step.state.model_copy(update={"asset": "pompa-2"}), NOW)
        result = store(city.conn, sort([unknown]), media=city.media, now=NOW)
    assert result.dead == 1
    assert len(city.rows("SELECT * FROM asset_state")) == 1


def test_another_node_may_not_report_the_pump_of_the_first(city: SimulatedCity) -> None:
    [step] = takewhile(lambda one: one.at == NOW, pump_steps(PUMP, began_at=NOW, level_cm=100, inflow_m3s=0.5))
    city.play(step)
    [owner] = city.rows("SELECT node_id FROM asset")
    assert owner["node_id"] == "node-a"
    stolen = AssetStatesMessage(
        id=uuid7(NOW), node="node-b", outbox_id=uuid4(), seq=1, measured_at=NOW, sent_at=NOW, states=(step.state,)
    )
    delivery = a_delivery(topics.up("node-b", topics.UpStream.ASSETS), codec.encode(stolen), at=NOW)
    with city.conn.transaction():
        result = store(city.conn, sort([delivery]), media=city.media, now=NOW)
    assert result.dead == 1
    [refused] = city.rows("SELECT kind, id, reason FROM refused_source")
    assert refused == {"kind": "asset", "id": "pompa-1", "reason": "foreign"}
