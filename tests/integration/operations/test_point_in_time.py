"""The database at a second before a bad delete, from the encrypted archive alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from benchmarks.restore_drill import point_in_time as drill
from benchmarks.restore_drill.archive import encrypted_archive

from siaga_sim.stack.postgres import Postgres, find_programs


def test_a_second_server_is_brought_to_a_second_before_a_bad_delete(tmp_path: Path) -> None:
    point = drill.point_in_time(tmp_path, log=print)
    assert point.deleted > 10
    assert (point.missing, point.later) == (0, 0)
    assert point.rows > 10
    assert point.plain_files == 0
    assert point.encrypted_files > 2


def test_a_base_backup_is_restored_into_an_empty_folder_only(tmp_path: Path) -> None:
    programs = find_programs()
    with encrypted_archive(programs) as archive, Postgres(folder=tmp_path / "primary") as server:
        with pytest.raises(subprocess.CalledProcessError):
            archive.restore_base(archive.folder / "nothing")
        archive.base_backup(server.dsn)
        with pytest.raises(subprocess.CalledProcessError):
            archive.restore_base(archive.path)
        archive.restore_base(archive.folder / "data")
        assert (archive.folder / "data" / "recovery.signal").exists()
        assert not list((archive.folder / "data").glob("*.tar"))
        (archived,) = archive.path.glob("base-*.tar.age")
        content = bytearray(archived.read_bytes())
        content[len(content) // 2] ^= 1
        archived.write_bytes(content)
        with pytest.raises(subprocess.CalledProcessError):
            archive.restore_base(archive.folder / "changed")
        assert not (archive.folder / "changed" / "recovery.signal").exists()
