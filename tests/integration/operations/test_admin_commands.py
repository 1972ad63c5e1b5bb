"""`siaga-cloud admin` as a person runs it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from tests.support.admin.commands import run_admin
from tests.support.cloud_core import a_reading, readings_message
from tests.support.http_api import CITY

from siaga_cloud.fleet.store import blocks
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.messages import DeadLetter
from siaga_cloud.platform.db.connection import connect
from siaga_core.wire import codec, topics

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Runs `siaga-cloud admin ARGS`."""

    def command(*args: str, **more: str) -> subprocess.CompletedProcess[str]:
        own = {"SIAGA_DATABASE_URL": database_url, "SIAGA_MEDIA_DIR": str(tmp_path / "media"), **more}
        return run_admin(*args, environment=own)

    return command


def test_the_demo_city_can_be_imported_twice_without_change(run: Run, database_url: str) -> None:
    for _ in range(2):
        done = run("import", "city", str(CITY))
        assert done.returncode == 0, done.stderr
    assert "imported 318 areas, 0 waterways" in done.stdout
    assert "imported 19 gauges" in done.stdout
    with connect(database_url) as conn:
        counts = conn.execute(
            "SELECT (SELECT count(*) FROM area) AS areas, (SELECT count(*) FROM waterway) AS waterways,"
            " (SELECT count(*) FROM gauge) AS gauges, (SELECT count(*) FROM camera) AS cameras,"
            " (SELECT count(*) FROM agency_route) AS routes, (SELECT count(*) FROM app_user) AS users"
        ).fetchone()
        assert counts == {"areas": 318, "waterways": 12, "gauges": 19, "cameras": 6, "routes": 16, "users": 13}
        path = conn.execute("SELECT area_path('31.74.01.manggarai') AS path").fetchone()
        assert path == {"path": ["31.74.01.manggarai", "31.74.01", "31.74", "31"]}
        manggarai = conn.execute("SELECT area_id, s1_cm FROM gauge WHERE id = 'manggarai'").fetchone()
        assert manggarai == {"area_id": "31.74.01.manggarai", "s1_cm": 950}


def test_a_file_with_one_mistake_changes_nothing(run: Run, database_url: str, tmp_path: Path) -> None:
    bad = tmp_path / "users.toml"
    bad.write_text(
        '[[user]]\nid="good"\nname="Good"\nrole="admin"\n[[user]]\nid="lost"\nname="L"\nrole="area_head"\narea="x"\n'
    )
    done = run("import", "users", str(bad))
    assert done.returncode == 2
    assert done.stderr == (
        f"siaga-cloud admin: {bad}: user \"lost\" area: got 'x', expected the id of an imported area\n"
    )
    with connect(database_url) as conn:
        assert conn.execute("SELECT count(*) AS n FROM app_user").fetchone() == {"n": 0}


def test_a_real_area_file_is_mapped_by_options(run: Run, database_url: str, tmp_path: Path) -> None:
    square = [[[106.8, -6.2], [106.9, -6.2], [106.9, -6.1], [106.8, -6.2]]]
    feature = {
        "type": "Feature",
        "properties": {"kode": "31.71.01", "nama": "Gambir"},
        "geometry": {"type": "Polygon", "coordinates": square},
    }
    path = tmp_path / "kec.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    done = run("import", "areas", str(path))
    assert done.returncode == 2
    assert "feature 1: properties.code: got nothing" in done.stderr
    done = run("import", "areas", str(path), "--map", "code=kode", "--map", "name=nama", "--kind", "kecamatan")
    assert done.returncode == 0, done.stderr
    with connect(database_url) as conn:
        assert conn.execute("SELECT name, level, schematic FROM area").fetchone() == {
            "name": "Gambir",
            "level": "kecamatan",
            "schematic": False,
        }


def test_tokens_are_printed_once_listed_and_revoked_and_a_second_leaves_the_first(
    run: Run, database_url: str, tmp_path: Path
) -> None:
    users = tmp_path / "users.toml"
    users.write_text('[[user]]\nid="admin"\nname="Admin"\nrole="admin"\n')
    assert run("import", "users", str(users)).returncode == 0
    first, second = (
        run("token", "admin").stdout.strip(),
        run("token", "admin", "--name", "backup", "--days", "7").stdout,
    )
    assert len(first) >= 43
    listed = [line.split("\t") for line in run("token", "admin", "--list").stdout.splitlines()]
    assert [(line[1], line[5]) for line in listed] == [("all", "backup"), ("all", "command line")]
    with connect(database_url) as conn:
        rows = conn.execute("SELECT *, expires_at - made_at AS lasts FROM api_token ORDER BY made_at").fetchall()
    assert [row["secret_sha256"] for row in rows] == [
        hashlib.sha256(one.strip().encode()).digest() for one in (first, second)
    ]
    assert [row["lasts"].days for row in rows] == [90, 7]
    assert first not in str(rows)
    assert run("token", "admin", "--revoke", listed[0][0]).stdout == f"revoked {listed[0][0]} of admin\n"
    assert len(run("token", "admin", "--list").stdout.splitlines()) == 1
    assert "there is no token" in run("token", "admin", "--revoke", listed[0][0]).stderr
    assert "expected the identifier of a token or all" in run("token", "admin", "--revoke", "x").stderr
    assert run("token", "admin", "--revoke", "all").stdout == "revoked 1 tokens of admin\n"
    assert run("token", "admin", "--list").stdout == ""
    for words in (("nobody",), ("nobody", "--list"), ("nobody", "--revoke", "all")):
        nobody = run("token", *words)
        assert nobody.returncode == 2
        assert "user" in nobody.stderr


