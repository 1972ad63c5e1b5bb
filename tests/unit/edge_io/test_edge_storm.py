"""A storm makes cameras look more often: by order of the cloud, or because a gauge of the box stands high."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.edge.fleet_commands import Signer
from tests.unit.edge_vision.fake_models import FakeModels, street

from siaga_core.wire.fleet import AnnounceStorm
from siaga_core.wire.messages import (
    EventState,
    FloodingDetails,
    Hazard,
    Place,
    Severity,
    Source,
    SourceKind,
    Stage,
    StageDetails,
)
from siaga_core.wire.topics import DownStream, down
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.events.drafts import EventDraft
from siaga_edge.fleet.agent import FleetAgent, FleetPorts
from siaga_edge.fleet.command_queue import CommandQueue
from siaga_edge.fleet.fleet_store import FleetStore
from siaga_edge.fleet.signed_commands import CommandChecker
from siaga_edge.runtime.storm import StormWatch
from siaga_edge.settings import CameraSettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _stage(
    stage: int, *, gauge: str = "manggarai", state: EventState = EventState.UPDATED, at: datetime = NOW
) -> EventDraft:
    return EventDraft(
        key="stage",
        state=state,
        hazard=Hazard.WATER_LEVEL,
        source=Source(kind=SourceKind.GAUGE, id=gauge),
        place=Place(lat=-6.2, lon=106.8),
        at=at,
        began_at=NOW,
        ended_at=at if state is EventState.ENDED else None,
        confidence=1.0,
        severity=Severity.SEVERE,
        details=StageDetails(stage=Stage(stage), level_cm=800.0),
    )


@pytest.mark.parametrize(("stage", "on"), [(1, True), (2, True), (3, True), (4, False)])
def test_a_gauge_at_siaga_3_or_worse_is_a_storm(stage: int, on: bool) -> None:
    storm = StormWatch()
    storm.note([_stage(stage)])
    assert storm.is_on(NOW + timedelta(hours=5)) is on


def test_after_the_last_gauge_fell_it_is_calm_after_a_while() -> None:
    storm = StormWatch(calm_after_seconds=600)
    storm.note([_stage(2), _stage(3, gauge="karet")])
    later = NOW + timedelta(hours=1)
    storm.note([_stage(4, state=EventState.ENDED, at=later)])
    assert storm.is_on(later + timedelta(hours=9))  # the other one still stands high
    storm.note([_stage(4, gauge="karet", state=EventState.ENDED, at=later)])
    assert storm.is_on(later + timedelta(seconds=599))
    assert not storm.is_on(later + timedelta(seconds=601))


def test_a_gauge_that_is_gone_holds_no_storm_up() -> None:
    storm = StormWatch(calm_after_seconds=0)
    storm.note([_stage(1)])
    storm.retain_gauges(["another"])
    assert not storm.is_on(NOW)


def test_the_cloud_announces_a_storm_and_calls_it_off() -> None:
    storm = StormWatch(times_as_often=3)
    storm.announce(until=NOW + timedelta(hours=2))
    assert storm.look_rate_factor(NOW + timedelta(hours=1)) == 3
    assert storm.look_rate_factor(NOW + timedelta(hours=2)) == 1
    storm.announce(until=NOW - timedelta(seconds=1))
    assert storm.look_rate_factor(NOW + timedelta(hours=1)) == 1


def test_what_cameras_see_is_no_storm() -> None:
    storm = StormWatch()
    seen = _stage(1)
    storm.note_stage(Source(kind=SourceKind.CAMERA, id="cam-1"), seen.details, at=NOW)
    storm.note_stage(seen.source, FloodingDetails(water_share=0.5), at=NOW)
    assert not storm.is_on(NOW)


def _looks(times_as_often: float) -> tuple[int, int]:
    square = [[0, 0], [1, 0], [1, 1], [0, 1]]
    zones = [
        {"id": "kerb", "kind": "no_stopping", "polygon": square},
        {"id": "road", "kind": "road", "polygon": square},
    ]
    camera = CameraSettings.model_validate(
        {"id": "cam-1", "url": "rtsp://camera/1", "place": {"lat": -6.2, "lon": 106.8}, "fps": 10, "zone": zones}
    )
    fake = FakeModels()
    pipeline = CameraPipeline(camera, fake.vision_models(), look_rate_factor=lambda _: times_as_often)
    for number in range(200):
        moving = street(number % 7)
        moving[60:90, (left := number * 97 % 270) : left + 40] = (20, 20, 200)
        pipeline.step(moving, NOW + timedelta(seconds=number / 10))
    return fake.detector.looks, fake.water.looks


def test_in_a_storm_a_camera_looks_at_traffic_and_water_at_the_requested_rate() -> None:
    usual, stormy = _looks(1.0), _looks(2.5)
    assert (usual[1], stormy[1]) == (4, 10)
    assert 36 <= usual[0] <= 40
    assert 2.2 * usual[0] <= stormy[0] <= 2.5 * usual[0]


def test_a_signed_command_reaches_the_storm_watch_and_a_forged_one_does_not(tmp_path: Path) -> None:
    signer, forger, storm = Signer(), Signer(), StormWatch()
    around = FleetPorts(
        settings_for=lambda _: None,  # type: ignore[arg-type,return-value]
        check_model=lambda *_: None,
        notify=lambda *_: None,
        clock=lambda: NOW,
        trial_seconds=1.0,
        cannot=(),
        announce_storm=lambda until: storm.announce(until=until),
    )
    checker, commands = CommandChecker("node-a", signer.key.public_key()), CommandQueue()
    agent = FleetAgent("node-a", checker, FleetStore(tmp_path), around, commands=commands)
    signed_command = AnnounceStorm(until=NOW + timedelta(hours=2))
    for number, (by, on) in enumerate([(forger, False), (signer, True)], start=1):
        payload = by.command_bytes("node-a", number, signed_command, expires_at=NOW + timedelta(hours=1))
        commands.deliver(down("node-a", DownStream.COMMAND), payload)
        agent.tick()
        assert storm.is_on(NOW + timedelta(hours=1)) is on
    assert agent.state.command.done
    assert "storm until" in agent.state.command.text
