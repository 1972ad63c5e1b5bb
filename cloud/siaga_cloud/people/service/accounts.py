"""Creates, changes and disables accounts; every change is recorded in the audit log."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from siaga_cloud.people.service import passwords, sign_in, tokens
from siaga_cloud.people.store import accounts as db
from siaga_cloud.people.store import sessions
from siaga_cloud.people.store.accounts import Account, NewAccount
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError

ROLES: Final = ("citizen", "officer", "area_head", "agency_head", "operator", "leader", "admin")
USER_ID_PATTERN: Final = r"^[a-z0-9][a-z0-9._@-]{1,63}$"
_ID: Final = re.compile(USER_ID_PATTERN)


def add(conn: Connection, new: NewAccount, *, by: str, now: datetime) -> Account:
    """Makes an account; raises InvalidError, ConflictError for an id that is taken."""
    _check(conn, new)
    if not db.add(conn, new, now=now):
        raise ConflictError(f"id: {new.id} is taken", code="id_in_use")
    _note(conn, by, "add_user", new.id, {"role": new.role, "area": new.area_id, "agency": new.agency_id}, now)
    return get(conn, new.id)


def change(conn: Connection, changed: NewAccount, *, by: str, now: datetime) -> Account:
    """Writes name, role, area, agency and e-mail. Another role or place ends sign-ins and tokens of the old one."""
    before = _not_erased(conn, changed.id)
    _check(conn, changed)
    db.change(conn, changed)
    if (before.role, before.area_id, before.agency_id) != (changed.role, changed.area_id, changed.agency_id):
        _end_access(conn, changed.id, by=by, now=now)
    details = {"role": changed.role, "role_before": before.role, "area": changed.area_id, "agency": changed.agency_id}
    _note(conn, by, "change_user", changed.id, details, now)
    return get(conn, changed.id)


def set_disabled(conn: Connection, user_id: str, *, disabled: bool, by: str, now: datetime) -> Account:
    """Disables an account, which ends its sign-ins and revokes its tokens at once; or enables it again."""
    _not_erased(conn, user_id)
    if disabled and user_id == by:
        raise ConflictError("nobody disables the own account; ask another administrator", code="own_account")
    db.set_disabled(conn, user_id, at=now if disabled else None)
    if disabled:
        _end_access(conn, user_id, by=by, now=now)
    else:
        sign_in.unlock(conn, user_id)
    _note(conn, by, "disable_user" if disabled else "enable_user", user_id, {}, now)
    return get(conn, user_id)


def set_password(conn: Connection, user_id: str, password: str, *, by: str, now: datetime) -> None:
    """Sets a password, ends every sign-in and token of the account and lifts a lock."""
    held = _not_erased(conn, user_id)
    passwords.check_new(password, user_id=held.id, name=held.name)
    db.set_password(conn, user_id, passwords.make_hash(password), now=now)
    _end_access(conn, user_id, by=by, now=now)
    sign_in.unlock(conn, user_id)
    _note(conn, by, "set_password", user_id, {}, now)


def end_access(conn: Connection, user_id: str, *, by: str, now: datetime) -> None:
    """End every sign-in and revoke every token of an account; raises NotFoundError."""
    get(conn, user_id)
    _end_access(conn, user_id, by=by, now=now)
    _note(conn, by, "end_sessions", user_id, {}, now)


def get(conn: Connection, user_id: str) -> Account:
    """Return one account; raises NotFoundError."""
    found = db.account(conn, user_id)
    if found is None:
        raise NotFoundError(f"there is no user {user_id!r}", code="user_not_found")
    return found


def _not_erased(conn: Connection, user_id: str) -> Account:
    held = get(conn, user_id)
    if held.erased_at is not None:
        raise ConflictError(f"{user_id} was erased; make a new account", code="account_erased")
    return held


def as_new(held: Account) -> NewAccount:
    """Return an account as what it is made of, to be changed in parts."""
    return replace(
        NewAccount(id=held.id, name=held.name, role=held.role),
        area_id=held.area_id,
        agency_id=held.agency_id,
        email=held.email,
    )


def _end_access(conn: Connection, user_id: str, *, by: str, now: datetime) -> None:
    sessions.end(conn, user_id, session_id=None, now=now)
    tokens.revoke_all(conn, user_id, by=by, now=now)


def _check(conn: Connection, new: NewAccount) -> None:
    if not _ID.match(new.id):
        raise InvalidError(f"id: got {new.id[:70]!r}, expected 2 to 64 of a-z, 0-9, . _ @ -", code="invalid_user_id")
    if not new.name.strip() or len(new.name) > 120:
        raise InvalidError("name: expected 1 to 120 characters", code="name_required")
    if new.role not in ROLES:
        raise InvalidError(f"role: got {new.role!r}, expected one of {', '.join(ROLES)}", code="role_unknown")
    if new.role == "area_head" and new.area_id is None:
        raise InvalidError("area_id: an area_head needs one", code="area_required")
    if new.role in ("officer", "agency_head") and new.agency_id is None:
        raise InvalidError(f"agency_id: an {new.role} needs one", code="agency_required")
    for table, wanted in (("area", new.area_id), ("agency", new.agency_id)):
        if wanted is not None and not db.exists_in(conn, table, wanted):
            raise InvalidError(f"{table}_id: there is no {table} {wanted!r}", code="place_unknown")


def _note(conn: Connection, by: str, action: str, user_id: str, details: dict[str, str | None], now: datetime) -> None:
    audit.record(conn, actor=by, action=action, kind="user", object_id=user_id, details=details, now=now)
