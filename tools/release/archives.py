"""Checks that an archive is a complete image in the layout of the Open Container Initiative."""

from __future__ import annotations

import json
import tarfile
from hashlib import file_digest
from pathlib import Path
from typing import Any


class ArchiveError(ValueError):
    """An archive is no complete OCI image."""


def check(path: Path) -> int:
    """Return how many blobs the images of an archive name; raises where one is missing or has another content."""
    with tarfile.open(path) as archive:
        if "oci-layout" not in archive.getnames():
            raise ArchiveError(f"{path.name} has no oci-layout: Docker Engine 25 or newer writes one")
        manifests = _json(archive, "index.json")["manifests"]
        if not manifests:
            raise ArchiveError(f"{path.name} has no image")
        checked = 0
        for one in manifests:
            _compare(archive, one)
            manifest = _json(archive, _blob(one["digest"]))
            named = [manifest["config"], *manifest["layers"]]
            for blob in named:
                _compare(archive, blob)
            checked += 1 + len(named)
    return checked


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _json(archive: tarfile.TarFile, name: str) -> dict[str, Any]:
    found = json.load(_file(archive, name))
    return dict(found)


def _file(archive: tarfile.TarFile, name: str) -> Any:
    try:
        file = archive.extractfile(name)
    except KeyError as error:
        raise ArchiveError(f"{name} is missing") from error
    if file is None:
        raise ArchiveError(f"{name} is no file")
    return file


def _compare(archive: tarfile.TarFile, blob: dict[str, Any]) -> None:
    digest = file_digest(_file(archive, _blob(blob["digest"])), "sha256").hexdigest()
    if f"sha256:{digest}" != blob["digest"]:
        raise ArchiveError(f"{blob['digest']}: got content with the digest {digest}")
