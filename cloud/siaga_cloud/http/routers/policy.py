"""What the city has decided about tasks: the policy, its templates, the teams."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from siaga_cloud.db import policy as db
from siaga_cloud.http.auth import Staff
from siaga_cloud.http.parts import PartsOf
from siaga_cloud.services import policy as policies
from siaga_cloud.services.policy_form import TemplateTable

router = APIRouter(tags=["policy"])


class PolicyForm(BaseModel):
    """The policy that decides, as it was imported. `number` null: the built-in one, which has no document."""

    number: Annotated[int | None, Field(examples=[3])]
    document: dict[str, Any] | None


class TeamForm(BaseModel):
    """Officers who are sent together."""

    id: Annotated[str, Field(examples=["sda-tebet"])]
    name: str
    agency_id: str
    area_id: str | None
    members: list[str]


@router.get("/policy", summary="The policy that decides (staff)")
def get_policy(parts: PartsOf, staff: Staff) -> PolicyForm:
    """Imported by `siaga-cloud admin import policy FILE`."""
    with parts.transaction(staff) as conn:
        document = policies.document(conn)
        number = policies.current(conn).id
    if document is not None:
        document.pop("target", None)  # addresses of people
    return PolicyForm(number=number, document=document)


@router.get("/task-templates", summary="What is to be done, by category")
def get_templates(parts: PartsOf, staff: Staff) -> list[TemplateTable]:
    """Texts and checklists in Indonesian and English."""
    with parts.transaction(staff) as conn:
        return list(policies.current(conn).templates)


@router.get("/teams", summary="Teams and their members (staff)")
def get_teams(
    parts: PartsOf, staff: Staff, agency: Annotated[str | None, Query(max_length=64)] = None
) -> list[TeamForm]:
    """Imported with the users."""
    wanted = agency if staff.agency_id is None else staff.agency_id
    with parts.transaction(staff) as conn:
        return [TeamForm.model_validate(one, from_attributes=True) for one in db.teams(conn, agency_id=wanted)]
