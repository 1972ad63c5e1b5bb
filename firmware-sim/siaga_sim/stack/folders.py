"""Folders that a dropped-privilege server can reach."""

from __future__ import annotations

import os
import pwd
import tempfile
from pathlib import Path

OUTSIDE = Path("/var/tmp")  # noqa: S108 - the folder below it is made with a random name and mode 0700
_PREFIX = "siaga-"


def user_exists(name: str) -> bool:
    """Whether the machine knows an account."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def folder_for(user: str | None, wanted: Path) -> Path:
    """`wanted`, made and given to `user`; somewhere under /var/tmp when that user could not reach it there.

    A checkout below a home of mode 0700 (root's, say) cannot hold another account's files.
    """
    folder = wanted if user is None or can_reach(user, wanted) else Path(tempfile.mkdtemp(prefix=_PREFIX, dir=OUTSIDE))
    folder.mkdir(parents=True, exist_ok=True)
    give_to(user, folder)
    folder.chmod(0o700)
    return folder


def is_outside(folder: Path) -> bool:
    """Whether `folder_for` had to choose this one itself."""
    return folder.parent == OUTSIDE and folder.name.startswith(_PREFIX)


def give_to(user: str | None, path: Path) -> None:
    """Makes an account the owner, with its own first group; nothing to do for None or without root."""
    if user is not None and os.geteuid() == 0:
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)


def drop_to(user: str | None) -> list[str]:
    """The words before a command that run it as `user`, as far as we may."""
    if user is None or os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--init-groups", "--"]


def can_reach(user: str, folder: Path) -> bool:
    """Whether an account may enter every folder above this one."""
    if os.geteuid() != 0:
        return True
    account = pwd.getpwnam(user)
    return all(_may_enter(account, parent) for parent in folder.resolve().parents if parent.exists())


def _may_enter(account: pwd.struct_passwd, folder: Path) -> bool:
    status = folder.stat()
    if status.st_uid == account.pw_uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.pw_gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)
