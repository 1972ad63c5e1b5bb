"""What NODE.toml may say of cameras, models, storms and originals, and the exact words where it says it wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from siaga_edge.settings import ConfigError, load_node

GOOD = """
[node]
name = "pintu-manggarai"
data_dir = "data"

[broker]
host = "127.0.0.1"

[models]
#models

[[camera]]
id = "cam-1"
url = "http://viewer:s3cret@10.0.0.7/snapshot.jpg"
place = { lat = -6.2076, lon = 106.8483 }
fps = 1
#camera
[[camera.zone]]
id = "street"
kind = "road"
polygon = [[0.0, 0.6], [1.0, 0.6], [1.0, 1.0]]
#zone

[originals]
#originals

[storm]
#storm
#gauge
"""
STAFF = """
[[gauge]]
id = "staff-1"
place = { lat = -6.2, lon = 106.8 }
limits = { s3_cm = 150 }
stale_seconds = 180
[gauge.source]
kind = "camera"
camera = "cam-1"
[gauge.source.staff]
line = [[0.4, 0.1], [0.4, 0.9]]
points = [{ at = [0.4, 0.2], level_cm = 300 }, { at = [0.4, 0.8], level_cm = 100 }]
"""
MASK = "[[0.1, 0.5], [0.9, 0.5], [0.9, 0.9]]"


def _load(folder: Path, **lines: str) -> list[str]:
    text = GOOD
    for place, line in lines.items():
        text = text.replace('"road"' if place == "kind" else f"#{place}", f'"{line}"' if place == "kind" else line)
    (folder / "key.pem").write_text("-")
    (folder / "NODE.toml").write_text(text)
    try:
        load_node(folder / "NODE.toml")
    except ConfigError as error:
        return [complaint.removeprefix(f"{folder / 'NODE.toml'}: ") for complaint in error.complaints]
    return []


@pytest.mark.parametrize(
    "lines",
    [
        {"camera": "snapshot_every_seconds = 2"},
        {"camera": f"mask = [{MASK}, {MASK}]\nfollow_view = false\nkeyframes_only = true"},
        {"models": 'backend = "openvino"\nmost_wait_seconds = 1.5'},
        {"models": 'backend = "ultralytics"\nweights = "key.pem"'},
        {"models": 'backend = "openvino"\nprecision = "full"'},
        {"originals": 'key_file = "key.pem"\nlegal_basis = "Perda 8/2007"\nmax_bytes = "1GiB"'},
        {"storm": "times_as_often = 3\ncalm_after_seconds = 600"},
        {"zone": 'marks = [{ at = [0.4, 0.7], depth_cm = 15, name = "kerb" }, { at = [0, 1], depth_cm = 7.5 }]'},
    ],
)
def test_valid_camera_settings_are_accepted(tmp_path: Path, lines: dict[str, str]) -> None:
    assert _load(tmp_path, **lines) == []


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        pytest.param(
            {"originals": 'key_file = "key.pem"'},
            "originals: got key_file without legal_basis, expected the law or regulation that allows originals",
            id="originals without a law",
        ),
        pytest.param(
            {"models": 'backend = "torch"'},
            'models.backend: got "torch", expected "onnxruntime", "openvino" or "ultralytics"',
            id="an unknown backend",
        ),
        pytest.param(
            {"models": 'weights = "key.pem"'},
            "models: got weights with backend onnxruntime, expected weights with backend ultralytics only",
            id="weights that nobody would load",
        ),
        pytest.param(
            {"models": 'backend = "ultralytics"'},
            "models: got no weights with backend ultralytics, expected weights with backend ultralytics only",
            id="ultralytics without weights",
        ),
        pytest.param(
            {"models": 'precision = "int8"'},
            "models: got precision int8 with backend onnxruntime, expected backend openvino",
            id="eight bits without OpenVINO",
        ),
        pytest.param(
            {"models": 'backend = "openvino"\nprecision = "int8"'},
            'models.precision: got int8 and no "detector_416_int8" in the manifest, expected one, made by '
            "`models/export.py --int8`",
            id="eight bits that nobody made",
        ),
        pytest.param(
            {"models": 'precision = "fp4"'},
            'models.precision: got "fp4", expected "full" or "int8"',
            id="an unknown precision",
        ),
        pytest.param(
            {"camera": "mask = [[[0.1, 0.5], [0.9, 0.5]]]"},
            "camera[cam-1].mask[0]: got 2 points, expected 3 to 64",
            id="a mask of two points",
        ),
        pytest.param(
            {"storm": "times_as_often = 0.5"},
            "storm.times_as_often: got 0.5, expected a number from 1 to 20",
            id="a storm that slows down",
        ),
        pytest.param(
            {"zone": "marks = [{ at = [0.4, 1.2], depth_cm = 15 }]"},
            "camera[cam-1].zone[street].marks[0]: got at [0.4, 1.2], expected shares of width and height from 0 to 1",
            id="a mark outside of the picture",
        ),
        pytest.param(
            {"zone": "marks = [{ at = [0.4, 0.7], depth_cm = 0 }]"},
            "camera[cam-1].zone[street].marks[0].depth_cm: got 0, expected a number of cm above 0 and at most 500",
            id="a mark of no depth",
        ),
        pytest.param(
            {"zone": "marks = [{ at = [0.4, 0.7] }]"},
            "camera[cam-1].zone[street].marks[0].depth_cm: missing, expected a number of cm above 0 and at most 500",
            id="a mark whose depth nobody knows",
        ),
        pytest.param(
            {"zone": "marks = [" + "{ at = [0.4, 0.7], depth_cm = 15 }, " * 13 + "]"},
            'camera[cam-1].zone[street].marks: got [{"at": [0.4, 0.7], "depth_cm": 15}, '
            '{"at": [0.4, 0.7], "depth_cm": 15}, {"at": ..., '
            'expected up to 12 marks such as { at = [0.4, 0.7], depth_cm = 15, name = "kerb" }',
            id="more marks than anybody reads",
        ),
        pytest.param(
            {"zone": "marks = [{ at = [0.4, 0.7], depth_cm = 15 }]", "kind": "watch"},
            "camera[cam-1].zone[street]: got marks in a zone of kind watch, expected it only with kind road",
            id="a depth mark in a trash watch",
        ),
    ],
)
def test_what_may_not(tmp_path: Path, lines: dict[str, str], complaint: str) -> None:
    assert complaint in _load(tmp_path, **lines)


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        pytest.param(
            'camera = "cam-1"',
            'camera = "cam-2"',
            '.camera: got "cam-2", expected the id of a camera of this file; did you mean "cam-1"?',
            id="a camera of no file",
        ),
        pytest.param(
            "[[0.4, 0.1], [0.4, 0.9]]",
            "[[0.4, 0.1], [0.4, 0.11]]",
            ".staff: got line [[0.4, 0.1], [0.4, 0.11]], expected ends at least 0.02 of the image apart",
            id="a staff of no length",
        ),
        pytest.param(
            "[[0.4, 0.1], [0.4, 0.9]]",
            "[[0.4, 0.1], [0.4, 1.9]]",
            ".staff: got line [[0.4, 0.1], [0.4, 1.9]], expected shares of width and height from 0 to 1",
            id="a staff that leaves the picture",
        ),
        pytest.param(
            "at = [0.4, 0.8]",
            "at = [0.5, 0.8]",
            (
                ".staff: got point 2 at [0.5, 0.8], 0.100 beside the line, "
                "expected a point on the line (at most its width 0.03 beside it)"
            ),
            id="a point beside the staff",
        ),
        pytest.param(
            "at = [0.4, 0.8]",
            "at = [0.4, 0.99]",
            ".staff: got point 2 at [0.4, 0.99] beyond the line, expected it between the line's ends",
            id="a point beyond the staff",
        ),
        pytest.param(
            "level_cm = 100",
            "level_cm = 300",
            (".staff: got levels 300, 300 along the line, expected levels that only rise or only fall along it"),
            id="levels that do not fall",
        ),
        pytest.param(
            ", { at = [0.4, 0.8], level_cm = 100 }",
            "",
            (
                '.staff.points: got [{"at": [0.4, 0.2], "level_cm": 300}], '
                "expected 2 to 32 points on the line such as { at = [0.41, 0.52], level_cm = 120 }"
            ),
            id="one point",
        ),
        pytest.param(
            '"camera"',
            '"camera"\nframes = 0',
            ".frames: got 0, expected a number of frames from 1 to 30 for each reading",
            id="no frames",
        ),
        pytest.param(
            '"camera"',
            '"camera"\nevery_seconds = 2',
            ": got frames_seconds 4 and every_seconds 2, expected frames_seconds at most every_seconds",
            id="frames that take longer than there is",
        ),
        pytest.param(
            '"camera"',
            '"camera"\nmax_uncertainty_cm = 0',
            (
                ".max_uncertainty_cm: got 0, "
                "expected a number of cm above 0 and at most 500: a less certain level is refused"
            ),
            id="a level that is never sure enough",
        ),
    ],
)
def test_a_staff_that_cannot_be_read_is_refused(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    assert STAFF.count(right) == 1
    assert _load(tmp_path, gauge=STAFF) == []
    assert _load(tmp_path, gauge=STAFF.replace(right, wrong)) == [f"gauge[staff-1].source{complaint}"]


def test_single_frames_come_over_http_only(tmp_path: Path) -> None:
    (tmp_path / "NODE.toml").write_text("")
    text = GOOD.replace("http://viewer:s3cret@10.0.0.7/snapshot.jpg", "rtsp://viewer:s3cret@10.0.0.7/main")
    (tmp_path / "NODE.toml").write_text(text.replace("#camera", "snapshot_every_seconds = 2"))
    with pytest.raises(ConfigError) as refused:
        load_node(tmp_path / "NODE.toml")
    (complaint,) = refused.value.complaints
    assert "got snapshot_every_seconds with url" in complaint
    assert "s3cret" not in complaint


@pytest.mark.parametrize(("fps", "kind", "keys"), [(1, "road", True), (5, "road", False), (1, "no_stopping", False)])
def test_only_slow_scenes_at_a_slow_pace_are_decoded_by_keyframes(
    tmp_path: Path, fps: int, kind: str, keys: bool
) -> None:
    text = GOOD.replace("fps = 1", f"fps = {fps}").replace('kind = "road"', f'kind = "{kind}"')
    (tmp_path / "NODE.toml").write_text(text)
    (camera,) = load_node(tmp_path / "NODE.toml").cameras
    assert camera.decodes_keyframes_only is keys
