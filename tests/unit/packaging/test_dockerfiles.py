"""The Dockerfiles, read (`make compose-test` builds them): what they copy is there, and nobody runs as root."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path

import pytest
from tests.unit.packaging.compose_file import ROOT

from siaga_cloud.media import redactor
from siaga_core.vision.manifest import default_manifest

DOCKERFILES = sorted((ROOT / "packaging").glob("Dockerfile.*"))
FINAL: dict[str, list[str | None]] = {
    "Dockerfile.cloud": ["cloud", "sim", "backup", "api", "worker"],
    "Dockerfile.edge": [None],
}


def lines(text: str) -> list[str]:
    """Instructions, one a line, without comments."""
    joined = re.sub(r"\\\n", " ", "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")))
    return [line.strip() for line in joined.splitlines() if line.strip()]


def stages(text: str) -> dict[str | None, list[str]]:
    """Instructions of each stage by its name; the last one may have none."""
    found: dict[str | None, list[str]] = {}
    name: str | None = None
    for line in lines(text):
        if line.startswith("FROM "):
            name = line.partition(" AS ")[2] or None
            found[name] = []
        found.setdefault(name, []).append(line)
    return found


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_it_has_stages_with_versions_and_its_last_ones_are_not_roots(path: Path) -> None:
    every = stages(path.read_text("utf-8"))
    assert len(every) >= 2, "what builds is not what runs"
    for name, held in every.items():
        base = held[0].split()[1]
        assert base in every or re.search(r":\d+\.\d+", base), f"stage {name} is built on {base}"
    for name in FINAL[path.name]:
        held = every[name]
        if held[0] in ("FROM cloud AS api", "FROM api AS worker"):
            assert {line.split()[0] for line in held} == {"FROM", "COPY"}, "only layers more than the cloud"
            continue
        users = [line for line in held if line.startswith("USER ")]
        assert users[-1] == "USER 10001:10001", "Kubernetes refuses a name"
        if name == "backup":
            assert held[0] == "FROM cloud AS backup"
            continue
        assert len(users) == 1
        assert any(line.startswith("ENTRYPOINT [") for line in held), "so that signals reach the program"
        assert not any("apt-get" in line or "pip install" in line for line in held)
        assert any(re.match(r"COPY --link --from=\S+ /opt/siaga /opt/siaga", line) for line in held)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_what_it_copies_is_there_and_is_sent_to_the_builder(path: Path) -> None:
    every = stages(path.read_text("utf-8"))
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for line in (line for held in every.values() for line in held if line.startswith("COPY ")):
        words = [word for word in line.split()[1:] if word != "--link"]
        if words[0].startswith("--from="):
            assert words[0].removeprefix("--from=") in every
            continue
        for source in words[:-1]:
            assert (ROOT / source).exists(), f"{path.name} copies {source}"
            assert any(source == one or fnmatch(source, f"{one}/*") for one in sent), f"{source} is not sent"


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_it_installs_locks_that_are_there(path: Path) -> None:
    wanted = re.findall(r"--requirement (locks/[a-z]+\.txt)", path.read_text("utf-8"))
    assert "locks/build.txt" in wanted
    assert len(set(wanted)) >= 2
    assert [one for one in wanted if not (ROOT / one).is_file()] == []


def test_the_page_of_the_pages_lies_where_the_program_looks() -> None:
    from siaga_cloud.pages import api as page

    text = (ROOT / "packaging" / "Dockerfile.cloud").read_text("utf-8")
    target = re.search(r"^COPY --link --from=pages \S+/(\w+) /opt/program/(siaga_cloud/\w+)/built$", text, re.MULTILINE)
    assert target is not None
    assert (ROOT / "cloud" / target[2]).is_dir()
    assert (target[1], Path(page.__file__).parent.name) == ("built", target[2].partition("/")[2])
    assert "built" in str(vars(page))


def test_the_cloud_brings_the_detector_that_redacts_photos() -> None:
    text = (ROOT / "packaging" / "Dockerfile.cloud").read_text("utf-8")
    copied = re.search(
        r"^COPY --link (models/weights/\S+) (models/weights/\S+) /opt/program/siaga_core/weights/$", text, re.MULTILINE
    )
    assert copied is not None
    manifest, weights = (ROOT / copied[1], ROOT / copied[2])
    rows = tomllib.loads(manifest.read_text("utf-8"))
    assert rows[redactor.MODEL]["file"] == weights.name
    assert sha256(weights.read_bytes()).hexdigest() == rows[redactor.MODEL]["sha256"]
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    assert built["targets"]["wheel"]["force-include"] == {"models/weights": "siaga_core/weights"}
    assert default_manifest() == manifest
