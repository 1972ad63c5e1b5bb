"""The river over a whole story, worked out once and asked for levels after that."""

from __future__ import annotations

import numpy as np

from siaga_sim.river.hydrology import Series, ponded_mm, rain_mm_per_hour, rated_cm, routed_m3s, runoff_m3s, tide_cm
from siaga_sim.river.network import Cloudburst, Network

STEP_HOURS = 1 / 60
# Enough for a week of river at one-minute steps; a story beyond that is a typing error.
MAX_HOURS = 240.0


class River:
    """Levels, flows and ponds for `hours` of river time; asks after the end get the last value."""

    def __init__(self, network: Network, bursts: tuple[Cloudburst, ...] = (), *, hours: float) -> None:
        if not 0 < hours <= MAX_HOURS:
            raise ValueError(f"river hours: got {hours}, expected more than 0 and at most {MAX_HOURS:g}")
        self.hours: Series = np.arange(0.0, hours + STEP_HOURS, STEP_HOURS)
        self._rain = {c.id: rain_mm_per_hour(self.hours, bursts, c.id) for c in network.catchments}
        self._flows = self._route(network)
        self._levels = {gauge.id: self._level_series(network, gauge.id) for gauge in network.gauges}
        self._ponds = {pond.id: self._pond_series(network, pond.id) for pond in network.ponds}

    def level_cm(self, gauge_id: str, hour: float) -> float:
        """Level over the gauge's zero. Raises KeyError for a gauge that is not there."""
        return float(np.interp(hour, self.hours, self._levels[gauge_id]))

    def pond_cm(self, pond_id: str, hour: float) -> float:
        """Depth of the water on a low street."""
        return float(np.interp(hour, self.hours, self._ponds[pond_id]))

    def rain_mm_per_hour(self, catchment_id: str, hour: float) -> float:
        """Rain on a catchment."""
        return float(np.interp(hour, self.hours, self._rain[catchment_id]))

    def level_series(self, gauge_id: str) -> Series:
        """All levels of a gauge, one per step of `hours`."""
        return self._levels[gauge_id].copy()

    def flow_series(self, gauge_id: str) -> Series:
        """All storm flows at a gauge in m3/s, without the base flow."""
        return self._flows[gauge_id].copy()

    def _route(self, network: Network) -> dict[str, Series]:
        flows: dict[str, Series] = {gauge.id: np.zeros_like(self.hours) for gauge in network.gauges}
        for catchment in network.catchments:
            flows[catchment.into] += runoff_m3s(self._rain[catchment.id], catchment, step_hours=STEP_HOURS)
        for gauge_id in network.downstream_sequence():
            for reach in network.reaches:
                if reach.upstream == gauge_id:
                    flows[reach.downstream] += routed_m3s(flows[gauge_id], hours=reach.hours, step_hours=STEP_HOURS)
        return flows

    def _level_series(self, network: Network, gauge_id: str) -> Series:
        gauge = next(gauge for gauge in network.gauges if gauge.id == gauge_id)
        if gauge.tide is not None:
            return tide_cm(self.hours, gauge.tide)
        return rated_cm(self._flows[gauge_id] + gauge.base_m3s, gauge)

    def _pond_series(self, network: Network, pond_id: str) -> Series:
        pond = next(pond for pond in network.ponds if pond.id == pond_id)
        standing = ponded_mm(
            self._rain[pond.catchment], drain_mm_per_hour=pond.drain_mm_per_hour, step_hours=STEP_HOURS
        )
        return standing * pond.cm_per_mm
