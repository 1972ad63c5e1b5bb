"""`siaga-edge status` tells what an outbox holds without disturbing its owner."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from siaga_core.wire.messages import Reading, SeqRange
from siaga_edge.adapters.sqlite_outbox import FILE_NAME, SqliteOutbox
from siaga_edge.main import app
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import of_readings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def node_file(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(
        f'[node]\nname = "node-a"\ndata_dir = "{tmp_path}"\n[broker]\nhost = "127.0.0.1"\nport = 1883\n'
        '[[gauge]]\nid = "manggarai"\nplace = { lat = -6.2, lon = 106.8 }\nlimits = { s3_cm = 750 }\n'
        'source = { kind = "modbus_tcp", host = "127.0.0.1", port = 5020 }\n'
    )
    return path


def an_outbox(folder: Path) -> SqliteOutbox:
    """Three messages, of which the cloud has two."""
    budget = Budget(max_messages=100, max_bytes=1 << 20, min_free_bytes=0, retain_acked_seconds=3600)
    free = shutil.disk_usage(folder).free
    outbox = SqliteOutbox(folder, node="node-a", budget=budget, clock=lambda: NOW, free_bytes=lambda _: free)
    reading = Reading(gauge="manggarai", measured_at=NOW, level_cm=612.0)
    outbox.save([of_readings("node-a", [reading]) for _ in range(3)])
    outbox.acknowledge(outbox.outbox_id, [SeqRange(first=1, last=2)])
    return outbox


def change(folder: Path, script: str) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.executescript(script)


def test_it_counts_what_was_numbered_and_what_waits(node_file: Path) -> None:
    outbox = an_outbox(node_file.parent)

    done = CliRunner().invoke(app, ["status", str(node_file), "--json"])

    outbox.close()
    reported = json.loads(done.stdout)
    assert (reported["sent"], reported["waiting"], reported["evicted"]) == (3, 1, 0)
    assert reported["outbox_id"] == str(outbox.outbox_id)


def test_the_outbox_of_an_agent_of_before_is_read_as_that_agent_meant_it(node_file: Path) -> None:
    an_outbox(node_file.parent).close()
    change(node_file.parent, "delete from message where seq <= 2; drop table waiting; drop table acked")
    done = CliRunner().invoke(app, ["status", str(node_file), "--json"])
    assert (json.loads(done.stdout)["sent"], json.loads(done.stdout)["waiting"]) == (3, 1)


def test_the_outbox_of_a_newer_agent_is_reported_as_such(node_file: Path) -> None:
    an_outbox(node_file.parent).close()
    change(node_file.parent, "update fact set layout = 2")
    done = CliRunner().invoke(app, ["status", str(node_file)])
    assert done.exit_code == 1
    assert "got layout 2, expected layout 1; use the siaga-edge version that wrote it" in done.stderr


def test_a_node_that_never_ran_is_distinguished_from_an_empty_one(node_file: Path) -> None:
    done = CliRunner().invoke(app, ["status", str(node_file)])
    assert done.exit_code == 1
    assert "outbox.sqlite: is not there: the agent has not run yet" in done.stderr
