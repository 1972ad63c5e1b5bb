"""Three RabbitMQ nodes on loopback: sessions that last are quorum queues, rights are by user name."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cluster.engine import NODES, Cluster

from siaga_sim.stack.broker import INGEST_USER
from siaga_sim.stack.child import Child
from siaga_sim.stack.folders import folder_for, give_to, user_exists
from siaga_sim.stack.ports import free_port, is_listening

BIN = Path("/usr/lib/rabbitmq/bin")
# `mqtt.durable_queue_type`: with the default, a classic queue, what a dead node held is gone until it comes back.
_CONF = """\
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = r0@localhost
cluster_formation.classic_config.nodes.2 = r1@localhost
cluster_formation.classic_config.nodes.3 = r2@localhost
cluster_formation.target_cluster_size_hint = 3
cluster_partition_handling = pause_minority
listeners.tcp.1 = 127.0.0.1:{amqp}
mqtt.listeners.tcp.1 = 127.0.0.1:{mqtt}
mqtt.allow_anonymous = false
mqtt.prefetch = 1000
mqtt.max_session_expiry_interval_seconds = 86400
mqtt.durable_queue_type = quorum
load_definitions = {definitions}
log.console = true
log.console.level = warning
log.file = false
"""
_TOPICS = r"siaga\.v1\.s\d\d"


@dataclass(slots=True, kw_only=True)
class RabbitCluster(Cluster):
    """RabbitMQ as Debian ships it, with rabbitmq_mqtt."""

    replicas: int = 4
    _amqp: list[int] = field(default_factory=lambda: [free_port() for _ in range(NODES)])
    _dist: list[int] = field(default_factory=lambda: [free_port() for _ in range(NODES)])
    _epmd_port: int = field(default_factory=free_port)
    _epmd: Child | None = None

    def prepare(self) -> None:
        """Folders, cookie, users, and the port mapper, which would otherwise outlive the nodes."""
        self.folder = folder_for(self._user(), self.folder)
        self._write("definitions.json", json.dumps(definitions(self.logins, replicas=self.replicas)))
        self._write("plugins", "[rabbitmq_mqtt].\n")
        self._write(".erlang.cookie", secrets.token_hex(24)).chmod(0o400)
        for number in range(NODES):
            conf = _CONF.format(
                amqp=self._amqp[number], mqtt=self.ports[number], definitions=self.folder / "definitions.json"
            )
            self._write(f"r{number}.conf", conf)
        self._epmd = Child(
            name="epmd",
            argv=["epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"],
            log=self.folder / "epmd.log",
            user=self._user(),
        ).start()

    def start_node(self, number: int) -> None:
        """One node; it finds the others by itself."""
        self.members[number] = Child(
            name=f"rabbitmq-{number}",
            argv=[str(BIN / "rabbitmq-server")],
            log=self.folder / f"r{number}.log",
            user=self._user(),
            env=self._environment(number),
            cwd=self.folder,
        ).start()

    def is_whole(self) -> bool:
        """Whether all listen and each counts three that run."""
        return all(map(is_listening, self.ports)) and self._running() == NODES

    def engine(self) -> str:
        """In words, what serves."""
        version = self._ctl("version").stdout.strip()
        return f"RabbitMQ {version}, {NODES} nodes, MQTT sessions in quorum queues, behind HAProxy"

    def stop(self) -> None:
        """All down, the port mapper last."""
        Cluster.stop(self)
        if self._epmd is not None:
            self._epmd.kill()

    def _running(self) -> int:
        message_text = self._ctl("cluster_status", "--formatter", "json")
        try:
            return len(json.loads(message_text.stdout)["running_nodes"])
        except (ValueError, KeyError):
            return 0

    def _ctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["setpriv", *self._drop(), str(BIN / "rabbitmqctl"), "--node", "r0@localhost", *words],
            env={**os.environ, **self._environment(0)},
            capture_output=True,
            text=True,
            check=False,
        )

    def _drop(self) -> list[str]:
        user = self._user()
        return ["--pdeathsig", "TERM"] if user is None else [f"--reuid={user}", f"--regid={user}", "--init-groups"]

    def _environment(self, number: int) -> dict[str, str]:
        return {
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": f"r{number}@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist[number]),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / f"r{number}.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",  # three nodes share the machine's few cores
            "LANG": "C.UTF-8",
        }

    def _user(self) -> str | None:
        return "rabbitmq" if os.geteuid() == 0 and user_exists("rabbitmq") else None

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        give_to(self._user(), path)
        return path


def definitions(logins: Mapping[str, str], *, replicas: int) -> dict[str, Any]:
    """Users and rights: the same that Mosquitto's list of rights gives (a node its own topics, ingest all)."""
    return {
        "vhosts": [{"name": "/"}],
        "users": [
            {
                "name": name,
                "password_hash": _hashed(word),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
            for name, word in logins.items()
        ],
        "permissions": [_queues(name, replicas) for name in logins],
        "topic_permissions": [_topics(name) for name in logins],
    }


def _hashed(word: str) -> str:
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + word.encode()).digest()).decode()


def _queues(user: str, replicas: int) -> dict[str, str]:
    """A session is a queue that is named after the client id."""
    numbers = "|".join(str(number) for number in range(1, replicas + 1))
    client = f"siaga-ingest-({numbers})" if user == INGEST_USER else user
    queue = f"mqtt-subscription-{client}qos[01]"
    both = f"^({queue}|amq\\.topic)$"
    return {"user": user, "vhost": "/", "configure": f"^{queue}$", "write": both, "read": both}


def _topics(user: str) -> dict[str, str]:
    if user == INGEST_USER:
        write, read = rf"^{_TOPICS}\.[^.]+\.down\..+$", rf"^{_TOPICS}\.[^.]+\.up\..+$|^{_TOPICS}\.\*\.up\.#$"
    else:
        write, read = rf"^{_TOPICS}\.{user}\.up\..+$", rf"^{_TOPICS}\.{user}\.down\.(.+|#)$"
    return {"user": user, "vhost": "/", "exchange": "amq.topic", "write": write, "read": read}
