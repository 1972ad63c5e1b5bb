"""Stores configurations, commands and one-time tokens of nodes, and reads the drift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConfig:
    """Represents a signed configuration."""

    node_id: str
    version: int
    sha256: str
    body: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDrift:
    """Represents what a node shall run and what it reports to run. `differs` is None where no configuration was ever
    sent.
    """

    node_id: str
    state: str
    last_seen_at: datetime | None
    wanted_version: int | None
    wanted_sha256: str | None
    running_version: int | None
    running_sha256: str | None
    answered_version: int | None
    config_state: str | None
    config_reason: str | None
    models: list[dict[str, Any]] | None
    command: dict[str, Any] | None

    @property
    def differs(self) -> bool | None:
        """Return whether the node runs something else than it shall."""
        if self.wanted_version is None:
            return None
        return (self.wanted_version, self.wanted_sha256) != (self.running_version, self.running_sha256)


def lock_node(conn: Connection, node_id: str) -> None:
    """Lock a node: until the transaction ends, nobody else creates a configuration or command for it."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('siaga-fleet:' || %s, 0))", (node_id,))


def next_version(conn: Connection, node_id: str) -> int:
    """Of a configuration, above every one before; `lock_node` first. Also above what the node itself claims."""
    return _next(
        conn,
        "SELECT greatest((SELECT max(version) FROM fleet_config WHERE node_id = %(node)s),"
        " (SELECT running_version FROM node WHERE id = %(node)s), 0) + 1 AS next",
        node_id,
    )


def next_number(conn: Connection, node_id: str) -> int:
    """Of a command, above every one before, also above what the node itself names; `lock_node` first."""
    # A database that was restored may have forgotten numbers that the node has seen.
    return _next(
        conn,
        "SELECT greatest((SELECT max(number) FROM fleet_command WHERE node_id = %(node)s),"
        " (SELECT (health -> 'command' ->> 'number')::bigint FROM node WHERE id = %(node)s), 0) + 1 AS next",
        node_id,
    )


def _next(conn: Connection, query: str, node_id: str) -> int:
    row = conn.execute(query.encode(), {"node": node_id}).fetchone()
    if row is None:
        raise LookupError("an aggregate gives one row")
    return int(row["next"])


def save_config(conn: Connection, config: StoredConfig, *, at: datetime, by: str) -> None:
    """Stores a configuration as the wanted one."""
    conn.execute(
        "INSERT INTO fleet_config VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (config.node_id, config.version, config.sha256, config.body, config.signature, at, by),
    )


def wanted(conn: Connection, node_id: str | None = None) -> list[StoredConfig]:
    """Return the wanted configuration of one node, or of each."""
    return (
        conn.cursor(row_factory=class_row(StoredConfig))
        .execute(
            "SELECT DISTINCT ON (node_id) node_id, version, sha256, body, signature FROM fleet_config"
            " WHERE %(node)s::text IS NULL OR node_id = %(node)s ORDER BY node_id, version DESC",
            {"node": node_id},
        )
        .fetchall()
    )


def save_command(conn: Connection, node_id: str, number: int, *, kind: str, body: str, at: datetime, by: str) -> None:
    """Stores a command that is about to be sent."""
    conn.execute("INSERT INTO fleet_command VALUES (%s, %s, %s, %s, %s, %s)", (node_id, number, kind, body, at, by))


def drift(conn: Connection) -> list[NodeDrift]:
    """Return every node, and every name that a configuration or command was made for."""
    return (
        conn.cursor(row_factory=class_row(NodeDrift))
        .execute(
            "WITH wanted AS (SELECT DISTINCT ON (node_id) node_id, version, sha256 FROM fleet_config"
            " ORDER BY node_id, version DESC)"
            " SELECT coalesce(node.id, wanted.node_id) AS node_id, coalesce(node.state, 'unknown') AS state,"
            " node.last_seen_at, wanted.version AS wanted_version, wanted.sha256 AS wanted_sha256,"
            " node.running_version, node.running_sha256, node.config_version AS answered_version, node.config_state,"
            " node.config_reason, node.health -> 'models' AS models, node.health -> 'command' AS command"
            " FROM node FULL JOIN wanted ON wanted.node_id = node.id ORDER BY 1"
        )
        .fetchall()
    )


def add_token(
    conn: Connection, token_sha256: bytes, node_id: str, *, at: datetime, expires_at: datetime, by: str = ""
) -> None:
    """Stores a one-time token; older unused ones of the same node become invalid."""
    conn.execute("DELETE FROM fleet_enrolment WHERE node_id = %s AND used_at IS NULL", (node_id,))
    conn.execute(
        "INSERT INTO fleet_enrolment (token_sha256, node_id, made_at, expires_at, made_by) VALUES (%s, %s, %s, %s, %s)",
        (token_sha256, node_id, at, expires_at, by),
    )


