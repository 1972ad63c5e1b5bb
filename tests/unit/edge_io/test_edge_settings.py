"""Every way we know to write NODE.toml wrongly, and what the operator is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.edge.bad_nodes import BAD, CAMERA, GOOD, SQUARE
from typer.testing import CliRunner

from siaga_edge.main import app
from siaga_edge.settings import ConfigError, load_node, load_site


def write(folder: Path, text: str) -> Path:
    path = folder / "here.toml"
    path.write_text(text)
    return path


def complaints(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load_node(path)
    return caught.value.complaints


@pytest.mark.parametrize(("old", "new", "complaint"), BAD.values(), ids=BAD.keys())
def test_a_mistake_is_named_with_file_key_value_and_what_was_expected(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    assert f"{path}: {complaint.format(folder=tmp_path)}" in complaints(path)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("fps = 5", "fps = 0").replace("port = 5020", "port = 0").replace('"street"', '"no-stopping-1"')
    found = [complaint.split(": ")[1] for complaint in complaints(write(tmp_path, text))]
    assert found == [f"{CAMERA}.fps", "gauge[manggarai].source.port", f"{CAMERA}.zone[1].id"]


def test_a_value_that_is_refused_is_shown_without_its_password(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("rtsp://", "rtmp://"))
    assert "s3cret" not in " ".join(complaints(path))
    path = write(tmp_path, GOOD.replace("port = 1883", 'password = "hunter2"'))
    assert "hunter2" not in " ".join(complaints(path))


def test_a_good_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    settings = load_node(write(tmp_path, GOOD))
    assert settings.username == "pintu-manggarai"
    assert settings.node.data_dir == tmp_path / "data"
    parking, road = settings.cameras[0].zones
    assert (parking.allowed_seconds, parking.labels) == (180, ("car", "truck", "bus", "motorcycle", "three_wheeler"))
    assert (road.flooded_share, road.clear_share) == (0.25, 0.12)
    assert (settings.gauges[0].hysteresis_cm, settings.gauges[0].stale_seconds) == (5, 30)
    assert settings.outbox.max_bytes == 1024**3


def test_paths_are_seen_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    path = write(tmp_path, GOOD.replace("rtsp://viewer:s3cret@10.0.0.7:554/main", "clip.mp4"))
    assert load_node(path).cameras[0].url == str(tmp_path / "clip.mp4")


def test_the_password_comes_from_a_variable_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from file\n")
    by_file = load_node(write(tmp_path, GOOD.replace("port = 1883", 'password_file = "secret"'))).broker.password()
    environment = {"MQTT_PASSWORD": "from variable"}
    text = GOOD.replace("port = 1883", 'password_env = "MQTT_PASSWORD"')
    by_variable = load_node(write(tmp_path, text), environment=environment).broker.password(environment)
    assert by_file is not None
    assert by_variable is not None
    assert (by_file.get_secret_value(), by_variable.get_secret_value()) == ("from file", "from variable")
    assert "from" not in repr(by_file)


@pytest.mark.parametrize(
    ("span", "local", "active"),
    [
        pytest.param('from = "06:00", to = "22:00"', "2026-01-01T05:59:00+07:00", False, id="before"),
        pytest.param('from = "06:00", to = "22:00"', "2026-01-01T06:00:00+07:00", True, id="from is inside"),
        pytest.param('from = "06:00", to = "22:00"', "2026-01-01T22:00:00+07:00", False, id="to is outside"),
        pytest.param('from = "22:00", to = "05:00"', "2026-01-01T01:00:00+07:00", True, id="past midnight"),
        pytest.param('from = "22:00", to = "05:00"', "2026-01-01T12:00:00+07:00", False, id="noon"),
        pytest.param('from = "18:00", to = "24:00"', "2026-01-01T23:59:00+07:00", True, id="until midnight"),
        pytest.param('from = "00:00", to = "24:00"', "2026-01-01T12:00:00+07:00", True, id="all day"),
        pytest.param('from = "06:00", to = "22:00"', "2026-01-01T00:00:00+00:00", True, id="07:00 in Jakarta"),
    ],
)
def test_hours_are_local_to_the_zone(tmp_path: Path, span: str, local: str, active: bool) -> None:
    text = GOOD.replace('from = "06:00", to = "22:00"', span)
    zone = load_node(write(tmp_path, text)).cameras[0].zones[0]
    assert zone.is_active(datetime.fromisoformat(local)) is active


def test_a_site_needs_no_url_and_may_set_its_start_time(tmp_path: Path) -> None:
    place = "place = { lat = -6.2, lon = 106.8 }"
    zone = f'[[camera.zone]]\nid = "no-stopping-1"\nkind = "watch"\npolygon = {SQUARE}'
    site = load_site(write(tmp_path, f'[camera]\nid = "cam-1"\n{place}\n{zone}\n'))
    assert site.start_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert site.camera.zones[0].labels == ("trash",)
    path = write(
        tmp_path, f'start_at = 2026-01-01T00:00:00\n[camera]\nid = "cam-1"\n{place}\n{zone}\nlabels = ["rash"]'
    )
    with pytest.raises(ConfigError) as caught:
        load_site(path)
    assert caught.value.complaints == (
        (
            f'{path}: start_at: got "2026-01-01T00:00:00", expected a time with offset such as 2026-01-01T00:00:00Z, '
            "of the clip's first frame"
        ),
    )


def test_a_file_that_is_no_toml_is_rejected_as_such(tmp_path: Path) -> None:
    path = write(tmp_path, "[node\n")
    assert complaints(path) == (
        f"{path}: not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 6)",
    )
    assert complaints(tmp_path / "none.toml") == (f"{tmp_path}/none.toml: cannot be read: No such file or directory",)
    path.write_bytes(b"a = '\xff'")
    assert complaints(path) == (f"{path}: not UTF-8 text at byte 5",)


EXAMPLE = Path(__file__).parents[3] / "edge" / "node.example.toml"


def test_the_example_is_good_also_with_every_default_that_it_names_written_out(tmp_path: Path) -> None:
    plain = load_node(EXAMPLE)
    (tmp_path / "ca.pem").touch()
    shown = re.sub(r"(?m)^# (?=[a-z\[])", "", EXAMPLE.read_text().replace("port = 1883", "port = 8883"))
    full = load_node(write(tmp_path, shown), environment={"MQTT_PASSWORD": "x"})
    assert (full.outbox, full.health, full.models) == (plain.outbox, plain.health, plain.models)
    assert full.cameras == plain.cameras
    assert full.gauges == plain.gauges


def test_check_prints_a_summary_or_every_complaint_and_exits_2(tmp_path: Path) -> None:
    good = CliRunner().invoke(app, ["check", str(write(tmp_path, GOOD))])
    assert (good.exit_code, good.output) == (
        0,
        "ok: node pintu-manggarai, 1 camera with 2 zones, 1 gauge, broker 127.0.0.1:1883\n",
    )
    path = write(tmp_path, GOOD.replace("fps = 5", "fps = 0").replace('"6', '"xx'))
    bad = CliRunner().invoke(app, ["check", str(path)])
    assert bad.exit_code == 2
    assert bad.stdout.splitlines() == list(complaints(path))
