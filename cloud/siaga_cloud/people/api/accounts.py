"""Serves administrators: accounts, the audit log, erasure, and recorded access to personal data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, SecretStr

from siaga_cloud.people.auth import Admin, Reader
from siaga_cloud.people.service import accounts as people
from siaga_cloud.people.service import audit_table, personal_data
from siaga_cloud.people.service.accounts import USER_ID_PATTERN
from siaga_cloud.people.store import accounts as db
from siaga_cloud.people.store.accounts import Account, NewAccount
from siaga_cloud.people.store.personal_data import AuditEntry, AuditFilter, PersonalReport
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.callers import token_hash
from siaga_cloud.platform.http.foreign.links import add_next
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import refusals
from siaga_cloud.platform.http.versions import IfMatch, require_version, version_of

router = APIRouter(tags=["people"])

Role = Literal["citizen", "officer", "area_head", "agency_head", "operator", "leader", "admin"]
_MOST = 2**53 - 1  # the largest whole number that every JSON reader keeps
ReadReason = Annotated[str, Query(min_length=3, max_length=500, description="the reason; it is kept in the audit")]


class UserCreate(BaseModel):
    """Holds the values of a new account."""

    id: Annotated[
        str,
        Field(min_length=2, max_length=64, examples=["lurah.tebet"], json_schema_extra={"pattern": USER_ID_PATTERN}),
    ]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    role: Role
    area_id: Annotated[str | None, Field(max_length=64)] = None
    agency_id: Annotated[str | None, Field(max_length=48)] = None
    email: Annotated[str | None, Field(max_length=254)] = None


class UserUpdate(BaseModel):
    """Changes an account; values that are left out stay unchanged."""

    name: Annotated[str | None, Field(min_length=1, max_length=120)] = None
    role: Role | None = None
    area_id: Annotated[str | None, Field(max_length=64)] = None
    agency_id: Annotated[str | None, Field(max_length=48)] = None
    email: Annotated[str | None, Field(max_length=254)] = None
    disabled: bool | None = None


class UserPasswordUpdate(BaseModel):
    """Holds a password that an administrator sets; the user must change it afterwards."""

    password: Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class User(ResponseModel):
    """Describes a person as administrators see them, without secrets."""

    id: str
    name: str
    role: str
    area_id: str | None
    area_name: str | None
    agency_id: str | None
    email: str | None
    has_password: bool
    oidc_subject: str | None
    created_at: datetime
    disabled_at: datetime | None
    erased_at: Annotated[datetime | None, Field(description="when the person behind the account was erased; final")]
    version: Annotated[str, Field(description="for If-Match")]


class ForgetRequest(BaseModel):
    """Names the report to erase, and whether to erase all reports of its reporter."""

    report_id: UUID
    all_of_reporter: bool = False
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class ForgetResult(BaseModel):
    """Counts the reports that were erased."""

    reports: int


@router.get("/admin/users", summary="Accounts (admin)")
def list_users(
    parts: PartsOf,
    admin: Admin,
    request: Request,
    response: Response,
    after: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    q: Annotated[str | None, Query(max_length=100, description="in id, name or e-mail")] = None,
    role: Annotated[Role | None, Query()] = None,
) -> list[User]:
    """By id, those after one; the look is on record."""
    now = datetime.now(UTC)
    with parts.transaction(admin) as conn:
        found = db.accounts(conn, after=after, text=q or None, role=role, limit=limit)
        audit.record(conn, actor=admin.id, action="list_users", kind="user", object_id=f"{len(found)} users", now=now)
    if len(found) == limit:
        add_next(request, response, after=found[-1].id)
    return [_account(one) for one in found]


@router.post(
    "/admin/users",
    summary="Make an account (admin)",
    status_code=201,
    responses=refusals(
        "agency_required", "area_required", "place_unknown", "invalid_user_id", "name_required", "role_unknown"
    ),
)
def create_user(parts: PartsOf, admin: Admin, form: UserCreate) -> User:
    """Without a password: set one, or let the user come by the identity provider."""
    new = NewAccount(**form.model_dump())
    with parts.transaction(admin) as conn:
        return _account(people.add(conn, new, by=admin.id, now=datetime.now(UTC)))


@router.patch(
    "/admin/users/{user_id}",
    summary="Change, disable or enable an account (admin)",
    responses=refusals("agency_required", "area_required", "place_unknown", "name_required", "role_unknown"),
)
def update_user(parts: PartsOf, admin: Admin, user_id: str, form: UserUpdate, if_match: IfMatch = None) -> User:
    """Disabling ends sign-ins and tokens at once; another role or place ends them too."""
    now, wanted = datetime.now(UTC), form.model_dump(exclude_unset=True)
    disabled = wanted.pop("disabled", None)
    with parts.transaction(admin) as conn:
        db.lock(conn, user_id)
        found = people.get(conn, user_id)
        require_version(if_match, version_of(found))
        if wanted:
            found = people.change(conn, replace(people.as_new(found), **wanted), by=admin.id, now=now)
        if disabled is not None:
            found = people.set_disabled(conn, user_id, disabled=disabled, by=admin.id, now=now)
    return _account(found)


@router.put(
    "/admin/users/{user_id}/password",
    summary="Set a password (admin)",
    status_code=204,
    responses=refusals("password_common", "password_is_name", "password_length", "password_repetitive"),
)
def update_user_password(parts: PartsOf, admin: Admin, user_id: str, form: UserPasswordUpdate) -> None:
    """Ends the user's sign-ins and tokens and lifts a lock."""
    with parts.transaction(admin) as conn:
        password = form.password.get_secret_value()
        people.set_password(conn, user_id, password, by=admin.id, now=datetime.now(UTC))


