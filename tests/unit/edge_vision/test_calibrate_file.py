"""What `siaga-edge calibrate` does to NODE.toml: the drawing changes, every other word stays."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from siaga_edge.calibrate.access import COOKIE, Access, is_own
from siaga_edge.calibrate.node_file import ChangedMeanwhileError, NodeFile, RefusedError
from siaga_edge.calibrate.node_toml import Drawing, DrawingError, laid
from siaga_edge.calibrate.staff_gauges import staff_found

NODE = """# The box at the market.
[node]
name = "node-a"   # as in the cloud
data_dir = "data"

[broker]
host = "127.0.0.1"
password_env = "A_VARIABLE_THAT_NOBODY_SET"

# --- cameras ---
[[camera]]
id = "cam-1"     # on the lamp post
url = "rtsp://admin:secret@10.0.0.9/1"
place = { lat = -6.2, lon = 106.8 }

# agreed with the agency
[[camera.zone]]
id = "kerb"
kind = "no_stopping"
polygon = [[0.0, 0.53], [0.21, 0.377], [0.277, 0.382], [0.0, 0.61]]  # by hand
allowed_seconds = 120  # two minutes
active = [{ from = 06:00:00, to = 22:00:00 }]
place = { lat = -6.2001, lon = 106.8001 }

[[camera]]
id = "cam-2"   # keep me
url = "rtsp://10.0.0.8/1"
place = { lat = -6.2, lon = 106.8 }
zone = [{ id = "road-2", kind = "road", polygon = [[0, 0], [1, 0], [1, 1]] }]

