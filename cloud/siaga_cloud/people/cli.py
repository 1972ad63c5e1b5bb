"""Defines `siaga-cloud admin user ...`, `token`, `forget-reporter` and `audit`."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from siaga_cloud.platform.db.connection import Connection

app = typer.Typer(no_args_is_help=True, help="Manage user accounts.")
BY = "admin command"

User = Annotated[str, typer.Argument(help="Identifier of the user.", show_default=False)]


@app.command("add")
def add(
    user: User,
    name: Annotated[str, typer.Option(help="Name of the person.", show_default=False)],
    role: Annotated[
        str,
        typer.Option(
            help="Role: citizen, officer, area_head, agency_head, operator, leader or admin.", show_default=False
        ),
    ],
    area: Annotated[
        str | None, typer.Option(help="Identifier of the area, for the role area_head.", show_default=False)
    ] = None,
    agency: Annotated[
        str | None,
        typer.Option(help="Identifier of the agency, for the roles officer and agency_head.", show_default=False),
    ] = None,
    email: Annotated[str | None, typer.Option(help="E-mail address for notifications.", show_default=False)] = None,
) -> None:
    """Create an account without a password."""
    from siaga_cloud.people.service import accounts as people
    from siaga_cloud.people.store.accounts import NewAccount
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import SiagaError

    new = NewAccount(id=user, name=name, role=role, area_id=area, agency_id=agency, email=email)
    with database() as conn:
        try:
            people.add(conn, new, by=BY, now=datetime.now(UTC))
        except SiagaError as error:
            fail(str(error), code=2)
    typer.echo(f"created {user}; set a password with siaga-cloud admin user set-password {user}")


@app.command("set-password")
def set_password(user: User) -> None:
    """Set a password, which is prompted for or read as one line from standard input.

    The user's sessions and tokens end, and an account that was locked after failed sign-ins is unlocked.
    """
    from siaga_cloud.people.service import accounts as people
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import SiagaError

    password = _prompt_password()
    with database() as conn:
        try:
            people.set_password(conn, user, password, by=BY, now=datetime.now(UTC))
        except SiagaError as error:
            fail(str(error), code=2)
    typer.echo(f"set the password of {user}")


@app.command("remove-passkeys")
def remove_passkeys(user: User) -> None:
    """Remove all passkeys of a user who lost them; the user's sessions end."""
    from siaga_cloud.people.service import accounts, passkeys
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import SiagaError

    with database() as conn:
        try:
            accounts.get(conn, user)
            removed = passkeys.remove_all(conn, user, by=BY, now=datetime.now(UTC))
        except SiagaError as error:
            fail(str(error), code=2)
    typer.echo(f"removed {removed} passkeys of {user}")


@app.command("disable")
def disable(user: User) -> None:
    """Disable an account: its sessions and tokens end immediately, and it can no longer sign in."""
    _set_disabled(user, disabled=True)


@app.command("enable")
def enable(user: User) -> None:
    """Enable a disabled account, so that the user can sign in again."""
    _set_disabled(user, disabled=False)


@app.command("erase")
def erase(
    user: User,
    why: Annotated[
        str,
        typer.Option(help="Reason, such as who requested it and when; the audit log stores it.", show_default=False),
    ],
) -> None:
    """Erase the person behind an account for good; tasks and the audit log retain the identifier of the account."""
    from siaga_cloud.people.service import exports
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import SiagaError

    with database() as conn:
        try:
            exports.erase_user(conn, user, by=BY, why=why, now=datetime.now(UTC))
        except SiagaError as error:
            fail(str(error), code=2)
    typer.echo(f"erased {user}")


@app.command("list")
def show() -> None:
    """List accounts with identifier, role, area or agency, and state."""
    from siaga_cloud.people.store import accounts as people
    from siaga_cloud.platform.cli import database

    with database() as conn:
        found = people.accounts(conn, limit=10_000)
    for one in found:
        place = one.area_id or one.agency_id or "-"
        state = "erased" if one.erased_at else "disabled" if one.disabled_at else "active"
        typer.echo(f"{one.id}\t{one.role}\t{place}\t{state}")


def manage_tokens(
    user: User,
    name: Annotated[str, typer.Option(help="Name of the token in lists.")] = "command line",
    days: Annotated[int, typer.Option(min=1, max=366, help="Days after which the token expires.")] = 90,
    shows_list: Annotated[bool, typer.Option("--list", help="List the valid tokens of the user instead.")] = False,
    revoked: Annotated[
        str | None,
        typer.Option("--revoke", metavar="ID", help="Revoke the token of this identifier, or all of them, instead."),
    ] = None,
) -> None:
    """Create a bearer token for a user and print it once; the user's other tokens stay valid.

    The token may do whatever the role of the user allows. It ends when it expires, when it is revoked, and when the
    password is set, the role changes, the sign-ins are ended or the account is disabled.
    """
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import SiagaError

    with database() as conn:
        try:
            if shows_list:
                _list_tokens(conn, user)
            elif revoked is not None:
                _revoke_tokens(conn, user, revoked)
            else:
                _create_token(conn, user, name, days)
        except SiagaError as error:
            fail(str(error), code=2)


