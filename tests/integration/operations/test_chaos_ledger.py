"""The referee of `make chaos` on a real database: which notices it calls unsent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from benchmarks.chaos.ledger import SentCounts, judged

NOTHING = SentCounts(
    load=0, load_evicted=0, load_waiting=0, edge_nodes=0, nodes_evicted=0, nodes_waiting=0,
    reports=0, reports_hanging=False, reports_refused=(),
)  # fmt: skip


def unsent(
    url: str, *, state: str = "queued", priority: int = 3, minutes: float = 3, tokens: float | None, reported: float = 2
) -> int:
    """How many it finds of one notice; its audience was told something `told` minutes ago and had `tokens` left."""
    now = datetime.now(UTC)
    at = now - timedelta(minutes=minutes)
    with psycopg.connect(url) as conn:
        conn.execute("DELETE FROM notification")
        conn.execute("DELETE FROM notification_bucket")
        conn.execute(
            "INSERT INTO notification (id, dedupe_key, audience_kind, audience_key, kind, subject_kind, subject_id,"
            " priority,"
            " group_key, body, due_at, created_at, state, sent_at) VALUES (gen_random_uuid(), 'a', 'agency', 'sda',"
            " 'task_new', 'task', '1', %s, '', '{}', %s, %s, %s, %s)",
            (priority, at, at, state, at if state == "failed" else None),
        )
        if tokens is not None:
            reported_at = now - timedelta(minutes=reported)
            conn.execute("INSERT INTO notification_bucket VALUES ('agency', 'sda', %s, %s)", (tokens, reported_at))
    (check,) = [one for one in judged(url, NOTHING, ()).checks if one.what.startswith("notices not sent")]
    assert len(check.shown) == check.got
    return int(check.got)


@pytest.mark.parametrize("tokens", [None, 1.0, 0.0])
def test_an_alert_whose_audience_was_reachable_for_a_minute_counts_as_unsent(database_url: str, tokens: float) -> None:
    assert unsent(database_url, tokens=tokens) == 1


def test_one_that_waits_by_the_citys_pace_is_not_but_an_urgent_or_failed_one_is(database_url: str) -> None:
    assert unsent(database_url, tokens=-3.0) == 0
    assert unsent(database_url, tokens=-3.0, priority=1) == 1
    assert unsent(database_url, tokens=-3.0, state="failed") == 1
    assert unsent(database_url, tokens=None, minutes=0.5) == 0
    with psycopg.connect(database_url) as conn:
        conn.execute("INSERT INTO notification_storm (began_at, began_by, why) VALUES (now(), 'rate', '')")
    assert unsent(database_url, tokens=0.0) == 0, "in a storm a token takes two minutes"
