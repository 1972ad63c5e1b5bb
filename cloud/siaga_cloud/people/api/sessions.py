"""Serves sign-in and sign-out by cookie."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr

from siaga_cloud.people.auth import KEY_IS_OPTIONAL, Known, SignedIn, cookie_name, is_https
from siaga_cloud.people.service import accounts as people
from siaga_cloud.people.service import devices, passkeys, passwords, sessions, sign_in
from siaga_cloud.people.service.sessions import Identity
from siaga_cloud.people.service.sign_in import Lockout, Origin
from siaga_cloud.people.store.sessions import Session
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.limits import client_key, network_key
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals

router = APIRouter(tags=["people"])


class SessionCreate(BaseModel):
    """Holds the credentials of a person who signs in."""

    user: Annotated[str, Field(min_length=1, max_length=64, examples=["lurah.manggarai"])]
    password: Annotated[SecretStr, Field(min_length=1, max_length=passwords.MAX_LENGTH)]


class PasswordUpdate(BaseModel):
    """Holds a new password together with the old one."""

    old: Annotated[SecretStr, Field(min_length=1, max_length=passwords.MAX_LENGTH)]
    new: Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class CurrentSession(BaseModel):
    """Describes who is signed in. A page sends `csrf_token` as X-CSRF-Token with every change."""

    user: str
    name: str
    role: str
    area_id: str | None
    agency_id: str | None
    scopes: list[str] | None
    csrf_token: str | None
    session_id: UUID | None
    expires_at: datetime | None
    needs_passkey: Annotated[
        bool, Field(description="the password alone opens nothing but the registration of the first passkey")
    ] = False


class UserSession(BaseModel):
    """Describes a session that is open."""

    id: UUID
    method: str
    agent: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    this: bool


@router.post("/session", summary="Sign in by password", status_code=201)
def create_session(parts: PartsOf, request: Request, response: Response, form: SessionCreate) -> CurrentSession:
    """Sets a cookie. Whoever is wrong gets the same answer, whether the user or the password is."""
    now = datetime.now(UTC)
    limit_sign_in(parts, request)
    only_own_page(request)
    origin = origin_of(parts, request, form.user, now=now)
    with parts.transaction(None) as conn:
        attempt = sign_in.begin(conn, form.user, origin, now=now)
    if isinstance(attempt, Lockout):
        raise _wait(attempt.wait_seconds)
    password = form.password.get_secret_value()
    if not passwords.matches(attempt.password_hash, password):
        raise Problem(401, "wrong-credentials", "User or password is wrong", "after some tries there is a delay")
    agent = request.headers.get("user-agent", "")
    with parts.transaction(None) as conn:
        sign_in.succeed(conn, attempt, form.user, password, now=now)
        sessions.end_cookie(conn, request.cookies.get(cookie_name(parts)), now=now)
        session, secret = sessions.begin(conn, form.user, method="password", agent=agent, now=now)
        identity = sessions.by_cookie(conn, secret, now=now)
        needs_passkey = _needs_passkey(conn, parts, identity)
    set_cookie(response, parts, secret)
    set_device_cookie(response, parts, form.user, now=now)
    return current_session(identity, session, needs_passkey=needs_passkey)


@router.get("/session", summary="Who am I")
def get_current_session(response: Response, known: Known) -> CurrentSession:
    """401 for whoever is not signed in."""
    if known is None:
        raise Problem(401, "not-signed-in", "Nobody is signed in", "POST /api/v1/session")
    response.headers["Cache-Control"] = "no-store"
    return current_session(known, known.session, needs_passkey=known.needs_passkey)


@router.delete("/session", summary="Sign out", status_code=204, openapi_extra=KEY_IS_OPTIONAL)
def delete_session(parts: PartsOf, response: Response, known: Known) -> None:
    """Ends this sign-in; nothing to do for whoever is not signed in."""
    if known is not None and known.session is not None:
        with parts.transaction(known.person) as conn:
            sessions.end(conn, known.person.id, session_id=known.session.id, now=datetime.now(UTC))
    response.delete_cookie(cookie_name(parts), path="/", secure=is_https(parts), httponly=True, samesite="lax")


@router.get("/me/sessions", summary="My sign-ins")
def list_own_sessions(parts: PartsOf, me: SignedIn) -> list[UserSession]:
    """Those that last, newest first."""
    with parts.transaction(me.person) as conn:
        found = sessions.lasting(conn, me.person.id, now=datetime.now(UTC))
    return [_session(one, me.session) for one in found]


@router.delete("/me/sessions", summary="End all my sign-ins and tokens", status_code=204)
def delete_own_sessions(parts: PartsOf, me: SignedIn) -> None:
    """The session of this request ends too, and every token of mine is revoked."""
    with parts.transaction(me.person) as conn:
        people.end_access(conn, me.person.id, by=me.person.id, now=datetime.now(UTC))


@router.delete("/me/sessions/{session_id}", summary="End one of my sign-ins", status_code=204)
def delete_own_session(parts: PartsOf, me: SignedIn, session_id: UUID) -> None:
    """For a phone that was lost."""
    with parts.transaction(me.person) as conn:
        sessions.end(conn, me.person.id, session_id=session_id, now=datetime.now(UTC))


@router.put(
    "/me/password",
    summary="Change my password",
    status_code=204,
    responses=refusals("password_common", "password_is_name", "password_length", "password_repetitive"),
)
def update_own_password(parts: PartsOf, request: Request, me: SignedIn, form: PasswordUpdate) -> None:
    """Ends every sign-in and token of mine. Guessing the old one is counted as guessing at sign-in is."""
    now = datetime.now(UTC)
    limit_sign_in(parts, request)
    origin = origin_of(parts, request, me.person.id, now=now)
    with parts.transaction(None) as conn:
        attempt = sign_in.begin(conn, me.person.id, origin, now=now)
    if isinstance(attempt, Lockout):
        raise _wait(attempt.wait_seconds)
    if not passwords.matches(attempt.password_hash, form.old.get_secret_value()):
        raise Problem(403, "wrong-password", "The old password is wrong")
    with parts.transaction(me.person) as conn:
        sign_in.forgive(conn, attempt)
        people.set_password(conn, me.person.id, form.new.get_secret_value(), by=me.person.id, now=now)


def set_cookie(response: Response, parts: Parts, secret: str) -> None:
    """Gives a browser its sign-in: no script reads it, no other site sends it along with what changes something."""
    response.set_cookie(
        cookie_name(parts), secret, max_age=int(sessions.ABSOLUTE.total_seconds()), path="/", secure=is_https(parts),
        httponly=True, samesite="lax",
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"


def set_device_cookie(response: Response, parts: Parts, user_id: str, *, now: datetime) -> None:
    """Lets this browser be recognised when the same user signs in again, whatever strangers tried in between."""
    response.set_cookie(
        _device_cookie_name(parts, user_id), devices.new_cookie(user_id, now=now),
        max_age=int(devices.LASTS.total_seconds()), path="/", secure=is_https(parts), httponly=True, samesite="lax",
    )  # fmt: skip


def origin_of(parts: Parts, request: Request, user_id: str, *, now: datetime) -> Origin:
    """Return where a sign-in of a user comes from."""
    host = request.client.host if request.client else None
    cookie = request.cookies.get(_device_cookie_name(parts, user_id))
    return Origin(
        address=client_key(host), network=network_key(host), device=devices.device_of(cookie, user_id, now=now)
    )


def _device_cookie_name(parts: Parts, user_id: str) -> str:
    return f"{cookie_name(parts)}-device-{devices.cookie_suffix(user_id)}"


def limit_sign_in(parts: Parts, request: Request) -> str:
    """Return the address that signs in; raises Problem 429 where too many attempts come from it."""
    address = client_key(request.client.host if request.client else None)
    wait = parts.sign_in_limit.wait_seconds(address)
    if wait:
        raise _wait(wait)
    return address


def _wait(seconds: float) -> Problem:
    whole = math.ceil(seconds)
    return Problem(429, "too-many-requests", "Too many tries", f"wait {whole} s", retry_after_seconds=whole)


def only_own_page(request: Request) -> None:
    """No other site may sign a browser in here as somebody else."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, "cross-site-request", "This request did not come from our own page")