def use_token(conn: Connection, token_sha256: bytes, *, at: datetime, by: str) -> str | None:
    """Return the node that a token is for, if it is known, fresh and unused; it is used up with that."""
    row = conn.execute(
        "UPDATE fleet_enrolment SET used_at = %(at)s, used_from = %(by)s WHERE token_sha256 = %(token)s"
        " AND used_at IS NULL AND expires_at > %(at)s RETURNING node_id",
        {"at": at, "by": by, "token": token_sha256},
    ).fetchone()
    return None if row is None else str(row["node_id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeState(NodeDrift):
    """Represents a node with its newest enrolment: the token and the credentials that it received."""

    name: str | None
    software: str
    cameras: int
    gauges: int
    retired_at: datetime | None
    token_made_at: datetime | None
    token_made_by: str | None
    token_expires_at: datetime | None
    token_used_at: datetime | None
    token_used_from: str | None
    credential: str | None
    credential_until: datetime | None
    credential_at: datetime | None
    blocked_at: datetime | None
    blocked_because: str | None


_NODE_STATES = (
    "WITH wanted AS (SELECT DISTINCT ON (node_id) node_id, version, sha256 FROM fleet_config"
    "  ORDER BY node_id, version DESC),"
    " token AS (SELECT DISTINCT ON (node_id) node_id, made_at, made_by, expires_at, used_at, used_from"
    "  FROM fleet_enrolment ORDER BY node_id, made_at DESC),"
    " held AS (SELECT DISTINCT ON (node_id) node_id, used_at, credential, valid_until FROM fleet_enrolment"
    "  WHERE used_at IS NOT NULL ORDER BY node_id, used_at DESC),"
    " known AS (SELECT id FROM node UNION SELECT node_id FROM wanted UNION SELECT node_id FROM token"
    "  UNION SELECT node_id FROM node_block)"
    " SELECT known.id AS node_id, node.name, coalesce(node.state, 'unknown') AS state, coalesce(node.software, '')"
    "  AS software, node.last_seen_at, wanted.version AS wanted_version, wanted.sha256 AS wanted_sha256,"
    " node.running_version, node.running_sha256, node.config_version AS answered_version, node.config_state,"
    " node.config_reason, node.health -> 'models' AS models, node.health -> 'command' AS command,"
    " (SELECT count(*) FROM camera WHERE camera.node_id = known.id AND retired_at IS NULL) AS cameras,"
    " (SELECT count(*) FROM gauge WHERE gauge.node_id = known.id AND retired_at IS NULL) AS gauges, node.retired_at,"
    " token.made_at AS token_made_at, token.made_by AS token_made_by, token.expires_at AS token_expires_at,"
    " token.used_at AS token_used_at, token.used_from AS token_used_from, held.credential,"
    " held.valid_until AS credential_until, held.used_at AS credential_at, block.blocked_at,"
    " block.reason AS blocked_because"
    " FROM known LEFT JOIN node ON node.id = known.id LEFT JOIN wanted ON wanted.node_id = known.id"
    " LEFT JOIN token ON token.node_id = known.id LEFT JOIN held ON held.node_id = known.id"
    " LEFT JOIN node_block AS block ON block.node_id = known.id"
    " WHERE known.id > %(after)s AND (%(text)s::text IS NULL OR position(%(text)s IN known.id) > 0"
    "  OR position(lower(%(text)s) IN lower(coalesce(node.name, ''))) > 0) ORDER BY known.id LIMIT %(limit)s"
)


def node_states(conn: Connection, *, text: str | None = None, after: str = "", limit: int = 1000) -> list[NodeState]:
    """Return every node, and every name that a configuration, command or token was made for, by id."""
    found = conn.cursor(row_factory=class_row(NodeState)).execute(
        _NODE_STATES, {"text": text, "after": after, "limit": limit}
    )
    return found.fetchall()


def note_credential(conn: Connection, token_sha256: bytes, *, credential: str, until: datetime | None) -> None:
    """What a node got for a token, and until when it holds."""
    conn.execute(
        "UPDATE fleet_enrolment SET credential = %s, valid_until = %s WHERE token_sha256 = %s",
        (credential, until, token_sha256),
    )


def extend_credential(conn: Connection, node_id: str, *, until: datetime) -> None:
    """Record until when the renewed certificate of a node holds, where it enrolled here."""
    conn.execute(
        "UPDATE fleet_enrolment SET valid_until = %(until)s WHERE token_sha256 = (SELECT token_sha256"
        " FROM fleet_enrolment WHERE node_id = %(node)s AND credential = 'certificate' ORDER BY used_at DESC LIMIT 1)",
        {"node": node_id, "until": until},
    )


def withdraw_token(conn: Connection, node_id: str) -> bool:
    """Takes back a token that was not used; False where there is none."""
    done = conn.execute("DELETE FROM fleet_enrolment WHERE node_id = %s AND used_at IS NULL", (node_id,))
    return done.rowcount > 0
