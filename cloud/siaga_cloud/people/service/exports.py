"""Hands people what is stored of them, and erases the accounts of people who sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from siaga_cloud.people.service import accounts, sign_in
from siaga_cloud.people.service.personal_data import REPORTER
from siaga_cloud.people.store import exports as db
from siaga_cloud.people.store.exports import OwnRecords, ReporterData
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, NotFoundError

MAX_ROWS: Final = 10_000


def of_reporter(conn: Connection, secret_sha256: bytes, *, now: datetime) -> ReporterData:
    """Return what a report holds of its reporter, for whoever has its secret; raises NotFoundError."""
    found = db.reporter_data(conn, secret_sha256)
    if found is None:
        raise NotFoundError("there is no such report; the address may have been cut off", code="report_link_not_found")
    _record(conn, REPORTER, "export_report", "report", str(found.report_id), now)
    return found


def of_user(conn: Connection, user_id: str, *, now: datetime) -> OwnRecords:
    """Return what is stored of a person who signs in; `MAX_ROWS` of each kind at most, the newest."""
    found = db.own_records(conn, user_id, limit=MAX_ROWS)
    _record(conn, user_id, "export_user", "user", user_id, now)
    return found


def erase_user(conn: Connection, user_id: str, *, by: str, why: str, now: datetime) -> None:
    """Erase a person who signs in; raises NotFoundError, and ConflictError for the own account and a second time.

    Name, e-mail, password, linked identity, sessions, tokens, devices and positions go. Tasks, their moves and the
    audit log keep the ID of the account, so that no figure changes. The account stays disabled for good.
    """
    held = accounts.get(conn, user_id)
    if user_id == by:
        raise ConflictError("nobody erases the own account; ask another administrator", code="own_account")
    if held.erased_at is not None:
        raise ConflictError(f"{user_id} was erased already", code="account_erased")
    db.erase_user(conn, user_id, now=now)
    sign_in.unlock(conn, user_id)
    _record(conn, by, "erase_user", "user", user_id, now, why=why)


def _record(conn: Connection, actor: str, action: str, kind: str, object_id: str, now: datetime, **more: Any) -> None:
    audit.record(conn, actor=actor, action=action, kind=kind, object_id=object_id, now=now, **more)