def _needs_passkey(conn: Connection, parts: Parts, identity: Identity | None) -> bool:
    """Return whether the first passkey must be added now; raises Problem 403 for an account that has one."""
    if identity is None or not passkeys.must_use(parts.settings.passkeys, identity.person.role):
        return False
    if passkeys.has_any(conn, identity.person.id):
        raise Problem(403, "passkey-required", "Sign in with a passkey", "the password alone is not enough")
    return True


def current_session(known: Identity | None, session: Session | None, *, needs_passkey: bool = False) -> CurrentSession:
    """Return who is signed in; raises Problem 401 for nobody."""
    if known is None:
        raise Problem(401, "wrong-credentials", "User or password is wrong")
    return CurrentSession(
        user=known.person.id,
        name=known.person.name,
        role=known.person.role,
        area_id=known.person.area_id,
        agency_id=known.person.agency_id,
        scopes=sorted(known.scopes) if known.scopes is not None else None,
        csrf_token=known.csrf,
        session_id=session.id if session else None,
        expires_at=session.expires_at if session else None,
        needs_passkey=needs_passkey,
    )


def _session(one: Session, this: Session | None) -> UserSession:
    return UserSession(
        id=one.id,
        method=one.method,
        agent=one.agent,
        made_at=one.made_at,
        seen_at=one.seen_at,
        expires_at=one.expires_at,
        this=this is not None and this.id == one.id,
    )
