"""Answers long lists as JSON, as CSV for spreadsheets and as GeoJSON for maps."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from fastapi import Response
from pydantic import TypeAdapter

from siaga_cloud.platform.spreadsheet import cell

_Item = TypeVar("_Item")


class GeoJSONResponse(Response):
    """Represents an answer in GeoJSON (RFC 7946)."""

    media_type = "application/geo+json"


def json_response(form: TypeAdapter[list[_Item]], items: list[_Item]) -> Response:
    """Return what the framework would answer, without checking anew each of hundreds of rows that we made ourselves."""
    return Response(form.dump_json(items), media_type="application/json")


def csv_response(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], name: str) -> Response:
    """Return a file `name`.csv: UTF-8, a header, empty cells for what is not known."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({key: cell(row.get(key)) for key in columns} for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def geojson_response(rows: Sequence[Mapping[str, Any]], geometries: Mapping[str, object]) -> Response:
    """Return a feature for each row, with the geometry of its id; null where there is none."""
    features = [
        {"type": "Feature", "id": row["id"], "properties": row, "geometry": geometries.get(row["id"])} for row in rows
    ]
    body = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"), ensure_ascii=False)
    return GeoJSONResponse(body)
