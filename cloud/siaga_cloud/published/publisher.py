"""Decides in each round which files are due, and writes them; `now.json` last, so that it promises no more than the
others hold.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeAlias, TypeVar

from siaga_cloud.city.store.area_context import AreaName
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.published import names, page, reading, snapshots
from siaga_cloud.published.models import CityState, HeldFacts, as_bytes
from siaga_cloud.published.roads import RoadSource, read_roads
from siaga_cloud.published.stamp import stamped
from siaga_cloud.published.water import WaterReader

NOW_EVERY: Final = timedelta(seconds=10)
"""How often what the front page shows is written again when nothing changed; a change is written in the next round."""
REST_EVERY: Final = timedelta(seconds=60)
MAP_EVERY: Final = timedelta(seconds=10)
FACTS_EVERY: Final = timedelta(minutes=10)
MOST_AREAS: Final = 50
MOST_SERIES: Final = 25
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_NameOf: TypeAlias = Callable[[str], str]
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class _WrittenFile:
    """Remembers what a file holds besides its times, and when it was written."""

    digest: bytes
    at: datetime


class PublishTarget(Protocol):
    """Defines where published files are written. What fails is an OSError."""

    def write_all(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Replace files; the last one only when the others are there."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file; nothing to do where there is none."""
        ...

    def list(self) -> Iterator[str]:
        """Yield the names of the published files that are there."""
        ...


@dataclass(slots=True)
class RoundCount:
    """Counts the files of one round."""

    written: int = 0
    removed: int = 0


