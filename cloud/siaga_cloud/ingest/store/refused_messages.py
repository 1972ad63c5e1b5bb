"""Stores dead letters and quarantined messages within the room of their sender; beyond it they are counted only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from siaga_cloud.ingest.blocks import sender_of
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.messages import DeadLetter, QuarantinedMessage
from siaga_cloud.platform.db.connection import Connection

Refused: TypeAlias = DeadLetter | QuarantinedMessage


@dataclass(slots=True, kw_only=True)
class _HourUse:
    """Holds what one sender used of its room in this hour, and what this batch adds."""

    stored: int = 0
    stored_bytes: int = 0
    new: int = 0
    new_bytes: int = 0
    counted: int = 0
    counted_bytes: int = 0
    last_reason: str = ""

    def has_room(self, size: int, policy: IngestPolicy) -> bool:
        """Return whether one more message of that size may be stored."""
        return (
            self.stored + self.new < policy.dead_letters_per_hour
            and self.stored_bytes + self.new_bytes + size <= policy.dead_letter_bytes_per_hour
        )


@dataclass(slots=True, kw_only=True)
class RefusedResult:
    """Holds for each message whether it is new (a resent one is not), and how many were counted only."""

    dead: list[tuple[DeadLetter, bool]] = field(default_factory=list)
    quarantined: list[tuple[QuarantinedMessage, bool]] = field(default_factory=list)
    counted: int = 0


def store_refused(
    conn: Connection,
    dead: Sequence[DeadLetter],
    quarantined: Sequence[QuarantinedMessage],
    *,
    policy: IngestPolicy,
    now: datetime,
) -> RefusedResult:
    """Store what there is room for; a node can neither fill the database nor hide that it tried."""
    result = RefusedResult()
    if not dead and not quarantined:
        return result
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    uses = _uses(conn, {*map(sender_of, dead), *(message.node_id for message in quarantined)}, hour)
    for undeliverable in dead:
        is_new = _store(conn, undeliverable, uses[sender_of(undeliverable)], policy)
        result.dead.append((undeliverable, is_new))
    for message in quarantined:
        result.quarantined.append((message, _store(conn, message, uses[message.node_id], policy)))
    _save(conn, uses, hour)
    result.counted = sum(use.counted for use in uses.values())
    return result


def _store(conn: Connection, one: Refused, use: _HourUse, policy: IngestPolicy) -> bool:
    if not use.has_room(len(one.payload), policy):
        use.counted += 1
        use.counted_bytes += len(one.payload)
        use.last_reason = one.reason
        return True
    (is_new,) = messages.quarantine(conn, [one]) if isinstance(one, QuarantinedMessage) else messages.bury(conn, [one])
    if is_new:
        use.new += 1
        use.new_bytes += len(one.payload)
    return is_new


def _uses(conn: Connection, senders: Iterable[str], hour: datetime) -> dict[str, _HourUse]:
    wanted = sorted(senders)
    rows = conn.execute(
        "SELECT sender, stored, stored_bytes FROM dead_letter_hour WHERE hour = %s AND sender = ANY(%s)",
        (hour, wanted),
    )
    held = {row["sender"]: _HourUse(stored=row["stored"], stored_bytes=row["stored_bytes"]) for row in rows}
    return {sender: held.get(sender) or _HourUse() for sender in wanted}


def _save(conn: Connection, uses: Mapping[str, _HourUse], hour: datetime) -> None:
    changed = {sender: use for sender, use in uses.items() if use.new or use.counted}
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO dead_letter_hour AS held (sender, hour, stored, stored_bytes, counted, counted_bytes,"
            " last_reason) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (sender, hour) DO UPDATE SET"
            " stored = held.stored + excluded.stored, stored_bytes = held.stored_bytes + excluded.stored_bytes,"
            " counted = held.counted + excluded.counted, counted_bytes = held.counted_bytes + excluded.counted_bytes,"
            " last_reason = coalesce(nullif(excluded.last_reason, ''), held.last_reason)",
            [
                (sender, hour, use.new, use.new_bytes, use.counted, use.counted_bytes, use.last_reason)
                for sender, use in sorted(changed.items())
            ],
        )
