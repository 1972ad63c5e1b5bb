"""Builds a scenario's gauges: firmware, sensor and battery for each, over the story's river."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from random import Random

from siaga_sim.city import City, GaugeTable
from siaga_sim.firmware import BurstSettings, EchoSensor, Settings
from siaga_sim.gauges import GaugeDevice
from siaga_sim.scenario import Scenario
from siaga_sim.story import StoryClock, World

# An echo sounder hangs clear of the highest flood by more than its own blind zone.
CLEARANCE_CM = 300
BRISK_BELOW_S3_CM = 20


def gauge_devices(
    scenario: Scenario, city: City, world: World, clock: StoryClock, gauge_ids: Sequence[str]
) -> list[GaugeDevice]:
    """One device for each gauge, repeatable by the scenario's seed."""
    return [_device(scenario, city.gauge_by_id(gauge_id), world, clock) for gauge_id in gauge_ids]


def firmware_settings(scenario: Scenario, gauge: GaugeTable) -> Settings:
    """The firmware's settings at a gauge; what is per minute of river becomes per minute of story."""
    table = scenario.firmware
    mount_mm = mount_mm_of(gauge)
    return Settings(
        mount_mm=mount_mm,
        burst=BurstSettings(
            echoes=table.echoes,
            gap_seconds=table.gap_seconds,
            farthest_mm=mount_mm - round(gauge.bed_cm * 10) + 1000,
        ),
        measure_every_seconds=table.measure_every_seconds,
        calm_report_seconds=table.calm_report_seconds,
        brisk_report_seconds=table.brisk_report_seconds,
        brisk_hold_seconds=table.brisk_hold_seconds,
        change_mm=table.change_mm,
        brisk_above_mm=round((gauge.limits.s3_cm - BRISK_BELOW_S3_CM) * 10),
        fastest_mm_per_minute=Settings(mount_mm=mount_mm).fastest_mm_per_minute * scenario.river_speed,
        sensor_rest_seconds=2 * table.measure_every_seconds,
    )


def mount_mm_of(gauge: GaugeTable) -> int:
    """How high over the gauge's zero the sensor hangs."""
    return round((gauge.highest_cm + CLEARANCE_CM) * 10)


def _device(scenario: Scenario, gauge: GaugeTable, world: World, clock: StoryClock) -> GaugeDevice:
    # crc32, because the built-in hash of a text differs from run to run.
    chance = Random(scenario.seed * 2**32 + zlib.crc32(gauge.id.encode()))
    return GaugeDevice(
        gauge.id,
        level_cm=lambda: world.level_cm(gauge.id, clock.seconds()),
        sensor=EchoSensor(mount_mm=mount_mm_of(gauge), chance=chance),
        settings=firmware_settings(scenario, gauge),
    )
