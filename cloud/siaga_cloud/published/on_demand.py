"""Makes the same files without a publisher: for a server that has no folder of them, such as a test or a small city."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.published import names, page, reading, snapshots
from siaga_cloud.published.models import CityState, as_bytes
from siaga_cloud.published.roads import RoadSource, read_roads
from siaga_cloud.published.stamp import stamped
from siaga_cloud.published.water import WaterReader

_REREAD: Final = timedelta(seconds=2)


class StateOnDemand:
    """Renders single files. The city is read at most every two seconds, however many request it."""

    def __init__(self, clock: Callable[[], datetime] = reading.utc_now, roads: RoadSource | None = None) -> None:
        self._clock, self._lock, self._roads = clock, threading.Lock(), roads or RoadSource()
        self._held: CityState | None = None

    def file(self, conn: Connection, name: str) -> bytes | None:
        """Return the content of a file, read in a transaction that acts for the public; None where there is none."""
        if name in (names.AREAS, names.RIVERS):
            return reading.read_shapes(conn, name)
        for language, page_name in names.PAGES.items():
            if name == page_name:
                return page.render(self._city(conn), language).encode()
        if name.startswith("layers/city-"):
            return reading.read_layer(conn, name.removeprefix("layers/city-").removesuffix(".json"))
        return self._stamped(conn, name)

    def _stamped(self, conn: Connection, name: str) -> bytes | None:
        state = self._city(conn)
        body = self._body(conn, name, state)
        return None if body is None else stamped(body, at=state.at)

    def _body(self, conn: Connection, name: str, state: CityState) -> bytes | None:
        match name:
            case names.NOW:
                return as_bytes(reading.now_of(state))
            case names.ALERTS:
                return as_bytes(reading.alerts_of(state))
            case names.INCIDENTS:
                return as_bytes(reading.incidents_of(state))
            case names.CAMERAS:
                return as_bytes(reading.read_cameras(conn))
            case names.CATALOGUE:
                return as_bytes(reading.read_layers(conn))
            case names.ROADS:
                return as_bytes(read_roads(conn, self._roads, at=state.at))
        if camera_id := names.id_in(name, "cameras"):
            return _snapshot(conn, camera_id, state)
        if area_id := names.id_in(name, "areas"):
            return _area(conn, area_id, state)
        gauge_id = names.id_in(name, "gauges")
        gauge = next((one for one in state.gauges if one.id == gauge_id), None)
        return as_bytes(reading.read_series(conn, gauge, at=state.at)) if gauge else None

    def _city(self, conn: Connection) -> CityState:
        with self._lock:
            now = self._clock()
            if self._held is None or now - self._held.at >= _REREAD:
                self._held = reading.read_city(conn, at=now)
            return self._held


def _snapshot(conn: Connection, camera_id: str, state: CityState) -> bytes | None:
    found = snapshots.read_snapshot(conn, camera_id) if camera_id in state.snapshots else None
    return None if found is None else as_bytes(found)


def _area(conn: Connection, area_id: str, state: CityState) -> bytes | None:
    areas = reading.read_area_names(conn)
    area = next((one for one in areas if one.id == area_id), None)
    if area is None:
        return None
    floods = reading.read_floods(conn, [area_id])
    paths, held = reading.paths_of(areas), reading.read_facts(conn, area)
    water = WaterReader(conn, state.gauges, state.at).of_area(held.facts.gauges)
    streets = reading.streets_in(area_id, reading.read_streets(conn, at=state.at), paths)
    return as_bytes(reading.area_of(held, floods[area_id], state, paths[area_id], water, streets))
