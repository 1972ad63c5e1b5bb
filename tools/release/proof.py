"""`make release-proof`: builds a release twice, signs, verifies and falsifies it, and installs its wheel.

The images are left out of the second build: the same commit does not give the same bytes of them (docs/releasing.md).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.release import checksums, signatures
from tools.release.commands import ROOT, CommandError, run
from tools.release.packages import BIN

PROOF = ROOT / ".run" / "release-proof"
IDENTITY = "releaser@siaga.example"
_INSTALLED = """
from importlib.metadata import version
from importlib.resources import files
import siaga_cloud, siaga_core, siaga_edge, siaga_sim
assert (files(siaga_cloud) / "pages" / "built" / "index.html").is_file(), "pages"
assert any((files(siaga_core) / "weights").glob("*.onnx")), "weights"
print(version("siaga"))
"""


class ProofError(AssertionError):
    """Something that must hold does not."""


def build(out: Path, key: Path, *, skip: str) -> None:
    """Build a release by its own command."""
    variables = {**os.environ, "OUT": str(out), "KEY": str(key), "SKIP": skip}
    done = subprocess.run([sys.executable, "-m", "tools.release"], cwd=ROOT, env=variables, check=False)
    if done.returncode:
        raise ProofError(f"make release SKIP={skip}: exit code {done.returncode}")


def new_key(folder: Path, name: str) -> Path:
    """Return a new Ed25519 key."""
    key = folder / name
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key])
    return key


def refuses(folder: Path, signers: Path, what: str) -> None:
    """Raise where a signature is accepted that must not be."""
    try:
        signatures.verify(folder, signers, IDENTITY)
    except CommandError:
        print(f"ok    refused: {what}")
        return
    raise ProofError(f"accepted: {what}")


def falsify(folder: Path, signers: Path) -> None:
    """Change one byte of each file in turn, and of the list of digests: each must be noticed."""
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        refuses(folder, signers, f"one bit of {path.name}")
        path.write_bytes(content)
    signatures.verify(folder, signers, IDENTITY)


def install(folder: Path, work: Path) -> str:
    """Install the wheel without its dependencies into a new environment, and return the version that it then has."""
    (wheel,) = folder.glob("siaga-*.whl")
    run([BIN / "uv", "venv", "--quiet", "--python", BIN / "python", work / "env"])
    python = work / "env" / "bin" / "python"
    run([BIN / "uv", "pip", "install", "--quiet", "--no-deps", "--python", python, wheel])
    return run([python, "-c", _INSTALLED], cwd=work).decode().strip()


def main() -> None:
    """Raise `ProofError` where something does not hold."""
    first, second = PROOF / "first", PROOF / "second"
    with tempfile.TemporaryDirectory(prefix="siaga-release-") as name:
        work = Path(name)
        key, stranger = new_key(work, "releaser"), new_key(work, "stranger")
        build(first, key, skip="images")
        build(second, key, skip="images")
        found = checksums.digests(first)
        if different := checksums.differences(found, checksums.digests(second)):
            raise ProofError(f"two builds of one commit differ in {', '.join(different)}")
        print(f"ok    two builds of one commit have the same {len(found)} files, byte by byte")
        signers = work / "allowed_signers"
        signers.write_text(signatures.allowed_signers(key.with_suffix(".pub").read_text(), IDENTITY))
        signatures.verify(first, signers, IDENTITY)
        print("ok    the signature and every digest are verified by the documented commands")
        falsify(first, signers)
        signers.write_text(signatures.allowed_signers(stranger.with_suffix(".pub").read_text(), IDENTITY))
        refuses(first, signers, "the signature of another key")
        print(f"ok    the wheel is installed with pages and weights: siaga {install(first, work)}")


if __name__ == "__main__":
    os.umask(0o022)
    try:
        main()
    except (ProofError, CommandError) as error:
        sys.exit(f"FAIL  {error}")
