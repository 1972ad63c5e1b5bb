"""What a clone holds works anywhere: no addresses of one machine, no package mirrors, no secrets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.architecture.source_tree import name_of, tracked_files

# Written in pieces, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a home or work folder of one machine": re.compile(r"(?<![\w.:/~-])/(?:work|home|Users|root|workspace)/[\w.-]+/"),
    "a package mirror": re.compile(r"--(?:extra-)?index-url|--trusted-host|\bindex-url\s*=|\[\[tool\.uv\.index\]\]"),
    "a lock file's registry address": re.compile(r"\"resolved\":\s*\"https?://(?!registry\.npmjs\.org/)"),
    "an address on a private network": re.compile(
        r"\bhttps?://(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+"
    ),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE " + "KEY-----"),
}
TEXT_ENDINGS = {
    *(".py", ".md", ".toml", ".txt", ".cfg", ".ini", ".sql", ".sh", ".json", ".yml", ".yaml", ".conf", ".html", ".css"),
    *(".js", ".ts", ".mjs", ".geojson", ".csv", ".lock", ""),
}


def texts() -> list[Path]:
    return [path for path in tracked_files() if path.suffix in TEXT_ENDINGS and path != Path(__file__)]


def complaints(text: str) -> list[str]:
    return [f"{what}: {found[0]}" for what, pattern in FORBIDDEN.items() for found in [pattern.search(text)] if found]


def test_no_tracked_file_names_one_machine_a_mirror_or_a_secret() -> None:
    found = {name_of(path): complaints(path.read_text(encoding="utf-8", errors="replace")) for path in texts()}
    assert len(found) > 50
    assert {name: message for name, message in found.items() if message} == {}


@pytest.mark.parametrize(
    "sin",
    [
        "see /home/" + "someone/project/x.py",
        "path = '/work/" + "main/models/x'",
        "pip install --index" + "-url https://mirror.example/simple",
        "--extra-index" + "-url=https://x",
        '"resolved": "https://' + 'mirror.example/left-pad.tgz"',
        "http://192.168" + ".1.20/",
        "-----BEGIN RSA PRIVATE " + "KEY-----",
    ],
)
def test_the_test_itself_sees_what_it_forbids(sin: str) -> None:
    assert complaints(sin)


@pytest.mark.parametrize(
    "fine",
    [
        "https://example.org/home/page/1",
        "~/" + "work/tree/x",
        "`docs/" + "work/notes/x`",
        "rtsp://127.0.0.1:8554/cam",
        '"resolved": "https://registry.npmjs.org/vite/-/vite-6.0.0.tgz"',
    ],
)
def test_and_leaves_the_rest_alone(fine: str) -> None:
    assert not complaints(fine)
