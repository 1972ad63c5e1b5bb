"""Node names and passwords: lines of NODE:PASSWORD, the format that `mosquitto_passwd -U` hashes all at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from siaga_sim.gauges.smart import Account


class BadPasswordsError(ValueError):
    """A broker or a file of passwords that cannot be used; the text says what was expected."""


def fresh_passwords(nodes: int) -> dict[str, str]:
    """A password for each of so many nodes."""
    return {name: secrets.token_urlsafe(12) for name in node_names(nodes)}


def write_private(path: Path, logins: Mapping[str, str]) -> None:
    """Lines of NODE:PASSWORD that only this user may read; `mosquitto_passwd -U` hashes such a file at once."""
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}:{word}\n" for name, word in logins.items()))


def read_passwords(path: Path, nodes: int | None = None) -> dict[str, str]:
    """The first `nodes` of such a file, or all. Raises BadPasswordsError or OSError."""
    logins: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        name, colon, word = line.partition(":")
        if not (name and colon and word):
            raise BadPasswordsError(f"{path}: line {number}: expected NODE:PASSWORD")
        logins[name] = word
    if len(logins) < (nodes or 1):
        raise BadPasswordsError(f"{path}: got {len(logins)} nodes, expected {nodes or 1} or more")
    return dict(list(logins.items())[:nodes])


def accounts_of(passwords: Mapping[str, str], *, host: str, port: int) -> tuple[Account, ...]:
    """One account for each user name."""
    return tuple(Account(host=host, port=port, node=name, password=word) for name, word in passwords.items())


def node_names(count: int) -> tuple[str, ...]:
    """`load-0001` and so on."""
    return tuple(f"load-{number:04d}" for number in range(1, count + 1))


def broker_accounts(broker: str, passwords: Path | None, *, nodes: int | None = None) -> tuple[Account, ...]:
    """Accounts from a broker's HOST:PORT and a file. Raises BadPasswordsError or OSError."""
    host, _, port = broker.rpartition(":")
    if not host or not port.isdecimal():
        raise BadPasswordsError(f"--broker: got {broker!r}, expected HOST:PORT")
    if passwords is None:
        raise BadPasswordsError("--passwords: got none, expected a file of NODE:PASSWORD lines with --broker")
    return accounts_of(read_passwords(passwords, nodes), host=host, port=int(port))
