"""The first page and the files it is made of."""

from __future__ import annotations

import html
from importlib import resources
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from siaga_cloud.http.parts import PartsOf
from siaga_cloud.http.problem import Problem

router = APIRouter(include_in_schema=False)

_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_PAGE = resources.files("siaga_cloud.page")


@router.get("/")
def get_page(parts: PartsOf) -> HTMLResponse:
    """The map, the gauges, the incidents, the tasks."""
    return _html(parts.settings.tile_url)


@router.get("/r/{secret}")
def get_follow_page(parts: PartsOf, secret: str) -> HTMLResponse:
    """The same page, opened on a citizen's own report; the page reads the secret from its address."""
    del secret
    return _html(parts.settings.tile_url)


@router.get("/static/{name}")
def get_static(name: str) -> Response:
    """A file of the page; only names that are there, never a path."""
    found = {file.name: file for file in _PAGE.iterdir() if file.name.endswith(tuple(_TYPES))}
    if name not in found:
        raise Problem(404, "not-found", "Not Found", f"got {name[:60]!r}")
    kind = _TYPES["." + name.rpartition(".")[2]]
    return Response(found[name].read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"})


def _html(tile_url: str | None) -> HTMLResponse:
    text = (_PAGE / "index.html").read_text("utf-8").replace("{{tile_url}}", html.escape(tile_url or "", quote=True))
    return HTMLResponse(text, headers={"Cache-Control": "no-cache"})
