"""Finds the base images of the stack: pulled from a registry, else made from Debian under the same names."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.compose_test.commands import CheckError, run

STAND_INS = Path(__file__).with_name("stand_ins")
DEBIAN = "siaga-stand-in/debian:trixie-slim"
# A stand-in that was made by an earlier version of these files is made again.
LABEL, MADE_BY = "siaga.stand-in", "slim"
# What the slim images of the registry have not, either.
LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "var/cache", "var/lib/apt/lists")
# The names of docker-compose.yml and of the Dockerfiles, and the file that builds the stand-in.
IMAGES = {
    "python:3.11.13-slim-trixie": "python",
    "python:3.11.13-slim-bookworm": "python",
    "node:20.19.4-bookworm-slim": "node",
    "timescale/timescaledb:2.19.3-pg17-oss": "timescaledb",
    "eclipse-mosquitto:2.0.21": "mosquitto",
    "nginx:1.26.3": "nginx",
}
# Nothing stands in for these; where they cannot be pulled, their services are not started.
ONLY_PULLED = {"grafana": "grafana/grafana:12.4.11", "go2rtc": "alexxit/go2rtc:1.9.9"}
PULL_SECONDS = 120


def present(image: str) -> bool:
    """Return whether the engine has an image."""
    return bool(run(["docker", "images", "--quiet", image]).strip())


def pulled(image: str) -> bool:
    """Return whether an image could be fetched from its registry."""
    command = ["docker", "pull", "--quiet", image]
    try:
        return subprocess.run(command, capture_output=True, timeout=PULL_SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def provide() -> tuple[list[str], list[str]]:
    """Return the images that are stand-ins and the services that have no image; builds what is missing.

    One failed pull is taken for all: a machine without a registry would otherwise wait for each.
    """
    first = next(iter(IMAGES))
    has_registry = not _is_stand_in(first) and pulled(first)
    stand_ins = []
    for image, name in IMAGES.items():
        if has_registry and pulled(image):
            continue
        if not _is_stand_in(image):
            _build(image, name)
        stand_ins.append(image)
    return stand_ins, [service for service, image in ONLY_PULLED.items() if not (has_registry and pulled(image))]


def _is_stand_in(image: str) -> bool:
    if not present(image):
        return False
    label = f'{{{{index .Config.Labels "{LABEL}"}}}}'
    return run(["docker", "image", "inspect", "--format", label, image]).strip() == MADE_BY


def _build(image: str, name: str) -> None:
    if not present(DEBIAN):
        _build_debian()
    file = STAND_INS / f"{name}.Dockerfile"
    run(
        ["docker", "build", "--quiet", "--label", f"{LABEL}={MADE_BY}", "--file", str(file), "--tag", image, "."],
        cwd=STAND_INS,
        seconds=1800,
    )


def _build_debian() -> None:
    """Make the base of all by debootstrap, which needs root."""
    if shutil.which("debootstrap") is None:
        raise CheckError("debootstrap is missing: tools/compose_test/engine.sh installs it")
    with tempfile.TemporaryDirectory(prefix="siaga-debian-") as folder:
        root = Path(folder) / "root"
        run(["debootstrap", "--variant=minbase", "--include=ca-certificates", "trixie", str(root)], seconds=1800)
        # The authorities that this machine trusts, so that a build behind a city's proxy can fetch packages, too.
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", root / "etc/ssl/certs/ca-certificates.crt")
        _leave_out_documentation(root)
        archive = Path(folder) / "root.tar"
        run(["tar", "--directory", str(root), "--create", "--file", str(archive), "."], seconds=300)
        changes = [
            "ENV LANG=C.UTF-8",
            *(
                f"ENV {name}=/etc/ssl/certs/ca-certificates.crt"
                for name in ("PIP_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
            ),
        ]
        run(["docker", "import", *(f"--change={one}" for one in changes), str(archive), DEBIAN], seconds=300)


def _leave_out_documentation(root: Path) -> None:
    """Leave out, now and of packages installed later, what an image of a registry has not."""
    excluded = [f"path-exclude /{folder}/*" for folder in LEFT_OUT if folder.startswith("usr/")]
    (root / "etc/dpkg/dpkg.cfg.d/stand-in").write_text("\n".join(excluded) + "\n", "utf-8")
    for path in [one for folder in LEFT_OUT for one in (root / folder).rglob("*")]:
        if path.is_symlink() or not path.is_dir():
            path.unlink()
