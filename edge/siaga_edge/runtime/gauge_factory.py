"""Makes gauges, their sources and their sirens out of settings: the part of the composition root for gauges."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic

from siaga_core.rules.stage import StageLimits
from siaga_core.wire.messages import Hazard, Place, Reading, SourceKind, StageDetails
from siaga_edge.adapters.camera_gauge import CameraGauge
from siaga_edge.adapters.csv_gauge import CsvGauge, Cursors
from siaga_edge.adapters.modbus_bus import ModbusBus, rtu_bus, tcp_bus
from siaga_edge.adapters.modbus_gauge import ModbusGauge, ModbusSensor, RegisterPlace
from siaga_edge.adapters.serial_gauge import SerialLineGauge
from siaga_edge.adapters.switches import CommandSwitch, FileSwitch, ModbusCoil
from siaga_edge.camera.staff_gauges.staff_readings import StaffReadings
from siaga_edge.gauge import lines, reporting
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.gauge.burst import BurstPlan
from siaga_edge.gauge.conversion import Conversion, CurrentLoop, LinearConversion
from siaga_edge.gauge.quality import QualityLimits
from siaga_edge.gauge.raw import RawSensor
from siaga_edge.gauge.reporting import ReportPlan, ReportWatch
from siaga_edge.gauge.runner import GaugeRunner, GaugeSource
from siaga_edge.gauge.scale import Scale
from siaga_edge.gauge.siren import SirenRule
from siaga_edge.gauge.sounder import Sounder, Switch
from siaga_edge.gauge.urgency import Urgency
from siaga_edge.gauge.watch import GaugeFacts, GaugeWatch, begin
from siaga_edge.outbox.event_registry import EventRegistry
from siaga_edge.runtime.supervisor import PolledGauge
from siaga_edge.settings.gauge_sources import (
    CoilOutput,
    CommandOutput,
    FileOutput,
    FileSource,
    ModbusRtuSource,
    ModbusTcpSource,
    RegisterSettings,
    RtuCoilOutput,
    SerialLineSource,
    SirenSettings,
    ValueSettings,
)
from siaga_edge.settings.gauges import GaugeSettings, ReportSettings
from siaga_edge.settings.staff_gauges import CameraSource

log = logging.getLogger(__name__)

# What a MaxBotix says when nothing came back: its range is 5 or 10 m.
_MAXBOTIX_NOTHING = frozenset({5000.0, 9999.0})


@dataclass(slots=True, kw_only=True)
class SourceFactory:
    """Makes what gauges are read from; lines that several of them hang on are shared."""

    cursors: Cursors
    posts: StaffReadings = field(default_factory=StaffReadings)
    _buses: dict[tuple[str, int], ModbusBus] = field(default_factory=dict)

    def source(self, gauge: GaugeSettings) -> GaugeSource:
        """Make the source of a gauge without opening it."""
        source = gauge.source
        match source:
            case FileSource():
                return CsvGauge(gauge.id, source.path, cursors=self.cursors)
            case SerialLineSource():
                return _serial_line(source)
            case ModbusTcpSource() | ModbusRtuSource():
                return _modbus(self.bus(source), source.unit, source.register_)
            case CameraSource():
                return CameraGauge(gauge.id, self.posts, self.posts.open(gauge.id, source))

    def bus(self, line: ModbusTcpSource | ModbusRtuSource | CoilOutput | RtuCoilOutput) -> ModbusBus:
        """The line to a device, the same for all devices on it."""
        if isinstance(line, ModbusTcpSource | CoilOutput):
            key, make = (line.host, line.port), partial(tcp_bus, line.host, line.port)
        else:
            key = (str(line.port), line.baud)
            make = partial(rtu_bus, str(line.port), baud=line.baud, parity=line.parity, stop_bits=line.stop_bits)
        if key not in self._buses:
            self._buses[key] = make()
        return self._buses[key]


@dataclass(slots=True, kw_only=True)
class GaugeFactory:
    """Makes the gauges of a node; their readings go to `batch` and their events to `recorder`."""

    sources: SourceFactory
    recorder: EventRegistry
    batch: ReadingsBatch
    clock: Callable[[], datetime]
    urgency: Urgency = field(default_factory=Urgency)

    def gauge(self, gauge: GaugeSettings) -> GaugeRunner:
        """A gauge that goes on with the events that are still open."""
        log.info("gauge %s: %s", gauge.id, where(gauge))
        return GaugeRunner(
            self.sources.source(gauge),
            gauge_facts(gauge),
            resumed(gauge.id, self.recorder, self.clock()),
            add=_ThinnedReports(gauge.report, self._add, self.urgency).add if gauge.report else self._add,
            sink=self.recorder,
            alarm=self._sounder(gauge.id, gauge.siren) if gauge.siren else None,
        )

    def polled(self, gauge: GaugeSettings) -> PolledGauge:
        """Make a gauge that is polled as often as its settings say."""
        return PolledGauge(runner=self.gauge(gauge), every_seconds=gauge.poll_seconds)

    def _add(self, reading: Reading) -> None:
        self.batch.add(reading, now=monotonic())

    def _sounder(self, gauge_id: str, siren: SirenSettings) -> Sounder:
        rule = SirenRule(at_cm=siren.at_cm, hysteresis_cm=siren.hysteresis_cm)
        log.info("gauge %s: siren from %g cm on (%s)", gauge_id, siren.at_cm, siren.output.kind)
        return Sounder(gauge_id, rule, self._switch(siren), monotonic=monotonic)

    def _switch(self, siren: SirenSettings) -> Switch:
        output = siren.output
        match output:
            case FileOutput():
                return FileSwitch(output.path, on=output.on, off=output.off)
            case CommandOutput():
                return CommandSwitch(on=output.on, off=output.off)
            case CoilOutput() | RtuCoilOutput():
                return ModbusCoil(self.sources.bus(output), unit=output.unit, coil=output.coil)


class _ThinnedReports:
    """Sends on what the plan of one gauge holds to be worth it; owned by the gauge's thread."""

    def __init__(self, report: ReportSettings, add: Callable[[Reading], None], urgency: Urgency) -> None:
        self._plan = ReportPlan(**report.model_dump(exclude={"rain_file"}))
        self._rain_file, self._add, self._urgency = report.rain_file, add, urgency
        self._watch = ReportWatch()

    def add(self, reading: Reading) -> None:
        """Takes every reading in order."""
        is_urgent = self._urgency.holds(reading.measured_at, self._is_raining)
        self._watch, is_worth = reporting.step(self._watch, reading, plan=self._plan, is_urgent=is_urgent)
        if is_worth:
            self._add(reading)

    def _is_raining(self) -> bool:
        return self._rain_file is not None and _holds_one(self._rain_file)


