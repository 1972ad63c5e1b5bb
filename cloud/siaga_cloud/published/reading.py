"""Reads what is published, as the public: row-level security and the forms of the API decide what that is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from siaga_cloud.alerts.api.alerts import form_of as alert_form
from siaga_cloud.alerts.api.areas import AreaStatistic
from siaga_cloud.alerts.store import alerts as alerts_db
from siaga_cloud.alerts.store.alerts import ShownAlert
from siaga_cloud.city.api.city import shape_collection
from siaga_cloud.city.api.layers import MapLayer, feature_collection, layer_form
from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.service import reading as city
from siaga_cloud.city.store import layers as layers_db
from siaga_cloud.city.store import map as city_map
from siaga_cloud.city.store.area_context import AreaName
from siaga_cloud.forecast.api import forecast_of, history_of
from siaga_cloud.gauges.store import gauges as gauges_db
from siaga_cloud.gauges.store.gauges import Gauge
from siaga_cloud.incidents.api import flood_states as flood_forms
from siaga_cloud.incidents.api import models as incident_forms
from siaga_cloud.incidents.api.flood_states import FloodEvidence
from siaga_cloud.incidents.store import flood_states as floods_db
from siaga_cloud.incidents.store import read as incidents_db
from siaga_cloud.incidents.store.flood_states import AreaFloodStateView
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.published import names, snapshots
from siaga_cloud.published.models import (
    Alerts,
    Area,
    AreaFacts,
    AreaLayer,
    AreaShelter,
    Cameras,
    CityState,
    FloodStateEvidence,
    HeldFacts,
    Incidents,
    Layers,
    Now,
    PublishedAlert,
    Series,
)
from siaga_cloud.published.water import AreaWater
from siaga_cloud.streets.forms import StreetDepth
from siaga_cloud.streets.forms import form_of as street_form
from siaga_cloud.streets.store import depths as street_depths

MOST_INCIDENTS: Final = 2500
SHOWN_INCIDENTS: Final = 10
SHOWN_ALERTS: Final = 4
MOST_FEATURES: Final = 20_000
SHOWN_SHELTERS: Final = 3
SHOWN_STREETS: Final = 5
SHELTERS_WITHIN_M: Final = 5_000.0
_SERIES_SPAN: Final = timedelta(hours=24)
_MOST_READINGS: Final = 2000
_UNCONFIRMED: Final = "Possible"


def read_city(conn: Connection, *, at: datetime) -> CityState:
    """Read what every round publishes, in a transaction that acts for the public."""
    policy = policies.current(conn)
    found = incidents_db.incidents(conn, state="open", category=None, severest_first=True, limit=MOST_INCIDENTS)
    return CityState(
        at=at,
        zone=policy.zone,
        gauges=gauges_db.gauges(conn),
        alerts=[alert_of(one) for one in alerts_db.shown(conn, kind="area")],
        flood_states=[flood_of(one) for one in floods_db.shown(conn)],
        incidents=[incident_forms.incident(one, whole=False, policy=policy.sources) for one in found],
        snapshots=snapshots.times(conn, at=at),
    )


def alert_of(one: ShownAlert) -> PublishedAlert:
    """Return the form of an alert in both languages."""
    form = alert_form(one, "id")
    return PublishedAlert(
        **{name: getattr(form, name) for name in type(form).model_fields},
        headline_en=one.headline_en,
        text_en=one.text_en,
        instruction_en=one.instruction_en,
    )


def flood_of(one: AreaFloodStateView) -> FloodStateEvidence:
    """Return the form of a flood state with its evidence."""
    form = flood_forms.form_of(one)
    return FloodStateEvidence(
        **{name: getattr(form, name) for name in type(form).model_fields},
        evidence=[FloodEvidence(**item) for item in one.evidence],
    )


def now_of(state: CityState) -> Now:
    """Return the city at a glance."""
    return Now(
        gauges=state.gauges,
        alerts=state.alerts[:SHOWN_ALERTS],
        alert_count=len(state.alerts),
        unconfirmed_alert_count=sum(one.certainty == _UNCONFIRMED for one in state.alerts),
        flood_states=[flood_forms.AreaFloodState(**_without_evidence(one)) for one in state.flood_states],
        incidents=state.incidents[:SHOWN_INCIDENTS],
        incident_count=len(state.incidents),
    )


def _without_evidence(one: FloodStateEvidence) -> dict[str, object]:
    return {name: getattr(one, name) for name in flood_forms.AreaFloodState.model_fields}


def alerts_of(state: CityState) -> Alerts:
    """Return every alert in force."""
    return Alerts(alerts=state.alerts)


def incidents_of(state: CityState) -> Incidents:
    """Return the open incidents."""
    return Incidents(incidents=state.incidents)


def read_cameras(conn: Connection) -> Cameras:
    """Return the public cameras of the city with what is known of each."""
    return Cameras(cameras=city_map.cameras(conn))


def read_area_names(conn: Connection) -> list[AreaName]:
    """Read every area by its name."""
    return city.area_names(conn)


def read_facts(conn: Connection, area: AreaName) -> HeldFacts:
    """Read what seldom changes of an area."""
    return HeldFacts(facts=_facts(conn, area), cameras=snapshots.cameras_near(conn, area.id))


def _facts(conn: Connection, area: AreaName) -> AreaFacts:
    return AreaFacts(
        id=area.id,
        name=area.name,
        level=area.level,
        parent_id=area.parent_id,
        parent_name=area.parent_name,
        statistics=[
            AreaStatistic.model_validate(one, from_attributes=True) for one in city.statistics_of(conn, area.id)
        ],
        layers=[
            AreaLayer(id=one.layer_id, title_id=one.title_id, title_en=one.title_en, count=one.count)
            for one in city.layer_counts(conn, area.id)
        ],
        gauges=list(alerts_db.gauges_that_warn(conn, area.id)),
        shelters=[
            AreaShelter.model_validate(one, from_attributes=True)
            for one in city.nearest_shelters(conn, area.id, within_m=SHELTERS_WITHIN_M, most=SHOWN_SHELTERS)
        ],
    )


def read_floods(conn: Connection, area_ids: Sequence[str]) -> Mapping[str, FloodStateEvidence]:
    """Read the flood states of these areas, also of those where none is in force."""
    return {one.area_id: flood_of(one) for one in floods_db.shown(conn, area_ids=area_ids)}


def read_streets(conn: Connection, *, at: datetime) -> list[StreetDepth]:
    """Read the streets of the city whose depth is known or foreseen, the deepest first."""
    return [street_form(one) for one in street_depths.list_depths(conn, now=at)]


def streets_in(area_id: str, streets: Iterable[StreetDepth], paths: Mapping[str, Sequence[str]]) -> list[StreetDepth]:
    """Return the deepest streets of an area and of those in it."""
    return [one for one in streets if area_id in paths.get(one.area_id or "", ())][:SHOWN_STREETS]


def area_of(
    held: HeldFacts,
    flood: FloodStateEvidence,
    state: CityState,
    path: Sequence[str],
    water: list[AreaWater],
    streets: list[StreetDepth],
) -> Area:
    """Return an area as it is now. `path`: the area and those that it lies in; the worst alert of them is its own."""
    facts = held.facts
    alert = next((one for one in state.alerts if one.area_id in path), None)
    return Area(
        **{name: getattr(facts, name) for name in type(facts).model_fields},
        alert=alert,
        flood=flood,
        incidents=[one for one in state.incidents if one.area_id == facts.id],
        water=water,
        streets=streets,
        camera=snapshots.nearest_with_snapshot(held.cameras, state.snapshots),
    )


def paths_of(areas: Iterable[AreaName]) -> Mapping[str, Sequence[str]]:
    """Return for every area its ID and those of the areas that it lies in."""
    parents = {one.id: one.parent_id for one in areas}
    return {area_id: _path(area_id, parents) for area_id in parents}


def _path(area_id: str, parents: Mapping[str, str | None]) -> Sequence[str]:
    path, here = [area_id], parents.get(area_id)
    while here is not None and here not in path:
        path.append(here)
        here = parents.get(here)
    return path


def read_series(conn: Connection, gauge: Gauge, *, at: datetime) -> Series:
    """Read the course of a gauge until `at`."""
    return Series(
        gauge_id=gauge.id,
        readings=gauges_db.readings(conn, gauge.id, since=at - _SERIES_SPAN, until=at, limit=_MOST_READINGS),
        forecast=forecast_of(conn, gauge),
        history=history_of(conn, gauge),
    )


def read_layers(conn: Connection) -> Layers:
    """Read the catalogue of the city's layers, with the addresses of their published features."""
    return Layers(layers=[_layer(layer_form(one, "id")) for one in layers_db.catalogue(conn)])


def _layer(form: MapLayer) -> dict[str, object]:
    return form.model_dump(mode="json") | {"features": f"/state/{names.layer_file(form.id)}"}


def read_layer_versions(conn: Connection) -> Mapping[str, str]:
    """Read the version of each layer by its ID."""
    return {one.id: one.version for one in layers_db.catalogue(conn)}


def read_layer(conn: Connection, layer_id: str) -> bytes | None:
    """Read the features of a layer as GeoJSON; None where there is no such layer."""
    found = layers_db.catalogue(conn, layer_id)
    if not found:
        return None
    features = layers_db.features(conn, layer_id, bounds=None, most=MOST_FEATURES)
    return feature_collection(found[0], features).encode()


def read_map_version(conn: Connection) -> str:
    """Read what changes whenever an area or a river does."""
    return city_map.map_version(conn)


def read_shapes(conn: Connection, name: str) -> bytes:
    """Read the areas or the rivers as GeoJSON."""
    found = city_map.areas(conn) if name == names.AREAS else city_map.waterways(conn)
    return json.dumps(shape_collection(found), separators=(",", ":"), ensure_ascii=False).encode()


def utc_now() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)
