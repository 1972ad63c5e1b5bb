"""Pictures as files named by their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from siaga_cloud.platform.media.folder import MediaFolder


def test_an_image_is_stored_once_under_its_hash(tmp_path: Path) -> None:
    folder = MediaFolder(tmp_path)
    sha256 = folder.persist(b"picture")
    assert sha256 == hashlib.sha256(b"picture").hexdigest()
    written = folder.path(sha256).stat()
    assert folder.persist(b"picture") == sha256
    assert folder.path(sha256).stat().st_ino == written.st_ino
    assert folder.read(sha256) == b"picture"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [sha256]


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "abc", ""])
def test_nothing_but_a_hash_leads_to_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="expected a sha256"):
        MediaFolder(tmp_path).path(name)
