"""Serves the built front end (cloud/web) at every address of its router."""

from __future__ import annotations

import html
import re
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, Header, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from siaga_cloud.platform.http import error_map
from siaga_cloud.platform.http.caching import PAGE
from siaga_cloud.platform.http.parts import HttpSettings, PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(include_in_schema=False)

DEMO: Final = "/demo"  # only in a demo
ADDRESSES: Final = (
    "/", "/map", "/report", "/alerts", "/data", "/style", "/sign-in", "/account", "/incidents", "/r/{secret}",
    "/gauges/{rest:path}", "/incidents/{rest:path}", "/areas/{rest:path}", "/figures", "/figures/{rest:path}",
    "/officer", "/officer/{rest:path}", "/control", "/control/{rest:path}", "/heads", "/heads/{rest:path}", "/admin",
    "/admin/{rest:path}", "/pumps", DEMO,
)  # fmt: skip
"""Where pages stand (cloud/web/src/app.tsx); anything else is 404."""

_TYPES: Final = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_NAME: Final = re.compile(r"[\w-][\w.-]*", re.ASCII)
_FOREVER: Final = "public, max-age=31536000, immutable"  # the name of an asset has its digest in it
# The front page's headline waits for this: requested beside the scripts, not after them. A service worker that keeps
# the page is not told: it shows it at other addresses, too, where nobody takes the answer until it is old.
_FIRST_REQUESTED: Final = "</state/now.json>; rel=preload; as=fetch; crossorigin=anonymous"
_PAGE = Path(str(resources.files("siaga_cloud.pages")))
_BUILT = _PAGE / "built"
_NOT_BUILT = (
    "<!doctype html><title>Siaga</title><p>Halaman belum dibuat: <code>make web</code>. "
    "The pages are not built: <code>make web</code>. The data is at <code>/api/v1/</code>.</p>"
)


def get_page(
    parts: PartsOf, request: Request, wanted: Annotated[str, Header(alias="sec-fetch-dest")] = ""
) -> HTMLResponse:
    """The one document; the front end reads its address and shows what belongs there."""
    if request.url.path == DEMO and parts.settings.demo is None:
        raise Problem(404, "not-found", "Not Found")
    text = _document()
    if text is None:
        return HTMLResponse(_NOT_BUILT, status_code=503)
    # The address of a report is a secret, which no cache shall hold.
    headers = {"Cache-Control": "no-store" if "secret" in request.path_params else PAGE}
    if request.url.path == "/":
        headers["Vary"] = "Sec-Fetch-Dest"
        if wanted == "document":
            headers["Link"] = _FIRST_REQUESTED
    return HTMLResponse(_with_settings(text, parts.settings), headers=headers)


def _with_settings(document: str, settings: HttpSettings) -> str:
    demo = f"{settings.demo.river_speed:g}" if settings.demo else ""
    values = {"tile_url": settings.tile_url, "tile_attribution": settings.tile_attribution, "demo": demo}
    for name, value in values.items():
        document = document.replace(f"{{{{{name}}}}}", html.escape(value or "", quote=True))
    return document


def install(app: FastAPI) -> None:
    """Shows people a page where an address leads nowhere; programs receive the problem document."""
    app.add_exception_handler(HTTPException, _refuse)


async def _refuse(request: Request, error: Exception) -> Response:
    is_missing = isinstance(error, HTTPException) and error.status_code == 404
    text = _document() if is_missing and _is_navigation(request) else None
    if text is None:
        return await error_map.refuse(request, error)
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    return HTMLResponse(_with_settings(text, request.app.state.parts.settings), status_code=404, headers=headers)


def _is_navigation(request: Request) -> bool:
    """Whether it comes from the address bar or a link: browsers then accept HTML, and programs do not name it."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


for _address in ADDRESSES:
    router.add_api_route(_address, get_page, methods=["GET"])

Accepted = Annotated[str, Header(alias="accept-encoding")]


@router.get("/assets/{name}")
def get_asset(name: str, accepted: Accepted = "") -> Response:
    """The file is built and may be cached for ever."""
    return _file(_BUILT / "assets", name, accepted, _FOREVER)


@router.get("/static/{name}")
def get_static(name: str, accepted: Accepted = "") -> Response:
    """A file with a name that stays: icons, the style of pages without scripts."""
    return _file(_PAGE / "static", name, accepted, PAGE)


@router.get("/sw.js")
def get_service_worker(accepted: Accepted = "") -> Response:
    """Must stand at the root, to serve all pages."""
    return _file(_BUILT, "sw.js", accepted, PAGE)


@router.get("/manifest.webmanifest")
def get_manifest(accepted: Accepted = "") -> Response:
    """What makes the pages installable."""
    return _file(_BUILT, "manifest.webmanifest", accepted, PAGE)


def _document() -> str | None:
    try:
        return (_BUILT / "index.html").read_text("utf-8")
    except FileNotFoundError:
        return None


def _file(folder: Path, name: str, accepted: str, caching: str) -> Response:
    """Return a file by its name, never by a path; compressed as it was built, where the browser accepts that.

    The disk is read each time: an upgrade puts other files there while the server runs.
    """
    kind = _TYPES.get("." + name.rpartition(".")[2])
    if kind is None or not _NAME.fullmatch(name):
        raise _no_file(name)
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    for encoding, suffix in _ENCODINGS:
        if encoding in accepted and (body := _read(folder / (name + suffix))) is not None:
            return Response(body, media_type=kind, headers={**headers, "Content-Encoding": encoding})
    body = _read(folder / name)
    if body is None:
        raise _no_file(name)
    return Response(body, media_type=kind, headers=headers)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _no_file(name: str) -> Problem:
    return Problem(404, "not-found", "Not Found", f"got {name[:60]!r}")
