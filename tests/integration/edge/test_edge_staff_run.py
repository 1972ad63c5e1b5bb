"""A drawn riverside through the camera's pipeline to a gauge's readings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from siaga_core.vision.detections import Detection
from siaga_core.vision.image import Image
from siaga_core.vision.manifest import read_manifest
from siaga_core.wire.messages import Quality, Reading
from siaga_edge.adapters.camera_gauge import CameraGauge
from siaga_edge.camera.capture.clip import clip_frames
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.camera.staff_gauges.staff_gauge_reader import StaffGaugeReader
from siaga_edge.camera.staff_gauges.staff_readings import StaffReadings
from siaga_edge.events.drafts import EventDraft
from siaga_edge.gauge.runner import GaugeRunner
from siaga_edge.gauge.watch import begin
from siaga_edge.runtime.gauge_factory import gauge_facts
from siaga_edge.settings import CameraSettings
from siaga_edge.settings.gauges import GaugeSettings
from siaga_edge.vision.models import VisionModels
from siaga_edge.vision.water import OnnxWater
from siaga_sim.scene.staff.clip import film, site_toml
from siaga_sim.scene.staff.view import StaffScript, StaffView

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
LEVEL_CM = 84.0
SECONDS = 6.0


class _EmptyDetector:
    @property
    def thresholds(self) -> dict[str, float]:
        return {}

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        return ()


class _Events:
    def __init__(self) -> None:
        self.drafts: list[EventDraft] = []

    def report(self, drafts: Sequence[EventDraft]) -> None:
        self.drafts += drafts


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StaffView]:
    """Still water, then, in the fifth second, a knock."""
    script = StaffScript(
        site="quay", levels=((0.0, LEVEL_CM),), waves=0.2, fps=2.0, seed=7, knock_at=SECONDS, width=640, height=360
    )
    clip = tmp_path_factory.mktemp("staff") / "quay.mp4"
    view = StaffView(script)
    film(view, clip, SECONDS + 2)
    return clip, view


def gauge_of(view: StaffView) -> GaugeSettings:
    points = [{"at": view.spot(level), "level_cm": level} for level in (0, 50, 100, 150, 200)]
    line = [list(view.spot(212)), [view.spot(-12)[0], min(1.0, view.spot(-12)[1])]]
    staff = {"line": line, "width": view.staff_width(), "points": points}
    source = {"kind": "camera", "camera": "cam-1", "staff": staff, "every_seconds": 5, "frames": 6, "frames_seconds": 3}
    place = {"lat": -6.2, "lon": 106.8}
    raw = {"id": "quay-1", "place": place, "limits": {"s3_cm": 80}, "source": source, "stale_seconds": 60}
    return GaugeSettings.model_validate(raw)


def test_a_filmed_staff_becomes_readings_and_a_stage_and_a_knock_becomes_a_refusal(
    filmed: tuple[Path, StaffView], tmp_path: Path
) -> None:
    clip, view = filmed
    settings, posts, events = gauge_of(view), StaffReadings(), _Events()
    readings: list[Reading] = []
    gauge = CameraGauge(settings.id, posts, posts.open(settings.id, settings.source))  # type: ignore[arg-type]
    runner = GaugeRunner(gauge, gauge_facts(settings), begin(START), add=readings.append, sink=events)
    camera = CameraSettings.model_validate({"id": "cam-1", "url": "rtsp://camera/1", "place": {"lat": 0, "lon": 0}})
    vision_models = VisionModels(
        detector=_EmptyDetector(), water=OnnxWater(read_manifest().load("water", "segment_water"))
    )
    pipeline = CameraPipeline(
        camera, vision_models, staffs=StaffGaugeReader("cam-1", posts, stored=tmp_path / "staffs")
    )
    for frame in clip_frames(clip):
        at = START + timedelta(seconds=frame.at_s)
        pipeline.step(frame.image, at)
        runner.poll(at)
    first, *later = readings
    assert first.level_cm == pytest.approx(LEVEL_CM, abs=2.0)
    assert abs((first.level_cm or 0) - LEVEL_CM) <= (first.spread_cm or 0)
    assert (first.quality, first.samples, first.stage) == (Quality.GOOD, 6, 3)
    assert [draft.key for draft in events.drafts] == ["stage"]
    assert later, "the knock must be told"
    assert {(each.level_cm, each.quality, each.flags[0]) for each in later} == {(None, Quality.MISSING, "view_moved")}
    pipeline.step(np.zeros_like(frame.image), at + timedelta(seconds=6))
    runner.poll(at + timedelta(seconds=6))
    assert readings[-1].flags == ("view_black",)
    runner.close()
    assert not posts.of("cam-1")


def test_the_level_command_prints_what_a_clip_shows(filmed: tuple[Path, StaffView], tmp_path: Path) -> None:
    from typer import Typer

    from siaga_edge.camera.offline.level_command import level

    clip, view = filmed
    (tmp_path / "site.toml").write_text(site_toml(view), encoding="utf-8")
    app = Typer()
    app.command()(level)
    reported = CliRunner().invoke(
        app, [str(clip), "--site", str(tmp_path / "site.toml"), "--save", str(tmp_path / "out")]
    )
    assert reported.exit_code == 0, reported.output
    first, *refusals = reported.output.splitlines()
    assert "staff-quay 8" in first
    assert "+-" in first
    assert refusals[-1].endswith("staff-quay no level: view_moved")
    assert len(list((tmp_path / "out").glob("*.jpg"))) == len(refusals) + 1


def test_the_level_command_refuses_a_site_without_a_staff(tmp_path: Path) -> None:
    from typer import Typer

    from siaga_edge.camera.offline.level_command import level

    site = tmp_path / "site.toml"
    site.write_text('[camera]\nid = "cam-1"\nplace = { lat = -6.2, lon = 106.8 }\n', encoding="utf-8")
    app = Typer()
    app.command()(level)
    reported = CliRunner().invoke(app, ["x.jpg", "--site", str(site)])
    assert reported.exit_code == 2
    assert "expected a [[gauge]] of kind camera: none" in reported.output
