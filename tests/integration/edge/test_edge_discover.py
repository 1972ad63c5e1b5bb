"""`siaga-edge discover`: cameras that answer a probe, what they offer, and why one cannot be read."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.support.stand_ins.onvif_camera import OnvifCamera, ProbeListener, probe_match
from typer.testing import CliRunner, Result

from siaga_edge.onvif.camera_tables import with_password
from siaga_edge.onvif.command import discover_cameras
from siaga_edge.onvif.probe import DiscoveryError, discover
from siaga_edge.onvif.probe_messages import read_matches
from siaga_edge.onvif.roles import CameraProfile, chosen, with_roles
from siaga_sim.stack.ports import free_port


@pytest.fixture
def served() -> Iterator[Callable[..., Any]]:
    with ExitStack() as stack:
        yield lambda made: stack.enter_context(closing(made))


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(discover_cameras)
    return CliRunner().invoke(app, list(arguments))


# --- probes ------------------------------------------------------------------------------------------------------


def test_devices_that_answer_are_listed_once_and_by_the_address_they_answer_from(served: Callable[..., Any]) -> None:
    answers = [
        probe_match("http://169.254.3.4/onvif/device_service http://127.0.0.1:8080/onvif/device_service"),
        probe_match("https://198.51.100.9/onvif/device_service", "onvif://www.onvif.org/hardware/K_1"),
        b"no xml",
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        probe_match("http://[broken soap.udp://198.51.100.7"),
    ]
    listener = served(ProbeListener(*answers, *answers))
    found = discover(0.5, address=("127.0.0.1", listener.port))
    assert [(each.host, each.port, each.is_https, each.name) for each in found] == [
        ("127.0.0.1", 8080, False, "Jalan Sudirman"),
        ("198.51.100.9", 443, True, "K 1"),
    ]
    assert b"<d:Types>dn:NetworkVideoTransmitter</d:Types>" in listener.probes[0]
    assert len(listener.probes) == 2  # repeated, because datagrams get lost


def test_a_network_that_cannot_be_probed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DiscoveryError, match=r"no-such-host\.invalid"):
        discover(0.1, address=("no-such-host.invalid", 3702))
    monkeypatch.setattr("siaga_edge.onvif.probe.socket.if_nameindex", list)
    with pytest.raises(DiscoveryError, match=r"no interface can send to 239\.255\.255\.250: none"):
        discover(0.1)


def test_a_device_without_an_address_is_passed_over() -> None:
    assert list(read_matches(probe_match(""), "198.51.100.1")) == []


# --- roles and tables --------------------------------------------------------------------------------------------


def profile(token: str, sensor: str, width: int | None) -> CameraProfile:
    return CameraProfile(
        token=token, name=token, sensor=sensor, encoding="H264", width=width, height=width, fps=None, stream_url=token
    )


def test_the_largest_profile_of_each_sensor_is_its_main_stream() -> None:
    profiles = [
        profile("small", "a", 640),
        profile("big", "a", 1920),
        profile("odd", "a", None),
        profile("ir", "b", 384),
    ]
    assert [(each.token, each.role) for each in with_roles(profiles)] == [
        ("big", "main"),
        ("small", "sub"),
        ("odd", "sub"),
        ("ir", "main"),
    ]
    assert [each.token for each in chosen(profiles, "sub")] == ["small", "ir"]
    assert [each.token for each in chosen(profiles, "main")] == ["big", "ir"]


def test_a_password_is_written_as_an_address_can_hold_it() -> None:
    assert (
        with_password("rtsp://198.51.100.7:554/a", "admin", "p@ss:w/rd")
        == "rtsp://admin:p%40ss%3Aw%2Frd@198.51.100.7:554/a"
    )
    assert with_password("rtsp://own:one@198.51.100.7/a", "admin", "x") == "rtsp://own:one@198.51.100.7/a"
    assert with_password("rtsp://198.51.100.7/a", None, None) == "rtsp://198.51.100.7/a"


# --- devices -----------------------------------------------------------------------------------------------------


def test_profiles_streams_and_snapshots_of_a_camera_are_printed(served: Callable[..., Any], tmp_path: Path) -> None:
    camera = served(OnvifCamera(user="admin"))
    (tmp_path / "password").write_text("s3cret\n")
    login = ("--user", "admin", "--password-file", str(tmp_path / "password"))
    result = run(f"127.0.0.1:{camera.port}", *login)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        f"127.0.0.1:{camera.port}  Kamera K-1, firmware 5.7",
        "  main H264 1920 x 1080 15 fps  rtsp://127.0.0.1:554/main",
        "  sub  H264 640 x 360 15 fps  rtsp://127.0.0.1:554/door",
        "  sub  H264 320 x 180 15 fps  rtsp://127.0.0.1:554/tiny",
        "  main H264 384 x 288 15 fps  rtsp://127.0.0.1:554/ir",
        *(f"  snapshot  http://127.0.0.1/{token}.jpg" for token in ("main", "door", "tiny", "ir")),
    ]
    found = json.loads(run(f"127.0.0.1:{camera.port}", *login, "--json").stdout)
    assert [each["token"] for each in found["devices"][0]["profiles"]] == ["main", "door", "tiny", "ir"]
    tables = tomllib.loads(run(f"127.0.0.1:{camera.port}", *login, "--toml", "--role", "sub").stdout)
    assert tables["camera"] == [
        {"id": "k-1-127-0-0-1", "url": "rtsp://admin:s3cret@127.0.0.1:554/door"},
        {"id": "k-1-127-0-0-1-2", "url": "rtsp://admin:s3cret@127.0.0.1:554/ir"},
    ]


@pytest.mark.parametrize(
    ("device", "login", "reason"),
    [
        ({"user": "admin"}, (), "the device requires a user and a password (--user, --password-file)"),
        ({"user": "admin"}, ("--user", "root"), "the device rejects the user root or the password"),
        ({"mute": frozenset({"GetProfiles"})}, (), "no answer to GetProfiles within 1 s"),
        ({"has_media": False}, (), "the device has no media service, so it is no camera"),
    ],
)
def test_a_camera_that_cannot_be_read_is_explained(
    served: Callable[..., Any], device: dict[str, Any], login: tuple[str, ...], reason: str
) -> None:
    camera = served(OnvifCamera(**device))
    result = run(f"127.0.0.1:{camera.port}", *login, "--answer-seconds", "1")
    assert result.exit_code == 1
    assert result.stderr == f"siaga-edge discover: 127.0.0.1:{camera.port}: {reason}\n"


def test_a_host_without_a_device_is_explained() -> None:
    port = free_port()
    result = run(f"127.0.0.1:{port}")
    reason = "no connection; check host and port, and that ONVIF is enabled in the camera"
    assert (result.exit_code, result.stderr) == (1, f"siaga-edge discover: 127.0.0.1:{port}: {reason}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("198.51.100.7:http",), "got 198.51.100.7:http, expected HOST or HOST:PORT with a port from 1 to 65535"),
        (("--role", "detect"), "got detect, expected main or sub"),
        (("--password-file", "/no/such/file"), "No such file or directory"),
    ],
)
def test_a_wrong_argument_is_refused(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())
