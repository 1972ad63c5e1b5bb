"""Serves bearer tokens: a person's own, and to administrators those of a user."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from siaga_cloud.people.auth import Admin, SignedIn
from siaga_cloud.people.service import accounts as people
from siaga_cloud.people.service import tokens
from siaga_cloud.people.store.tokens import Token
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import refusals

router = APIRouter(tags=["people"])

Scope = Literal["read:public", "read:tasks", "write:tasks", "read:personal", "admin", "write:reports"]


class TokenCreate(BaseModel):
    """Describes the token that is requested."""

    name: Annotated[str, Field(min_length=1, max_length=80, examples=["nightly export"])]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=5)]
    days: Annotated[int, Field(ge=1, le=tokens.LONGEST_DAYS)] = 90


class ApiToken(BaseModel):
    """Describes a token. `secret` is shown once, when the token is created."""

    id: UUID
    name: str
    scopes: list[str]
    has_all_scopes: Annotated[
        bool, Field(description="it may do whatever its user may; such tokens come from the command line")
    ]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    secret: str | None = None


@router.get("/me/tokens", summary="My tokens")
def list_api_tokens(parts: PartsOf, me: SignedIn) -> list[ApiToken]:
    """The list holds the valid tokens; their secrets are not stored."""
    with parts.transaction(me.person) as conn:
        return [_token(one) for one in tokens.list_tokens(conn, me.person.id, now=datetime.now(UTC))]


@router.post(
    "/me/tokens",
    summary="Make a token with limits",
    status_code=201,
    responses=refusals("admin_scope_not_allowed", "invalid_expiry", "scopes_unknown"),
)
def create_api_token(parts: PartsOf, response: Response, me: SignedIn, token_create: TokenCreate) -> ApiToken:
    """The secret is in this answer and nowhere else."""
    now = datetime.now(UTC)
    expires_at = now + timedelta(days=token_create.days)
    with parts.transaction(me.person) as conn:
        token, secret = tokens.create(
            conn, me.person, name=token_create.name, scopes=token_create.scopes, expires_at=expires_at, now=now
        )
    response.headers["Cache-Control"] = "no-store"
    return _token(token, secret)


@router.delete("/me/tokens/{token_id}", summary="Revoke a token of mine", status_code=204)
def delete_api_token(parts: PartsOf, me: SignedIn, token_id: UUID) -> None:
    """The token is revoked at once."""
    with parts.transaction(me.person) as conn:
        tokens.revoke(conn, me.person.id, token_id, by=me.person.id, now=datetime.now(UTC))


@router.get("/admin/users/{user_id}/tokens", summary="A user's tokens (admin)")
def list_user_tokens(parts: PartsOf, admin: Admin, user_id: str) -> list[ApiToken]:
    """The list holds the valid tokens, those of the command line too; their secrets are not stored."""
    with parts.transaction(admin) as conn:
        people.get(conn, user_id)
        return [_token(one) for one in tokens.list_tokens(conn, user_id, now=datetime.now(UTC))]


@router.delete("/admin/users/{user_id}/tokens/{token_id}", summary="Revoke a user's token (admin)", status_code=204)
def delete_user_token(parts: PartsOf, admin: Admin, user_id: str, token_id: UUID) -> None:
    """The token is revoked at once."""
    with parts.transaction(admin) as conn:
        tokens.revoke(conn, user_id, token_id, by=admin.id, now=datetime.now(UTC))


def _token(one: Token, secret: str | None = None) -> ApiToken:
    return ApiToken(
        id=one.id,
        name=one.name,
        scopes=one.scopes,
        has_all_scopes=one.has_all_scopes,
        made_at=one.made_at,
        expires_at=one.expires_at,
        used_at=one.used_at,
        secret=secret,
    )
