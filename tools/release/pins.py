"""Reads locks/images.toml, the digests of the images that others make."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.release.commands import ROOT

FILE = ROOT / "locks" / "images.toml"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Pin:
    """The digest of an image with its source, or the reason why it is not known."""

    image: str
    digest: str | None
    reason: str

    @property
    def reference(self) -> str:
        """What is fetched: the digest where it is known."""
        return f"{self.image}@{self.digest}" if self.digest else self.image


def pins(text: str) -> dict[str, Pin]:
    """Return the pin of each image; raises where one has neither a digest with its source nor a reason."""
    found = {}
    for image, entry in tomllib.loads(text)["images"].items():
        digest, reason = entry.get("digest"), entry.get("source" if "digest" in entry else "unknown", "")
        if digest is not None and not _DIGEST.fullmatch(digest):
            raise ValueError(f"{image}: got {digest!r}, expected sha256: and 64 digits")
        if len(reason.split()) < 2:
            raise ValueError(f"{image}: states neither a source nor why the digest is unknown")
        found[image] = Pin(image, digest, reason)
    return found


def bases(dockerfiles: Iterable[Path]) -> list[str]:
    """Return the images that Dockerfiles are built on, without their own stages."""
    named = (line.split()[1] for file in dockerfiles for line in file.read_text("utf-8").splitlines()
             if line.startswith("FROM "))  # fmt: skip
    return sorted({name for name in named if ":" in name})
