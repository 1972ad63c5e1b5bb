"""Builds the container images on pinned bases, and writes each as an OCI archive."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tools.release import archives, pins
from tools.release.commands import ROOT, run, text
from tools.release.parts import SkippedError
from tools.release.version import Version

# Image to its Dockerfile and target.
IMAGES = {
    "siaga-cloud": ("packaging/Dockerfile.cloud", "cloud"),
    "siaga-backup": ("packaging/Dockerfile.cloud", "backup"),
    "siaga-sim": ("packaging/Dockerfile.cloud", "sim"),
    "siaga-edge": ("packaging/Dockerfile.edge", None),
}
_LABEL = '{{index .Config.Labels "siaga.stand-in"}}'
PULL_SECONDS = 900


def bases() -> list[str]:
    """Return the images that ours are built on."""
    return pins.bases(ROOT / file for file, _ in IMAGES.values())


def stand_ins(images: Iterable[str]) -> list[str]:
    """Return which images `make compose-test` made from Debian under the names of others."""
    present = (image for image in images if text(["docker", "images", "--quiet", image]))
    return [image for image in present if text(["docker", "image", "inspect", "-f", _LABEL, image]) == "yes"]


def provide(images: Iterable[str]) -> list[str]:
    """Fetch images by digest under the names that the Dockerfiles use; return the digests that were not known."""
    known = pins.pins(pins.FILE.read_text("utf-8"))
    found = []
    for image in images:
        pin = known[image]
        _pull(pin.reference)
        if pin.digest:
            run(["docker", "tag", f"{image.partition(':')[0]}@{pin.digest}", image])
        else:
            digests = json.loads(text(["docker", "image", "inspect", "-f", "{{json .RepoDigests}}", image]))
            found.append(f"{image} is {', '.join(digests)}")
    return found


def build(source: Path, out: Path, version: Version, epoch: int, *, on_stand_ins: bool) -> str:
    """Build every image, and return what was written; raises `SkippedError` where that cannot be done."""
    if shutil.which("docker") is None or _fails(["docker", "info"]):
        raise SkippedError("no Docker Engine answers")
    made = stand_ins(bases())
    if made and not on_stand_ins:
        raise SkippedError(f"{', '.join(made)}: made by make compose-test; STAND_INS=1 builds on them, for a trial")
    learned = [] if made else provide(bases())
    suffix = "-on-stand-ins" if made else ""
    written = [_one(name, source, out, version, epoch, suffix) for name in IMAGES]
    platform = text(["docker", "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"])
    return "; ".join([f"{', '.join(written)} for {platform}", *learned])


def _one(name: str, source: Path, out: Path, version: Version, epoch: int, suffix: str) -> str:
    file, target = IMAGES[name]
    image = f"{name}:{version.tag}{suffix}"
    words = ["--file", file, *(["--target", target] if target else []), "--tag", image]
    run(["docker", "build", "--quiet", "--build-arg", f"SOURCE_DATE_EPOCH={epoch}", *words, "."], cwd=source)
    archive = out / f"{name}-{version.tag}{suffix}.oci.tar"
    run(["docker", "save", "--output", archive, image])
    archives.check(archive)
    return f"{archive.name} {archive.stat().st_size / 1e6:.0f} MB"


def _fails(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def _pull(reference: str) -> None:
    try:
        done = subprocess.run(["docker", "pull", "--quiet", reference],
                              capture_output=True, text=True, check=False, timeout=PULL_SECONDS)  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise SkippedError(f"{reference} could not be fetched within {PULL_SECONDS} s") from error
    if done.returncode:
        raise SkippedError(f"{reference} could not be fetched: {done.stderr.strip()[-200:]}")
