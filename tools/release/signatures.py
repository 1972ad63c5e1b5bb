"""Signs SHA256SUMS with the key of the releaser, and verifies it, by ssh-keygen (docs/releasing.md).

OpenSSH is on every machine that can clone a repository, its signatures of Ed25519 keys are reproducible, and the key
can be in an agent or a hardware token: then KEY names the public half.
"""

from __future__ import annotations

from pathlib import Path

from tools.release.checksums import NAME
from tools.release.commands import run

NAMESPACE = "siaga-release"


def sign(folder: Path, key: Path) -> Path:
    """Write SHA256SUMS.sig, and return its path."""
    signature = folder / f"{NAME}.sig"
    signature.unlink(missing_ok=True)
    run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", NAMESPACE, folder / NAME])
    return signature


def allowed_signers(public_key: str, identity: str) -> str:
    """Return the line of an allowed_signers file for the key of a releaser."""
    kind, blob = public_key.split()[:2]
    return f'{identity} namespaces="{NAMESPACE}" {kind} {blob}\n'


def verify(folder: Path, signers: Path, identity: str) -> None:
    """Raise where the signature is not of the identity, or a file not as it was signed; by the documented commands."""
    words: list[str | Path] = ["-f", signers, "-I", identity, "-n", NAMESPACE, "-s", folder / f"{NAME}.sig"]
    run(["ssh-keygen", "-Y", "verify", *words], stdin=(folder / NAME).read_bytes())
    run(["sha256sum", "--check", "--strict", "--quiet", NAME], cwd=folder)
