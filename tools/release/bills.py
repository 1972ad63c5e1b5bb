"""Writes bills of materials (CycloneDX) that are the same for the same commit."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tools.release.commands import ROOT, run
from tools.release.version import Version

MADE = ROOT / ".run" / "sbom"
NAMES = ("cloud", "edge", "sim", "pages")


def reproducible(bill: dict[str, Any], *, version: Version, epoch: int) -> dict[str, Any]:
    """Return a bill with the version and the time of the commit, and a serial number that follows from its content."""
    wanted = json.loads(json.dumps(bill))
    metadata = wanted.setdefault("metadata", {})
    metadata["timestamp"] = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    metadata.setdefault("component", {"type": "application", "name": "siaga"})["version"] = version.name
    wanted.pop("serialNumber", None)
    wanted["serialNumber"] = f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(wanted, sort_keys=True))}"
    return dict(wanted)


def write(out: Path, version: Version, epoch: int) -> list[Path]:
    """Write the bill of each set of packages, and return the files; raises where one lists nothing."""
    run(["tools/sbom.sh"], env=dict(os.environ))
    files = []
    for name in NAMES:
        bill = json.loads((MADE / f"{name}.json").read_text("utf-8"))
        if not bill.get("components"):
            raise ValueError(f"the bill of {name} lists no component")
        files.append(out / f"siaga-{name}-{version.name}.cdx.json")
        text = json.dumps(reproducible(bill, version=version, epoch=epoch), indent=1, sort_keys=True)
        files[-1].write_text(text + "\n", "utf-8")
    return files
