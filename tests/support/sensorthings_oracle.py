"""Compares answers of our SensorThings API with those that FROST-Server 2.4.2 recorded for the same entities.

What both may write differently is brought to one form: the service's address, links to next pages, times, numbers,
nulls and members that are missing, and the navigation links of answers that expand. Errors are equal by their status.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from siaga_cloud.platform.db.connection import Connection

DATA: Final = Path(__file__).parents[1] / "data" / "sensorthings"
ROOT: Final = "http://HOST/v1.1"
DIGEST: Final = "#sorted_ids_sha256"
_TIME: Final = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Represents a request and FROST's answer. `reason`: why ours may differ; empty where it may not."""

    number: int
    method: str
    path: str
    status: int
    body: Any
    headers: Mapping[str, str]
    is_encoded: bool
    is_followed: bool
    reason: str


def exchanges() -> list[Exchange]:
    """Return every recorded request in its order."""
    return [_exchange(json.loads(line)) for line in (DATA / "requests.jsonl").read_text().splitlines()]


def _exchange(row: Mapping[str, Any]) -> Exchange:
    return Exchange(
        number=row["n"],
        method=row["method"],
        path=row["path"],
        status=row["status"],
        body=row.get("body"),
        headers=row.get("headers", {}),
        is_encoded=row.get("encoded", False),
        is_followed=row.get("follow", False),
        reason=row.get("reason", ""),
    )


def load_entities(conn: Connection) -> None:
    """Writes the recorded entities into the tables of gauges, readings and stages."""
    entities = json.loads((DATA / "entities.json").read_text())
    moved = {one["@iot.id"]: one["time"] for one in entities["HistoricalLocations"]}
    places = {one["@iot.id"]: one["location"]["coordinates"] for one in entities["Locations"]}
    for thing in entities["Things"]:
        area = thing["properties"].get("area_id")
        if area is not None:
            sql = "INSERT INTO area (id, name, level) VALUES (%s, %s, 'kelurahan')"
            conn.execute(sql, (area, thing["properties"]["area_name"]))
        lon, lat = places[thing["@iot.id"]]
        names = ("river", "area_id", "s3_cm", "s2_cm", "s1_cm", "downstream_id")
        row = {**dict.fromkeys(names), **thing["properties"]}
        row |= {"id": thing["@iot.id"], "name": thing["name"], "lon": lon, "lat": lat, "at": moved[thing["@iot.id"]]}
        conn.execute(
            "INSERT INTO gauge (id, name, river, area_id, lat, lon, s3_cm, s2_cm, s1_cm, datum_cm, downstream_id,"
            " updated_at) VALUES (%(id)s, %(name)s, coalesce(%(river)s, ''), %(area_id)s, %(lat)s, %(lon)s,"
            " %(s3_cm)s, %(s2_cm)s, %(s1_cm)s, %(datum_cm)s, %(downstream_id)s, %(at)s)",
            row,
        )
    for one in entities["Observations"]:
        _load_observation(conn, one)
    conn.commit()


def _load_observation(conn: Connection, one: Mapping[str, Any]) -> None:
    gauge, _, kind = one["Datastream"]["@iot.id"].rpartition(".")
    row = {"gauge": gauge, "at": one["phenomenonTime"], "received": one["resultTime"], "result": one["result"]}
    if kind == "stage":
        sql = "INSERT INTO gauge_stage VALUES (%(gauge)s, %(at)s, NULL, %(result)s, 0, %(received)s)"
        conn.execute(sql, row)
        return
    parameters = one.get("parameters", {})
    row |= {"quality": one["resultQuality"], "flags": parameters.get("flags", [])}
    row |= {name: parameters.get(name) for name in ("spread_cm", "samples")}
    conn.execute(
        "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, flags, spread_cm, samples, node_id,"
        " received_at) VALUES (%(gauge)s, %(at)s, %(result)s, %(quality)s, %(flags)s, %(spread_cm)s, %(samples)s,"
        " 'node-a', %(received)s)",
        row,
    )


def differences(exchange: Exchange, status: int, body: Any, root: str) -> str:
    """Return what differs between the recorded answer and ours in one line; empty if nothing does."""
    if exchange.status != status:
        return f"status {status}, recorded {exchange.status}"
    if status >= 400:
        return ""
    ours = _canonical(body, exchange, root)
    if isinstance(exchange.body, dict) and "#cut" in exchange.body:
        return _cut_difference(ours, exchange.body["#cut"], exchange)
    theirs = _canonical(exchange.body, exchange, ROOT)
    if isinstance(theirs, dict) and "#ids" in theirs:
        ours, theirs = _reduced(ours, theirs, exchange), dict(theirs)
        if "$orderby" not in exchange.path:
            theirs |= {"#ids": [] if DIGEST in theirs else sorted(theirs["#ids"])}
            theirs.pop("#first", None)
        theirs.pop("#reduced")
    return "" if _unordered(ours, exchange) == _unordered(theirs, exchange) else _first_difference(ours, theirs)


