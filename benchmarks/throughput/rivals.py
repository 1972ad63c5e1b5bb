"""What a city has otherwise: a flow in Node-RED, and a script of thirty lines; both with their tools' defaults."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from siaga_sim.stack.broker import INGEST_USER
from siaga_sim.stack.child import Child, ServiceError
from siaga_sim.stack.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
NODE_RED = ROOT / ".run" / "node-red"
READY_SECONDS = 60.0
TABLE = """
CREATE TABLE IF NOT EXISTS plain_reading (message_id uuid PRIMARY KEY, node text NOT NULL, gauge text NOT NULL,
    measured_at timestamptz NOT NULL, level_cm real, body jsonb NOT NULL)
"""


@dataclass(slots=True, kw_only=True)
class Rival(ABC):
    """A program that takes messages into `plain_reading`."""

    url: str = field(repr=False)
    port: int
    password: str = field(repr=False)
    folder: Path
    child: Child | None = None

    @abstractmethod
    def command(self) -> tuple[list[str], Mapping[str, str]]:
        """Its words and its environment."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it has subscribed."""

    def start(self) -> None:
        """Starts it (again) and returns once it has subscribed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(TABLE)
        argv, env = self.command()
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        self.child = Child(name=type(self).__name__, argv=argv, log=log, env=env, cwd=self.folder).start()
        self.child.wait_for(self.is_ready, seconds=READY_SECONDS)

    def stored(self) -> int:
        """How many messages it has."""
        with psycopg.connect(self.url) as conn:
            row = conn.execute("SELECT count(*) FROM plain_reading").fetchone()
        return int(row[0]) if row else 0

    def forget(self) -> None:
        """Empty the table of stored messages."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute("TRUNCATE plain_reading")

    def kill(self) -> None:
        """Kill the program with SIGKILL."""
        if self.child is not None:
            self.child.kill()


@dataclass(slots=True, kw_only=True)
class Script(Rival):
    """`plain_script.py`, as many a tutorial has it."""

    def command(self) -> tuple[list[str], Mapping[str, str]]:
        """As the words say."""
        env = {
            "DATABASE_URL": self.url,
            "MQTT_PORT": str(self.port),
            "MQTT_USER": INGEST_USER,
            "MQTT_PASSWORD": self.password,
        }
        return [sys.executable, "-u", str(Path(__file__).with_name("plain_script.py"))], env

    def is_ready(self) -> bool:
        """Return whether the script reports its subscription."""
        return self.child is not None and "subscribed" in self.child.tail()


@dataclass(slots=True, kw_only=True)
class NodeRed(Rival):
    """Node-RED itself with four nodes: mqtt in, json, function (INSERT by the module pg), catch."""

    http_port: int = field(default_factory=free_port)

    def command(self) -> tuple[list[str], Mapping[str, str]]:
        """Writes its flow and settings."""
        database = urlsplit(self.url)
        (self.folder / "flows.json").write_text(json.dumps(_flow(self.port)))
        (self.folder / "flows_cred.json").write_text(
            json.dumps({"broker": {"user": INGEST_USER, "password": self.password}})
        )
        (self.folder / "settings.js").write_text(
            _SETTINGS.format(port=self.http_port, folder=json.dumps(str(self.folder)))
        )
        if not (self.folder / "node_modules").exists():
            (self.folder / "node_modules").symlink_to(NODE_RED / "node_modules")
        (self.folder / "package.json").write_text('{"name": "city", "dependencies": {"pg": "*"}}')
        env = {
            "PGHOST": database.hostname or "",
            "PGPORT": str(database.port),
            "PGUSER": database.username or "",
            "PGPASSWORD": database.password or "",
            "PGDATABASE": database.path.strip("/"),
        }
        red = NODE_RED / "node_modules" / "node-red" / "red.js"
        return ["node", str(red), "--userDir", str(self.folder), "--settings", str(self.folder / "settings.js")], env

    def is_ready(self) -> bool:
        """Return whether Node-RED reports its connection to the broker."""
        return self.child is not None and "Connected to broker" in self.child.tail()


def fetch_node_red() -> None:
    """From npm into .run; raises `ServiceError` where npm has no registry."""
    if (NODE_RED / "node_modules" / "node-red").is_dir() and (NODE_RED / "node_modules" / "pg").is_dir():
        return
    NODE_RED.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    if npm is None:
        raise ServiceError("npm: not found")
    words = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "node-red@4", "pg@8"]
    done = subprocess.run(words, cwd=NODE_RED, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceError(f"npm: {done.stderr[-500:]}")


def _flow(port: int) -> list[dict[str, object]]:
    broker = {"clientid": "node-red", "protocolVersion": "4", "keepalive": "60", "cleansession": True, "usetls": False}
    broker |= {"broker": "127.0.0.1", "port": str(port), "autoConnect": True}
    topic = {"topic": "siaga/v1/+/+/up/readings", "qos": "1", "datatype": "auto-detect", "inputs": 0}
    insert: dict[str, object] = {"func": _FUNCTION, "finalize": ""}
    insert |= {"initialize": "context.set('pool', new pg.Pool({max: 10}));"}
    insert |= {"libs": [{"var": "pg", "module": "pg"}], "outputs": 1, "timeout": 0}
    log_line = {"active": True, "tosidebar": False, "console": True, "complete": "error", "targetType": "msg"}
    return [
        {"id": "tab", "type": "tab", "label": "gauges"},
        {"id": "broker", "type": "mqtt-broker", **broker},
        {"id": "in", "type": "mqtt in", "z": "tab", "broker": "broker", **topic, "wires": [["put"]]},
        {"id": "put", "type": "function", "z": "tab", **insert, "wires": [[]]},
        {"id": "catch", "type": "catch", "z": "tab", "scope": None, "uncaught": False, "wires": [["say"]]},
        {"id": "say", "type": "debug", "z": "tab", **log_line, "wires": []},
    ]


_FUNCTION = """
const m = msg.payload, r = m.readings[0];
await context.get('pool').query(
  'INSERT INTO plain_reading VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
  [m.id, m.node, r.gauge, r.measured_at, r.level_cm, JSON.stringify(m)]);
return msg;
"""

_SETTINGS = """
module.exports = {{ uiPort: {port}, uiHost: '127.0.0.1', userDir: {folder}, flowFile: 'flows.json',
  credentialSecret: false, functionExternalModules: true,
  externalModules: {{ autoInstall: false, palette: {{ allowInstall: false }}, modules: {{ allowInstall: false }} }},
  telemetry: {{ enabled: false, updateNotification: false }}, editorTheme: {{ tours: false }},
  logging: {{ console: {{ level: 'info', metrics: false, audit: false }} }} }};
"""
