"""Three NATS nodes on loopback: JetStream keeps MQTT sessions and messages three times, rights are by user name."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cluster.engine import NODES, Cluster

from siaga_sim.stack.broker import INGEST_USER
from siaga_sim.stack.child import Child
from siaga_sim.stack.folders import folder_for, give_to, user_exists
from siaga_sim.stack.ports import free_port, is_listening

SERVER = "/usr/sbin/nats-server"
# A consumer's state is in the memory of three nodes. If all three die at once, boxes and gauges send again what the
# cloud did not acknowledge. What a dead node had sent and not got acknowledged comes again after `ack_wait`.
# `max_ack_pending` is for each subscription, twice for one that ends with `#`; a session may have 65,535 in all, and
# what is above is refused in the SUBACK (with one subscription a shard: 500).
_CONF = """\
server_name: n{number}
listen: "127.0.0.1:{client}"
http: "127.0.0.1:{monitor}"
max_payload: 6291456
jetstream {{ store_dir: "{folder}/n{number}", max_memory_store: 256MB, max_file_store: 4GB }}
cluster {{ name: siaga, listen: "127.0.0.1:{route}", routes: [{routes}] }}
mqtt {{
  listen: "127.0.0.1:{mqtt}", stream_replicas: 3, max_ack_pending: 5000, ack_wait: "10s", consumer_memory_storage: true
}}
accounts {{ city {{ jetstream: enabled, users: [
{users}
] }} }}
"""
# Its own: a session's messages are brought on these subjects.
_DELIVERED = ("$MQTT.sub.>", "$MQTT.deliver.pubrel.>")


@dataclass(slots=True, kw_only=True)
class NatsCluster(Cluster):
    """NATS as Debian ships it."""

    _client: list[int] = field(default_factory=lambda: [free_port() for _ in range(NODES)])
    _monitor: list[int] = field(default_factory=lambda: [free_port() for _ in range(NODES)])
    _route: list[int] = field(default_factory=lambda: [free_port() for _ in range(NODES)])

    @property
    def protocol(self) -> str:
        """It speaks no MQTT 5."""
        return "3.1.1"

    @property
    def subscribe(self) -> str:
        """A filter is two groups of three here: 64 shards would be 128, which take minutes to move."""
        return "all"

    def prepare(self) -> None:
        """Folders, users and rights."""
        self.folder = folder_for(self._user(), self.folder)
        routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in self._route)
        for number in range(NODES):
            conf = _CONF.format(
                number=number,
                client=self._client[number],
                monitor=self._monitor[number],
                route=self._route[number],
                mqtt=self.ports[number],
                folder=self.folder,
                routes=routes,
                users=users(self.logins),
            )
            self._write(f"n{number}.conf", conf)

    def start_node(self, number: int) -> None:
        """Start one member of the cluster."""
        self.members[number] = Child(
            name=f"nats-{number}",
            argv=[SERVER, "-c", str(self.folder / f"n{number}.conf")],
            log=self.folder / f"n{number}.log",
            user=self._user(),
        ).start()

    def is_whole(self) -> bool:
        """Whether all listen and JetStream's own group has its three, none of them behind."""
        return all(map(is_listening, self.ports)) and any(map(self._is_current, range(NODES)))

    def engine(self) -> str:
        """In words, what serves."""
        message_text = subprocess.run([SERVER, "--version"], capture_output=True, text=True, check=False).stdout
        return f"NATS {message_text.strip().rpartition(' ')[2]}, {NODES} nodes, JetStream with 3 copies, behind HAProxy"

    def _is_current(self, number: int) -> bool:
        """Only the leader knows how the others are."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._monitor[number]}/jsz", timeout=2) as answer:
                group: dict[str, Any] = json.load(answer).get("meta_cluster") or {}
        except OSError:
            return False
        others = group.get("replicas") or []
        return len(others) == NODES - 1 and all(one.get("current") and not one.get("offline") for one in others)

    def _user(self) -> str | None:
        return "nats" if os.geteuid() == 0 and user_exists("nats") else None

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        give_to(self._user(), path)
        return path


def users(logins: Mapping[str, str]) -> str:
    """Users and rights: the same that Mosquitto's list of rights gives. An MQTT `/#` is two subjects here."""
    return "\n".join(_user(name, word) for name, word in logins.items())


def _user(name: str, word: str) -> str:
    whose = "*" if name == INGEST_USER else name
    up, down = (f"siaga.v1.*.{whose}.{method}" for method in ("up", "down"))
    sends, receives = (down, up) if name == INGEST_USER else (up, down)
    rights = {
        "publish": {"allow": [f"{sends}.>"]},
        "subscribe": {"allow": [receives, f"{receives}.>", *_DELIVERED]},
    }
    return f"  {{ user: {json.dumps(name)}, password: {json.dumps(word)}, permissions: {json.dumps(rights)} }}"
