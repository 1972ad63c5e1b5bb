"""Serves the page of all APIs and the widgets that other pages may frame; they are static files without foreign
scripts.
"""

from __future__ import annotations

from importlib import resources
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import HTMLResponse

from siaga_cloud.pages import api_page
from siaga_cloud.platform.http.caching import PAGE
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.security import content_security_policy
from siaga_cloud.platform.language import choose_language

router = APIRouter(include_in_schema=False)
_PAGE: Final = resources.files("siaga_cloud.pages")


@router.get("/api")
def get_api_page(
    parts: PartsOf,
    lang: Annotated[str | None, Query(max_length=20)] = None,
    accept_language: Annotated[str | None, Header(max_length=500)] = None,
) -> HTMLResponse:
    """In Indonesian or English."""
    language = choose_language(lang, accept_language)
    headers = {"Cache-Control": "no-cache", "Content-Language": language, "Vary": "Accept-Language"}
    return HTMLResponse(api_page.page(language, parts.settings.public_url), headers=headers)


@router.get("/embed/{widget}")
def get_widget(widget: Literal["map", "gauge", "area"]) -> HTMLResponse:
    """The only pages that others may frame. What they show is public, and they neither read nor store anything else."""
    text = (_PAGE / "embed.html").read_text("utf-8").replace("{{widget}}", widget)
    policy = content_security_policy(None, framed_by="*")
    headers = {"Cache-Control": PAGE, "Content-Security-Policy": policy, "Permissions-Policy": "geolocation=()"}
    return HTMLResponse(text, headers=headers)
