"""The parts of following orders that need no broker: the shelf, what differs, shadows, pieces."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.edge.fleet_commands import Signer
from tests.support.edge.io import wait_for

from siaga_core.rules.geometry import Box
from siaga_core.vision.detections import Detection
from siaga_core.vision.image import Image
from siaga_core.wire.fleet import CHUNK_BYTES, OfferModel, sha256_of
from siaga_core.wire.messages import CameraHealth, GaugeHealth
from siaga_edge.fleet import plan as plans
from siaga_edge.fleet.config_changes import changes, settings_for
from siaga_edge.fleet.fleet_store import FleetStore
from siaga_edge.fleet.model_download import ModelDownloadError, ModelPieces, download
from siaga_edge.fleet.plan import FleetState, Plan
from siaga_edge.fleet.reconfiguration import problem_of
from siaga_edge.fleet.shadow_models import Difference, ShadowRunner, compare_detections, compare_water
from siaga_edge.fleet.signed_commands import NO_KEY, CommandChecker, CommandError, read_key
from siaga_edge.settings import ConfigError
from siaga_edge.vision.water import WaterMap

NOW = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
NODE = """
[node]
name = "node-a"
data_dir = "data"
[broker]
host = "localhost"
"""
CAMERA = """
[[camera]]
id = "{id}"
url = "rtsp://{host}/main"
place = {{ lat = -6.2, lon = 106.8 }}
detect_every_seconds = {every}
"""


@pytest.fixture
def node_file(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(
        NODE + CAMERA.format(id="cam-a", host="a", every=0.5) + CAMERA.format(id="cam-b", host="b", every=1)
    )
    return path


# --- what differs ------------------------------------------------------------------------------------------------


def test_tables_that_are_not_named_remain_as_the_node_has_them(node_file: Path) -> None:
    settings = settings_for(node_file, "[health]\nevery_seconds = 7\n", {})
    assert settings.health.every_seconds == 7
    assert [camera.id for camera in settings.cameras] == ["cam-a", "cam-b"]
    assert settings_for(node_file, "camera = []\n", {}).cameras == ()


def test_complaints_name_the_wanted_configuration_and_not_the_boxs_file(node_file: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        settings_for(node_file, "[health]\nevry_seconds = 7\n", {})
    assert refused.value.complaints == ('config: health.evry_seconds: unknown key; did you mean "every_seconds"?',)


@pytest.mark.parametrize("table", ["node", "broker", "fleet", "status"])
def test_settings_that_tie_the_node_to_its_cloud_cannot_be_changed_remotely(node_file: Path, table: str) -> None:
    with pytest.raises(ConfigError, match=f"config: {table}: only NODE.toml may contain this table"):
        settings_for(node_file, f"[{table}]\n", {})


def test_thresholds_are_updated_and_another_stream_is_opened_anew(node_file: Path) -> None:
    before = settings_for(node_file, None, {})
    body = CAMERA.format(id="cam-a", host="a", every=2) + CAMERA.format(id="cam-c", host="c", every=1)
    found = changes(before, settings_for(node_file, body, {}))
    assert [*found.updated_cameras, *found.made_cameras, *found.gone_cameras] == ["cam-a", "cam-c", "cam-b"]
    assert found.touched == ("camera cam-a", "camera cam-c")
    moved = changes(before, settings_for(node_file, CAMERA.format(id="cam-a", host="elsewhere", every=0.5), {}))
    assert (moved.updated_cameras, moved.made_cameras) == (frozenset(), frozenset({"cam-a"}))
    same = changes(before, settings_for(node_file, "[health]\nevery_seconds = 7\n", {}))
    assert same.touched == ()
    assert changes(before, before, models=True).updated_cameras == {"cam-a", "cam-b"}


DRAWN = """
[[drawing]]
camera = "cam-a"
mask = [[[0.0, 0.0], [0.2, 0.0], [0.2, 0.1]]]
[[drawing.zone]]
id = "kerb"
kind = "road"
polygon = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9]]
"""
OWN_ZONE = """
mask = [[[0.8, 0.0], [1.0, 0.0], [1.0, 0.1]]]
[[camera.zone]]
id = "kerb"
kind = "road"
polygon = [[0.0, 0.6], [1.0, 0.6], [1.0, 1.0]]
marks = [{ at = [0.5, 0.7], depth_cm = 15 }]
"""


def test_a_drawing_is_laid_over_the_boxs_own_camera_and_uncovers_nothing(node_file: Path) -> None:
    camera = CAMERA.format(id="cam-a", host="a", every=0.5)
    node_file.write_text(NODE + camera + OWN_ZONE)
    found = settings_for(node_file, DRAWN, {}).cameras[0]
    assert found.url == "rtsp://a/main"  # never left the box
    assert [mask[0] for mask in found.masks] == [(0.8, 0.0), (0.0, 0.0)]
    assert found.zones[0].polygon[0] == (0.1, 0.5)
    assert found.zones[0].marks[0].depth_cm == 15  # not drawn, so as the box has it
    node_file.write_text(NODE + camera)
    assert settings_for(node_file, DRAWN, {}).cameras[0].zones[0].marks == ()


def test_a_drawing_that_fits_no_camera_is_refused_with_its_name(node_file: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        settings_for(node_file, DRAWN.replace("cam-a", "cam-x"), {})
    assert refused.value.complaints == (
        'config: drawing[cam-x].camera: got "cam-x", expected the id of a camera of this node; did you mean "cam-b"?',
    )
    with pytest.raises(ConfigError, match=r"config: drawing: got 3, expected \[\[drawing\]\] tables"):
        settings_for(node_file, "drawing = 3\n", {})
    with pytest.raises(ConfigError, match=r"config: drawing\[cam-a\]\.url: unknown key"):
        settings_for(node_file, '[[drawing]]\ncamera = "cam-a"\nurl = "rtsp://else/"\n', {})


# --- orders ------------------------------------------------------------------------------------------------------


def test_without_a_key_no_command_is_followed() -> None:
    with pytest.raises(CommandError, match=r"no \[fleet\] key_file") as refused:
        CommandChecker("node-a", None).config(Signer().config_bytes("node-a", 1, ""))
    assert str(refused.value) == NO_KEY


def test_a_key_file_must_hold_an_ed25519_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("not a key")
    with pytest.raises(CommandError, match="expected a PEM file with an Ed25519 public key"):
        read_key(path)
    assert read_key(Signer().write_public(path))


def test_every_changed_byte_of_a_signed_configuration_is_noticed() -> None:
    signer = Signer()
    payload = signer.config_bytes("node-a", 12, "[health]\nevery_seconds = 30\n")
    checker = CommandChecker("node-a", signer.key.public_key())
    assert checker.config(payload).version == 12
    fields: dict[str, Any] = json.loads(payload)
    for name in ("version", "sha256", "body", "signature", "node"):
        value = fields[name]
        changed = value + 1 if isinstance(value, int) else ("a" if value[0] != "a" else "b") + value[1:]
        with pytest.raises(CommandError):
            checker.config(json.dumps({**fields, name: changed}).encode())
    for length in range(0, len(payload), 16):
        with pytest.raises(CommandError):
            checker.config(payload[:length])


def test_versions_only_rise() -> None:
    signer = Signer()
    state = plans.seen(FleetState(), signer.config("node-a", 3, "x = 1"))
    assert plans.is_known(state, signer.config("node-a", 3, "x = 1"))
    assert not plans.is_known(state, signer.config("node-a", 4, "x = 1"))
    with pytest.raises(CommandError, match="got 2, expected one above 3"):
        plans.is_known(state, signer.config("node-a", 2, "x = 1"))
    with pytest.raises(CommandError, match="got 3 again with another content"):
        plans.is_known(state, signer.config("node-a", 3, "x = 2"))


# --- trials ------------------------------------------------------------------------------------------------------


def test_a_trial_passes_is_rolled_back_or_goes_on_after_a_stop() -> None:
    plan = Plan(version=2, sha256="a" * 64)
    state = plans.attempted(FleetState(), plan, what="config", at=NOW)
    assert (state.running, state.good) == (plan, Plan())
    assert plans.ended_in_trial(state)
    assert not plans.is_over(state, now=NOW + timedelta(seconds=59), trial_seconds=60)
    assert plans.is_over(state, now=NOW + timedelta(seconds=60), trial_seconds=60)
    assert plans.passed(state).good == plan
    assert plans.rolled_back(state).running == Plan()
    stopped = plans.paused(state)
    assert not plans.ended_in_trial(stopped)
    again = plans.resumed(stopped, at=NOW + timedelta(hours=1))
    assert again.trial is not None
    assert again.trial.began_at == NOW + timedelta(hours=1)
    assert plans.paused(FleetState()) == FleetState()


def test_a_camera_or_gauge_proves_itself_by_what_it_gives() -> None:
    assert problem_of(CameraHealth(id="cam-a")) == "no image came"
    assert problem_of(GaugeHealth(id="karet")) == "no reading came"
    assert (
        problem_of(CameraHealth(id="cam-a", last_frame_at=NOW, unknown_since=NOW))
        == "unknown since 2026-01-15T08:30:00Z"
    )
    assert problem_of(GaugeHealth(id="karet", last_reading_at=NOW)) is None


# --- the shelf ---------------------------------------------------------------------------------------------------


def test_stored_files_are_private_whole_and_deleted_when_no_plan_names_them(tmp_path: Path) -> None:
    store = FleetStore(tmp_path / "fleet")
    body = "[health]\n"
    plan = Plan(version=1, sha256=sha256_of(body.encode()))
    store.store_config(1, body)
    store.save(FleetState(good=plan))
    assert store.load().good == plan
    assert store.config(plan) == body
    assert store.config(Plan()) is None
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "fleet").glob("*.*")} == {0o600}
    (tmp_path / "fleet" / "config-1.toml").write_text("[health]\nevery_seconds = 1\n")
    with pytest.raises(ValueError, match="changed since it was signed"):
        store.config(plan)
    store.model_file("a" * 64).write_bytes(b"old")
    store.save(FleetState())
    assert not (tmp_path / "fleet" / "config-1.toml").exists()
    assert not store.model_file("a" * 64).exists()


def test_a_damaged_state_is_moved_aside_and_the_boxs_own_file_counts(tmp_path: Path) -> None:
    store = FleetStore(tmp_path)
    (tmp_path / "state.json").write_text('{"layout": 1, "good": {"ver')
    assert store.load() == FleetState()
    assert (tmp_path / "state.broken").exists()


# --- shadows -----------------------------------------------------------------------------------------------------


def seen(label: str, left: float) -> Detection:
    return Detection(label=label, score=0.9, box=Box(left, 0, left + 100, 100))


def test_differences_are_counted_by_thing() -> None:
    running = (seen("car", 0), seen("bus", 500), seen("trash", 900))
    shadow = (seen("car", 10), seen("truck", 505), seen("person", 1500))
    assert compare_detections(running, shadow) == Difference(agreed=1, relabelled=1, only_running=1, only_shadow=1)
    assert compare_detections((), ()) == Difference()


def test_water_differs_by_its_share() -> None:
    def water(share: float) -> WaterMap:
        probability = np.zeros((10, 100), np.float32)
        probability[:, : int(share * 100)] = 1
        return WaterMap(probability=probability, threshold=0.5)

    assert compare_water(water(0.3), water(0.33)) == Difference(agreed=1)
    assert compare_water(water(0.3), water(0.1)) == Difference(only_running=1)
    assert compare_water(water(0.3), water(0.6)) == Difference(only_shadow=1)


def test_a_shadow_uses_its_share_and_its_failure_matters_to_nobody() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    looks: list[int] = []

    def look(_: Image) -> tuple[Detection, ...]:
        looks.append(1)
        if len(looks) == 2:
            raise RuntimeError("an unproved model")
        return (seen("car", 0),)

    shadow = ShadowRunner("b" * 64, share=0.25, compare=compare_detections)
    shadow.start()
    try:
        for number in range(1, 17):
            shadow.offer(image, (seen("car", 0),), seconds=0.01, look=look)
            wait_for(lambda number=number: shadow.health().looks + shadow.health().failed >= number // 4)  # type: ignore[misc]
    finally:
        shadow.stop()
    health = shadow.health()
    assert (len(looks), health.looks, health.failed, health.agreed) == (4, 3, 1, 3)
    assert health.running_ms == 10


# --- fetching ----------------------------------------------------------------------------------------------------


def an_offer(data: bytes, **more: Any) -> OfferModel:
    facts = {"role": "detector", "name": "new", "sha256": sha256_of(data), "size_bytes": len(data), "row": "", **more}
    return OfferModel.model_validate(facts)


def test_pieces_may_come_in_any_sequence_and_wrong_ones_are_left_out(tmp_path: Path) -> None:
    data = bytes(range(256)) * (CHUNK_BYTES // 128)  # two whole pieces
    data += b"the end"
    pieces = ModelPieces(an_offer(data), tmp_path / "model.onnx")
    assert pieces.missing == [0, 1, 2]
    assert not pieces.add(2, b"the end")
    assert not pieces.add(2, b"the end")
    assert not pieces.add(3, b"too many")
    assert not pieces.add(0, b"too short")
    assert not pieces.add(0, data[:CHUNK_BYTES])
    assert pieces.missing == [1]
    assert pieces.add(1, data[CHUNK_BYTES : 2 * CHUNK_BYTES])
    assert (tmp_path / "model.onnx").read_bytes() == data


def test_only_http_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(ModelDownloadError, match="expected http"):
        download(an_offer(b"x", url="file:///etc/passwd"), tmp_path / "model.onnx", is_stopping=lambda: False)
    assert not list(tmp_path.iterdir())
