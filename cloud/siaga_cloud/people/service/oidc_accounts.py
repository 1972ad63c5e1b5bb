"""Finds the account of a person whom the identity provider has authenticated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from siaga_cloud.people.service import accounts as people
from siaga_cloud.people.store import accounts as db
from siaga_cloud.people.store.accounts import Account, NewAccount
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ForbiddenError, SiagaError
from siaga_cloud.settings import OidcSettings

_ODD: Final = re.compile(r"[^a-z0-9._@-]+")


def account_of(conn: Connection, claims: Mapping[str, Any], settings: OidcSettings, *, now: datetime) -> Account:
    """Return the account of these claims: known by subject, else linked or made where the settings say so.

    Roles follow the provider's claim at each sign-in where one is mapped; nobody becomes an administrator by a claim,
    and an administrator's account is never changed or linked by one. Raises ForbiddenError.
    """
    subject, role = str(claims["sub"])[:255], mapped_role(claims, settings)
    held = db.by_subject(conn, settings.issuer, subject)
    if held is None:
        held = _linked(conn, claims, settings, subject) or _made(conn, claims, settings, subject, role, now=now)
        audit.record(conn, actor=held.id, action="link_identity", kind="user", object_id=held.id, now=now)
    if held.disabled_at is not None:
        raise ForbiddenError("no-account", "this account was disabled")
    if role is not None and held.role != "admin":
        held = _followed(conn, held, claims, settings, role, now=now)
    return held


def mapped_role(claims: Mapping[str, Any], settings: OidcSettings) -> str | None:
    """Return the first role of the settings' mapping whose value is among the claim's; None: none is."""
    claim = claims.get(settings.role_claim) if settings.role_claim else None
    values = [claim] if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return next((role for value, role in settings.roles if value in values and role != "admin"), None)


def user_id_of(claims: Mapping[str, Any], settings: OidcSettings) -> str:
    """Return the account's id that the user claim gives; empty where it gives none."""
    return _ODD.sub("-", str(claims.get(settings.user_claim) or "").strip().casefold()).strip("-._@")[:64]


def _linked(conn: Connection, claims: Mapping[str, Any], settings: OidcSettings, subject: str) -> Account | None:
    """Return an account that is there already, where the settings trust the provider's user names."""
    held = db.account(conn, user_id_of(claims, settings)) if settings.trust_user_claim else None
    if held is None or held.oidc_subject is not None or held.role == "admin":
        return None
    db.link(conn, held.id, settings.issuer, subject)
    return people.get(conn, held.id)


def _made(
    conn: Connection,
    claims: Mapping[str, Any],
    settings: OidcSettings,
    subject: str,
    role: str | None,
    *,
    now: datetime,
) -> Account:
    user_id = user_id_of(claims, settings)
    if role is None or not user_id:
        raise ForbiddenError("no-account", "the identity provider knows you, but you have no account here")
    if db.account(conn, user_id) is not None:
        raise ForbiddenError("no-account", f"the name {user_id} belongs to an account that is not linked to yours")
    new = NewAccount(
        id=user_id,
        name=str(claims.get("name") or user_id)[:120],
        role=role,
        area_id=_text(claims, settings.area_claim),
        agency_id=_text(claims, settings.agency_claim),
        email=_text(claims, "email"),
        oidc_issuer=settings.issuer,
        oidc_subject=subject,
    )
    try:
        return people.add(conn, new, by="identity provider", now=now)
    except SiagaError as error:
        raise ForbiddenError("no-account", f"the identity provider's claims make no account: {error}") from None


def _followed(
    conn: Connection, held: Account, claims: Mapping[str, Any], settings: OidcSettings, role: str, *, now: datetime
) -> Account:
    area = _text(claims, settings.area_claim) or held.area_id
    agency = _text(claims, settings.agency_claim) or held.agency_id
    if (held.role, held.area_id, held.agency_id) == (role, area, agency):
        return held
    wanted = NewAccount(id=held.id, name=held.name, role=role, area_id=area, agency_id=agency, email=held.email)
    try:
        return people.change(conn, wanted, by="identity provider", now=now)
    except SiagaError as error:
        raise ForbiddenError("no-account", f"the identity provider's claims make no account: {error}") from None


def _text(claims: Mapping[str, Any], name: str | None) -> str | None:
    """Return a claim as text; of a list, which some providers always send, the one value in it."""
    value = claims.get(name) if name else None
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    return value[:254] if isinstance(value, str) and value else None
