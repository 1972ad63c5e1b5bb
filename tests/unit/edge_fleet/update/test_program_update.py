"""The part of an update that the agent does: it fetches, hands over, states that it works, and reports the end."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from siaga_core.wire.fleet import ProgramPackage, UpdateProgram, sha256_of
from siaga_core.wire.parts import CommandHealth
from siaga_edge.fleet.model_download import ModelDownloadError
from siaga_edge.fleet.program_update import NO_UPDATES, PackagedProgram, program_updates
from siaga_edge.fleet.signed_commands import CommandError

DATA = b"a package"
RUNNING = CommandHealth(number=3, done=False, text="version 1.1.0 is here")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def offered(tmp_path: Path) -> Iterator[UpdateProgram]:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "new.deb").write_bytes(DATA)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/new.deb"
        package = ProgramPackage(version="1.1.0", sha256=sha256_of(DATA), size_bytes=len(DATA), url=url)
        yield UpdateProgram(package=package)
        server.shutdown()


class Rig:
    """An agent of version 1.0.0 with a clock and a broker of its own."""

    def __init__(self, folder: Path) -> None:
        self.now, self.linked = 0.0, True
        self.result = folder / "result.json"
        self.program = PackagedProgram(
            folder=folder / "update",
            version="1.0.0",
            is_linked=lambda: self.linked,
            prove_seconds=60,
            result=self.result,
            clock=lambda: self.now,
        )

    def after(self, seconds: float, command: CommandHealth = RUNNING) -> CommandHealth | None:
        self.now += seconds
        return self.program.outcome(command)

    @property
    def confirmed(self) -> bool:
        return (self.program.folder / "confirmed.json").exists()


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def begin(rig: Rig, body: UpdateProgram) -> str:
    return rig.program.begin(body, b"signed", is_stopping=lambda: False)


def test_the_packages_lie_there_before_the_command(rig: Rig, offered: UpdateProgram) -> None:
    assert begin(rig, offered) == "version 1.1.0 is here; version 1.0.0 runs until it is installed"
    assert (rig.program.folder / f"{sha256_of(DATA)}.deb").read_bytes() == DATA
    assert (rig.program.folder / "command.json").read_bytes() == b"signed"


def test_without_the_whole_package_no_command_is_left(rig: Rig, offered: UpdateProgram) -> None:
    wrong = offered.package.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(ModelDownloadError):
        begin(rig, UpdateProgram(package=wrong))
    assert list(rig.program.folder.iterdir()) == []


def test_what_an_earlier_update_left_is_removed(rig: Rig, offered: UpdateProgram) -> None:
    rig.program.folder.mkdir()
    (rig.program.folder / "old.deb").write_bytes(b"old")
    begin(rig, offered)
    assert not (rig.program.folder / "old.deb").exists()


def test_the_running_version_is_no_update(rig: Rig, offered: UpdateProgram) -> None:
    same = offered.package.model_copy(update={"version": "1.0.0"})
    with pytest.raises(CommandError, match="runs already"):
        begin(rig, UpdateProgram(package=same))


def test_it_works_once_it_was_connected_without_a_break(rig: Rig) -> None:
    rig.after(0)
    rig.after(59)
    rig.linked = False
    rig.after(2)
    rig.linked = True
    rig.after(2)
    rig.after(58)
    assert not rig.confirmed
    rig.after(2)
    assert json.loads((rig.program.folder / "confirmed.json").read_bytes()) == {"version": "1.0.0"}


def test_the_end_of_this_update_is_reported_once(rig: Rig) -> None:
    assert rig.after(10) is None
    rig.result.write_text(json.dumps({"number": 2, "done": True, "text": "an older one"}))
    assert rig.after(10) is None
    rig.result.write_text(json.dumps({"number": 3, "done": False, "text": "rolled back"}))
    found = rig.after(10)
    assert found == CommandHealth(number=3, done=False, text="rolled back")
    assert rig.after(10, found) is None
    rig.result.write_text("{")
    assert rig.after(10) is None


def test_an_agent_that_no_package_installed_refuses(tmp_path: Path, offered: UpdateProgram) -> None:
    updates = program_updates(tmp_path, is_linked=lambda: True, prove_seconds=60)
    assert updates is NO_UPDATES
    with pytest.raises(CommandError, match="not installed from the Debian package"):
        updates.begin(offered, b"", is_stopping=lambda: False)
    assert updates.outcome(RUNNING) is None
