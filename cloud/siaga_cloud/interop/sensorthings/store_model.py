"""Defines the OGC SensorThings 1.1 entities as relations over our tables, with their properties and links.

Everything here is constant text: the names in a query are looked up in these tables and never pasted into SQL. Gauges
are the Things; each has a Datastream of its level and one of its recorded stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["text", "number", "time", "interval", "point", "list", "observation_id", "absent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Represents a property by its column. An interval is in `name`_from and `name`_to, a point in lon and lat; an
    absent one is of the standard and null for every entity here. The standard leaves the type of an untyped one open.
    """

    name: str
    kind: Kind = "text"
    is_untyped: bool = False
    is_nullable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Links an entity to others: the rows of `target` whose columns `there` equal the own columns `here`."""

    target: str
    is_many: bool
    here: tuple[str, ...]
    there: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySet:
    """Represents a set of entities. `properties` are by path (name, or properties/river); `key` is the default sort
    key. Below `open_members` any path may be named: what is not there is null. `parts` are the relations that
    `relation` puts together, where each is to be read in its own sequence.
    """

    name: str
    relation: str
    properties: Mapping[str, Column]
    links: Mapping[str, Link]
    key: tuple[str, ...] = ("id",)
    open_members: frozenset[str] = field(default=frozenset({"properties"}))
    parts: tuple[str, ...] = ()


LEVEL, STAGE = "level", "stage"
MICROSECONDS: Final = 1_000_000

_GAUGES = """
SELECT gauge.id, coalesce(nullif(gauge.name, ''), gauge.id) AS name, nullif(gauge.river, '') AS river, gauge.lat,
 gauge.lon, gauge.area_id, area.name AS area_name, gauge.s3_cm, gauge.s2_cm, gauge.s1_cm, gauge.datum_cm,
 gauge.downstream_id, gauge.updated_at AS time, knowledge.unknown_cause, knowledge.unknown_since
FROM gauge LEFT JOIN area ON area.id = gauge.area_id JOIN gauge_knowledge AS knowledge ON knowledge.gauge_id = gauge.id
"""
_THINGS = f"""
SELECT *, 'Water-level gauge' || coalesce(' at ' || river, '') AS description FROM ({_GAUGES}) AS held
"""  # noqa: S608 - constants
_LOCATIONS = f"""
SELECT *, 'Where the gauge stands' || coalesce(', ' || area_name, '') AS description,
 'application/geo+json'::text AS encoding_type FROM ({_GAUGES}) AS held
"""  # noqa: S608 - constants
_FEATURES = f"""
SELECT *, 'The water' || coalesce(' of ' || river, '') || ' at the gauge' AS description,
 'application/geo+json'::text AS encoding_type FROM ({_GAUGES}) AS held
"""  # noqa: S608 - constants
_PROPERTIES = """
SELECT * FROM (VALUES
 ('level', 'Water level', 'Tinggi muka air',
  'http://vocab.nerc.ac.uk/standard_name/water_surface_height_above_reference_datum/',
  'Height of the water over the gauge''s own zero'),
 ('stage', 'Siaga stage', 'Status siaga', 'urn:siaga:property:stage',
  'Stage of alert of record: 4 is normal, 3 advisory, 2 warning, 1 danger')
) AS held (id, name, name_id, definition, description)
"""
_SENSORS = f"""
SELECT id || '.gauge' AS id, 'Gauge of ' || name AS name, 'The sensor that measures the level at ' || name
 AS description, 'text/html'::text AS encoding_type, '/embed/gauge?id=' || id AS metadata FROM ({_GAUGES}) AS held
UNION ALL SELECT 'siaga.stage-rule', 'Rule of stages', 'Decides the stage from the level by the gauge''s limits, with'
 ' hysteresis', 'text/html', '/api'
