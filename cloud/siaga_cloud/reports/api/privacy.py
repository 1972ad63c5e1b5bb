"""Serves the privacy statement that is shown before a report is sent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.language import choose_language
from siaga_cloud.reports.service import privacy

router = APIRouter(tags=["reports"])


class PrivacyStatement(ResponseModel):
    """States what is stored of a reporter, for how long, who sees it and what the reporter may demand."""

    version: str
    contacts_retention_days: int
    photos_retention_days: int
    paragraphs: list[str]


@router.get("/privacy", summary="What is stored of a reporter, and for how long")
def get_privacy_statement(
    parts: PartsOf, request: Request, response: Response, lang: Annotated[str | None, Query(max_length=20)] = None
) -> PrivacyStatement:
    """Send `version` as `privacy_version` with a report whose form shows the statement."""
    language = choose_language(lang, request.headers.get("accept-language"))
    contacts, photos = parts.settings.contacts_retention_days, parts.settings.photos_retention_days
    found = privacy.statement(language, contacts_days=contacts, photos_days=photos)
    response.headers["Content-Language"] = language
    return PrivacyStatement(
        version=found.version,
        contacts_retention_days=contacts,
        photos_retention_days=photos,
        paragraphs=list(found.paragraphs),
    )
