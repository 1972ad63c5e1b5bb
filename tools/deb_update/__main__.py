"""`python -m tools.deb_update FOLDER`: a node of the Debian package is enrolled and updated by signed commands.

FOLDER has `root`, a clean Debian root, and `packages` with three packages of the agent: old, newer (+next), and one
whose agent ends at once (+broken). The node runs under a systemd of its own; database, broker, API and worker are real,
and every command goes the way of a city: `siaga-cloud admin fleet program`, broker, agent, installer.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any, Final

from tools.deb_update.node import Node

from siaga_sim.demo.cloud import Cloud
from siaga_sim.demo.layout import fresh_layout
from siaga_sim.stack.child import wait_until
from siaga_sim.stack.ports import free_port

NODE: Final = "node-deb"
SECONDS: Final = 180.0
PROVE_SECONDS, TRIAL_SECONDS = 45, 5
_BEGAN: Final = monotonic()


def log(words: str) -> None:
    """Print a line with the time since the start."""
    print(f"{monotonic() - _BEGAN:7.1f} s  {words}", flush=True)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@dataclass(frozen=True, slots=True)
class City:
    """The cloud, the node, and where the packages lie."""

    cloud: Cloud
    node: Node
    packages: Path
    url: str

    def state(self) -> dict[str, Any]:
        """What the cloud knows of the node."""
        found: list[dict[str, Any]] = json.loads(self.cloud.admin("admin", "fleet", "list", "--json"))
        return next((one for one in found if one["node_id"] == NODE), {})

    def answer(self) -> str:
        """What the node last said of a command."""
        return str((self.state().get("command") or {}).get("text", ""))

    def order(self, version: str, *, previous: str | None = None) -> None:
        """Order an update as an administrator does."""
        words = [
            "admin",
            "fleet",
            "program",
            NODE,
            str(self.file(version)),
            "--url",
            f"{self.url}/{self.file(version).name}",
        ]
        if previous is not None:
            before = self.file(previous)
            words += ["--previous", str(before), "--previous-url", f"{self.url}/{before.name}"]
        self.cloud.admin(*words)

    def file(self, version: str) -> Path:
        """The package of a version."""
        return next(path for path in self.packages.glob("*.deb") if path.name.split("_")[1] == version)

    def wait(self, ready: Callable[[], bool], what: str) -> None:
        """Wait, and print the journal of the node where that is in vain."""
        try:
            wait_until(ready, seconds=SECONDS, what=what, every=1.0)
        except Exception:
            print(f"last answer: {self.answer()}\n{self.node.journal()}", file=sys.stderr)
            raise


def main(folder: Path) -> None:
    """Enrol, update, roll back, cut the power; ends with an error at the first step that fails."""
    versions = dict(_versions(folder / "packages"))
    with ExitStack() as after:
        node = Node(folder / "debian")
        after.callback(node.cut_power)
        log("booting systemd in the Debian root")
        node.power_on()
        city = after.enter_context(_city(folder, node))
        _install(city, versions["old"])
        _enrol(city)
        _update(city, versions)
        _roll_back(city, versions)
        _cut_power(city, versions)
    log("Installed, enrolled, updated, rolled back, and rolled back after a power cut")


def _install(city: City, version: str) -> None:
    city.node.run("dpkg", "--install", f"/srv/{city.file(version).name}")
    log(f"installed {city.node.version()}")


def _enrol(city: City) -> None:
    token = city.cloud.admin("admin", "enrol", NODE).split()[0]
    enrol = ["siaga-edge", "enrol", "--url", city.cloud.url, "--token", token, "--folder", "/etc/siaga"]
    city.node.run("runuser", "-u", "siaga", "--", *enrol)
    _admit(city)
    own = city.node.root / "etc/siaga/node.toml"
    text = own.read_text().replace("[fleet]\n", f"[fleet]\ntrial_seconds = {TRIAL_SECONDS}\n")
    own.write_text(f"{text}\n[health]\nevery_seconds = 1\n")
    drop_in = city.node.root / "etc/systemd/system/siaga-edge-update.service.d"
    drop_in.mkdir(parents=True)
    (drop_in / "seconds.conf").write_text(f"[Service]\nEnvironment=SIAGA_UPDATE_SECONDS={PROVE_SECONDS}\n")
    city.node.run("systemctl", "daemon-reload")
    city.node.run("systemctl", "restart", "siaga-edge")
    city.wait(lambda: city.state().get("state") == "online", "the enrolled node")
    log(f"enrolled: the cloud states that {NODE} is {city.state()['state']}")


def _admit(city: City) -> None:
    """The broker reads the password that the enrolment gave to the node."""
    passwords = city.cloud.broker.folder / "passwords"
    issued = Path(city.cloud.more["SIAGA_FLEET_DIR"]) / "broker-passwords"
    passwords.write_text(passwords.read_text() + issued.read_text())
    if city.cloud.broker.child is not None:
        os.kill(city.cloud.broker.child.pid, signal.SIGHUP)


def _update(city: City, versions: dict[str, str]) -> None:
    city.order(versions["new"], previous=versions["old"])
    city.wait(lambda: city.answer().startswith("updated from"), "the update")
    _expect(city, versions["new"])
    log(f"{city.answer()}; {city.node.version()}")


def _roll_back(city: City, versions: dict[str, str]) -> None:
    city.order(versions["broken"])
    city.wait(lambda: "was rolled back" in city.answer(), "the way back from an agent that does not start")
    _expect(city, versions["new"])
    log(f"{city.answer()}; {city.node.version()}")


def _cut_power(city: City, versions: dict[str, str]) -> None:
    city.order(versions["broken"])
    city.wait(lambda: city.node.updates and versions["broken"] in city.node.version(), "the installation")
    log("cutting the power while the new agent is on trial")
    city.node.cut_power()
    city.node.power_on()
    city.wait(lambda: "interrupted" in city.answer(), "the way back after the power cut")
    _expect(city, versions["new"])
    log(f"{city.answer()}; {city.node.version()}")


def _expect(city: City, version: str) -> None:
    found = city.node.version()
    if found != f"{version} install ok installed":
        raise SystemExit(f"got {found}, expected version {version}")
    city.wait(
        lambda: city.node.run("systemctl", "show", "--property=ActiveState", "siaga-edge").strip().endswith("=active"),
        "the agent",
    )


def _versions(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("siaga-edge_*.deb")):
        version = path.name.split("_")[1]
        yield "new" if version.endswith("+next") else "broken" if version.endswith("+broken") else "old", version


@contextmanager
def _city(folder: Path, node: Node) -> Iterator[City]:
    """The real cloud, and a server that nodes fetch packages from."""
    packages = folder / "packages"
    with ExitStack() as after:
        layout = after.enter_context(fresh_layout(folder / "cloud"))
        fleet = layout.root / "fleet"
        fleet.mkdir(mode=0o700)
        cloud = Cloud(layout=layout, nodes=[], http_port=free_port(), more={"SIAGA_FLEET_DIR": str(fleet)})
        after.callback(cloud.stop)
        log("starting database, broker and cloud")
        cloud.start_services()
        cloud.prepare()
        cloud.load_city()
        cloud.admin("admin", "fleet-key")
        cloud.start_programs()
        server = after.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(packages))))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        after.callback(server.shutdown)
        yield City(cloud, node, packages, f"http://127.0.0.1:{server.server_address[1]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