def test_an_empty_database_is_distinguished_from_a_missing_table(empty_database_url: str, tmp_path: Path) -> None:
    env = {**os.environ, "SIAGA_DATABASE_URL": empty_database_url}
    argv = [sys.executable, "-c", "from siaga_cloud.main import main; main()", "admin", "token", "x"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "run siaga-cloud migrate first" in done.stderr


def test_a_dead_letter_is_listed_and_can_be_replayed_once_its_cause_is_gone(run: Run, database_url: str) -> None:
    now, outbox_id = datetime.now(UTC), uuid4()
    with connect(database_url) as conn:
        conn.execute("INSERT INTO gauge (id, name, lat, lon, node_id) VALUES ('manggarai', '', -6.2, 106.8, 'node-a')")
    good = codec.encode(readings_message(a_reading(500, at=now), outbox_id=outbox_id, seq=1))
    topic = topics.up("node-a", topics.UpStream.READINGS)
    with connect(database_url) as conn:
        for seq, payload in enumerate((good, b"not json"), start=1):
            message = DeadLetter(
                node_id="node-a", topic=topic, payload=payload, reason="a bug of ours", outbox_id=outbox_id,
                seq=seq, received_at=now,
            )  # fmt: skip
            messages.bury(conn, [message])
        messages.add_to_ledger(
            conn, {("node-a", outbox_id): messages.Counts(highest_seq=2, received=2, dead=2)}, now=now
        )
    listed = run("dead-letters", "list")
    assert listed.returncode == 0, listed.stderr
    assert [line.split("\t")[3] for line in listed.stdout.splitlines()] == ["seq 1", "seq 2"]
    with connect(database_url) as conn:
        blocks.insert(conn, "node-a", reason="stolen", by="test", now=now)
    refused = run("dead-letters", "replay", "1")
    assert (refused.returncode, "its node is blocked" in refused.stdout) == (1, True)
    with connect(database_url) as conn:
        blocks.delete(conn, "node-a")
    done = run("dead-letters", "replay", "--all")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "1\treplayed"
    assert done.stderr.strip() == "1 replayed, 1 failed"
    with connect(database_url) as conn:
        ledger = conn.execute("SELECT received, stored, dead, missing FROM node_ledger").fetchone()
        assert ledger == {"received": 2, "stored": 1, "dead": 1, "missing": 0}
        assert conn.execute("SELECT level_cm FROM reading").fetchone() == {"level_cm": 500}
    assert len(run("dead-letters", "list").stdout.splitlines()) == 1
    assert "was replayed at" in run("dead-letters", "replay", "1").stdout
    assert run("dead-letters", "replay").returncode == 2
    unowned = codec.encode(readings_message(a_reading(400, at=now, gauge="g-new"), outbox_id=outbox_id, seq=3))
    with connect(database_url) as conn:
        new = DeadLetter(
            node_id="node-a", topic=topic, payload=unowned, reason="gauge g-new is not recorded by the city",
            outbox_id=outbox_id, seq=3, received_at=now,
        )  # fmt: skip
        messages.bury(conn, [new])
    assert run("dead-letters", "replay", "3").returncode == 1, "as ingest refuses it"
    assert run("dead-letters", "replay", "3", SIAGA_UNOWNED="accept").stdout.strip() == "3\treplayed"
    gone = DeadLetter(
        node_id=None, topic="feed/waze", payload=b"{}", reason="id: got nothing", outbox_id=None, seq=None,
        received_at=now, item_id="a",
    )  # fmt: skip
    with connect(database_url) as conn:
        messages.bury(conn, [gone])
    of_feed = run("dead-letters", "replay", "--feed", "waze")
    assert (of_feed.returncode, of_feed.stderr.strip()) == (1, "0 replayed, 1 failed")
    assert "\tfeed: got 'waze', expected one that is imported and enabled" in of_feed.stdout
