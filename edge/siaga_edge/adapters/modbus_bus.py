"""A Modbus line, TCP or RTU: one client that any number of gauges and sirens share, one question at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusException, ModbusIOException
from pymodbus.pdu import ModbusPDU

from siaga_edge.adapters.modbus_rejections import CoilRequest, RegisterRequest, Table, explain
from siaga_edge.gauge.runner import GaugeUnreachableError

__all__ = ["ModbusBus", "Table", "rtu_bus", "tcp_bus"]

TIMEOUT_SECONDS = 1.5
# A unit that is gone must not take the line from the others: half a second, and after that only now and then.
RTU_TIMEOUT_SECONDS = 0.5
POLL_SILENT_EVERY_SECONDS = 2.0
_MISSES_UNTIL_SILENT = 3

Answer = TypeVar("Answer", bound=ModbusPDU)

# It logs every failed attempt at error level; the runner says once what changed.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ModbusBus:
    """Safe from any thread. Connects when asked and again after every failure."""

    def __init__(self, client: ModbusTcpClient | ModbusSerialClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._misses: dict[int, int] = {}
        self._next_poll_at: dict[int, float] = {}
        self._users = 0

    def join(self) -> ModbusBus:
        """One more part uses the line."""
        self._users += 1
        return self

    def leave(self) -> None:
        """One part less; the last one closes the line."""
        self._users -= 1
        if self._users <= 0:
            with self._lock:
                self._client.close()  # type: ignore[no-untyped-call]

    def read(self, unit: int, table: Table, address: int, count: int) -> Sequence[int]:
        """Read registers of a unit; raises `GaugeUnreachableError`."""
        read = self._client.read_input_registers if table == "input" else self._client.read_holding_registers
        request = RegisterRequest(unit=unit, table=table, address=address, count=count)
        registers: Sequence[int] = self._polled(request, lambda: read(address, count=count, device_id=unit)).registers
        return registers

    def write_coil(self, unit: int, coil: int, *, is_on: bool) -> None:
        """Switch a coil on or off; raises `GaugeUnreachableError`."""
        self._polled(CoilRequest(unit=unit, coil=coil), lambda: self._client.write_coil(coil, is_on, device_id=unit))

    def _polled(self, request: RegisterRequest | CoilRequest, read: Callable[[], Answer]) -> Answer:
        unit = request.unit
        with self._lock:
            if monotonic() < self._next_poll_at.get(unit, 0.0):
                raise GaugeUnreachableError(f"no response from unit {unit}")
            try:
                answer = self._answer(unit, read)
            except GaugeUnreachableError:
                self._missed(unit)
                raise
            self._misses.pop(unit, None)
        if answer.isError():
            raise GaugeUnreachableError(explain(answer.exception_code, request))
        return answer

    def _answer(self, unit: int, read: Callable[[], Answer]) -> Answer:
        try:
            if not self._client.connected and not self._client.connect():
                raise GaugeUnreachableError("no connection")
            return read()
        except (ModbusException, OSError) as error:
            self._client.close()  # type: ignore[no-untyped-call]
            if isinstance(error, GaugeUnreachableError):
                raise
            is_silent = isinstance(error, ModbusIOException)
            raise GaugeUnreachableError(f"no response from unit {unit}" if is_silent else str(error)) from error

    def _missed(self, unit: int) -> None:
        self._misses[unit] = self._misses.get(unit, 0) + 1
        if self._misses[unit] >= _MISSES_UNTIL_SILENT:
            self._next_poll_at[unit] = monotonic() + POLL_SILENT_EVERY_SECONDS


def tcp_bus(host: str, port: int) -> ModbusBus:
    """Make the line to one host over TCP."""
    return ModbusBus(ModbusTcpClient(host, port=port, timeout=TIMEOUT_SECONDS, retries=0))


def rtu_bus(port: str, *, baud: int, parity: str, stop_bits: int) -> ModbusBus:
    """An RS-485 line on a serial port."""
    return ModbusBus(
        ModbusSerialClient(
            port, baudrate=baud, parity=parity, stopbits=stop_bits, timeout=RTU_TIMEOUT_SECONDS, retries=0
        )
    )
