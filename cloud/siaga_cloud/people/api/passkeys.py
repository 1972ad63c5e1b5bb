"""Serves passkeys: signing in with one, and the passkeys of an account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from siaga_cloud.people.api.sessions import (
    CurrentSession,
    current_session,
    limit_sign_in,
    only_own_page,
    set_cookie,
    set_device_cookie,
)
from siaga_cloud.people.auth import Admin, Enrolling, Identity, cookie_name, is_https, own_origins
from siaga_cloud.people.service import accounts, passkeys, sessions
from siaga_cloud.people.service.passkeys import RelyingParty
from siaga_cloud.people.store.passkeys import PasskeyRow
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals

router = APIRouter(tags=["people"])


class PasskeyOptions(BaseModel):
    """Holds the options of WebAuthn, as `PublicKeyCredential.parseCreationOptionsFromJSON` and
    `parseRequestOptionsFromJSON` read them.
    """

    public_key: dict[str, Any]


class PasskeyCreate(BaseModel):
    """Holds the passkey that a browser made (`PublicKeyCredential.toJSON`) and its name."""

    name: Annotated[str, Field(min_length=1, max_length=80, examples=["Laptop kantor"])]
    credential: Annotated[dict[str, Any], Field(max_length=20)]


class PasskeySessionCreate(BaseModel):
    """Holds the response of a passkey (`PublicKeyCredential.toJSON`)."""

    credential: Annotated[dict[str, Any], Field(max_length=20)]


class Passkey(BaseModel):
    """Describes a passkey. `is_backed_up`: it is stored with the account of a device maker and outlives the device."""

    id: str
    name: str
    is_backed_up: bool
    created_at: datetime
    used_at: datetime | None


@router.post("/session/passkey/options", summary="Begin to sign in with a passkey")
def create_passkey_sign_in(parts: PartsOf, request: Request) -> PasskeyOptions:
    """No account is named: the browser offers the passkeys that it has for this server."""
    limit_sign_in(parts, request)
    with parts.transaction(None) as conn:
        options = passkeys.sign_in_options(conn, _party(request, parts), now=datetime.now(UTC))
    return PasskeyOptions(public_key=options)


@router.post("/session/passkey", summary="Sign in with a passkey", status_code=201)
def create_passkey_session(
    parts: PartsOf, request: Request, response: Response, form: PasskeySessionCreate
) -> CurrentSession:
    """Sets a cookie. Whatever is wrong gets the same answer."""
    now, agent = datetime.now(UTC), request.headers.get("user-agent", "")
    limit_sign_in(parts, request)
    only_own_page(request)
    with parts.transaction(None) as conn:
        user_id = passkeys.sign_in(conn, form.credential, _party(request, parts), now=now)
    if user_id is None:
        raise Problem(
            401, "passkey-unknown", "The passkey is not known", "it was removed, or the sign-in took too long"
        )
    with parts.transaction(None) as conn:
        sessions.end_cookie(conn, request.cookies.get(cookie_name(parts)), now=now)
        session, secret = sessions.begin(conn, user_id, method="passkey", agent=agent, now=now)
        identity = sessions.by_cookie(conn, secret, now=now)
    set_cookie(response, parts, secret)
    set_device_cookie(response, parts, user_id, now=now)
    return current_session(identity, session)


@router.get("/me/passkeys", summary="My passkeys")
def list_own_passkeys(parts: PartsOf, me: Enrolling) -> list[Passkey]:
    """The list begins with the oldest one."""
    with parts.transaction(me.person) as conn:
        return [_passkey(one) for one in passkeys.passkeys(conn, me.person.id)]


@router.post("/me/passkeys/options", summary="Begin to add a passkey")
def create_passkey_options(parts: PartsOf, request: Request, me: Enrolling) -> PasskeyOptions:
    """For whoever is signed in; with the password alone only for the first passkey, where passkeys are required."""
    with parts.transaction(me.person) as conn:
        _require_first(passkeys.has_any(conn, me.person.id), me)
        options = passkeys.registration_options(conn, me.person, _party(request, parts), now=datetime.now(UTC))
    return PasskeyOptions(public_key=options)


@router.post("/me/passkeys", summary="Add a passkey", status_code=201, responses=refusals("passkey_not_verified"))
def create_passkey(parts: PartsOf, request: Request, me: Enrolling, form: PasskeyCreate) -> Passkey:
    """The authenticator must have verified its user (a PIN, a finger or a face)."""
    with parts.transaction(me.person) as conn:
        _require_first(passkeys.has_any(conn, me.person.id), me)
        made = passkeys.register(
            conn, me.person, form.credential, form.name, _party(request, parts), now=datetime.now(UTC)
        )
        return _passkey(made)


@router.delete("/me/passkeys/{passkey_id}", summary="Remove a passkey of mine", status_code=204)
def delete_own_passkey(parts: PartsOf, me: Enrolling, passkey_id: str) -> None:
    """The last one stays where the city requires one."""
    with parts.transaction(me.person) as conn:
        _require_first(passkeys.has_any(conn, me.person.id), me)
        passkeys.remove(conn, me.person, passkey_id, parts.settings.passkeys, now=datetime.now(UTC))


@router.delete("/admin/users/{user_id}/passkeys", summary="Remove a user's passkeys (admin)", status_code=204)
def delete_user_passkeys(parts: PartsOf, admin: Admin, user_id: str) -> None:
    """All of them, as after a loss; the user's sign-ins end."""
    with parts.transaction(admin) as conn:
        accounts.get(conn, user_id)
        passkeys.remove_all(conn, user_id, by=admin.id, now=datetime.now(UTC))


def _require_first(has_any: bool, me: Identity) -> None:
    """A stolen password alone must not add a passkey beside those of the owner, or remove them."""
    if me.needs_passkey and has_any:
        raise Problem(403, "passkey-required", "Sign in with a passkey", "this account has one")


def _party(request: Request, parts: Parts) -> RelyingParty:
    """Return this server as browsers know it; a developer's has several addresses."""
    url = parts.settings.public_url if is_https(parts) else f"http://{request.headers.get('host', '')}"
    return RelyingParty(id=urlsplit(url).hostname or "localhost", origins=tuple(sorted(own_origins(request, parts))))


def _passkey(one: PasskeyRow) -> Passkey:
    return Passkey(
        id=passkeys.passkey_name(one),
        name=one.name,
        is_backed_up=one.is_backed_up,
        created_at=one.created_at,
        used_at=one.used_at,
    )
