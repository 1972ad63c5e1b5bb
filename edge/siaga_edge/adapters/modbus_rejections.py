"""Explains in plain words why a Modbus device rejected a request, and which setting to check. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Table = Literal["input", "holding"]
_OTHER: Final[dict[Table, Table]] = {"input": "holding", "holding": "input"}
# In many manuals the first digit of an address of five digits names the table, and they count from 1.
_NUMBERED: Final[dict[range, Table]] = {range(30_001, 40_000): "input", range(40_001, 50_000): "holding"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRequest:
    """A request for some registers of a unit."""

    unit: int
    table: Table
    address: int
    count: int

    def __str__(self) -> str:
        end = f" to {self.address + self.count - 1}" if self.count > 1 else ""
        return f"{self.table} register{'s' if end else ''} {self.address}{end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoilRequest:
    """A request to switch a coil of a unit."""

    unit: int
    coil: int

    def __str__(self) -> str:
        return f"coil {self.coil}"


def explain(code: int, request: RegisterRequest | CoilRequest) -> str:
    """Describe a rejection by the exception code of the Modbus specification, and what to check."""
    return f"{_reason(code, request)} (Modbus exception {code}){_hint(code, request)}"


def _reason(code: int, request: RegisterRequest | CoilRequest) -> str:
    unit = f"unit {request.unit}"
    match code:
        case 1:
            return f"{unit} does not support {_function(request)}"
        case 2:
            return f"{unit} has no {request}"
        case 3:
            return f"{unit} rejects the length of the request for {request}"
        case 4:
            return f"{unit} reports a failure of its own"
        case 5 | 6:
            return f"{unit} is busy"
        case 10:
            return f"the gateway has no path to {unit}"
        case 11:
            return f"{unit} does not respond to the gateway"
        case _:
            return f"{unit} rejects the request for {request}"


def _function(request: RegisterRequest | CoilRequest) -> str:
    return f"reading {request.table} registers" if isinstance(request, RegisterRequest) else "switching coils"


def _hint(code: int, request: RegisterRequest | CoilRequest) -> str:
    if code in (4, 10, 11):
        return "; check unit, and the wiring behind a gateway"
    if not isinstance(request, RegisterRequest):
        return "; check coil" if code == 2 else ""
    match code:
        case 1:
            return f'; try table = "{_OTHER[request.table]}"'
        case 2:
            return _address_hint(request)
        case 3:
            return "; check type"
        case _:
            return ""


def _address_hint(request: RegisterRequest) -> str:
    for numbers, table in _NUMBERED.items():
        if request.address in numbers:
            address = request.address - numbers[0]
            return f'; register {request.address} of a manual is table = "{table}", address = {address}'
    return "; check table and address, which is one less where the manual counts from 1"
