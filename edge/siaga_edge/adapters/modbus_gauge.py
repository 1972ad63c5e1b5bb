"""A gauge behind Modbus TCP, asked for its input registers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

from siaga_edge.gauge.registers import COUNT, Sample, decode
from siaga_edge.gauge.runner import GaugeUnreachableError

TIMEOUT_SECONDS = 1.5

# It logs every failed attempt at error level; the runner says once what changed.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ModbusGauge:
    """Connects when asked and again after every failure; owned by one thread."""

    def __init__(self, host: str, port: int, *, unit: int) -> None:
        self._unit = unit
        self._client = ModbusTcpClient(host, port=port, timeout=TIMEOUT_SECONDS, retries=0)

    def read(self, now: datetime) -> Sequence[Sample]:
        """The latest reading; raises `GaugeUnreachableError` or `RegisterError`."""
        try:
            if not self._client.connected and not self._client.connect():  # type: ignore[no-untyped-call]
                raise GaugeUnreachableError("no connection")
            answer = self._client.read_input_registers(0, count=COUNT, device_id=self._unit)
        except (ModbusException, OSError) as error:
            self._client.close()  # type: ignore[no-untyped-call]
            raise GaugeUnreachableError(str(error)) from error
        if answer.isError():
            raise GaugeUnreachableError(f"refused: {answer}")
        sample = decode(answer.registers)
        return () if sample is None else (sample,)

    def taken(self, sample: Sample) -> None:
        """The device keeps only its latest reading; there is nothing to remember."""

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()  # type: ignore[no-untyped-call]
