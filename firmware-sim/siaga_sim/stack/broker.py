"""A private MQTT broker: Debian's Mosquitto where it is installed, else the one in a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from siaga_core.wire.topics import node_patterns
from siaga_sim.stack.child import Child, Service, ServiceError
from siaga_sim.stack.folders import folder_for, give_to, user_exists
from siaga_sim.stack.ports import is_listening

INGEST_USER = "ingest"
READER_USER = "reader"  # of the public: SensorThings' Observations and nothing else
START_SECONDS = 20.0

# A node may write only its own up topics, by named streams, and read only its own down topics; %u is its user name.
# Ingest writes to up topics only to clear what is retained there.
_ACL = (
    "\n".join(node_patterns())
    + f"""

user {INGEST_USER}
topic readwrite siaga/v1/+/+/up/#
topic write siaga/v1/+/+/down/#
topic write v1.1/#

user {READER_USER}
topic read v1.1/#
"""
)

_CONF = """\
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
persistence true
persistence_location {folder}/
autosave_interval 60
max_inflight_messages 10000
max_queued_messages 100000
max_queued_bytes 268435456
max_packet_size 6291456
log_dest stderr
log_type error
log_type warning
log_type notice
"""

_WHEEL_CONF = """\
id = 0
[router]
id = 0
max_connections = 2000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
[v4.1]
name = "v4-1"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = 6291456
max_inflight_count = 1000
dynamic_filters = true
[v4.1.connections.auth]
{logins}
"""


def find_mosquitto() -> str | None:
    """Path of Mosquitto's server, or None."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@dataclass(slots=True, kw_only=True)
class Broker(Service):
    """A broker of its own on a free loopback port. `logins`: user names (nodes and ingest) to passwords."""

    logins: Mapping[str, str] = field(repr=False)
    mosquitto: str | None = field(default_factory=find_mosquitto)

    def start(self) -> Self:
        """Starts it on its port (kept over restarts) and returns once it listens."""
        self.folder = folder_for(self._account(), self.folder)
        self.start_on_port(self._run_server)
        return self

    def _run_server(self) -> None:
        argv = self._mosquitto_argv(self.mosquitto) if self.mosquitto else self._wheel_argv()
        log = self.folder / "server.log"
        self.child = Child(name="broker", argv=argv, log=log, user=self._account()).start()
        self.child.wait_for(lambda: is_listening(self.port), seconds=START_SECONDS)
        self.child.check()  # what listens may be another program that bound the port before

    @property
    def protocol(self) -> str:
        """The newest MQTT that it speaks: 5 or 3.1.1."""
        return "5" if self.mosquitto else "3.1.1"

    @property
    def subscribe(self) -> str:
        """How ingest best subscribes: to `shards`, or to `all` at once."""
        return "shards"

    def engine(self) -> str:
        """In words, what serves."""
        if self.mosquitto is None:
            return "iotcore (wheel; no topic rights, the password alone protects)"
        help_text = subprocess.run([self.mosquitto, "-h"], capture_output=True, text=True, check=False).stdout
        return help_text.partition("\n")[0].replace("mosquitto version", "Mosquitto").strip()

    def _account(self) -> str | None:
        return "mosquitto" if self.mosquitto and os.geteuid() == 0 and user_exists("mosquitto") else None

    def _mosquitto_argv(self, server: str) -> list[str]:
        self._write_private("acl", _ACL)
        self._write_passwords()
        self._write_private("mosquitto.conf", _CONF.format(port=self.port, folder=self.folder))
        return [server, "-c", str(self.folder / "mosquitto.conf")]

    def _write_passwords(self) -> None:
        # -U hashes a file of plain lines in place, so that no password stands on a command line.
        path = self._write_private("passwords", "".join(f"{name}:{word}\n" for name, word in self.logins.items()))
        hashed = subprocess.run(["mosquitto_passwd", "-U", str(path)], capture_output=True, text=True, check=False)
        if hashed.returncode:
            raise ServiceError(f"mosquitto_passwd failed: {hashed.stderr.strip()}")
        self._give_away(path)

    def _wheel_argv(self) -> list[str]:
        logins = "".join(f'"{name}" = "{word}"\n' for name, word in self.logins.items())
        path = self._write_private("iotcore.toml", _WHEEL_CONF.format(port=self.port, logins=logins))
        return [sys.executable, "-m", "iotcore", "--config", str(path)]

    def _write_private(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        self._give_away(path)
        return path

    def _give_away(self, path: Path) -> None:
        path.chmod(0o600)
        give_to(self._account(), path)
