"""Reads the flood states of areas at a past minute."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from siaga_cloud.control_room.store.history import state_at
from siaga_cloud.incidents.store.flood_states import AreaFloodStateView
from siaga_cloud.platform.db.connection import Connection

_SHOWN: Final = f"""
SELECT area.id AS area_id, area.name AS area_name, area.level AS area_level, area_path(area.id) AS area_path,
    held.state, held.computed, held.since, held.expires_at, held.evidence, held.override_state,
    NULL::text AS override_reason, NULL::text AS override_by, NULL::timestamptz AS override_until
FROM area_flood_state AS now_held JOIN area ON area.id = now_held.area_id
CROSS JOIN LATERAL {state_at("flood_state", "area.id")} AS past
CROSS JOIN LATERAL jsonb_to_record(past.held) AS held (state smallint, computed smallint, since timestamptz,
    expires_at timestamptz, evidence jsonb, override_state smallint)
WHERE held.state > 0 OR held.override_state IS NOT NULL
ORDER BY held.state DESC, area.id LIMIT 5000
"""  # noqa: S608 - our own text


def shown_at(conn: Connection, *, at: datetime) -> list[AreaFloodStateView]:
    """Return the areas that had a state in force, the worst first."""
    return [AreaFloodStateView(**row) for row in conn.execute(_SHOWN.encode(), {"at": at})]
