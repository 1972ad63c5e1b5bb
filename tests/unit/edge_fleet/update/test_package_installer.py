"""The part of an update that runs as root: what it refuses, when it goes back, and what it needs."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.edge.fleet_commands import Signer

from siaga_core.wire.fleet import ProgramPackage, UpdateProgram, sha256_of
from siaga_edge.fleet import package_installer as installing
from siaga_edge.fleet.package_installer import Folders, Installer, InstallError, System

NODE = "node-a"
OLD, NEW = "1.0.0", "1.1.0"


@dataclass
class Debian:
    """A system whose packages are JSON files; signatures are checked by the real openssl."""

    version: str = OLD
    status: str = "install ok installed"
    installed: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    on_install: Callable[[str], None] = lambda _: None
    seconds: float = 0.0

    def run(self, words: Sequence[str]) -> str:
        if words[0] == "openssl":
            return installing.run(words)
        if words[0] == "dpkg-query":
            return f"{self.version} {self.status}"
        package = read_package(Path(words[-1]))
        if words[0] == "dpkg-deb":
            return f"{package['name']} {package['version']}"
        assert words[0] == "dpkg", words
        return self._install(package["version"])

    def _install(self, version: str) -> str:
        self.installed.append(version)
        self.version = version
        if version in self.broken:
            self.status = "install ok half-configured"
            raise InstallError("dpkg ended with code 1: postinst failed")
        self.status = "install ok installed"
        self.on_install(version)
        return ""

    def wait(self, seconds: float) -> None:
        self.seconds += seconds

    def monotonic(self) -> float:
        return self.seconds


def read_package(path: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(path.read_bytes())
    except ValueError:
        raise InstallError("dpkg-deb: not a Debian format archive") from None
    return found


@dataclass
class Node:
    """The folders of a node whose first start has stored the city's key."""

    folders: Folders
    signer: Signer
    debian: Debian
    number: int = 0

    def package(self, version: str, *, name: str = "siaga-edge", store: bool = True) -> ProgramPackage:
        data = json.dumps({"name": name, "version": version}).encode()
        if store:
            (self.folders.agent / f"{sha256_of(data)}.deb").write_bytes(data)
        return ProgramPackage(version=version, sha256=sha256_of(data), size_bytes=len(data), url="https://x/p.deb")

    def order(self, *, signer: Signer | None = None, node: str = NODE, late: bool = False, **body: object) -> None:
        """The agent leaves a command to update to NEW."""
        self.number += 1
        fields = {"previous": self.package(OLD)} | body
        if "package" not in fields:
            fields["package"] = self.package(NEW)
        until = datetime.now(UTC) + timedelta(hours=-1 if late else 1)
        wanted = UpdateProgram.model_validate(fields)
        payload = (signer or self.signer).command_bytes(node, self.number, wanted, expires_at=until)
        (self.folders.agent / "command.json").write_bytes(payload)

    def works(self, version: str) -> None:
        """The agent of this version states that it works."""
        (self.folders.agent / "confirmed.json").write_text(json.dumps({"version": version}))

    def follow(self) -> str:
        return self.installer.follow()

    @property
    def installer(self) -> Installer:
        return Installer(
            self.folders,
            System(run=self.debian.run, wait=self.debian.wait, monotonic=self.debian.monotonic),
            prove_seconds=60,
        )

    @property
    def result(self) -> dict[str, object]:
        found: dict[str, object] = json.loads((self.folders.own / "result.json").read_bytes())
        return found


@pytest.fixture
def node(tmp_path: Path) -> Node:
    folders = Folders(agent=tmp_path / "agent", own=tmp_path / "own", config=tmp_path / "config")
    folders.agent.mkdir()
    folders.config.mkdir()
    made = Node(folders, Signer(), Debian())
    made.signer.write_public(folders.config / "key.pem")
    (folders.config / "node.toml").write_text(f'[node]\nname = "{NODE}"\n[fleet]\nkey_file = "key.pem"\n')
    made.debian.on_install = made.works
    assert "trusted" in made.installer.trust()
    return made


def test_an_update_that_works_is_stored_and_the_next_can_go_back_to_it(node: Node) -> None:
    node.order()
    assert node.follow() == f"updated from version {OLD} to {NEW}"
    assert node.result == {"number": 1, "done": True, "text": f"updated from version {OLD} to {NEW}"}
    assert not node.folders.state.exists()
    assert not (node.folders.agent / "command.json").exists()
    assert read_package(node.folders.stored)["version"] == NEW
    node.debian.on_install = lambda _: None
    node.order(package=node.package("1.2.0"), previous=None)
    assert "rolled back to 1.1.0" in node.follow()
    assert node.debian.installed == [NEW, "1.2.0", NEW]


def test_the_agent_may_read_the_result_and_nothing_else(node: Node) -> None:
    before = os.umask(0o077)  # as the unit of the agent sets it
    try:
        node.order()
        node.follow()
    finally:
        os.umask(before)
    assert node.folders.own.stat().st_mode & 0o777 == 0o755
    modes = {path.name: path.stat().st_mode & 0o777 for path in node.folders.own.iterdir()}
    assert modes.pop("result.json") == 0o644
    assert {modes["trust.json"], modes["number.json"]} == {0o600}