@dataclass(slots=True)
class Publisher:
    """Writes the state of the city into a folder or bucket, round by round. `limited`: a round may leave work to the
    next.
    """

    target: PublishTarget
    limited: bool = True
    roads: RoadSource = field(default_factory=RoadSource)
    _written: dict[str, _WrittenFile] = field(default_factory=dict)
    _facts: OrderedDict[str, tuple[datetime, HeldFacts]] = field(default_factory=OrderedDict)
    _areas: list[AreaName] = field(default_factory=list)
    _paths: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _areas_version: bytes = b""
    _map_version: bytes = b""
    _map_at: datetime | None = None
    _map_files: frozenset[str] = frozenset()
    _pending: list[tuple[str, bytes, _WrittenFile]] = field(default_factory=list)
    _expected_files: frozenset[str] | None = None

    def read(self, conn: Connection, *, at: datetime) -> None:
        """Read what is due, in a transaction that acts for the public; raises psycopg.Error.

        Nothing is written meanwhile: a slow disk must not hold the transaction open.
        """
        self._pending, self._expected_files = [], None
        state = reading.read_city(conn, at=at)
        self._publish_map(conn, state)
        self._publish_areas(conn, state)
        self._publish_series(conn, state)
        self._publish_snapshots(conn, state)
        self._put(names.ALERTS, as_bytes(reading.alerts_of(state)), at, every=REST_EVERY)
        self._put(names.INCIDENTS, as_bytes(reading.incidents_of(state)), at, every=REST_EVERY)
        self._publish_now(state)
        if self._map_at == state.at:
            self._expected_files = frozenset(self._expected(state))

    def write(self) -> RoundCount:
        """Write what was read; raises OSError. A round that fails leaves files that are true at the time they name."""
        self.target.write_all([(name, body) for name, body, _ in self._pending])
        self._written.update((name, held) for name, _, held in self._pending)
        count = RoundCount(written=len(self._pending))
        if self._expected_files is not None:
            count.removed = self._remove_others(self._expected_files)
        return count

    def _publish_now(self, state: CityState) -> None:
        body = as_bytes(reading.now_of(state))
        if not self._is_due(names.NOW, _digest(body), state.at, every=NOW_EVERY):
            return
        for language, name in names.PAGES.items():
            self._write(name, page.render(state, language).encode(), _digest(body), state.at)
        self._write(names.NOW, stamped(body, at=state.at), _digest(body), state.at)

    def _publish_map(self, conn: Connection, state: CityState) -> None:
        if self._map_at is not None and state.at - self._map_at < MAP_EVERY:
            return
        versions = reading.read_layer_versions(conn)
        files = {names.layer_file(one) for one in versions}
        for layer_id, version in versions.items():
            self._publish_features(conn, layer_id, version, state.at)
        self._put(names.CATALOGUE, as_bytes(reading.read_layers(conn)), state.at, every=REST_EVERY)
        self._put(names.CAMERAS, as_bytes(reading.read_cameras(conn)), state.at, every=REST_EVERY)
        self._put(names.ROADS, as_bytes(read_roads(conn, self.roads, at=state.at)), state.at, every=REST_EVERY)
        self._publish_shapes(conn, state.at)
        self._map_files, self._map_at = frozenset(files), state.at

    def _publish_snapshots(self, conn: Connection, state: CityState) -> None:
        """A snapshot is written when it changes; its own time says how old it is."""
        for camera_id, taken_at in state.snapshots.items():
            name, digest = names.camera_file(camera_id), _digest(taken_at.isoformat().encode())
            if not names.is_publishable(camera_id) or self._holds(name, digest):
                continue
            found = snapshots.read_snapshot(conn, camera_id)
            if found is not None:
                self._write(name, stamped(as_bytes(found), at=state.at), digest, state.at)

    def _publish_features(self, conn: Connection, layer_id: str, version: str, at: datetime) -> None:
        name = names.layer_file(layer_id)
        if self._holds(name, _digest(version.encode())):
            return
        body = reading.read_layer(conn, layer_id)
        if body is not None:
            self._write(name, body, _digest(version.encode()), at)

    def _publish_shapes(self, conn: Connection, at: datetime) -> None:
        self._map_version = version = _digest(reading.read_map_version(conn).encode())
        for name in (names.AREAS, names.RIVERS):
            if not self._holds(name, version):
                self._write(name, reading.read_shapes(conn, name), version, at)

    def _publish_areas(self, conn: Connection, state: CityState) -> None:
        self._read_facts(conn, state)
        due = self._areas_due(state)
        if not due:
            return
        floods = {one.area_id: one for one in state.flood_states}
        floods |= reading.read_floods(conn, [one for one in due if one not in floods])
        water, streets = WaterReader(conn, state.gauges, state.at), reading.read_streets(conn, at=state.at)
        for area_id in due:
            held, flood = self._facts[area_id][1], floods.get(area_id)
            if flood is None:
                continue
            here = reading.streets_in(area_id, streets, self._paths)
            area = reading.area_of(held, flood, state, self._paths[area_id], water.of_area(held.facts.gauges), here)
            self._put(names.area_file(area_id), as_bytes(area), state.at, every=REST_EVERY)

    def _areas_due(self, state: CityState) -> list[str]:
        """Return the areas where something is, and of the others those that were written longest ago."""
        known = [one.id for one in self._areas if one.id in self._facts]
        busy = self._busy(state)
        calm = self._longest_ago((one for one in known if one not in busy), names.area_file, state.at)
        return [*(one for one in known if one in busy), *self._some(calm, MOST_AREAS)]

    def _busy(self, state: CityState) -> set[str]:
        """Return the areas with a flood state, an incident or an alert."""
        warned = {one.area_id for one in state.alerts}
        return {
            *(one.area_id for one in state.flood_states),
            *(one.area_id for one in state.incidents if one.area_id is not None),
            *(area_id for area_id, path in self._paths.items() if not warned.isdisjoint(path)),
        }

    def _read_facts(self, conn: Connection, state: CityState) -> None:
        # A city is often loaded after the publisher has begun; its areas must not wait for the next reading of facts.
        if self._areas_version != self._map_version:
            self._areas = [one for one in reading.read_area_names(conn) if names.is_publishable(one.id)]
            self._paths, self._areas_version = reading.paths_of(self._areas), self._map_version
            here = set(self._paths)
            for gone in [one for one in self._facts if one not in here]:
                del self._facts[gone]
        busy = self._busy(state)
        old = [one for one in self._areas if not self._has_facts(one.id, state.at)]
        old.sort(key=lambda one: (one.id not in busy, one.id in self._facts))
        for area in self._some(old, MOST_AREAS):
            self._facts[area.id] = (state.at, reading.read_facts(conn, area))

    def _has_facts(self, area_id: str, at: datetime) -> bool:
        held = self._facts.get(area_id)
        return held is not None and at - held[0] < FACTS_EVERY

    def _publish_series(self, conn: Connection, state: CityState) -> None:
        gauges = {one.id: one for one in state.gauges if names.is_publishable(one.id)}
        measured = {one: _digest(str(gauge.measured_at).encode()) for one, gauge in gauges.items()}
        changed = [one for one in gauges if not self._holds(names.gauge_file(one), measured[one])]
        others = self._longest_ago((one for one in gauges if one not in set(changed)), names.gauge_file, state.at)
        changed.sort(key=lambda one: self._written_at(names.gauge_file(one)) or _NEVER)
        for gauge_id in self._some([*changed, *others], MOST_SERIES):
            body = stamped(as_bytes(reading.read_series(conn, gauges[gauge_id], at=state.at)), at=state.at)
            self._write(names.gauge_file(gauge_id), body, measured[gauge_id], state.at)

    def _longest_ago(self, ids: Iterable[str], name_of: _NameOf, at: datetime) -> list[str]:
        """Return those that are due by their age alone, the oldest first."""
        old = [(self._written_at(name_of(one)) or _NEVER, one) for one in ids]
        return [one for written_at, one in sorted(old) if at - written_at >= REST_EVERY]

    def _some(self, due: list[_Item], most: int) -> list[_Item]:
        return due[:most] if self.limited else due

    def _put(self, name: str, body: bytes, at: datetime, *, every: timedelta) -> None:
        digest = _digest(body)
        if self._is_due(name, digest, at, every=every):
            self._write(name, stamped(body, at=at), digest, at)

    def _is_due(self, name: str, digest: bytes, at: datetime, *, every: timedelta) -> bool:
        held = self._written.get(name)
        return held is None or held.digest != digest or at - held.at >= every

    def _holds(self, name: str, digest: bytes) -> bool:
        held = self._written.get(name)
        return held is not None and held.digest == digest

    def _written_at(self, name: str) -> datetime | None:
        held = self._written.get(name)
        return None if held is None else held.at

    def _write(self, name: str, body: bytes, digest: bytes, at: datetime) -> None:
        self._pending.append((name, body, _WrittenFile(digest, at)))

    def _remove_others(self, expected: frozenset[str]) -> int:
        """Remove the files of what the city no longer has, also those that an earlier process left; how many."""
        others = [one for one in self.target.list() if one not in expected]
        for name in others:
            self.target.remove(name)
            self._written.pop(name, None)
        return len(others)

    def _expected(self, state: CityState) -> Iterator[str]:
        yield from (names.NOW, names.ALERTS, names.INCIDENTS, names.CAMERAS, names.AREAS, names.RIVERS, names.CATALOGUE)
        yield names.ROADS
        yield from (names.camera_file(one) for one in state.snapshots)
        yield from names.PAGES.values()
        yield from self._map_files
        yield from (names.area_file(one.id) for one in self._areas)
        yield from (names.gauge_file(one.id) for one in state.gauges)


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()