def _list_tokens(conn: Connection, user: str) -> None:
    from siaga_cloud.people.service import accounts, tokens

    accounts.get(conn, user)
    for one in tokens.list_tokens(conn, user, now=datetime.now(UTC)):
        scopes = "all" if one.has_all_scopes else ",".join(one.scopes)
        used = f"{one.used_at:%Y-%m-%d}" if one.used_at else "never"
        made, expires = f"{one.made_at:%Y-%m-%d}", f"{one.expires_at:%Y-%m-%d}"
        typer.echo(f"{one.id}\t{scopes}\tmade {made}\texpires {expires}\tused {used}\t{one.name}")


def _revoke_tokens(conn: Connection, user: str, wanted: str) -> None:
    from siaga_cloud.people.service import accounts, tokens
    from siaga_cloud.platform.cli import fail

    accounts.get(conn, user)
    now = datetime.now(UTC)
    if wanted == "all":
        typer.echo(f"revoked {tokens.revoke_all(conn, user, by=BY, now=now)} tokens of {user}")
        return
    try:
        token_id = UUID(wanted)
    except ValueError:
        fail(f"--revoke: got {wanted!r}, expected the identifier of a token or all", code=2)
    tokens.revoke(conn, user, token_id, by=BY, now=now)
    typer.echo(f"revoked {token_id} of {user}")


def _create_token(conn: Connection, user: str, name: str, days: int) -> None:
    from siaga_cloud.people.service import tokens

    now = datetime.now(UTC)
    token, secret = tokens.create_with_all_scopes(
        conn, user, name=name, expires_at=now + timedelta(days=days), by=BY, now=now
    )
    typer.echo(f"token {token.id} of {user} expires {token.expires_at:%Y-%m-%d}", err=True)
    typer.echo(secret)


def forget_reporter(
    report: Annotated[UUID, typer.Argument(help="UUID of the report.", show_default=False)],
    why: Annotated[
        str,
        typer.Option(help="Reason, such as who requested it and when; the audit log stores it.", show_default=False),
    ],
    everything: Annotated[bool, typer.Option("--all", help="Erase every report of the same reporter.")] = False,
) -> None:
    """Erase the text, contact and photos of a report; its status and its part in the figures remain."""
    import os

    from siaga_cloud.people.service import personal_data
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import SiagaError
    from siaga_cloud.platform.media.folder import MediaFolder
    from siaga_cloud.settings import load

    with database() as conn:
        media = MediaFolder(load(os.environ).media_dir)
        try:
            count, unused = personal_data.forget(
                conn, report, all_of_reporter=everything, media=media, by=BY, why=why, now=datetime.now(UTC)
            )
        except SiagaError as error:
            fail(str(error), code=2)
    for sha256 in unused:
        media.discard(sha256)
    typer.echo(f"erased {count} reports, deleted {len(unused)} photos")


def export_audit(
    since: Annotated[
        datetime | None, typer.Option(help="Print entries since this time (UTC).", show_default=False)
    ] = None,
) -> None:
    """Print the audit log as CSV: who viewed or changed personal data, and why."""
    from siaga_cloud.people.service import audit_table, personal_data
    from siaga_cloud.people.store.personal_data import AuditFilter
    from siaga_cloud.platform.cli import database
    from siaga_cloud.platform.db import audit

    after, begun = 0, since.replace(tzinfo=UTC) if since else None
    with database() as conn:
        audit.record(conn, actor=BY, action="export_audit", kind="audit", object_id="all", now=datetime.now(UTC))
        typer.echo(audit_table.HEADER, nl=False)
        while found := personal_data.audit_lines(conn, AuditFilter(after=after, since=begun), limit=10_000):
            typer.echo(audit_table.rows(found), nl=False)
            after = found[-1].id


def _prompt_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("New password: ")
    if getpass.getpass("Repeat the password: ") != password:
        typer.echo("siaga-cloud admin: the passwords differ", err=True)
        raise typer.Exit(2)
    return password


def _set_disabled(user: str, *, disabled: bool) -> None:
    from siaga_cloud.people.service import accounts as people
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import SiagaError

    with database() as conn:
        try:
            people.set_disabled(conn, user, disabled=disabled, by=BY, now=datetime.now(UTC))
        except SiagaError as error:
            fail(str(error), code=2)
    typer.echo(f"{'disabled' if disabled else 'enabled'} {user}")
