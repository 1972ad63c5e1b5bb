"""Images are pinned by digests, archives are complete, and bills of materials are the same for the same commit."""

from __future__ import annotations

import io
import json
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest
from tests.unit.packaging.compose_file import services
from tools.release import archives, bills, images, pins
from tools.release.archives import ArchiveError
from tools.release.version import Version

VERSION = Version("1.2.0", "1.2.0")
KNOWN = pins.pins(pins.FILE.read_text("utf-8"))


def test_every_image_of_others_has_a_digest_or_a_reason() -> None:
    theirs = {one["image"] for one in services().values() if not one["image"].startswith("siaga-")}
    assert set(KNOWN) == theirs | set(images.bases())
    assert len(images.bases()) == 3
    assert all(KNOWN[base].digest for base in images.bases()), "what ours are built on is fetched by its digest"
    assert KNOWN["nginx:1.26.3"].reference.startswith("nginx:1.26.3@sha256:")


@pytest.mark.parametrize(
    "entry", ['digest = "sha256:12"\nsource = "a b"', f'digest = "sha256:{"0" * 64}"', 'unknown = ""', ""]
)
def test_a_pin_without_a_digest_or_its_reason_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"x:1: (got|states)"):
        pins.pins(f'[images."x:1"]\n{entry}\n')


def archive(path: Path, blobs: list[bytes], *, layout: bool = True, lost: int | None = None) -> Path:
    """An OCI archive of an image with these layers; `lost`: one with other bytes than its name states."""
    names = [f"sha256:{sha256(one).hexdigest()}" for one in blobs]
    config = b"{}"
    manifest = json.dumps(
        {"config": {"digest": f"sha256:{sha256(config).hexdigest()}"}, "layers": [{"digest": name} for name in names]}
    ).encode()
    digest = f"sha256:{sha256(manifest).hexdigest()}"
    files = {"index.json": json.dumps({"manifests": [{"digest": digest}]}).encode()}
    files |= {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'} if layout else {}
    for name, content in [*zip(names, blobs, strict=True), (digest, manifest)]:
        files[f"blobs/{name.replace(':', '/')}"] = content
    files[f"blobs/sha256/{sha256(config).hexdigest()}"] = config
    if lost is not None:
        files[f"blobs/{names[lost].replace(':', '/')}"] = b"other"
    with tarfile.open(path, "w") as packed:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return path


def test_a_complete_archive_is_counted_and_a_damaged_one_refused(tmp_path: Path) -> None:
    assert archives.check(archive(tmp_path / "good.tar", [b"one", b"two"])) == 4
    with pytest.raises(ArchiveError, match="got content with the digest"):
        archives.check(archive(tmp_path / "damaged.tar", [b"one", b"two"], lost=1))
    with pytest.raises(ArchiveError, match="has no oci-layout"):
        archives.check(archive(tmp_path / "old.tar", [b"one"], layout=False))


def test_a_bill_depends_on_the_commit_alone() -> None:
    made = [
        {"serialNumber": f"urn:uuid:{n}", "metadata": {"timestamp": f"2026-01-0{n}"}, "components": [{"name": "x"}]}
        for n in (1, 2)
    ]
    first, second = (bills.reproducible(one, version=VERSION, epoch=0) for one in made)
    assert first == second
    assert first["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"
    assert first["metadata"]["component"]["version"] == "1.2.0"
    other = bills.reproducible({**made[0], "components": [{"name": "y"}]}, version=VERSION, epoch=0)
    assert other["serialNumber"] != first["serialNumber"]
    assert made[0]["serialNumber"] == "urn:uuid:1", "what was given is not changed"
