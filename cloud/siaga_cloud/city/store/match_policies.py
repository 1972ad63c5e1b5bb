"""Reads the city's own radii and time windows of categories, and its prior reliability of sources."""

from __future__ import annotations

from collections.abc import Mapping

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.incident import MatchPolicy
from siaga_core.rules.reliability import BetaPrior


def all_set(conn: Connection) -> Mapping[str, MatchPolicy]:
    """Return every category that the city has set a policy for."""
    rows = conn.execute("SELECT category, radius_m, window_seconds FROM match_policy")
    return {
        row["category"]: MatchPolicy(radius_m=row["radius_m"], window_seconds=row["window_seconds"]) for row in rows
    }


def save(conn: Connection, policies: Mapping[str, MatchPolicy]) -> None:
    """Sets the policies of these categories; others stay."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO match_policy (category, radius_m, window_seconds) VALUES (%s, %s, %s)"
            " ON CONFLICT (category) DO UPDATE SET radius_m = excluded.radius_m,"
            " window_seconds = excluded.window_seconds, updated_at = now()",
            [(category, one.radius_m, one.window_seconds) for category, one in sorted(policies.items())],
        )


def save_priors(conn: Connection, priors: Mapping[str, BetaPrior]) -> None:
    """Sets the priors of these kinds of source; others stay."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO source_prior (kind, mean, strength) VALUES (%s, %s, %s)"
            " ON CONFLICT (kind) DO UPDATE SET mean = excluded.mean, strength = excluded.strength, updated_at = now()",
            [(kind, one.mean, one.strength) for kind, one in sorted(priors.items())],
        )
