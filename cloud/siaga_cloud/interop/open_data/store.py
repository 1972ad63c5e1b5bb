"""Reads the datasets of open data with the rows that the public may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Represents a table of open data. `shape` is the column with GeoJSON; without one, lat and lon are the place."""

    id: str
    indonesian: str
    english: str
    query: bytes
    columns: tuple[str, ...]
    shape: str | None = None
    has_place: bool = True


_AREA = b" LEFT JOIN area ON area.id = "
# Rows come from views that show each caller what that caller may see; here that is the public.
DATASETS: Final[Mapping[str, Dataset]] = {
    one.id: one
    for one in (
        Dataset(
            id="gauges", indonesian="Pos duga air dan tinggi muka air", english="Gauges and their latest level",
            columns=("id", "name", "river", "area_id", "area_name", "lat", "lon", "s3_cm", "s2_cm", "s1_cm", "level_cm",
                "stage", "stage_since", "quality", "measured_at", "unknown_since", "unknown_cause", "last_level_cm",
                "last_stage", "last_known_at"),
            query=b"SELECT gauge.id, coalesce(nullif(gauge.name, ''), gauge.id) AS name, gauge.river, gauge.area_id,"
            b" area.name AS area_name, gauge.lat, gauge.lon, gauge.s3_cm, gauge.s2_cm, gauge.s1_cm,"
            b" CASE WHEN is_known THEN round(latest.level_cm::numeric, 1)::float8 END AS level_cm,"
            b" CASE WHEN is_known THEN latest.stage END AS stage,"
            b" CASE WHEN is_known THEN latest.stage_since END AS stage_since,"
            b" CASE WHEN is_known THEN latest.quality END AS quality, latest.measured_at, knowledge.unknown_since,"
            b" knowledge.unknown_cause,"
            b" CASE WHEN NOT is_known THEN round(knowledge.known_level_cm::numeric, 1)::float8 END AS last_level_cm,"
            b" CASE WHEN NOT is_known THEN latest.stage END AS last_stage,"
            b" CASE WHEN NOT is_known THEN knowledge.known_at END AS last_known_at FROM gauge" + _AREA +
            b"gauge.area_id LEFT JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id"
            b" JOIN gauge_knowledge AS knowledge ON knowledge.gauge_id = gauge.id"
            b" CROSS JOIN LATERAL (SELECT knowledge.unknown_cause IS NULL AS is_known) AS held"
            b" WHERE gauge.retired_at IS NULL ORDER BY gauge.id LIMIT %(limit)s",
        ),
        Dataset(
            id="stages", indonesian="Perubahan status siaga", english="Changes of the Siaga stage",
            columns=("gauge_id", "at", "previous_stage", "stage", "level_cm", "lat", "lon"),
            query=b"SELECT change.gauge_id, change.at, change.previous_stage, change.stage,"
            b" round(change.level_cm::numeric, 1)::float8 AS level_cm, gauge.lat, gauge.lon FROM gauge_stage AS change"
            b" LEFT JOIN gauge ON gauge.id = change.gauge_id ORDER BY change.at DESC, change.gauge_id LIMIT %(limit)s",
        ),
        Dataset(
            id="incidents", indonesian="Kejadian, yang terbaru dahulu", english="Incidents, the newest first",
            columns=("id", "number", "category", "state", "severity", "confidence", "area_id", "area_name",
                "lat", "lon", "began_at", "last_signal_at", "over_at", "sources"),
            query=b"SELECT incident.id, incident.number, incident.category, incident.state, incident.severity,"
            b" round(incident.confidence::numeric, 4)::float8 AS confidence, incident.area_id, area.name AS area_name,"
            b" incident.lat, incident.lon, incident.began_at, incident.last_signal_at, incident.over_at,"
            b" incident.sources FROM incident_seen AS incident" + _AREA + b"incident.area_id"
            b" ORDER BY incident.began_at DESC, incident.id LIMIT %(limit)s",
        ),
        Dataset(
            id="tasks", indonesian="Tugas petugas, yang terbaru dahulu", english="Officers' tasks, the newest first",
            has_place=False,
            columns=("id", "number", "incident_id", "category", "state", "priority", "severity", "agency_id", "area_id",
                "area_name", "created_at", "resolve_by", "finished_at"),
            query=b"SELECT task.id, task.number, task.incident_id, task.category, task.state, task.priority,"
            b" task.severity, task.agency_id, task.area_id, area.name AS area_name, task.created_at, task.resolve_by,"
            b" task.finished_at FROM task_seen AS task" + _AREA + b"task.area_id ORDER BY task.created_at DESC, task.id"
            b" LIMIT %(limit)s",
        ),
        Dataset(
            id="cameras", indonesian="Kamera", english="Cameras",
            columns=("id", "name", "area_id", "area_name", "lat", "lon", "unknown_since", "last_frame_at"),
            query=b"SELECT camera.id, camera.name, camera.area_id, area.name AS area_name, camera.lat, camera.lon,"
            b" latest.unknown_since, latest.last_frame_at FROM camera" + _AREA + b"camera.area_id"
            b" LEFT JOIN camera_latest AS latest ON latest.camera_id = camera.id"
            b" WHERE camera.retired_at IS NULL ORDER BY camera.id LIMIT %(limit)s",
        ),
        Dataset(
            id="areas", indonesian="Wilayah", english="Areas", shape="geometry",
            columns=("id", "name", "level", "parent_id", "schematic"),
            query=b"SELECT id, name, level, parent_id, schematic, geometry FROM area ORDER BY id LIMIT %(limit)s",
        ),
        Dataset(
            id="waterways", indonesian="Sungai dan kanal", english="Rivers and canals", shape="geometry",
            columns=("id", "name", "kind", "schematic"),
            query=b"SELECT id, name, kind, schematic, geometry FROM waterway ORDER BY id LIMIT %(limit)s",
        ),
        Dataset(
            id="alerts", indonesian="Peringatan yang berlaku", english="Alerts in force", shape="geometry",
            columns=("id", "area_id", "area_name", "gauge_id", "level", "stage", "flood_state", "certainty",
                "flood_certainty", "raised_at", "issued_at", "headline_id", "headline_en"),
            query=b"SELECT alert.id, alert.area_id, area.name AS area_name, alert.gauge_id, told.level, told.stage,"
            b" told.flood_state, told.certainty, told.flood_certainty, alert.raised_at, told.at AS issued_at,"
            b" told.headline_id, told.headline_en, area.geometry"
            b" FROM area_alert AS alert JOIN LATERAL (SELECT * FROM area_alert_revision AS revision WHERE"
            b" revision.alert_id = alert.id ORDER BY revision DESC LIMIT 1) AS told ON true" + _AREA + b"alert.area_id"
            b" WHERE alert.ended_at IS NULL ORDER BY told.level DESC, alert.id LIMIT %(limit)s",
        ),
        Dataset(
            id="agencies", indonesian="Dinas dan badan", english="Agencies", has_place=False,
            columns=("id", "name", "colour"),
            query=b"SELECT id, name, colour FROM agency ORDER BY id LIMIT %(limit)s",
        ),
    )
}  # fmt: skip


def rows(conn: Connection, dataset: Dataset, *, limit: int) -> list[dict[str, Any]]:
    """At most `limit` rows of a dataset."""
    return conn.execute(dataset.query, {"limit": limit}).fetchall()