@router.delete("/admin/users/{user_id}/sessions", summary="End a user's sign-ins and tokens (admin)", status_code=204)
def delete_user_sessions(parts: PartsOf, admin: Admin, user_id: str) -> None:
    """All of them, at once."""
    with parts.transaction(admin) as conn:
        people.end_access(conn, user_id, by=admin.id, now=datetime.now(UTC))


@router.get("/personal/reports/{report_id}", summary="A report with the reporter's words and contact")
def get_personal_report(
    parts: PartsOf, reader: Reader, response: Response, report_id: UUID, reason: ReadReason
) -> PersonalReport:
    """For staff in whose area or agency it is; contact for heads and operators. Every look is on record."""
    response.headers["Cache-Control"] = "no-store"
    with parts.transaction(reader) as conn:
        return personal_data.look_at_report(conn, report_id, by=reader.id, why=reason, now=datetime.now(UTC))


@router.post("/personal/forget", summary="Forget a reporter (admin)")
def forget_personal_data(parts: PartsOf, admin: Admin, form: ForgetRequest) -> ForgetResult:
    """Text, contact and photos go; counts stay."""
    with parts.transaction(admin) as conn:
        count, unused = personal_data.forget(
            conn, form.report_id, all_of_reporter=form.all_of_reporter, media=parts.media, by=admin.id, why=form.reason,
            now=datetime.now(UTC),
        )  # fmt: skip
    for sha256 in unused:
        parts.media.discard(sha256)
    return ForgetResult(reports=count)


@router.delete("/reports/{secret}/personal", summary="Forget what my report says of me")
def delete_own_report_data(parts: PartsOf, secret: str) -> ForgetResult:
    """For whoever has the secret of the `follow` address. The report stays, empty; it can still be followed."""
    now = datetime.now(UTC)
    with parts.transaction(None) as conn:
        report_id = personal_data.report_of_secret(conn, token_hash(secret[:100]))
        count, unused = personal_data.forget(
            conn, report_id, all_of_reporter=False, media=parts.media, by=personal_data.REPORTER,
            why="asked by the reporter", now=now,
        )  # fmt: skip
    for sha256 in unused:
        parts.media.discard(sha256)
    return ForgetResult(reports=count)


@router.get(
    "/admin/audit",
    summary="Who did what, when, and looked at whose data (admin)",
    response_model=list[AuditEntry],
    responses={200: {"content": {"text/csv": {}}}},
)
def list_audit_entries(
    parts: PartsOf,
    admin: Admin,
    request: Request,
    response: Response,
    after: Annotated[int, Query(ge=0, le=_MOST, description="lines after this number")] = 0,
    before: Annotated[int | None, Query(ge=1, le=_MOST, description="lines before this number")] = None,
    since: Annotated[Moment | None, Query()] = None,
    until: Annotated[Moment | None, Query()] = None,
    actor: Annotated[str | None, Query(max_length=100)] = None,
    action: Annotated[str | None, Query(max_length=40)] = None,
    kind: Annotated[str | None, Query(max_length=40, description="of the object, as `user`")] = None,
    object_id: Annotated[str | None, Query(alias="object", max_length=100)] = None,
    sort: Annotated[Literal["id", "-id"], Query(description="the oldest or the newest first")] = "id",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> list[AuditEntry] | Response:
    """`format=csv` for the archive. The look at the audit is in the audit."""
    wanted = AuditFilter(
        after=after, before=before, since=since, until=until, actor=actor or None, action=action or None,
        object_kind=kind or None, object_id=object_id or None,
    )  # fmt: skip
    with parts.transaction(admin) as conn:
        found = personal_data.audit_lines(conn, wanted, newest_first=sort == "-id", limit=limit)
        audit.record(
            conn, actor=admin.id, action="look_at_audit", kind="audit", object_id=f"after {after}",
            now=datetime.now(UTC),
        )  # fmt: skip
    if len(found) == limit:
        add_next(request, response, **{"before" if sort == "-id" else "after": found[-1].id})
    if form == "json":
        return found
    return Response(
        audit_table.HEADER + audit_table.rows(found),
        media_type="text/csv",
        headers={**response.headers, "Content-Disposition": 'attachment; filename="audit.csv"'},
    )


def _account(one: Account) -> User:
    same = {name: getattr(one, name) for name in User.model_fields if name != "version"}
    return User(**same, version=version_of(one))
