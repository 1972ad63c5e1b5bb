"""After the storm: what was sent against what is stored, each thing once, and how late the alerts were.

A referee: it reads the cloud's tables as their owner and none of the product's code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

import psycopg
from benchmarks.chaos.faults import PastBreak
from psycopg import sql

# A box may wait 30 s before it tries a broker again that was away, and its lease-holder may have to change (15 s).
PROMISE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCounts:
    """What the senders count. Readings of the gauges of the load, of the boxes, and citizens' reports."""

    load: int
    load_evicted: int
    load_waiting: int
    edge_nodes: int
    nodes_evicted: int
    nodes_waiting: int
    reports: int
    reports_hanging: bool
    reports_refused: Sequence[str]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the ledger. `shown`: some of what makes it wrong."""

    what: str
    got: Any
    expected: Any
    shown: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        """Whether it is as it should be."""
        return bool(self.got == self.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The whole ledger and its sums."""

    checks: Sequence[Check]
    sent: int
    stored: int
    evicted: int
    lost: int
    doubled: int
    alerts: int
    late_alerts: int
    worst_alert_seconds: float

    @property
    def holds(self) -> bool:
        """Whether every line is as it should be."""
        return all(check.holds for check in self.checks)


def settled(url: str) -> bool:
    """Whether the cloud has done all that it was given: no signal, roll-up or job is waiting."""
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            return _number(connection, _UNSETTLED) == 0
    except psycopg.OperationalError:
        return False


def judged(url: str, sent: SentCounts, faults: Sequence[PastBreak], others: Sequence[Check] = ()) -> Verdict:
    """Reads the record and compares; `others` are lines of the caller's."""
    with psycopg.connect(url) as connection:
        stored, accounted, missing = _row(connection, _LEDGER)
        ids, distinct = _row(connection, "select count(*), count(distinct id) from message")
        reports = _number(connection, "select count(*) from report")
        alerts = _delays(connection, faults)
        wrong = [_none(connection, what, query) for what, query in _MUST_BE_NONE.items()]
        gaps = _shown(connection, _GAPS)
    given = sent.load + sent.edge_nodes
    evicted = sent.load_evicted + sent.nodes_evicted
    late = [delay for delay in alerts if delay > PROMISE_SECONDS]
    lost = max(0, given - accounted - evicted)
    checks = [
        Check("messages still waiting at gauges and boxes", sent.load_waiting + sent.nodes_waiting, 0),
        Check("messages sent that are neither stored, nor kept apart with a reason, nor told as evicted", lost, 0),
        Check("messages that the cloud counts as missing", max(0, missing - evicted), 0, gaps),
        Check("messages stored twice", ids - distinct, 0),
        Check("rows against the ledger's count of stored", ids, stored),
        Check("citizens left without an answer", sent.reports_hanging, False),
        Check("reports refused", list(sent.reports_refused), []),
        Check("reports stored against reports promised", reports, sent.reports),
        *wrong,
        *others,
        Check(f"alerts later than {PROMISE_SECONDS:.0f} s after recovery", len(late), 0),
    ]
    return Verdict(
        checks=checks,
        sent=given,
        stored=stored,
        evicted=evicted,
        lost=lost,
        doubled=ids - distinct,
        alerts=len(alerts),
        late_alerts=len(late),
        worst_alert_seconds=round(max(alerts, default=0.0), 1),
    )


def _delays(connection: psycopg.Connection[Any], faults: Sequence[PastBreak]) -> list[float]:
    """How long each alert took from the gauge to its incident, without the time in which something was broken."""
    held = merged((done.began_at, done.mended_at) for done in faults if not done.skipped)
    return [quiet_seconds(began, joined, held) for began, joined in connection.execute(_ALERTS)]


def merged(spans: Any) -> list[tuple[datetime, datetime]]:
    """Spans of time without overlaps, in order."""
    found: list[tuple[datetime, datetime]] = []
    for began, ended in sorted(spans):
        if found and began <= found[-1][1]:
            found[-1] = (found[-1][0], max(ended, found[-1][1]))
        else:
            found.append((began, ended))
    return found


def quiet_seconds(began: datetime, ended: datetime, held: Sequence[tuple[datetime, datetime]]) -> float:
    """Seconds of a span that no fault covers; `held` has no overlaps."""
    nought = timedelta(0)
    broken = sum((max(nought, min(ended, last) - max(began, first)) for first, last in held), nought)
    return (ended - began - broken).total_seconds()


def _none(connection: psycopg.Connection[Any], what: str, query: LiteralString) -> Check:
    count = sql.SQL("select count(*) from ({}) as wrong").format(sql.SQL(query))
    return Check(what, _number(connection, count), 0, _shown(connection, query))