"""  # noqa: S608 - constants
_SPAN = ", ".join(
    f"CASE kind.id WHEN 'level' THEN (SELECT {which}(measured_at) FROM reading WHERE reading.gauge_id = held.id)"  # noqa: S608
    f" ELSE (SELECT {which}(at) FROM gauge_stage WHERE gauge_stage.gauge_id = held.id) END AS phenomenon_{end}"
    for which, end in (("min", "from"), ("max", "to"))
)
_DATASTREAMS = f"""
SELECT held.id || '.' || kind.id AS id, held.id AS gauge_id, kind.id AS property_id, held.river, held.area_id, held.lat,
 held.lon, held.unknown_cause, held.unknown_since,
 CASE kind.id WHEN 'level' THEN held.id || '.gauge' ELSE 'siaga.stage-rule' END AS sensor_id,
 kind.name || ' at ' || held.name AS name, kind.description, kind.observation_type, kind.unit_name, kind.unit_symbol,
 kind.unit_definition, {_SPAN}
FROM ({_GAUGES}) AS held CROSS JOIN (VALUES
 ('level', 'Water level', 'Level in cm over the gauge''s own zero; no result where there was no reading',
  'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement', 'centimetre', 'cm',
  'http://www.qudt.org/qudt/owl/1.0.0/unit/Instances.html#Centimeter'),
 ('stage', 'Siaga stage', 'Each change of the stage of record, 4 (normal) to 1 (danger)',
  'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_CountObservation', NULL, NULL, NULL)
) AS kind (id, name, description, observation_type, unit_name, unit_symbol, unit_definition)
"""  # noqa: S608 - constants
_LEVELS = """
SELECT gauge_id, 'level'::text AS property_id, measured_at AS phenomenon, received_at AS result_time,
 round(level_cm::numeric, 1)::float8 AS result, quality, flags, round(spread_cm::numeric, 1)::float8 AS spread_cm,
 samples
FROM reading
"""
_STAGES = """
SELECT gauge_id, 'stage'::text AS property_id, at AS phenomenon, recorded_at AS result_time, stage::float8 AS result,
 'good' AS quality, '{}'::text[] AS flags, NULL::float8 AS spread_cm, NULL::integer AS samples
