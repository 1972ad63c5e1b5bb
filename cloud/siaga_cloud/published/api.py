"""Serves the published state below `/state/` where no front door does: the same files with the same headers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response

from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.published import names
from siaga_cloud.published.on_demand import StateOnDemand
from siaga_cloud.published.stamp import CACHING

router = APIRouter(include_in_schema=False)

_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_TYPES: Final = {"json": "application/json", "html": "text/html; charset=utf-8"}


@router.api_route("/state/{name:path}", methods=["GET", "HEAD"])
def get_published_file(
    parts: PartsOf,
    name: str,
    accepted: Annotated[str, Header(alias="accept-encoding")] = "",
    known: Annotated[str, Header(alias="if-none-match")] = "",
) -> Response:
    """A file of the published state, compressed as the publisher wrote it where the client accepts that."""
    if not names.is_file(name):
        raise _no_file(name)
    body, encoding = _content(parts, name, accepted)
    if body is None:
        raise _no_file(name)
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"Cache-Control": CACHING, "ETag": tag, "Vary": "Accept-Encoding"}
    if encoding:
        headers["Content-Encoding"] = encoding
    if tag in _tags(known):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=_TYPES[name.rpartition(".")[2]], headers=headers)


def _content(parts: Parts, name: str, accepted: str) -> tuple[bytes | None, str]:
    folder = parts.settings.publish_folder
    if folder is None:
        with parts.transaction(None) as conn:
            return parts.of(StateOnDemand).file(conn, name), ""
    for encoding, suffix in _ENCODINGS:
        if encoding in accepted and (body := _read(folder / (name + suffix))) is not None:
            return body, encoding
    return _read(folder / name), ""


def _tags(known: str) -> list[str]:
    return [one.strip().removeprefix("W/") for one in known.split(",")]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _no_file(name: str) -> Problem:
    return Problem(404, "not-found", "Not Found", f"got {name[:60]!r}, expected a published file such as now.json")
