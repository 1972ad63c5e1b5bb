"""Serves the basemap below `/basemap/`, in ranges, where no front door does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from fastapi.responses import FileResponse

from siaga_cloud.basemap.folder import INDEX, NO_BASEMAP
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(include_in_schema=False)

PMTILES: Final = "application/vnd.pmtiles"
FOREVER: Final = "public, max-age=31536000, immutable"  # the name of a file has the digest of the archive in it
INDEX_CACHING: Final = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
_FILE: Final = re.compile(r"[0-9a-f]{24}\.(?:phone\.)?pmtiles|[0-9a-f]{24}\.(?:places|roads)\.json")


@router.api_route("/basemap/index.json", methods=["GET", "HEAD"])
def get_index(parts: PartsOf) -> Response:
    """Names the files of the basemap; `file` is null where the city has none."""
    folder = parts.settings.basemap_folder
    body = NO_BASEMAP if folder is None else _read(folder / INDEX)
    return Response(body, media_type="application/json", headers={"Cache-Control": INDEX_CACHING})


@router.api_route("/basemap/{name}", methods=["GET", "HEAD"])
def get_file(parts: PartsOf, name: str, accepted: Annotated[str, Header(alias="accept-encoding")] = "") -> FileResponse:
    """A file of the basemap; a range of it where one is requested."""
    folder = parts.settings.basemap_folder
    if folder is None or not _FILE.fullmatch(name) or not (folder / name).is_file():
        raise Problem(
            404, "not-found", "Not Found", f"got {name[:60]!r}, expected a file that /basemap/index.json names"
        )
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if name.endswith(".json"):
        compressed = folder / f"{name}.gz"
        if "gzip" in accepted and compressed.is_file():
            return FileResponse(
                compressed, media_type="application/json", headers={**headers, "Content-Encoding": "gzip"}
            )
        return FileResponse(folder / name, media_type="application/json", headers=headers)
    return FileResponse(folder / name, media_type=PMTILES, headers=headers)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return NO_BASEMAP
