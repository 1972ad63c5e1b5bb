"""The part of NODE.toml that says where a gauge's levels come from and what its siren hangs on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from siaga_edge.gauge.lines import LineFormat
from siaga_edge.gauge.register_values import ValueType, WordOrder
from siaga_edge.gauge.scale import Measure, Unit
from siaga_edge.settings.errors import got
from siaga_edge.settings.kinds import ExistingFile, Port, Section, refuse
from siaga_edge.settings.staff_gauges import CameraSource

_UNIT_TEXT = "a Modbus unit from 0 to 247"
_TYPE_TEXT = '"int16", "uint16", "int32", "uint32", "float32" or "float64"'
_PORT_TEXT = "the path of a serial port such as /dev/ttyUSB0"


def _absolute(value: Path) -> Path:
    if not value.is_absolute():
        raise refuse(f"got {got(str(value))}, expected an absolute path such as /dev/ttyUSB0")
    return value


AbsolutePath: TypeAlias = Annotated[Path, AfterValidator(_absolute)]


class SerialPort(Section):
    """A serial port of the box."""

    port: AbsolutePath = Field(description=_PORT_TEXT)
    baud: int = Field(default=9600, ge=300, le=4_000_000, description="bits a second from 300 to 4000000")


class CurrentLoopSettings(Section):
    """The counts of a 4-20 mA input, and the values that the sensor gives 4 and 20 mA."""

    counts_4ma: float = Field(description="the number that the input gives for 4 mA, such as 5530 or 4000")
    counts_20ma: float = Field(description="the number that the input gives for 20 mA, such as 27648 or 20000")
    value_4ma: float = Field(description="a number in unit that the sensor means by 4 mA")
    value_20ma: float = Field(description="a number in unit that the sensor means by 20 mA")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.counts_20ma <= self.counts_4ma:
            shown = f"counts_4ma {self.counts_4ma:g} and counts_20ma {self.counts_20ma:g}"
            raise refuse(f"got {shown}, expected counts_20ma above counts_4ma")
        if self.value_4ma == self.value_20ma:
            raise refuse(f"got {self.value_4ma:g} as value_4ma and value_20ma, expected two values")
        return self


class ValueSettings(Section):
    """What a raw value of a simple sensor means, and how many of them make a reading."""

    unit: Unit = Field(description='"mm", "cm" or "m"')
    scale: float = Field(default=1.0, description="a number other than 0 that the sensor's number is multiplied by")
    offset: float = Field(default=0.0, description="a number in unit that is added after scale")
    current_loop: CurrentLoopSettings | None = Field(
        default=None,
        description="a table such as { counts_4ma = 5530, counts_20ma = 27648, value_4ma = 0, value_20ma = 10 }",
    )
    measures: Measure = Field(default="level", description='"level" or "distance"')
    mount_cm: float | None = Field(
        default=None, gt=0, description="a number of cm above 0 from the gauge's zero up to the sensor"
    )
    burst: int = Field(default=7, ge=1, le=99, description="a number of raw values from 1 to 99 for each reading")
    fewest_valid: int = Field(
        default_factory=lambda data: min(3, data.get("burst", 3)),
        ge=1,
        le=99,
        description="a number of valid raw values from 1 to burst",
    )
    no_reading: tuple[float, ...] = Field(
        default=(), max_length=16, description="up to 16 numbers by which the sensor says that it has no reading"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.measures == "distance") != (self.mount_cm is not None):
            shown = "none" if self.mount_cm is None else f"{self.mount_cm:g}"
            raise refuse(f'got measures "{self.measures}" and mount_cm {shown}, expected mount_cm with "distance" only')
        if self.scale == 0:
            raise refuse("got scale 0, expected a number other than 0")
        if self.current_loop is not None and (self.scale, self.offset) != (1, 0):
            shown = f"scale {self.scale:g} and offset {self.offset:g}"
            raise refuse(f"got current_loop with {shown}, expected either current_loop or scale and offset")
        if self.fewest_valid > self.burst:
            raise refuse(f"got fewest_valid {self.fewest_valid} and burst {self.burst}, expected at most burst")
        return self


class RegisterSettings(ValueSettings):
    """Where a sensor that is not ours keeps its value."""

    table: Literal["input", "holding"] = Field(default="input", description='"input" or "holding"')
    address: int = Field(ge=0, le=65535, description="a register's address from 0 to 65535")
    type: ValueType = Field(default="uint16", description=_TYPE_TEXT)
    word_order: WordOrder = Field(default="high_first", description='"high_first" or "low_first"')
    byte_order: WordOrder = Field(default="high_first", description='"high_first" or "low_first"')


class ModbusTcpSource(Section):
    """A gauge on Modbus TCP; without `register` it speaks the register map of gauge/registers.py."""

    kind: Literal["modbus_tcp"]
    host: str = Field(min_length=1, description="a host name or address")
    port: Port = Field(default=502, description="a port from 1 to 65535")
    unit: int = Field(default=1, ge=0, le=247, description=_UNIT_TEXT)
    register_: RegisterSettings | None = Field(
        default=None, alias="register", description='a register such as { address = 0, type = "uint16", unit = "mm" }'
    )


class ModbusRtuSource(SerialPort):
    """A gauge on an RS-485 line; several may share one port, each with a unit of its own."""

    kind: Literal["modbus_rtu"]
    parity: Literal["N", "E", "O"] = Field(default="N", description='"N", "E" or "O"')
    stop_bits: int = Field(default=1, ge=1, le=2, description="1 or 2")
    unit: int = Field(default=1, ge=1, le=247, description="a Modbus unit from 1 to 247")
    register_: RegisterSettings | None = Field(
        default=None, alias="register", description='a register such as { address = 0, type = "uint16", unit = "mm" }'
    )


class SerialLineSource(SerialPort, ValueSettings):
    """A sensor that sends its value in lines; with `poll_request` it sends one line for each request."""

    kind: Literal["serial_line"]
    format: LineFormat = Field(description='"maxbotix" (R1234), "key_value" (level_mm=1234) or "number" (123.4)')
    poll_request: str = Field(
        default="", max_length=32, description="text of at most 32 ASCII characters, sent at each poll"
    )
    silent_seconds: float = Field(
        default=5.0, gt=0, le=3600, description="a number of seconds above 0 and at most 3600 without a line"
    )

    @model_validator(mode="after")
    def _ascii(self) -> Self:
        if not self.poll_request.isascii():
            raise refuse(f"got poll_request {got(self.poll_request)}, expected ASCII characters")
        return self


class FileSource(Section):
    """A gauge played from a CSV file with the columns measured_at and level_cm."""

    kind: Literal["file"]
    path: ExistingFile = Field(description="the path of a CSV file with measured_at,level_cm")


class CoilOutput(Section):
    """A relay module on Modbus TCP."""

    kind: Literal["modbus_tcp"]
    host: str = Field(min_length=1, description="a host name or address")
    port: Port = Field(default=502, description="a port from 1 to 65535")
    unit: int = Field(default=1, ge=0, le=247, description=_UNIT_TEXT)
    coil: int = Field(ge=0, le=65535, description="a coil's address from 0 to 65535")


class RtuCoilOutput(SerialPort):
    """A relay module on an RS-485 line, that of a gauge or one of its own."""

    kind: Literal["modbus_rtu"]
    parity: Literal["N", "E", "O"] = Field(default="N", description='"N", "E" or "O"')
    stop_bits: int = Field(default=1, ge=1, le=2, description="1 or 2")
    unit: int = Field(default=1, ge=1, le=247, description="a Modbus unit from 1 to 247")
    coil: int = Field(ge=0, le=65535, description="a coil's address from 0 to 65535")


class FileOutput(Section):
    """A file that is written, such as a GPIO of sysfs."""

    kind: Literal["file"]
    path: AbsolutePath = Field(description="an absolute path such as /sys/class/gpio/gpio17/value")
    on: str = Field(default="1", min_length=1, max_length=64, description="text of 1 to 64 characters")
    off: str = Field(default="0", min_length=1, max_length=64, description="text of 1 to 64 characters")


class CommandOutput(Section):
    """A program that is run, such as gpioset."""

    kind: Literal["command"]
    on: tuple[str, ...] = Field(min_length=1, max_length=16, description='a command such as ["gpioset", "0", "17=1"]')
    off: tuple[str, ...] = Field(min_length=1, max_length=16, description='a command such as ["gpioset", "0", "17=0"]')


class SirenSettings(Section):
    """A siren or relay that this node switches by itself, with the link up or down."""

    at_cm: float = Field(description="a number of cm over the gauge's zero from which it sounds")
    hysteresis_cm: float = Field(
        default=5.0, ge=0, le=500, description="a number of cm from 0 to 500 below at_cm until it falls silent"
    )
    output: CoilOutput | RtuCoilOutput | FileOutput | CommandOutput = Field(
        discriminator="kind", description='an output of kind "modbus_tcp", "modbus_rtu", "file" or "command"'
    )


GaugeSource: TypeAlias = ModbusTcpSource | ModbusRtuSource | SerialLineSource | FileSource | CameraSource
SOURCE_TEXT = 'a source of kind "modbus_tcp", "modbus_rtu", "serial_line", "file" or "camera"'
