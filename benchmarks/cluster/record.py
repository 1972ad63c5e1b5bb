"""What the database says afterwards: nothing lost, nothing twice, each gauge's messages in order. Own SQL only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Counts of one run. `out_of_order`: messages that were never sent again and came after a later one."""

    stored: int
    distinct: int
    missing: int
    dead_lettered: int
    duplicates_refused: int
    unsequenced: int
    sent_again: int
    resent_unsequenced: int


def stored(url: str) -> int:
    """Messages so far; 0 while the database does not answer."""
    return _row(url, "SELECT count(*) FROM message")[0]


def holders(url: str) -> dict[str, int]:
    """Which ingest replica holds how many shards."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT coalesce(replica, 'nobody'), count(*) FROM shard_lease GROUP BY 1").fetchall()
    return dict(sorted(rows))


def record(url: str) -> Record:
    """Reads all of it."""
    count, distinct = _row(url, "SELECT count(*), count(DISTINCT id) FROM message")
    missing, apart, again = _row(
        url,
        "SELECT coalesce(sum(missing), 0), coalesce(sum(dead + quarantined), 0), coalesce(sum(duplicate), 0)"
        " FROM node_ledger",
    )
    disorder, late, late_disorder = _row(url, _SEQUENCE_FIGURES)
    return Record(
        stored=count,
        distinct=distinct,
        missing=missing,
        dead_lettered=apart,
        duplicates_refused=again,
        unsequenced=disorder,
        sent_again=late,
        resent_unsequenced=late_disorder,
    )


def disorder(url: str) -> list[datetime]:
    """When each message came in that was sent once and came after a later one of its gauge's."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(_DISORDER.encode())
        return [row[0] for row in rows]


def longest_gap_seconds(url: str, begun_at: datetime, ended_at: datetime) -> float:
    """The longest time between two messages that the cloud took in."""
    with psycopg.connect(url) as connection:
        row = connection.execute(_GAP, {"begun": begun_at, "ended": ended_at}).fetchone()
    return round(float(row[0]), 2) if row and row[0] is not None else (ended_at - begun_at).total_seconds()


def _row(url: str, query: str, values: Sequence[Any] = ()) -> tuple[int, ...]:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode(), values or None).fetchone()
    return tuple(int(value) for value in row or ())


# Gauges send one kind of message. A box sends alerts before readings on purpose, so that boxes are not asked for order.
_CAME = """
WITH came AS (
    SELECT seq, late, received_at, max(seq) OVER (PARTITION BY outbox_id ORDER BY received_at, seq
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM message WHERE node_id LIKE 'load-%')
"""
_DISORDER = f"{_CAME} SELECT received_at FROM came WHERE before > seq AND NOT late"  # noqa: S608 - both are ours
_SEQUENCE_FIGURES = f"""{_CAME}
SELECT count(*) FILTER (WHERE before > seq AND NOT late), count(*) FILTER (WHERE late),
       count(*) FILTER (WHERE before > seq AND late)
FROM came
"""  # noqa: S608 - both are ours

_GAP = """
WITH came AS (
    SELECT received_at - lag(received_at, 1, %(begun)s) OVER (ORDER BY received_at) AS waited
    FROM message WHERE received_at BETWEEN %(begun)s AND %(ended)s)
SELECT extract(epoch FROM max(waited)) FROM came
"""
