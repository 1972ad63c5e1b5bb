"""A sensor that says its value in lines on a serial port, by itself or when it is asked."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import serial

from siaga_edge.gauge.lines import Echo, LineError
from siaga_edge.gauge.raw import RawSensor
from siaga_edge.gauge.registers import Sample
from siaga_edge.gauge.runner import GaugeUnreachableError

log = logging.getLogger(__name__)

_MOST_BYTES_A_READ = 4096
_LONGEST_LINE = 256
_BAD_LINES_UNTIL_REPORTED = 3
_LINE_END = re.compile(rb"[\r\n]+")


class SerialLineGauge:
    """Opens the port when asked and again after every failure; owned by one thread.

    The first line after opening is thrown away: it may be half a line or a banner. `silent_seconds` without a line is
    a sensor that does not answer. A garbled line is skipped; three in a row are logged.
    """

    def __init__(
        self,
        port: str,
        *,
        baud: int,
        parse: Callable[[str], Echo],
        sensor: RawSensor,
        poll_request: bytes = b"",
        silent_seconds: float = 5.0,
    ) -> None:
        self._port_name, self._baud, self._parse, self._sensor = port, baud, parse, sensor
        self._poll_request, self._silent = poll_request, timedelta(seconds=silent_seconds)
        self._port: serial.Serial | None = None
        self._rest = b""
        self._received_at: datetime | None = None
        self._is_first = True
        self._bad: list[LineError] = []

    def read(self, now: datetime) -> Sequence[Sample]:
        """Readings of the bursts that were finished since; raises `GaugeUnreachableError` or `LineError`."""
        try:
            port = self._port or self._open(now)
            if self._poll_request:
                port.write(self._poll_request)
            data: bytes = port.read(min(port.in_waiting or 1, _MOST_BYTES_A_READ))
        except (serial.SerialException, OSError, TypeError) as error:  # TypeError: pyserial's own, on a port pulled out
            self.close()
            raise GaugeUnreachableError(f"{self._port_name}: {error}") from error
        samples = [sample for line in self._lines(data, now) for sample in self._sample(line)]
        if self._received_at is not None and now - self._received_at > self._silent:
            self._sensor.forget()
            raise GaugeUnreachableError(f"{self._port_name}: no line for {self._silent.total_seconds():g} s")
        if len(self._bad) >= _BAD_LINES_UNTIL_REPORTED:
            raise self._bad[-1]
        return samples

    def mark_read(self, sample: Sample) -> None:
        """A burst is not kept; there is nothing to remember."""

    def close(self) -> None:
        """Close the serial port."""
        if self._port is not None:
            self._port.close()
            self._port = None
        self._rest, self._is_first = b"", True
        self._sensor.forget()

    def _open(self, now: datetime) -> serial.Serial:
        self._port = serial.Serial(self._port_name, self._baud, timeout=0, write_timeout=1.0, exclusive=True)
        self._received_at = now
        return self._port

    def _lines(self, data: bytes, now: datetime) -> Iterator[str]:
        *whole, rest = _LINE_END.split(self._rest + data)
        self._rest = rest[-_LONGEST_LINE:]
        for line in whole:
            if not line.strip():
                continue
            self._received_at = now
            if self._is_first and not self._poll_request:
                self._is_first = False
                continue
            yield line.decode("ascii", "replace")

    def _sample(self, line: str) -> Iterator[Sample]:
        try:
            echo = self._parse(line)
        except LineError as error:
            self._bad = [*self._bad, error][-_BAD_LINES_UNTIL_REPORTED:]
            return
        self._bad = []
        sample = self._sensor.measure(echo.value)
        if sample is not None:
            yield sample