# the last line is a comment too
"""
CORNER = [[0.6, 0.6], [0.9, 0.6], [0.9, 0.9]]
STAFF: dict[str, Any] = {
    "line": [[0.4, 0.1], [0.4, 0.9]],
    "width": 0.03,
    "points": [{"at": [0.4, 0.2], "level_cm": 300}, {"at": [0.4, 0.8], "level_cm": 100}],
}


@pytest.fixture
def file(tmp_path: Path) -> NodeFile:
    path = tmp_path / "node.toml"
    path.write_text(NODE)
    path.chmod(0o640)
    return NodeFile(path)


def drawn(file: NodeFile, camera: str = "cam-1") -> tuple[dict[str, Any], str]:
    found = file.drawing(camera)
    return found, found.pop("version")


def save(file: NodeFile, drawing: dict[str, Any], version: str, camera: str = "cam-1") -> str:
    file.save(camera, Drawing.model_validate(drawing), version=version)
    return file.path.read_text()


def test_a_drawing_that_was_not_changed_changes_no_byte(file: NodeFile) -> None:
    for camera in ("cam-1", "cam-2"):
        drawing, version = drawn(file, camera)
        assert save(file, drawing, version, camera) == NODE


def test_what_is_drawn_is_written_and_every_comment_remains(file: NodeFile) -> None:
    drawing, version = drawn(file)
    drawing["zones"][0]["values"]["allowed_seconds"] = 90
    drawing["zones"].append({"values": {"id": "corner", "kind": "watch", "polygon": CORNER}})
    drawing["masks"] = [CORNER]
    drawing["staffs"] = [{"values": {"gauge": "staff-1", "s3_cm": 200, **STAFF}}]
    text = save(file, drawing, version)
    assert set(NODE.splitlines()) - set(text.splitlines()) == {"allowed_seconds = 120  # two minutes"}
    assert "allowed_seconds = 90  # two minutes" in text
    assert f"mask = [{CORNER}]\n\n# agreed with the agency\n[[camera.zone]]" in text
    settings = file.load()
    assert [zone.id for zone in settings.cameras[0].zones] == ["kerb", "corner"]
    assert settings.cameras[0].zones[0].place is not None
    assert settings.gauges[0].source.kind == "camera"


def test_the_previous_file_is_preserved_and_rights_remain(file: NodeFile) -> None:
    drawing, version = drawn(file)
    drawing["zones"] = []
    text = save(file, drawing, version)
    assert "kerb" not in text
    assert file.backup.read_text() == NODE
    assert [path.stat().st_mode & 0o777 for path in (file.path, file.backup)] == [0o640, 0o640]
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["node.toml", "node.toml.bak"]


def test_a_refused_drawing_leaves_the_file_alone_and_reports_where(file: NodeFile) -> None:
    drawing, version = drawn(file)
    drawing["zones"][0]["values"] |= {"allowed_seconds": "soon", "polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}
    with pytest.raises(RefusedError) as refused:
        save(file, drawing, version)
    found = {each.path: each.text for each in refused.value.complaints}
    assert found["camera[cam-1].zone[kerb].allowed_seconds"].startswith('got "soon", expected a number of seconds')
    assert "crossing" in found["camera[cam-1].zone[kerb].polygon"]
    assert file.path.read_text() == NODE
    assert [path.name for path in file.path.parent.iterdir()] == ["node.toml"]


def test_a_file_that_somebody_else_changed_is_not_overwritten(file: NodeFile) -> None:
    drawing, version = drawn(file)
    file.path.write_text(NODE + "# mine\n")
    with pytest.raises(ChangedMeanwhileError):
        save(file, drawing, version)
    assert file.path.read_text().endswith("# mine\n")


def test_zones_written_on_one_line_remain_on_one_line(file: NodeFile) -> None:
    drawing, version = drawn(file, "cam-2")
    drawing["zones"].append({"values": {"id": "corner", "kind": "watch", "polygon": CORNER}})
    text = save(file, drawing, version, "cam-2")
    (line,) = [line for line in text.splitlines() if line.startswith("zone = ")]
    assert "corner" in line
    assert tomllib.loads(text)["camera"][1]["zone"][1]["polygon"] == CORNER


def test_a_camera_written_on_one_line_remains_on_one_line(file: NodeFile) -> None:
    place = "place = { lat = -6.2, lon = 106.8 }"
    one_line = f'camera = [{{ id = "cam-1", url = "rtsp://10.0.0.9/1", {place} }}]\n' + NODE.partition("# ---")[0]
    file.path.write_text(one_line)
    drawing, version = drawn(file)
    drawing["zones"].append({"values": {"id": "corner", "kind": "watch", "polygon": CORNER}})
    drawing["masks"] = [CORNER]
    save(file, drawing, version)
    (camera,) = file.load().cameras
    assert [zone.id for zone in camera.zones] == ["corner"]
    assert len(camera.masks) == 1


def test_an_existing_staff_is_moved_and_removed(file: NodeFile) -> None:
    drawing, version = drawn(file)
    drawing["staffs"] = [{"values": {"gauge": "staff-1", "s3_cm": 200, **STAFF}}]
    save(file, drawing, version)
    drawing, version = drawn(file)
    drawing["staffs"][0]["values"]["points"][0]["level_cm"] = 310
    save(file, drawing, version)
    assert file.load().gauges[0].source.staff.points[0].level_cm == 310  # type: ignore[union-attr]
    drawing, version = drawn(file)
    drawing["staffs"] = []
    save(file, drawing, version)
    assert file.load().gauges == ()


def test_only_a_camera_that_is_there_can_be_drawn_over(file: NodeFile) -> None:
    with pytest.raises(DrawingError, match="no camera cam-9"):
        laid(NODE, "cam-9", Drawing())


def test_a_link_opens_the_page_once() -> None:
    reported: list[str] = []
    access = Access(reported.append)
    access.begin()
    assert not access.may({})
    session = access.trade(reported[0])
    assert access.may({"Cookie": f"{COOKIE}={session}"})
    assert access.trade(reported[0]) is None
    assert access.trade("") is None
    assert len(reported) == 2
    assert access.trade(reported[1])
    assert not access.may({"Cookie": f"{COOKIE}=guess"})


@pytest.mark.parametrize(
    ("host", "may"),
    [("127.0.0.1:8091", True), ("localhost:9000", True), ("[::1]:1", True), ("evil.example:8091", False), ("", False)],
)
def test_without_a_link_only_names_of_this_node_are_answered(host: str, may: bool) -> None:
    assert Access().may({"Host": host}) is may


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"Content-Type": "application/json", "Origin": "http://localhost:1", "Host": "localhost:1"}, True),
        ({"Content-Type": "application/json", "Origin": "http://evil.example", "Host": "localhost:1"}, False),
        ({"Content-Type": "application/json", "Origin": "null", "Host": "localhost:1"}, False),
        ({"Content-Type": "application/json", "Host": "localhost:1"}, False),
        ({"Content-Type": "text/plain", "Origin": "http://localhost:1", "Host": "localhost:1"}, False),
    ],
)
def test_only_the_page_itself_may_change_anything(headers: dict[str, str], own: bool) -> None:
    assert is_own(headers) is own


def test_a_staff_shows_where_round_levels_lie_or_what_is_wrong() -> None:
    found = staff_found(STAFF)
    assert {tick["level_cm"]: tick["at"] for tick in found["ticks"]}[200] == [0.4, 0.5]
    muddled = STAFF | {"points": [*STAFF["points"], {"at": [0.4, 0.5], "level_cm": 9}]}
    assert "rise or only fall" in staff_found(muddled)["complaint"]
