"""Rain on catchments, run-off, flow from gauge to gauge, levels: what the simulated gauges stand in."""

from siaga_sim.river.network import Catchment, Cloudburst, Gauge, Network, Pond, Reach, Tide
from siaga_sim.river.simulation import River

__all__ = ["Catchment", "Cloudburst", "Gauge", "Network", "Pond", "Reach", "River", "Tide"]
