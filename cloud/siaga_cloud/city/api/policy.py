"""Serves what the city has decided about tasks: the policy, its templates and the teams."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.service import policy_changes as changes
from siaga_cloud.city.service.policy_changes import PolicyPreview
from siaga_cloud.city.service.policy_file import Category, PolicyFile, Severity, TemplateTable
from siaga_cloud.city.store import policy as db
from siaga_cloud.city.store.policy import PolicyVersion
from siaga_cloud.people.auth import Admin, Staff
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import refusals
from siaga_cloud.platform.http.versions import IfMatch, require_version

router = APIRouter(tags=["policy"])


class Policy(BaseModel):
    """Describes the policy in force as it was imported. `number` is null for the built-in one, which has no
    document."""

    number: Annotated[int | None, Field(examples=[3])]
    document: dict[str, Any] | None


class OfficerTeam(BaseModel):
    """Describes officers who are assigned together."""

    id: Annotated[str, Field(examples=["sda-tebet"])]
    name: str
    agency_id: str
    area_id: str | None
    members: list[str]


@router.get("/policy", summary="The policy that decides (staff)")
def get_policy(parts: PartsOf, staff: Staff) -> Policy:
    """Imported by `siaga-cloud admin import policy FILE`."""
    with parts.transaction(staff) as conn:
        document = policies.document(conn)
        number = policies.current(conn).id
    if document is not None:
        document.pop("target", None)  # addresses of people
    return Policy(number=number, document=document)


@router.get("/task-templates", summary="What is to be done, by category")
def list_task_templates(parts: PartsOf, staff: Staff) -> list[TemplateTable]:
    """Texts and checklists in Indonesian and English."""
    with parts.transaction(staff) as conn:
        return list(policies.current(conn).templates)


@router.get("/teams", summary="Teams and their members (staff)")
def list_teams(
    parts: PartsOf, staff: Staff, agency: Annotated[str | None, Query(max_length=64)] = None
) -> list[OfficerTeam]:
    """Imported with the users."""
    wanted = agency if staff.agency_id is None else staff.agency_id
    with parts.transaction(staff) as conn:
        return [OfficerTeam.model_validate(one, from_attributes=True) for one in db.teams(conn, agency_id=wanted)]


class PolicyDraft(ResponseModel):
    """Holds the policy in force, written out for editing. Personal addresses (`target`) are left out and stay
    unchanged.
    """

    version: Annotated[str, Field(description="for If-Match; 0: the built-in policy")]
    document: PolicyFile
    used_at: datetime | None
    history: Annotated[list[PolicyVersion], Field(description="the newest first")]


class PolicyPreviewCreate(BaseModel):
    """Describes a hypothetical incident and the policy to evaluate it with."""

    document: PolicyFile
    category: Category
    severity: Severity
    confidence: Annotated[float, Field(ge=0, le=1)]
    at: Moment


@router.get("/policy/draft", summary="The policy that decides, to be changed (admin)")
def get_policy_draft(parts: PartsOf, admin: Admin) -> PolicyDraft:
    """Also where none was imported: then the built-in one, as it would be written."""
    with parts.transaction(admin) as conn:
        return _draft(changes.draft(conn))


@router.put(
    "/policy",
    summary="Change the policy (admin)",
    responses=refusals("value_error", "agency_unknown", "invalid_proof_policy"),
)
def update_policy(parts: PartsOf, admin: Admin, form: PolicyFile, if_match: IfMatch = None) -> PolicyDraft:
    """It decides from now on; tasks that are under way retain the deadlines that they were made under."""
    with parts.transaction(admin) as conn:
        changes.lock(conn)
        require_version(if_match, changes.draft(conn).version)
        changes.change(conn, form, by=admin.id, now=datetime.now(UTC))
        return _draft(changes.draft(conn))


@router.post("/policy/versions/{number}/restore", summary="Go back to an earlier policy (admin)")
def restore_policy_version(
    parts: PartsOf, admin: Admin, number: Annotated[int, Path(ge=1, le=2**31 - 1)], if_match: IfMatch = None
) -> PolicyDraft:
    """It decides from now on, under its own number."""
    with parts.transaction(admin) as conn:
        changes.lock(conn)
        require_version(if_match, changes.draft(conn).version)
        changes.restore_version(conn, number, by=admin.id, now=datetime.now(UTC))
        return _draft(changes.draft(conn))


@router.post(
    "/policy/preview",
    summary="What a policy would decide (admin)",
    responses=refusals("value_error", "agency_unknown", "invalid_proof_policy"),
)
def preview_policy(admin: Admin, form: PolicyPreviewCreate) -> PolicyPreview:
    """Nothing is stored: for trying a change before it decides."""
    return changes.preview(
        form.document, category=form.category, severity=form.severity, confidence=form.confidence, at=form.at
    )


def _draft(found: changes.Draft) -> PolicyDraft:
    return PolicyDraft.model_validate(found, from_attributes=True)
