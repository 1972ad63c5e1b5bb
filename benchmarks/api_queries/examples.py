"""Values for the parameters of addresses: what exists in the year, and what a person would look for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import psycopg
from benchmarks.api_queries.requests import Examples

# One that exists for each name in an address; the newest, which a page shows first.
_FOUND: Final = {
    "area_id": "SELECT area_id FROM incident WHERE area_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    "incident_id": "SELECT id::text FROM incident ORDER BY began_at DESC LIMIT 1",
    "task_id": "SELECT id::text FROM task ORDER BY created_at DESC LIMIT 1",
    "camera_id": "SELECT id FROM camera ORDER BY id LIMIT 1",
    "node_id": "SELECT id FROM node ORDER BY id LIMIT 1",
    "asset_id": "SELECT id FROM asset ORDER BY id LIMIT 1",
    "alert_id": "SELECT id::text FROM area_alert ORDER BY raised_at DESC LIMIT 1",
    "dead_letter_id": "SELECT id::text FROM dead_letter ORDER BY received_at DESC LIMIT 1",
    "report_id": "SELECT id::text FROM report ORDER BY received_at DESC LIMIT 1",
    "request_id": "SELECT id::text FROM report ORDER BY received_at DESC LIMIT 1",
    "number": "SELECT number::text FROM task ORDER BY created_at DESC LIMIT 1",
}
_PATHS: Final = {
    "gauge_id": ("manggarai",),
    "user_id": ("petugas.sda",),
    "fmt": ("json",),
    "service_code": ("flooding",),
    "suffix": ("csv",),
    "dataset": ("gauges", "stages", "incidents", "tasks", "cameras", "areas", "alerts", "agencies"),
    "entity_set": ("Things", "Locations", "Datastreams", "Observations", "FeaturesOfInterest"),
}
_QUERIES: Final = {
    "q": "manggarai", "lat": "-6.2079", "lon": "106.84844", "long": "106.84844", "radius": "1000", "radius_m": "1000",
    "bbox": "106.8,-6.3,106.9,-6.2", "category": "flooding", "service_code": "flooding", "agency": "dinas-sda",
    "area": "31.74", "camera": "wall-cam-1", "node": "box-1", "reason": "measurement", "locationIds": "manggarai",
    "offset": "100", "page": "100", "$skip": "100000", "$orderby": "phenomenonTime desc",
    "$filter": "result gt 300", "$expand": "Datastream", "type": "FloodMonitoring", "status": "closed",
    "actor": "admin", "action": "update", "object": "admin",
}  # fmt: skip


def examples(url: str) -> Examples:
    """Look them up; the span of time ends with the last report."""
    with psycopg.connect(url) as conn:
        found = {name: conn.execute(query).fetchone() for name, query in _FOUND.items()}
        last = conn.execute("SELECT max(received_at) FROM report").fetchone()
    there = {name: str(row[0]) for name, row in found.items() if row}
    number = {"number": there["number"]} if "number" in there else {}
    return Examples(
        paths={**_PATHS, **{name: (value,) for name, value in there.items()}},
        queries={**_QUERIES, **number},
        end=last[0] if last and last[0] else datetime.now(UTC),
    )
