"""Builds the images, and measures them: their sizes by layer, and how long a change of the sources takes."""

from __future__ import annotations

import time

from tools.compose_test.commands import CheckError, run
from tools.compose_test.stack import Stack

# Each image with a service that is built into it.
BUILDERS = {
    "siaga-cloud": "first-start",
    "siaga-api": "api",
    "siaga-worker": "worker-1",
    "siaga-backup": "backup",
    "siaga-sim": "sim",
    "siaga-edge": "edge",
}
MOST_MB = {"siaga-cloud": 350, "siaga-edge": 600}
MOST_REBUILD_SECONDS = 60.0
_CHANGED = "core/siaga_core/wire/topics.py"


def build(stack: Stack) -> str:
    """Build the images of every target."""
    stack.compose("--profile", "*", "build", "--quiet", *BUILDERS.values(), seconds=3600)
    return f"{len(BUILDERS)} images"


def sizes(stack: Stack) -> str:
    """Return the size of each image in megabytes; raises where one is larger than wanted."""
    found = {name: size_of(f"{name}:{stack.version}") for name in BUILDERS}
    large = [f"{name} has {found[name]:.0f} MB, wanted {most}" for name, most in MOST_MB.items() if found[name] > most]
    if large:
        raise CheckError("; ".join(large))
    return ", ".join(f"{name} {size:.0f} MB" for name, size in found.items())


def rebuild(stack: Stack) -> str:
    """Change a module of core, and return how long all images take then; the change is taken back."""
    path = stack.folder / _CHANGED
    text = path.read_text("utf-8")
    path.write_text(f"{text}\n# changed at {time.time_ns()}\n", "utf-8")
    began = time.monotonic()
    try:
        stack.compose("--profile", "*", "build", "--quiet", *BUILDERS.values(), seconds=3600)
        seconds = time.monotonic() - began
    finally:
        path.write_text(text, "utf-8")
    build(stack)
    if seconds > MOST_REBUILD_SECONDS:
        raise CheckError(f"{seconds:.0f} s after a change in core, wanted {MOST_REBUILD_SECONDS:.0f}")
    return f"all {len(BUILDERS)} images in {seconds:.0f} s after a change in {_CHANGED}"


def size_of(image: str) -> float:
    """Return the size of an image in megabytes, with its base."""
    return int(run(["docker", "image", "inspect", "--format", "{{.Size}}", image])) / 1e6


def layers_of(image: str) -> list[tuple[float, str]]:
    """Return the size of each layer in megabytes with the instruction that made it, the base's first."""
    words = ["docker", "history", "--no-trunc", "--human=false", "--format", "{{.Size}}\t{{.CreatedBy}}", image]
    rows = [line.split("\t", 1) for line in run(words).splitlines()]
    return [(int(size) / 1e6, made[:110]) for size, made in reversed(rows) if int(size) > 0]