def test_a_version_that_never_reaches_the_broker_is_rolled_back(node: Node) -> None:
    node.debian.on_install = lambda version: node.works(OLD)
    node.order()
    assert node.follow() == (f"version {NEW} was rolled back to {OLD}: it was not connected to the broker within 60 s")
    assert node.debian.installed == [NEW, OLD]
    assert node.result["done"] is False


def test_a_package_that_cannot_be_installed_is_rolled_back(node: Node) -> None:
    node.debian.broken = {NEW}
    node.order()
    assert "rolled back to 1.0.0: dpkg ended with code 1" in node.follow()
    assert (node.debian.version, node.debian.status) == (OLD, "install ok installed")


def test_an_update_that_a_power_cut_interrupted_is_rolled_back(node: Node) -> None:
    def cut(_: str) -> None:
        raise KeyboardInterrupt

    node.debian.on_install = cut
    node.order()
    with pytest.raises(KeyboardInterrupt):
        node.follow()
    assert node.folders.state.exists()
    node.debian.on_install = node.works
    assert node.follow() == f"version {NEW} was rolled back to {OLD}: the update was interrupted"
    assert node.debian.version == OLD
    assert not node.folders.state.exists()


def refused(node: Node) -> str:
    """What is said; nothing was installed."""
    text = node.follow()
    assert node.debian.installed == []
    return text


def test_only_the_key_and_the_name_that_were_there_first_are_believed(node: Node) -> None:
    thief = Signer()
    node.order(signer=thief)
    assert "not signed with the key that this node trusts" in refused(node)
    thief.write_public(node.folders.config / "key.pem")
    assert "keep the first" in node.installer.trust()
    node.order(signer=thief)
    assert "not signed with the key that this node trusts" in refused(node)
    node.order(node="node-b")
    assert "the command is for node node-b" in refused(node)
    assert "trusted" in node.installer.trust(replace=True)
    node.order(signer=thief)
    assert "updated" in node.follow()


def test_a_command_counts_once_and_in_time(node: Node) -> None:
    node.order(late=True)
    assert "which is past" in refused(node)
    node.number = 0
    node.order()
    assert "expected one above 1" in refused(node)
    payload = (node.folders.own / "number.json").read_text()
    assert json.loads(payload) == {"number": 1}


def test_an_altered_command_is_refused(node: Node) -> None:
    node.order()
    path = node.folders.agent / "command.json"
    path.write_text(path.read_text().replace(NEW, "6.6.6"))
    assert "not signed" in refused(node)
    for payload in (b"{", b"[]", b"{}", b"x" * 40_000):
        path.write_bytes(payload)
        assert refused(node).startswith("refused: ")


def test_only_the_signed_bytes_of_this_package_are_installed(node: Node) -> None:
    package = node.package(NEW)
    path = node.folders.agent / f"{package.sha256}.deb"
    for data, reason in ((b"other", "has SHA-256"), (None, "No such file")):
        node.order(package=package)
        path.unlink()
        if data is not None:
            path.write_bytes(data)
        assert reason in refused(node)
    node.order(package=node.package(NEW, name="openssh-server"))
    assert "is package openssh-server" in refused(node)
    node.order(package=node.package("1.1.1").model_copy(update={"version": NEW}))
    assert "has version 1.1.1, expected 1.1.0" in refused(node)


def test_a_link_is_not_followed(node: Node, tmp_path: Path) -> None:
    package = node.package(NEW)
    node.order(package=package)
    path = node.folders.agent / f"{package.sha256}.deb"
    shutil.move(path, tmp_path / "elsewhere.deb")
    path.symlink_to(tmp_path / "elsewhere.deb")
    assert "refused" in refused(node)
    path.unlink()
    os.mkfifo(path)
    node.order(package=package, previous=None)
    assert "expected a file" in refused(node)


def test_without_a_previous_package_nothing_is_tried(node: Node) -> None:
    node.order(previous=None)
    assert "no package of version 1.0.0 to return to" in refused(node)
    node.order(previous=node.package("0.9.0"))
    assert "no package of version 1.0.0 to return to" in refused(node)
    node.debian.status = "install ok half-installed"
    node.order()
    assert "not complete" in refused(node)


def test_the_installed_version_and_other_commands_are_refused(node: Node) -> None:
    node.order(package=node.package(OLD))
    assert "installed already" in refused(node)


def test_before_the_first_start_nothing_is_trusted(node: Node) -> None:
    node.folders.trust.unlink()
    node.order()
    assert "no key is trusted" in refused(node)
    (node.folders.config / "node.toml").write_text(f'[node]\nname = "{NODE}"\n')
    assert "nothing to trust" in node.installer.trust()


def test_it_needs_nothing_of_the_package_that_it_replaces() -> None:
    path = Path(installing.__file__)
    names = {
        name.partition(".")[0]
        for statement in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [one.name for one in statement.names]
            if isinstance(statement, ast.Import)
            else [statement.module or ""]
            if isinstance(statement, ast.ImportFrom)
            else []
        )
    }
    assert names <= sys.stdlib_module_names
    done = subprocess.run([sys.executable, "-I", "-S", path, "trust"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "nothing to trust" in done.stdout
