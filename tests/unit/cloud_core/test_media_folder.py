"""Pictures as files named by their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from siaga_cloud.media import MediaFolder
from siaga_cloud.services import reliability


def test_a_picture_is_kept_once_under_its_hash(tmp_path: Path) -> None:
    folder = MediaFolder(tmp_path)
    sha256 = folder.keep(b"picture")
    assert sha256 == hashlib.sha256(b"picture").hexdigest()
    written = folder.path(sha256).stat()
    assert folder.keep(b"picture") == sha256
    assert folder.path(sha256).stat().st_ino == written.st_ino
    assert folder.read(sha256) == b"picture"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [sha256]


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "abc", ""])
def test_nothing_but_a_hash_leads_to_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="expected a sha256"):
        MediaFolder(tmp_path).path(name)


def test_a_source_starts_with_its_kinds_reputation_and_earns_its_own() -> None:
    keys = ["camera:new", "camera:good", "camera:bad", "drone:odd"]
    believed = reliability.of_sources(keys, {"camera:good": (90, 0), "camera:bad": (0, 90)})
    assert believed["camera:new"] == pytest.approx(0.75)
    assert believed["camera:good"] == pytest.approx(0.975)
    assert believed["camera:bad"] == pytest.approx(0.075)
    assert believed["drone:odd"] == 0
