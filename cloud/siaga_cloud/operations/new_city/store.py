"""Reads what the checklist must know of the loaded city."""

from __future__ import annotations

from siaga_cloud.city.service import policy
from siaga_cloud.operations.new_city.facts import AgencyFact, AreaFact, CameraFact, CityFacts, GaugeFact
from siaga_cloud.platform.db.connection import Connection


def facts(conn: Connection, *, sends_mail: bool | None) -> CityFacts:
    """Return the facts of the loaded city. `sends_mail` is None where the caller cannot know it."""
    document = policy.document(conn)
    calendar = document.get("calendar") if document else None
    counts = conn.execute(
        "SELECT count(*) AS people, count(*) FILTER (WHERE role = 'admin') AS admins,"
        " (SELECT count(*) FROM gazetteer_place) AS places"
        " FROM app_user WHERE disabled_at IS NULL AND role <> 'citizen'"
    ).fetchone()
    assert counts is not None  # noqa: S101 - an aggregate always has a row
    return CityFacts(
        areas=_areas(conn),
        zone=calendar["zone"] if calendar else None,
        agencies=_agencies(conn),
        admins=counts["admins"],
        people=counts["people"],
        gauges=_gauges(conn),
        cameras=_cameras(conn),
        enrolled_nodes=_enrolled(conn),
        places=counts["places"],
        word_languages=frozenset(row["language"] for row in conn.execute("SELECT language FROM city_words")),
        sends_mail=sends_mail,
    )


def city_name(conn: Connection) -> str | None:
    """Return the name of the area that all others lie in; None where there is not exactly one."""
    rows = conn.execute("SELECT name FROM area WHERE parent_id IS NULL LIMIT 2").fetchall()
    return rows[0]["name"] if len(rows) == 1 else None


def _areas(conn: Connection) -> tuple[AreaFact, ...]:
    rows = conn.execute("SELECT name, geometry IS NOT NULL AS has_border, schematic FROM area ORDER BY id")
    return tuple(
        AreaFact(name=row["name"], has_border=row["has_border"], is_schematic=row["schematic"]) for row in rows
    )


def _agencies(conn: Connection) -> tuple[AgencyFact, ...]:
    rows = conn.execute(
        "SELECT name, ARRAY(SELECT category FROM agency_route WHERE agency_id = agency.id AND area_id IS NULL)"
        " AS categories, EXISTS (SELECT FROM app_user WHERE agency_id = agency.id AND disabled_at IS NULL)"
        " AS has_people FROM agency ORDER BY id"
    )
    return tuple(
        AgencyFact(name=row["name"], categories=frozenset(row["categories"]), has_people=row["has_people"])
        for row in rows
    )


def _gauges(conn: Connection) -> tuple[GaugeFact, ...]:
    rows = conn.execute(
        "SELECT id, node_id AS node, coalesce(s3_cm, s2_cm, s1_cm) IS NOT NULL AS has_limits,"
        " area_id IS NOT NULL AS is_in_area, EXISTS (SELECT FROM gauge_latest WHERE gauge_id = gauge.id)"
        " AS has_reported FROM gauge WHERE retired_at IS NULL ORDER BY id"
    )
    return tuple(GaugeFact(**row) for row in rows)


def _cameras(conn: Connection) -> tuple[CameraFact, ...]:
    rows = conn.execute(
        "SELECT id, node_id AS node, permission <> '' AS has_permission, area_id IS NOT NULL AS is_in_area,"
        " EXISTS (SELECT FROM camera_zone WHERE camera_id = camera.id)"
        " OR EXISTS (SELECT FROM camera_drawing WHERE camera_id = camera.id) AS has_zones,"
        " EXISTS (SELECT FROM camera_latest WHERE camera_id = camera.id AND last_frame_at IS NOT NULL)"
        " AS has_reported FROM camera WHERE retired_at IS NULL ORDER BY id"
    )
    return tuple(CameraFact(**row) for row in rows)


def _enrolled(conn: Connection) -> frozenset[str]:
    """Return the nodes that used a token, or that were set up by hand and connected."""
    rows = conn.execute(
        "SELECT node_id AS id FROM fleet_enrolment WHERE used_at IS NOT NULL"
        " UNION SELECT id FROM node WHERE last_seen_at IS NOT NULL"
    )
    return frozenset(row["id"] for row in rows)
