"""The Debian package of the edge agent, read: scripts, unit and image agree. `make deb-test` installs it."""

from __future__ import annotations

import configparser
import re
import subprocess
from pathlib import Path

import pytest
from tests.unit.packaging.compose_file import ROOT

from siaga_edge.fleet import program_update
from siaga_edge.fleet.package_installer import Folders

DEB = ROOT / "packaging" / "deb"
BUILD = (ROOT / "tools" / "deb.sh").read_text("utf-8")
SCRIPTS = ("postinst", "prerm", "postrm")
UPDATE = ("siaga-edge-update.path", "siaga-edge-update.service")


def prefix() -> str:
    """Where the package installs the agent."""
    found = re.search(r"^PREFIX=(\S+)$", BUILD, re.MULTILINE)
    assert found is not None
    return f"/{found[1]}"


def unit() -> configparser.SectionProxy:
    """The service of the unit."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "packaging" / "siaga-edge.service", "utf-8")
    return parser["Service"]


def test_the_unit_starts_what_the_package_installs() -> None:
    service = unit()
    for key in ("ExecStartPre", "ExecStart"):  # of several lines, the parser holds the last
        assert service[key].split()[0] == f"{prefix()}/bin/siaga-edge"
        assert service[key].split()[-1] == "/etc/siaga/node.toml"
    assert f"rm -rf {prefix()};" in (DEB / "postrm").read_text("utf-8")
    assert prefix() in (DEB / "control").read_text("utf-8")


def test_its_user_owns_the_folders_that_only_it_may_read() -> None:
    service, script = unit(), (DEB / "postinst").read_text("utf-8")
    assert re.search(rf"useradd --system .* {service['User']}$", script, re.MULTILINE)
    assert f"install -d -o {service['User']} -g {service['Group']} -m 0700 /etc/siaga /var/lib/siaga" in script
    assert set(service["SupplementaryGroups"].split()) <= set(script.split("for group in ")[1].split(";")[0].split())


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_stops_at_its_first_error_and_is_plain_sh(name: str) -> None:
    path = DEB / name
    assert path.stat().st_mode & 0o111
    assert path.read_text("utf-8").startswith("#!/bin/sh\n")
    assert "\nset -e\n" in path.read_text("utf-8")
    subprocess.run(["sh", "-n", path], check=True)


def test_the_key_is_stored_as_root_and_without_it_the_agent_starts_all_the_same() -> None:
    lines = (ROOT / "packaging" / "siaga-edge.service").read_text("utf-8").splitlines()
    first = next(line for line in lines if line.startswith("ExecStartPre="))
    assert first == "ExecStartPre=-+/usr/bin/python3 -I /usr/lib/siaga-edge/update.py trust"
    assert 'package_installer.py "$STAGE/usr/lib/siaga-edge/update.py"' in BUILD


def test_updates_wait_for_what_the_agent_and_the_installer_leave() -> None:
    folders, path = Folders(), (DEB / "siaga-edge-update.path").read_text("utf-8")
    assert f"PathExists={folders.agent}/command.json" in path
    assert f"PathExists={folders.state}" in path
    assert folders.agent == program_update.DATA_DIR / "update"
    assert folders.own / "result.json" == program_update.RESULT
    service = (DEB / "siaga-edge-update.service").read_text("utf-8")
    assert f"ExecStart=/usr/bin/python3 -I {program_update.INSTALLER}" in service


def test_only_a_purge_deletes_credentials_and_the_outbox() -> None:
    script = (DEB / "postrm").read_text("utf-8")
    assert script.count("/etc/siaga") == script.count("/var/lib/siaga ") == 1
    assert script.index('if [ "$1" = purge ]') < script.index("/etc/siaga")


def test_it_has_the_sources_of_the_image_and_nothing_else() -> None:
    archived = set(re.findall(r"git archive HEAD (.*?) \|", BUILD.replace("\\\n", " "))[0].split())
    image = (ROOT / "packaging" / "Dockerfile.edge").read_text("utf-8")
    copied = {
        word
        for line in re.findall(r"^COPY (.+)$", image, re.MULTILINE)
        for word in line.split()[:-1]
        if "--from=" not in line and not word.startswith(("locks/", "tools/", "--"))
    }
    assert archived == copied


def test_the_folder_of_the_package_has_nothing_else() -> None:
    assert {path.name for path in Path(DEB).iterdir()} == {"control", *SCRIPTS, *UPDATE}
