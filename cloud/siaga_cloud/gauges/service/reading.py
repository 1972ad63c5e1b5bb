"""Reads of gauges that the APIs of other subjects share."""

from __future__ import annotations

from siaga_cloud.gauges.store.gauges import Gauge, gauges
from siaga_cloud.gauges.store.history import Alarm, UsualLevels, alarm_of, publish, usual_of

__all__ = ["Alarm", "Gauge", "UsualLevels", "alarm_of", "gauges", "publish", "usual_of"]