def _holds_one(path: Path) -> bool:
    try:
        return path.read_text(encoding="ascii").strip() == "1"
    except (OSError, UnicodeDecodeError):
        return False  # a rain sensor that is gone must not cost the link's volume


def gauge_facts(gauge: GaugeSettings) -> GaugeFacts:
    """What a gauge's settings come to."""
    return GaugeFacts(
        id=gauge.id,
        place=Place(lat=gauge.place.lat, lon=gauge.place.lon),
        limits=StageLimits(s3_cm=gauge.limits.s3_cm, s2_cm=gauge.limits.s2_cm, s1_cm=gauge.limits.s1_cm),
        hysteresis_cm=gauge.hysteresis_cm,
        stale_seconds=gauge.stale_seconds,
        datum_cm=gauge.datum_cm,
        quality=QualityLimits(**gauge.quality.model_dump(), stale_seconds=gauge.stale_seconds),
        scale=_scale_of(gauge),
    )


def resumed(gauge_id: str, recorder: EventRegistry, now: datetime) -> GaugeWatch:
    """A gauge's events are few and plain: at most one alarm and one silence, both gone on with from where they were."""
    stage, alarm_since, silent_since = None, None, None
    for entry in recorder.orphans():
        if (entry.source.kind, entry.source.id) != (SourceKind.GAUGE, gauge_id):
            continue
        if isinstance(entry.details, StageDetails):
            stage, alarm_since = int(entry.details.stage), entry.began_at
        elif entry.hazard is Hazard.VIEW_LOST:
            silent_since = entry.began_at
    return begin(now, stage=stage, alarm_since=alarm_since, silent_since=silent_since)


def where(gauge: GaugeSettings) -> str:
    """Describe the source of a gauge in words."""
    source = gauge.source
    match source:
        case ModbusTcpSource():
            return f"Modbus TCP {source.host}:{source.port} unit {source.unit}"
        case ModbusRtuSource():
            return f"Modbus RTU {source.port} at {source.baud} baud, unit {source.unit}"
        case SerialLineSource():
            return f"serial line {source.port} at {source.baud} baud, {source.format}"
        case FileSource():
            return f"file {source.path}"
        case CameraSource():
            return f"a staff in the view of camera {source.camera}, read every {source.every_seconds:g} s"


def _modbus(bus: ModbusBus, unit: int, register: RegisterSettings | None) -> ModbusGauge | ModbusSensor:
    if register is None:
        return ModbusGauge(bus, unit=unit)
    place = RegisterPlace(
        table=register.table,
        address=register.address,
        kind=register.type,
        order=register.word_order,
        byte_order=register.byte_order,
        no_reading=frozenset(register.no_reading),
    )
    return ModbusSensor(bus, place, _sensor(register), unit=unit)


def _serial_line(source: SerialLineSource) -> SerialLineGauge:
    nothing = frozenset(source.no_reading)
    if source.format == "maxbotix" and not nothing:
        nothing = _MAXBOTIX_NOTHING
    return SerialLineGauge(
        str(source.port),
        baud=source.baud,
        parse=lambda line: lines.parse(line, source.format, _scale(source), nothing),
        sensor=_sensor(source),
        poll_request=source.poll_request.encode("ascii"),
        silent_seconds=source.silent_seconds,
    )


def _sensor(value: ValueSettings) -> RawSensor:
    plan = BurstPlan(samples=value.burst, fewest_valid=value.fewest_valid)
    return RawSensor(_scale(value), plan, _conversion(value))


def _conversion(value: ValueSettings) -> Conversion:
    if value.current_loop is not None:
        return CurrentLoop(**value.current_loop.model_dump())
    return LinearConversion(scale=value.scale, offset=value.offset)


def _scale(value: ValueSettings) -> Scale:
    return Scale(unit=value.unit, measures=value.measures, mount_cm=value.mount_cm or 0.0)


def _scale_of(gauge: GaugeSettings) -> Scale:
    source = gauge.source
    match source:
        case SerialLineSource():
            return _scale(source)
        case FileSource() | CameraSource():
            return Scale(unit="cm")
        case ModbusTcpSource() | ModbusRtuSource():
            return _scale(source.register_) if source.register_ else Scale(unit="mm")