FROM gauge_stage
"""
_OBSERVATIONS = f"{_LEVELS} UNION ALL {_STAGES}"


def _texts(*names: str) -> dict[str, Column]:
    return {name: Column(name=name) for name in names}


_ID = {"id": Column(name="id")}
_PLACE = {
    "properties/river": Column(name="river"),
    "properties/area_id": Column(name="area_id"),
    "properties/area_name": Column(name="area_name"),
}
# Set while the level is unknown: the newest Observation is then history.
_KNOWLEDGE = {
    "properties/unknown_cause": Column(name="unknown_cause"),
    "properties/unknown_since": Column(name="unknown_since", kind="time"),
}
_ENCODING = {"encodingType": Column(name="encoding_type")}
_ABSENT = Column(name="", kind="absent")
_OWN, _BY_GAUGE, _STREAM = ("id",), ("gauge_id",), ("gauge_id", "property_id")

SETS: Final[Mapping[str, EntitySet]] = {
    one.name: one
    for one in (
        EntitySet(
            name="Things",
            relation=_THINGS,
            properties={
                **_ID,
                **_texts("name", "description"),
                **_PLACE,
                **{
                    f"properties/{name}": Column(name=name, kind="number")
                    for name in ("s3_cm", "s2_cm", "s1_cm", "datum_cm")
                },
                "properties/downstream_id": Column(name="downstream_id"),
                **_KNOWLEDGE,
            },
            links={
                "Locations": Link(target="Locations", is_many=True, here=_OWN, there=_OWN),
                "HistoricalLocations": Link(target="HistoricalLocations", is_many=True, here=_OWN, there=_OWN),
                "Datastreams": Link(target="Datastreams", is_many=True, here=_OWN, there=_BY_GAUGE),
            },
        ),
        EntitySet(
            name="Locations",
            relation=_LOCATIONS,
            properties={
                **_ID,
                **_texts("name", "description"),
                **_ENCODING,
                "location": Column(name="location", kind="point"),
                **_PLACE,
            },
            links={
                "Things": Link(target="Things", is_many=True, here=_OWN, there=_OWN),
                "HistoricalLocations": Link(target="HistoricalLocations", is_many=True, here=_OWN, there=_OWN),
            },
        ),
        EntitySet(
            name="HistoricalLocations",
            relation=_GAUGES,
            properties={**_ID, "time": Column(name="time", kind="time")},
            open_members=frozenset(),
            links={
                "Thing": Link(target="Things", is_many=False, here=_OWN, there=_OWN),
                "Locations": Link(target="Locations", is_many=True, here=_OWN, there=_OWN),
            },
        ),
        EntitySet(
            name="Datastreams",
            relation=_DATASTREAMS,
            properties={
                **_ID,
                **_texts("name", "description"),
                "observationType": Column(name="observation_type"),
                "unitOfMeasurement/name": Column(name="unit_name"),
                "unitOfMeasurement/symbol": Column(name="unit_symbol"),
                "unitOfMeasurement/definition": Column(name="unit_definition"),
                "observedArea": Column(name="observed_area", kind="point"),
                "phenomenonTime": Column(name="phenomenon", kind="interval"),
                # The span of the times of receipt would need an index of its own over every reading.
                "resultTime": _ABSENT,
                "properties/river": Column(name="river"),
                "properties/area_id": Column(name="area_id"),
                **_KNOWLEDGE,
            },
            links={
                "Thing": Link(target="Things", is_many=False, here=_BY_GAUGE, there=_OWN),
                "Sensor": Link(target="Sensors", is_many=False, here=("sensor_id",), there=_OWN),
                "ObservedProperty": Link(target="ObservedProperties", is_many=False, here=("property_id",), there=_OWN),
                "Observations": Link(target="Observations", is_many=True, here=_STREAM, there=_STREAM),
            },
        ),
        EntitySet(
            name="Sensors",
            relation=_SENSORS,
            properties={**_ID, **_texts("name", "description"), **_ENCODING, "metadata": Column(name="metadata")},
            links={"Datastreams": Link(target="Datastreams", is_many=True, here=_OWN, there=("sensor_id",))},
        ),
        EntitySet(
            name="ObservedProperties",
            relation=_PROPERTIES,
            properties={
                **_ID,
                **_texts("name", "definition", "description"),
                "properties/name_id": Column(name="name_id"),
            },
            links={"Datastreams": Link(target="Datastreams", is_many=True, here=_OWN, there=("property_id",))},
        ),
        EntitySet(
            name="Observations",
            relation=_OBSERVATIONS,
            parts=(_LEVELS, _STAGES),
            properties={
                "id": Column(name="id", kind="observation_id"),
                "phenomenonTime": Column(name="phenomenon", kind="time", is_nullable=False),
                "resultTime": Column(name="result_time", kind="time"),
                "result": Column(name="result", kind="number", is_untyped=True),
                "resultQuality": Column(name="quality"),
                "validTime": _ABSENT,
                "parameters/flags": Column(name="flags", kind="list"),
                "parameters/spread_cm": Column(name="spread_cm", kind="number"),
                "parameters/samples": Column(name="samples", kind="number"),
            },
            links={
                "Datastream": Link(target="Datastreams", is_many=False, here=_STREAM, there=_STREAM),
                "FeatureOfInterest": Link(target="FeaturesOfInterest", is_many=False, here=_BY_GAUGE, there=_OWN),
            },
            key=("gauge_id", "phenomenon", "property_id"),
            open_members=frozenset({"parameters", "resultQuality"}),
        ),
        EntitySet(
            name="FeaturesOfInterest",
            relation=_FEATURES,
            properties={
                **_ID,
                **_texts("name", "description"),
                **_ENCODING,
                "feature": Column(name="feature", kind="point"),
                **_PLACE,
            },
            links={"Observations": Link(target="Observations", is_many=True, here=_OWN, there=_BY_GAUGE)},
        ),
    )
}