def _shown(connection: psycopg.Connection[Any], query: LiteralString) -> list[str]:
    """The first rows of a query as text, for whoever looks into a failure."""
    first = sql.SQL("select to_jsonb(wrong)::text from ({}) as wrong limit 20").format(sql.SQL(query))
    return [str(row[0]) for row in connection.execute(first)]


def _row(connection: psycopg.Connection[Any], query: LiteralString | sql.Composed) -> tuple[int, ...]:
    row = connection.execute(query).fetchone()
    return tuple(int(value) for value in row or ())


def _number(connection: psycopg.Connection[Any], query: LiteralString | sql.Composed) -> int:
    return _row(connection, query)[0]


_UNSETTLED = """
select (select count(*) from signal where processed_revision < revision)
     + (select count(*) from rollup_dirty)
     + (select count(*) from procrastinate_jobs
        where status in ('todo', 'doing') and queue_name in ('signals', 'proofs', 'notifications') and attempts < 8)
     + (select count(*) from notification where state = 'queued' and due_at < now())
"""

_LEDGER = """
select coalesce(sum(stored), 0), coalesce(sum(stored + dead + quarantined), 0), coalesce(sum(missing), 0)
from node_ledger
"""

# An alert: a gauge's event that may become a task. From what the gauge measured to its place in an incident.
_ALERTS = """
select event.began_at, min(incident_member.joined_at)
from event join incident_member on incident_member.signal_id = event.id
where event.source_kind = 'gauge'
group by event.id, event.began_at
"""

# Numbers that an outbox gave out and that are nowhere.
_GAPS: LiteralString = """
select node_id, outbox_id, missing, evicted, highest_seq, (
    select array_agg(seq) from (
        select seq from generate_series(1, highest_seq) as seq
        where not exists (select from message where message.outbox_id = held.outbox_id and message.seq = seq.seq)
          and not exists (select from dead_letter where dead_letter.outbox_id = held.outbox_id
                          and dead_letter.seq = seq.seq)
          and not exists (select from quarantine where quarantine.outbox_id = held.outbox_id
                          and quarantine.seq = seq.seq)
        limit 50) as gap) as gaps
from node_ledger as held where missing > 0
"""

_MUST_BE_NONE: dict[str, LiteralString] = {
    "signals that no incident took in": """
        select id, kind, category, received_at from signal
        where not exists (select from incident_member where signal_id = signal.id and removed_at is null)""",
    "signals in two incidents": """
        select signal_id from incident_member where removed_at is null group by 1 having count(*) > 1""",
    "reports without a signal": """
        select id from report where not exists (select from signal where signal.id = report.id)""",
    "incidents with two tasks": """
        select incident_id from task group by 1 having count(*) > 1""",
    "tasks made twice in their own audit": """
        select task_id from task_move where from_state is null group by 1 having count(*) > 1""",
    "notices not sent, or sent twice": """
        select state, kind, priority, audience_kind, audience_key, due_at, created_at, tokens, at as told_at
        from notification left join notification_bucket using (audience_kind, audience_key),
            (select case when exists (select from notification_storm where ended_at is null) then 120 else 30 end as
            each)
                as refill
        where state in ('queued', 'failed') and due_at < now() - interval '1 minute'
            and created_at < now() - interval '1 minute'
            -- The city's pace (city/jakarta/policy.toml): urgent ones go ahead and are owed, six at most; others wait.
            and (state = 'failed' or tokens is null
                 or tokens + extract(epoch from now() - interval '1 minute' - at) / each
                    >= case priority when 1 then -6 else 1 end)""",
    "jobs given up": """
        select id, queue_name, task_name, attempts, args from procrastinate_jobs where status = 'failed'""",
    "jobs left by dead workers": """
        select id, queue_name, task_name from procrastinate_jobs as job
        where status = 'doing' and queue_name in ('signals', 'proofs')
            and not exists (select from procrastinate_workers as worker where worker.id = job.worker_id)""",
    "hours whose roll-up differs from a count of its readings": """
        with counted as (
            select gauge_id, date_trunc('hour', measured_at) as bucket, count(*)::int as n,
                   count(level_cm) filter (where quality in ('good', 'suspect'))::int as n_good,
                   min(level_cm) filter (where quality in ('good', 'suspect')) as low,
                   max(level_cm) filter (where quality in ('good', 'suspect')) as high,
                   sum(level_cm::float8) filter (where quality in ('good', 'suspect')) as total
            from reading group by 1, 2)
        select gauge_id, bucket, counted.n as readings, kept.n, counted.n_good as good, kept.n_good,
               counted.total, kept.sum_cm, kept.computed_at
        from counted full join reading_hourly as kept using (gauge_id, bucket)
        where (counted.n, counted.n_good, counted.low, counted.high)
              is distinct from (kept.n, kept.n_good, kept.min_cm, kept.max_cm)
           or abs(coalesce(counted.total, 0) - coalesce(kept.sum_cm, 0)) > 0.001""",
}
