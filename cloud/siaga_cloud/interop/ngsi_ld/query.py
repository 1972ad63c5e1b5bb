"""Parses and applies the queries of NGSI-LD (ETSI CIM 009, 4.9 and 4.10): `q`, `georel`, `attrs`, `id`, `type`.

What is not known here is refused, never ignored: a dashboard that requests what lies within 5 km must not get the city.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any, Final, TypeAlias

from shapely.errors import ShapelyError
from shapely.geometry import shape

Entity: TypeAlias = Mapping[str, Any]
Check: TypeAlias = Callable[[Entity], bool]

KNOWN: Final = frozenset({
    "id", "type", "q", "attrs", "georel", "geometry", "coordinates", "geoproperty", "options", "format", "limit",
    "offset", "count",
})  # fmt: skip
FORMS: Final = ("normalized", "keyValues", "concise")
MAX_LIMIT: Final = 1000
MAX_OFFSET: Final = 100_000
_MAX_TEXT: Final = 2000
_MAX_TERMS: Final = 50
_EARTH_M: Final = 6_371_008.8
_TERM: Final = re.compile(r"([A-Za-z_@][\w@:/.#-]*)(?:\[([\w.]+)\])?(==|!=|>=|<=|>|<|!?~=)?(.*)", re.DOTALL)
_NEAR: Final = re.compile(r"near;(maxDistance|minDistance)==([0-9]{1,9}(?:\.[0-9]{1,6})?)")
_RELATIONS: Final = ("within", "contains", "intersects", "equals", "disjoint", "overlaps")
_ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {">": gt, "<": lt, ">=": ge, "<=": le}


class QueryError(Exception):
    """The query cannot be answered; the message names the parameter, what it held and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Represents what is requested. `types` and `ids` are None where the request names none."""

    types: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    checks: Sequence[Check] = ()
    form: str = "normalized"
    limit: int = 100
    offset: int = 0
    is_counted: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)

    def matches(self, entity: Entity) -> bool:
        """Return whether an entity is one of those requested."""
        if self.types is not None and entity["type"] not in self.types:
            return False
        if self.ids is not None and entity["id"] not in self.ids:
            return False
        if self.attributes is not None and self.attributes.isdisjoint(entity):
            return False
        return all(check(entity) for check in self.checks)

    def shown(self, entity: Entity) -> dict[str, Any]:
        """Return an entity with the requested attributes, in the requested form."""
        wanted = self.attributes
        names = [name for name in entity if wanted is None or name in wanted or name in ("id", "type")]
        return {name: _formed(entity[name], self.form) for name in names}


def read(parameters: Sequence[tuple[str, str]], types: Collection[str], *, of_set: bool = True) -> Query:
    """Return the query of a request; raises QueryError for whatever is not known here."""
    given = _once(parameters)
    unknown = sorted(given.keys() - (KNOWN if of_set else {"options", "format", "attrs"}))
    if unknown:
        raise QueryError(f"{unknown[0][:40]}: it is not known here, expected of {', '.join(sorted(KNOWN))}")
    if of_set and not given.keys() & {"type", "id", "q", "attrs", "georel"}:
        raise QueryError("type: it is missing; name at least one of type, id, attrs, q and georel")
    checks = [*([_condition(given["q"])] if "q" in given else []), *_place(given)]
    return Query(
        types=_types(given["type"], types) if "type" in given else None,
        ids=frozenset(_listed(given["id"])) if "id" in given else None,
        attributes=frozenset(_listed(given["attrs"])) if "attrs" in given else None,
        checks=checks,
        form=_form(given),
        limit=_number(given, "limit", 100, MAX_LIMIT),
        offset=_number(given, "offset", 0, MAX_OFFSET),
        is_counted=_is_on(given),
        parameters=given,
    )


def _once(parameters: Sequence[tuple[str, str]]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, text in parameters:
        if name in given:
            raise QueryError(f"{name[:40]}: got it twice, expected it once")
        if len(text) > _MAX_TEXT:
            raise QueryError(f"{name[:40]}: got {len(text)} characters, expected at most {_MAX_TEXT}")
        given[name] = text
    return given


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _types(text: str, known: Collection[str]) -> frozenset[str]:
    """A list of types, by their names or whole IRIs; one that this server does not have has no entities."""
    wanted = {re.split(r"[/#]", one)[-1] for one in re.split(r"[,|]", text.replace("(", "").replace(")", ""))}
    if ";" in text:
        raise QueryError("type: got ;, expected names with commas, because no entity has two types")
    return frozenset(wanted & set(known)) or frozenset({""})


def _form(given: Mapping[str, str]) -> str:
    wanted = [*_listed(given.get("options", "")), *_listed(given.get("format", ""))]
    unknown = [one for one in wanted if one not in FORMS]
    if unknown or len(wanted) > 1:
        raise QueryError(f"options: got {','.join(wanted)[:60]!r}, expected one of {', '.join(FORMS)}")
    return wanted[0] if wanted else FORMS[0]


def _number(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > most:
        raise QueryError(f"{name}: got {text[:40]!r}, expected a whole number from 0 to {most}")
    return int(text)


def _is_on(given: Mapping[str, str]) -> bool:
    text = given.get("count", "false")
    if text not in ("true", "false"):
        raise QueryError(f"count: got {text[:40]!r}, expected true or false")
    return text == "true"


# --- q ---------------------------------------------------------------------------------------------------------------


def _condition(text: str) -> Check:
    """`;` is and, `|` is or and binds less; there are no brackets."""
    if "(" in text or ")" in text:
        raise QueryError("q: got a bracket, expected terms with ; (and) and | (or)")
    choices = [[_term(term) for term in _split(choice, ";")] for choice in _split(text, "|")]
    if sum(map(len, choices)) > _MAX_TERMS:
        raise QueryError(f"q: got over {_MAX_TERMS} terms")
    return lambda entity: any(all(term(entity) for term in choice) for choice in choices)


def _split(text: str, mark: str) -> list[str]:
    """The parts of a text at a mark that stands outside of quotes."""
    return re.findall(rf'(?:"[^"]*"|[^{re.escape(mark)}"])+', text) or [""]


def _term(text: str) -> Check:
    found = _TERM.fullmatch(text.strip())
    if found is None:
        raise QueryError(f"q: got {text[:60]!r}, expected an attribute, an operator and a value")
    path, inner, operator, written = found.groups()
    if operator is None:
        if written:
            raise QueryError(f"q: got {text[:60]!r}, expected an operator of ==, !=, >, <, >=, <=")
        return lambda entity: _value(entity, path, inner) is not None
    if operator.endswith("~="):
        raise QueryError(f"q: got {operator}, expected ==, !=, >, <, >=, <= (patterns are not evaluated here)")
    if operator in _ORDERED:
        return _ordered(path, inner, _ORDERED[operator], _literal(written))
    return _equal(path, inner, written, is_wanted=operator == "==")


def _ordered(path: str, inner: str | None, compare: Callable[[Any, Any], bool], wanted: Any) -> Check:
    def check(entity: Entity) -> bool:
        value = _value(entity, path, inner)
        return type(value) is type(wanted) and not isinstance(value, bool) and compare(value, wanted)

    return check


def _equal(path: str, inner: str | None, written: str, *, is_wanted: bool) -> Check:
    """A value, a list of them, or a range as 1..3. An attribute that is not there is neither equal nor unequal."""
    least, dots, most = written.partition("..")
    is_range = bool(dots) and '"' not in written
    wanted = [_literal(one) for one in ((least, most) if is_range else _split(written, ","))]

    def check(entity: Entity) -> bool:
        value = _value(entity, path, inner)
        fits = _is_between(value, *wanted[:2]) if is_range else value in wanted
        return value is not None and fits is is_wanted

    return check


def _is_between(value: Any, low: Any, high: Any) -> bool:
    return type(value) is type(low) is type(high) and low <= value <= high


def _literal(written: str) -> Any:
    text = written.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    moment = _moment(text)
    if moment is not None:
        return moment
    try:
        number = float(text)
    except ValueError:
        raise QueryError(f'q: got {text[:40]!r}, expected a number, a time, true, false or "text"') from None
    if not math.isfinite(number):
        raise QueryError(f"q: got {text[:40]!r}, expected a finite number")
    return number


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str) or not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _value(entity: Entity, path: str, inner: str | None) -> Any:
    """The value at a path: `name`, `name.observedAt`, `name[member]`; None where there is none."""
    name, _, member = path.partition(".")
    attribute = entity.get(name)
    if isinstance(attribute, Mapping):
        attribute = attribute.get(member) if member else attribute.get("value")
    elif member:
        return None
    for one in (inner or "").split(".") if inner else ():
        attribute = attribute.get(one) if isinstance(attribute, Mapping) else None
    if isinstance(attribute, Mapping) and "@value" in attribute:
        attribute = attribute["@value"]
    if isinstance(attribute, int) and not isinstance(attribute, bool):
        return float(attribute)
    return _moment(attribute) or attribute


# --- place -----------------------------------------------------------------------------------------------------------


def _place(given: Mapping[str, str]) -> Iterable[Check]:
    names = ("georel", "geometry", "coordinates")
    present = [name for name in names if name in given]
    if not present and "geoproperty" not in given:
        return ()
    missing = [name for name in names if name not in given]
    if missing:
        raise QueryError(f"{missing[0]}: it is missing; georel, geometry and coordinates go together")
    if given.get("geoproperty", "location") != "location":
        raise QueryError(f"geoproperty: got {given['geoproperty'][:40]!r}, expected location")
    wanted = _geometry(given["geometry"], given["coordinates"])
    return (
        _near(given["georel"], wanted) if given["georel"].startswith("near") else _related(given["georel"], wanted),
    )


def _geometry(kind: str, coordinates: str) -> Any:
    try:
        found = shape({"type": kind, "coordinates": json.loads(coordinates)})
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, RecursionError, ShapelyError):
        raise QueryError(f"coordinates: got {coordinates[:60]!r}, expected those of a {kind[:20]} in GeoJSON") from None
    bounds = found.bounds
    if found.is_empty or not all(map(math.isfinite, bounds)) or not found.is_valid:
        raise QueryError(f"coordinates: got {coordinates[:60]!r}, expected those of a valid {kind[:20]}")
    return found


def _near(relation: str, wanted: Any) -> Check:
    found = _NEAR.fullmatch(relation)
    if found is None or wanted.geom_type != "Point":
        raise QueryError(f"georel: got {relation[:60]!r}, expected near;maxDistance==METRES and a Point")
    metres, is_most = float(found[2]), found[1] == "maxDistance"

    def check(entity: Entity) -> bool:
        at = _location(entity)
        return at is not None and (_distance_m(at, wanted) <= metres) is is_most

    return check


def _related(relation: str, wanted: Any) -> Check:
    if relation not in _RELATIONS:
        raise QueryError(f"georel: got {relation[:60]!r}, expected near;maxDistance==METRES, {', '.join(_RELATIONS)}")

    def check(entity: Entity) -> bool:
        at = _location(entity)
        return at is not None and bool(getattr(at, relation)(wanted))

    return check


def _location(entity: Entity) -> Any:
    location = entity.get("location")
    return shape(location["value"]) if isinstance(location, Mapping) else None


def _distance_m(one: Any, other: Any) -> float:
    """The distance of two points on the sphere."""
    lat, other_lat = math.radians(one.y), math.radians(other.y)
    half = math.sin((lat - other_lat) / 2) ** 2
    half += math.cos(lat) * math.cos(other_lat) * math.sin(math.radians(one.x - other.x) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


# --- form ------------------------------------------------------------------------------------------------------------


def _formed(attribute: Any, form: str) -> Any:
    if form == "normalized" or not isinstance(attribute, Mapping):
        return attribute
    if form == "keyValues" or attribute.keys() <= {"type", "value"}:
        return attribute["value"]
    return {name: part for name, part in attribute.items() if name != "type"}
