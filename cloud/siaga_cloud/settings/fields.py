"""Defines kinds of fields. The description of a field states what is expected and ends the message about a wrong
value."""

from __future__ import annotations

from collections.abc import Callable, Collection
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, FilePath

VALUE_OR_FILE: Final = "the secret, or the path of its file in the variable of the same name that ends in _FILE"


def whole(least: int, most: int) -> Any:
    """Describe a whole number within limits."""
    return Field(ge=least, le=most, description=f"a whole number from {least} to {most}")


def positive(unit: str) -> Any:
    """Describe a finite number above 0."""
    return Field(gt=0, allow_inf_nan=False, description=f"a number of {unit} above 0")


def shape(pattern: str, expected: str) -> Any:
    """Describe a text that matches a pattern."""
    return Field(pattern=pattern, description=expected)


def secret(default: str | None = None, *, least: int = 0) -> Any:
    """Describe an optional secret, which is never shown and can come from a file."""
    return Field(default=default, min_length=least, repr=False, description=f"{least} characters or more")


def needed_secret(expected: str = VALUE_OR_FILE, *, least: int = 1, alias: str | None = None) -> Any:
    """Describe a secret that must be set, which is never shown and can come from a file."""
    return Field(min_length=least, repr=False, validation_alias=alias, description=expected)


def split_by(item: Callable[[str], str] = str.strip) -> BeforeValidator:
    """Split a text with commas into its items; other values pass unchanged."""

    def split(value: object) -> object:
        return tuple(filter(None, map(item, value.split(",")))) if isinstance(value, str) else value

    return BeforeValidator(split)


def days_by_name(names: Callable[[], Collection[str]]) -> Any:
    """Describe days by name, such as `illegal_parking=90,trash=14`; the names are those that `names` returns."""

    def parsed(value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [item.partition("=") for item in value.split(",") if item.strip()]
        found = {name.strip(): int(days) for name, _, days in pairs}
        if not set(found) <= set(names()) or not all(1 <= days <= 36500 for days in found.values()):
            raise ValueError("an unknown name, or not a whole number of days from 1 to 36500")
        return found

    return BeforeValidator(parsed)


def _switched(value: object) -> object:
    return {"on": True, "off": False}.get(value, value) if isinstance(value, str) else value


def _network(text: str) -> str:
    network = ip_network(text)
    if network.prefixlen == 0:
        raise ValueError("every address would be a proxy")
    return str(network)


OnOff: TypeAlias = Annotated[bool, BeforeValidator(_switched), Field(strict=True, description="on or off")]
Port: TypeAlias = Annotated[int, whole(1, 65535)]
PortOrNone: TypeAlias = Annotated[int, whole(0, 65535)]
OptionalFile: TypeAlias = Annotated[FilePath | None, Field(description="a file that exists")]
Folder: TypeAlias = Annotated[Path, AfterValidator(Path.absolute)]
Network: TypeAlias = Annotated[str, AfterValidator(_network)]
Origin: TypeAlias = Annotated[str, shape(r"^(\*|https?://[a-z0-9.-]+(:\d{1,5})?)$", "* or https://host")]
AgeRecipient: TypeAlias = Annotated[str, shape(r"^age1[02-9ac-hj-np-z]{58}$", "a public key of age")]
ApiUrl: TypeAlias = Annotated[str, shape(r"^https?://[^\s/]+$", "https://host, without a path")]
DatabaseUrl: TypeAlias = Annotated[
    str, Field(repr=False), shape(r"^postgres(ql)?://", "postgresql://user@host:port/database")
]