def _reduced(body: Any, theirs: Mapping[str, Any], exchange: Exchange) -> dict[str, Any]:
    """Return an answer as the long one beside it was recorded: how many entities, and their ids or, of very many, the
    first ids and a digest of all. Their order and the first entity count only where the request asks for an order.
    """
    ids = [one["@iot.id"] for one in body["value"]]
    shown = {name: part for name, part in body.items() if name != "value"} | {"#entities": float(len(ids))}
    is_ordered = "$orderby" in exchange.path
    if DIGEST in theirs:
        shown[DIGEST] = hashlib.sha256(json.dumps(sorted(ids)).encode()).hexdigest()
        shown["#ids"] = ids[: len(theirs["#ids"])] if is_ordered else []
    else:
        shown["#ids"] = ids if is_ordered else sorted(ids)
    return {**shown, "#first": body["value"][0]} if is_ordered and "#first" in theirs else shown


def _cut_difference(ours: Any, cut: str, exchange: Exchange) -> str:
    """Compares the beginning of an answer of which only that was recorded: the entities that are whole in it."""
    whole = _whole_entities(cut)
    theirs = [_canonical(one, exchange, ROOT) for one in whole]
    held = ours["value"][: len(theirs)]
    if not theirs:
        return "" if ours["value"] else "nothing, recorded a long first entity"
    return "" if held == theirs else _first_difference(held, theirs)


def _whole_entities(cut: str) -> list[Any]:
    decoder, at, found = json.JSONDecoder(), cut.index('"value":[') + len('"value":['), []
    while at < len(cut):
        try:
            entity, at = decoder.raw_decode(cut, at)
        except json.JSONDecodeError:
            break
        found.append(entity)
        at += 1
    return found


def _canonical(value: Any, exchange: Exchange, root: str) -> Any:
    match value:
        case dict():
            shown = {name: _canonical(one, exchange, root) for name, one in value.items() if _counts(name, exchange)}
            shown |= {name: "NEXT" for name in shown if name.endswith("@iot.nextLink")}
            if "observationType" in shown:
                shown.pop("resultTime", None)
            return {name: one for name, one in shown.items() if one not in (None, [], {}) or name in ("value", "#ids")}
        case list():
            return [_canonical(one, exchange, root) for one in value]
        case str() if value[:1] in ("{", "["):
            return _canonical(json.loads(value), exchange, root)
        case str():
            return _text(value, root)
        case bool() | None:
            return value
        case int() | float():
            return float(f"{value:.9g}")
        case _:
            return value


def _counts(name: str, exchange: Exchange) -> bool:
    """Whether both servers write the member: ours says since when a level is unknown, and drops links it expands.

    What the recording says of pages that were followed is not part of an answer.
    """
    if name in ("unknown_cause", "unknown_since", "ids_once", "pages"):
        return False
    return not ("$expand" in exchange.path and name.endswith("@iot.navigationLink"))


def _text(text: str, root: str) -> str:
    spot = text if root == ROOT else text.replace(root, ROOT).replace(root.removesuffix("/sta/v1.1"), "http://HOST")
    return "/".join(_time(one) if _TIME.match(one) else one for one in spot.split("/")) if "T" in spot else spot


def _time(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(UTC)
    return at.replace(tzinfo=None).isoformat().rstrip("0") if at.microsecond else at.replace(tzinfo=None).isoformat()


def _unordered(body: Any, exchange: Exchange) -> Any:
    """Return the answer with its entities sorted where the request has no order of its own."""
    if "$orderby" in exchange.path or not isinstance(body, dict):
        return body
    return {name: _sorted(part) for name, part in body.items()}


def _sorted(part: Any) -> Any:
    return sorted(part, key=lambda one: json.dumps(one, sort_keys=True)) if isinstance(part, list) else part


def _first_difference(ours: Any, theirs: Any) -> str:
    left, right = (json.dumps(one, sort_keys=True, ensure_ascii=False) for one in (ours, theirs))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
    start, at = max(0, same - 60), same
    return f"ours ...{left[start : at + 100]}, recorded ...{right[start : at + 100]}"


def joined(pages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the pages of an answer as one, as FROST's were recorded where the links were followed."""
    first = {name: part for name, part in pages[0].items() if name != "@iot.nextLink"}
    return {**first, "value": [one for page in pages for one in page["value"]]}
