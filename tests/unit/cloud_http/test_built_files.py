"""The built pages as they are served while an upgrade puts others in their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import Response

from siaga_cloud.pages import api as page
from siaga_cloud.platform.http.problem import Problem


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of built files, with one in it."""
    monkeypatch.setattr(page, "_BUILT", tmp_path)
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "index-old.js").write_text("old")
    (folder / "index-old.js.br").write_text("old, smaller")
    return folder


def test_files_added_by_an_upgrade_are_served_and_removed_ones_are_404(assets: Path) -> None:
    assert _body(page.get_asset("index-old.js")) == b"old"
    assert page.get_asset("index-old.js", "br").headers["content-encoding"] == "br"
    for one in list(assets.iterdir()):
        one.unlink()
    (assets / "index-new.js").write_text("new")

    assert _body(page.get_asset("index-new.js", "br")) == b"new"
    for accepted in ("", "br"):
        with pytest.raises(Problem) as refused:
            page.get_asset("index-old.js", accepted)
        assert refused.value.status == 404


@pytest.mark.parametrize(
    "name", ["../secret.js", "..%2fsecret.js", ".hidden.js", "a\x00.js", "a/b.js", "index-old", "é.js"]
)
def test_nothing_is_served_but_files_of_that_folder_by_their_name(assets: Path, name: str) -> None:
    (assets.parent / "secret.js").write_text("secret")
    (assets / ".hidden.js").write_text("hidden")
    with pytest.raises(Problem) as refused:
        page.get_asset(name)
    assert refused.value.status == 404


def _body(answer: Response) -> bytes:
    return bytes(answer.body)
