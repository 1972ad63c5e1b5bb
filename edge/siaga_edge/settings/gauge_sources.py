"""The part of NODE.toml that says where a gauge's levels come from and what its siren hangs on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from siaga_edge.gauge.lines import LineFormat
from siaga_edge.gauge.registers import ValueType, WordOrder
from siaga_edge.gauge.scale import Measure, Unit
from siaga_edge.settings.errors import got
from siaga_edge.settings.kinds import ExistingFile, Port, Section, refuse
from siaga_edge.settings.staff_gauges import CameraSource

_UNIT_TEXT = "a Modbus unit from 0 to 247"
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


class ValueSettings(Section):
    """What a raw value of a simple sensor means, and how many of them make a reading."""

    unit: Unit = Field(description='"mm", "cm" or "m"')
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
        if self.fewest_valid > self.burst:
            raise refuse(f"got fewest_valid {self.fewest_valid} and burst {self.burst}, expected at most burst")
        return self


class RegisterSettings(ValueSettings):
    """Where a sensor that is not ours keeps its value."""

    table: Literal["input", "holding"] = Field(default="input", description='"input" or "holding"')
    address: int = Field(ge=0, le=65535, description="a register's address from 0 to 65535")
    type: ValueType = Field(default="uint16", description='"int16", "uint16", "int32", "uint32" or "float32"')
    word_order: WordOrder = Field(default="high_first", description='"high_first" or "low_first"')


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
