"""The units and scripts of backups do what docs/recovery.md says of them."""

from __future__ import annotations

import configparser
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.unit.packaging.compose_file import ROOT, services

FOLDER = ROOT / "packaging" / "backup"
WAL = "000000010000000000000007"


def unit(name: str) -> configparser.ConfigParser:
    """A unit of systemd; of repeated keys the last one."""
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string((FOLDER / name).read_text())
    return found


def run(script: str, *args: object, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs a script as the server or systemd does."""
    argv = [str(FOLDER / script), *map(str, args)]
    return subprocess.run(argv, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def new_key(path: Path) -> str:
    subprocess.run(["age-keygen", "-o", str(path)], check=True, capture_output=True)
    shown = subprocess.run(["age-keygen", "-y", str(path)], check=True, capture_output=True, text=True)
    return shown.stdout.strip()


@pytest.fixture
def archive(tmp_path: Path) -> dict[str, str]:
    """The settings of the scripts, with a key of their own."""
    (tmp_path / "archive").mkdir()
    return {
        "SIAGA_ARCHIVE": str(tmp_path / "archive"),
        "SIAGA_BACKUP_RECIPIENTS": new_key(tmp_path / "key"),
        "SIAGA_IDENTITY": str(tmp_path / "key"),
    }


@pytest.mark.parametrize("name", ["siaga-backup", "siaga-base-backup"])
def test_a_timer_starts_its_unit_and_catches_up_after_a_pause(name: str) -> None:
    timer = unit(f"{name}.timer")
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert unit(f"{name}.service")["Service"]["Type"] == "oneshot"


def test_the_unit_runs_services_of_the_compose_file_in_sequence() -> None:
    lines = (FOLDER / "siaga-backup.service").read_text().splitlines()
    started = [line.split()[-1] for line in lines if line.startswith("ExecStart=")]
    assert started == ["backup", "send-backup"]
    assert all(services()[name]["profiles"] == ["backup"] for name in started)


def test_wal_is_archived_encrypted_and_comes_back(archive: dict[str, str], tmp_path: Path) -> None:
    content = os.urandom(1_000_000)
    (tmp_path / WAL).write_bytes(content)
    assert run("siaga-archive-wal", tmp_path / WAL, WAL, environment=archive).returncode == 0
    (retained,) = Path(archive["SIAGA_ARCHIVE"]).iterdir()
    assert retained.name == f"{WAL}.age"
    assert content[:64] not in retained.read_bytes()
    assert run("siaga-restore-wal", WAL, tmp_path / "back", environment=archive).returncode == 0
    assert (tmp_path / "back").read_bytes() == content


def test_wal_is_never_written_over_and_a_failure_leaves_nothing(archive: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / WAL).write_bytes(b"first")
    assert run("siaga-archive-wal", tmp_path / WAL, WAL, environment=archive).returncode == 0
    (tmp_path / WAL).write_bytes(b"second")
    assert run("siaga-archive-wal", tmp_path / WAL, WAL, environment=archive).returncode != 0
    assert run("siaga-restore-wal", WAL, tmp_path / "back", environment=archive).returncode == 0
    assert (tmp_path / "back").read_bytes() == b"first"
    other = "000000010000000000000008"
    wrong = {**archive, "SIAGA_BACKUP_RECIPIENTS": "age1nonsense"}
    assert run("siaga-archive-wal", tmp_path / WAL, other, environment=wrong).returncode != 0
    assert not (Path(archive["SIAGA_ARCHIVE"]) / f"{other}.age").exists()


def test_the_end_of_the_archive_differs_from_a_failure(archive: dict[str, str], tmp_path: Path) -> None:
    """PostgreSQL ends the recovery at 1, and stops at more than 125: a wrong key must not look like the end."""
    assert run("siaga-restore-wal", WAL, tmp_path / "back", environment=archive).returncode == 1
    (tmp_path / WAL).write_bytes(b"wal")
    assert run("siaga-archive-wal", tmp_path / WAL, WAL, environment=archive).returncode == 0
    new_key(tmp_path / "stranger")
    stranger = {**archive, "SIAGA_IDENTITY": str(tmp_path / "stranger")}
    assert run("siaga-restore-wal", WAL, tmp_path / "back", environment=stranger).returncode == 255


def test_two_base_backups_remain_with_the_wal_since_the_older_one(archive: dict[str, str], tmp_path: Path) -> None:
    folder, programs = Path(archive["SIAGA_ARCHIVE"]), tmp_path / "bin"
    programs.mkdir()
    stand_in = programs / "pg_basebackup"
    stand_in.write_text('#!/bin/sh\necho data > "${1#--pgdata=}/base.tar"\n')
    stand_in.chmod(0o755)
    hours_ago = {f"0000000100000000000000{number:02}.age": past for number, past in enumerate((400, 300, 100))}
    hours_ago |= {"base-20260101T000000Z.tar.age": 390, "base-20260108T000000Z.tar.age": 200}
    for name, hours in hours_ago.items():
        (folder / name).write_bytes(b"")
        at = time.time() - hours * 3600
        os.utime(folder / name, (at, at))
    environment = {**archive, "PATH": f"{programs}:{os.environ['PATH']}"}
    done = run("siaga-base-backup", environment=environment)
    assert done.returncode == 0, done.stderr
    left = sorted(path.name for path in folder.iterdir())
    assert left[0] == "000000010000000000000002.age", "older WAL belongs to the base backup that was deleted"
    assert left[1] == "base-20260108T000000Z.tar.age"
    assert len(left) == 3
    assert (folder / left[2]).read_bytes().startswith(b"age-encryption.org/v1")
