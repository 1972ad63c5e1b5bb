"""Imports pumps and gates from a file or from a layer of the map, and their states from a file."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from siaga_cloud.assets.files import AssetLine, StateLine
from siaga_cloud.assets.service.states import store_reported
from siaga_cloud.assets.store import assets as db
from siaga_cloud.assets.store.assets import AssetRow, StateRow
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.store import layers
from siaga_cloud.gauges.store import gauges
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError, NotFoundError
from siaga_core.rules.assets.state import AssetKind

MAX_FEATURES = 5000
_MAX_ID = 48


def import_assets(conn: Connection, lines: Sequence[AssetLine], *, origin: str, now: datetime) -> int:
    """Store the assets of a file; how many. Raises InvalidError for a gauge that is not there."""
    for one in lines:
        if one.gauge is not None and not gauges.exists(conn, one.gauge):
            raise InvalidError(
                f'asset "{one.id}" gauge: got {one.gauge!r}, expected the id of an imported gauge',
                code="gauge_unknown",
                got=one.gauge,
            )
    areas = AreaLookup()
    rows = [_row(one, areas.at(conn, lat=one.lat, lon=one.lon)) for one in lines]
    db.upsert_assets(conn, rows, origin=origin, now=now)
    return len(rows)


def import_layer(conn: Connection, layer_id: str, kind: AssetKind, *, now: datetime) -> int:
    """Make every point of a layer an asset of a kind; how many. What is known of an asset beyond its place stays."""
    if not layers.catalogue(conn, layer_id):
        raise NotFoundError(f"there is no layer {layer_id!r}", code="layer_not_found")
    page = layers.features(conn, layer_id, bounds=None, most=MAX_FEATURES)
    if page.matched > len(page.features):
        raise InvalidError(
            f"layer {layer_id}: got {page.matched} features, expected at most {MAX_FEATURES}",
            code="layer_too_large",
            most=MAX_FEATURES,
        )
    points = [one for one in page.features if one["geometry"]["type"] == "Point"]
    rows = list(_rows_of_layer(layer_id, kind, points))
    db.upsert_places(conn, rows, origin=f"layer:{layer_id}", now=now)
    return len(rows)


def import_states(conn: Connection, lines: Sequence[StateLine], *, file: str, now: datetime) -> int:
    """Store the states of a file, once each; how many were new. Raises InvalidError for an asset that is not there."""
    known = db.kinds(conn, sorted({one.asset for one in lines}))
    for one in lines:
        if one.asset not in known:
            raise InvalidError(f"asset: got {one.asset!r}, expected the id of an imported asset", code="asset_unknown")
        if one.measured_at > now:
            raise InvalidError(f"measured_at: got {one.measured_at}, which is in the future", code="time_in_future")
    return store_reported(conn, [_state(one, file, now) for one in lines])


def _row(line: AssetLine, area_id: str | None) -> AssetRow:
    return AssetRow(
        id=line.id,
        kind=line.kind,
        name=line.name,
        name_en=line.name_en,
        lat=line.lat,
        lon=line.lon,
        area_id=area_id,
        gauge_id=line.gauge,
        works_as=line.duty,
        works_from_cm=line.works_from_cm,
        capacity_m3s=line.capacity_m3s,
        rated_kw=line.rated_kw,
        stale_seconds=line.stale_seconds,
    )


def _rows_of_layer(layer_id: str, kind: AssetKind, points: Iterable[dict[str, Any]]) -> Iterator[AssetRow]:
    used: Counter[str] = Counter()
    for one in points:
        lon, lat = one["geometry"]["coordinates"][:2]
        name = str(one["properties"].get("name") or f"{layer_id} {one['number']}")[:120]
        wanted = asset_id(str(one["properties"].get("id") or name))
        used[wanted] += 1
        number = "" if used[wanted] == 1 else f"-{used[wanted]}"
        yield AssetRow(
            id=f"{wanted[: _MAX_ID - len(number)]}{number}",
            kind=kind,
            name=name,
            name_en="",
            lat=lat,
            lon=lon,
            area_id=one["area_id"],
            gauge_id=None,
            works_as="running" if kind == "pump" else "open",
            works_from_cm=None,
            capacity_m3s=None,
            rated_kw=None,
            stale_seconds=900,
        )


def asset_id(name: str) -> str:
    """Return the id that stands for a name: small letters and digits of ASCII with hyphens between them."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_ID].strip("-")
    return found if len(found) > 1 else f"asset-{found or 'x'}"


def _state(line: StateLine, file: str, now: datetime) -> StateRow:
    return StateRow(
        asset_id=line.asset,
        measured_at=line.measured_at,
        state=line.state,
        capacity_share=line.capacity_share,
        power_kw=line.power_kw,
        level_difference_cm=line.level_difference_cm,
        origin="file",
        recorded_by=file[:80],
        received_at=now,
    )
