"""`siaga-edge status` tells what an outbox holds without disturbing its owner."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from siaga_core.wire.messages import Reading, SeqRange
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
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


def test_it_counts_what_was_numbered_and_what_waits(node_file: Path) -> None:
    budget = Budget(max_messages=100, max_bytes=1 << 20, min_free_bytes=0, keep_acked_seconds=3600)
    free = shutil.disk_usage(node_file.parent).free
    outbox = SqliteOutbox(node_file.parent, node="node-a", budget=budget, clock=lambda: NOW, free_bytes=lambda _: free)
    reading = Reading(gauge="manggarai", measured_at=NOW, level_cm=612.0)
    outbox.keep([of_readings("node-a", [reading]) for _ in range(3)])
    outbox.acknowledge(outbox.outbox_id, [SeqRange(first=1, last=2)])

    done = CliRunner().invoke(app, ["status", str(node_file), "--json"])

    outbox.close()
    told = json.loads(done.stdout)
    assert (told["sent"], told["waiting"], told["evicted"]) == (3, 1, 0)
    assert told["outbox_id"] == str(outbox.outbox_id)


def test_a_node_that_never_ran_is_told_apart_from_an_empty_one(node_file: Path) -> None:
    done = CliRunner().invoke(app, ["status", str(node_file)])
    assert done.exit_code == 1
    assert "outbox.sqlite: cannot be read" in done.stderr
