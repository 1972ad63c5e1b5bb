"""What a siege came to: read from the database as its owner, and from the public API, and held against the targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

import httpx
import psycopg
from psycopg.rows import dict_row

from siaga_sim.actors.requests import answer
from siaga_sim.siege.plan import CaseKind, Plan
from siaga_sim.siege.river import TrueEvent
from siaga_sim.siege.truth import Truth, p95, ranks_gained
from siaga_sim.siege.watching import SeenAlert
from siaga_sim.siege.work import CaseRecord, proof_of

Ranking: TypeAlias = Sequence[Mapping[str, Any]]

MOST_LATER_SECONDS = 30.0
FORGED_SHARE, HELD_SHARE = 0.01, 0.05

_REVISIONS = """
select alert.id, alert.area_id, alert.gauge_id, revision.revision, revision.at, revision.stage, revision.flood_state,
       revision.flood_certainty, revision.certainty, revision.headline_en
from area_alert_revision as revision join area_alert as alert on alert.id = revision.alert_id
where revision.kind <> 'all_clear' order by revision.at
"""
_WARNED = """
with named as (
  select gauge.id as gauge_id, wanted.area_id, area_path(wanted.area_id) as path from gauge cross join lateral (
    select area_id from gauge_warns where gauge_id = gauge.id union all
    select gauge.area_id where not exists (select from gauge_warns where gauge_id = gauge.id)) as wanted
  where wanted.area_id is not null)
select area.id, array_agg(distinct gauge_id) from area
join named on named.area_id = any (area_path(area.id)) or area.id = any (named.path)
where area.level = 'kelurahan' group by 1
"""
_FOREIGN_READINGS = "select count(*) from reading where node_id = %(node)s and gauge_id <> all (%(gauges)s)"
_FOREIGN_EVENTS = "select count(*) from event where node_id = %(node)s and source_id <> all (%(cameras)s)"
_AFTER = "select count(*) from reading where node_id = %(node)s and received_at > %(at)s"
_MESSENGERS = "select count(*) from report where channel in ('x', 'smssync', 'telegram')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table: what was counted, the target, and examples where it was missed."""

    name: str
    got: float | int | None
    target: str
    holds: bool
    examples: Sequence[str] = ()


@dataclass(slots=True, kw_only=True)
class Verdict:
    """All that was measured. `figures` and `details` (of single events and officers) go to .run/siege.json."""

    figures: dict[str, Any]
    details: dict[str, Any] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every target was reached."""
        return all(line.holds for line in self.lines)

    def table(self) -> str:
        """For people: one line each, with examples of what went wrong."""
        rows = []
        for line in self.lines:
            mark = "ok  " if line.holds else "FAIL"
            rows.append(f"{mark} {line.name:34} {line.got!s:>8}   target {line.target}")
            rows += [f"       {example}" for example in line.examples[:5] if not line.holds]
        return "\n".join(rows)


@dataclass(slots=True, kw_only=True)
class Database:
    """The database as its owner reads it."""

    url: str

    def warned(self) -> dict[str, list[str]]:
        """The gauges that warn each kelurahan."""
        with psycopg.connect(self.url) as connection:
            return dict(connection.execute(_WARNED).fetchall())

    def alerts(self) -> list[SeenAlert]:
        """Every revision that was ever published."""
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return [_seen(row) for row in connection.execute(_REVISIONS)]

    def count_foreign(self, node: str, gauges: Sequence[str], cameras: Sequence[str]) -> tuple[int, int]:
        """Readings and events of devices that a node does not own and that were stored as true."""
        values = {"node": node, "gauges": list(gauges), "cameras": list(cameras)}
        with psycopg.connect(self.url) as connection:
            found = [connection.execute(query, values).fetchone() for query in (_FOREIGN_READINGS, _FOREIGN_EVENTS)]
        return int(found[0][0]) if found[0] else 0, int(found[1][0]) if found[1] else 0

    def count_readings_after(self, node: str, at: datetime) -> int:
        """Readings of a node that came after a moment and were stored."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(_AFTER, {"node": node, "at": at}).fetchone()
        return int(row[0]) if row else 0

    def count_messenger_reports(self) -> int:
        """Reports by messengers; no honest citizen of a siege uses one."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(_MESSENGERS).fetchone()
        return int(row[0]) if row else 0


def _seen(row: Mapping[str, Any]) -> SeenAlert:
    kind = "area" if row["area_id"] else "gauge"
    return SeenAlert(
        alert_id=str(row["id"]),
        revision=row["revision"],
        place=(kind, row["area_id"] or row["gauge_id"]),
        stage=row["stage"],
        flood=row["flood_state"],
        flood_certainty=row["flood_certainty"],
        certainty=row["certainty"],
        headline=row["headline_en"],
        seen_at=row["at"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOutcome:
    """What the platform made of one proof."""

    record: CaseRecord
    state: str
    is_held: bool
    is_accepted: bool
    decided_by: str
    why: str = ""

    def describe(self) -> str:
        """Return the words of the table about it."""
        case = self.record.case
        friend = " with a friend" if case.is_friend else ""
        end = f"{self.state}, decided by {self.decided_by}"
        return f"case {case.number}: {case.forgery or case.kind}{friend}: {end}; {self.why}"


def proof_outcomes(http: httpx.Client, records: Iterable[CaseRecord]) -> list[ProofOutcome]:
    """Every resolved task as the operator reads it."""
    resolved = [record for record in records if record.is_resolved]
    return [_outcome(record, answer(http.get(f"/api/v1/tasks/{record.task_id}"))) for record in resolved]


def _outcome(record: CaseRecord, detail: Mapping[str, Any]) -> ProofOutcome:
    proof = proof_of(detail) or {}
    state = str(detail["task"]["state"])
    return ProofOutcome(
        record=record,
        state=state,
        is_held=any(one["held"] for one in detail.get("proofs") or []),
        is_accepted=(detail["task"].get("completion") or {"grade": state})["grade"] == "verified",
        decided_by=str(proof.get("decided_by")),
        why=_held_for(detail),
    )


def _held_for(detail: Mapping[str, Any]) -> str:
    """The checks that were not fine, of every proof of a task."""
    checks = [check for one in detail.get("proofs") or [] for check in one["checks"] if check["result"] != "fine"]
    return ", ".join(f"{one['check']} {one['result']}" for one in checks) or "all checks fine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was read from outside, for `judged`."""

    plan: Plan
    truth: Truth
    published: Sequence[SeenAlert]
    seen: Sequence[SeenAlert]
    ended_after_seconds: float
    ranking_before: Ranking
    ranking_after: Ranking
    proofs: Sequence[ProofOutcome]
    foreign: tuple[int, int]
    after_block: int
    messenger_reports: int
    forged_messages: int
    posts: int

    @property
    def unranked(self) -> list[str]:
        """Corrupt officers who had no rank that they could have improved."""
        ranked = ranks_of(self.ranking_before)
        return [one.user for one in self.plan.corrupt if one.user not in ranked]

    @property
    def ranks_gained(self) -> int:
        """How many places the corrupt officers rose, together."""
        before, after = ranks_of(self.ranking_before), ranks_of(self.ranking_after)
        return ranks_gained(before, after, [one.user for one in self.plan.corrupt])


def ranks_of(ranking: Ranking) -> dict[str, int]:
    """The rank of everybody in a ranking."""
    return {one["id"]: one["rank"] for one in ranking}


def judged(evidence: Evidence) -> Verdict:
    """The figures and whether they reach the targets."""
    calm, attacked = (_delays(evidence, is_calm=is_calm) for is_calm in (True, False))
    delays, missed = attacked
    false = _false_alerts(evidence)
    forged = [one for one in evidence.proofs if one.record.case.kind is CaseKind.FORGED]
    honest = [one for one in evidence.proofs if one.record.case.kind is CaseKind.HONEST]
    accepted, held = [one for one in forged if one.is_accepted], [one for one in honest if one.is_held]
    figures = {
        "seed": evidence.plan.seed,
        "seconds": evidence.plan.seconds,
        "bots": len(evidence.plan.bots),
        "corrupt_officers": len(evidence.plan.corrupt),
        "posts": evidence.posts,
        "false_alerts_above_possible": len(false),
        "true_alerts": len(delays) - len(missed),
        "true_alert_delay_s_p95": p95(delays),
        "delay_without_attack_s_p95": p95(calm[0]),
        "ranks_gained": evidence.ranks_gained,
        "forged_proofs": len(forged),
        "forged_accepted": len(accepted),
        "honest_proofs": len(honest),
        "honest_held": len(held),
        "foreign_readings_believed": sum(evidence.foreign),
        "readings_after_block": evidence.after_block,
        "true_alerts_missed": len(missed),
        "forged_messages": evidence.forged_messages,
        "forged_messages_believed": evidence.messenger_reports,
    }
    later = round((p95(delays) or 0.0) - (p95(calm[0]) or 0.0), 1)
    lines = [
        Line(
            name="false alerts above Possible",
            got=len(false),
            target="0",
            holds=not false,
            examples=list(false.values()),
        ),
        Line(name="true alerts that never came", got=len(missed), target="0", holds=not missed, examples=missed),
        Line(name="seconds later than without attack", got=later, target="<= 30", holds=_is_prompt(later, calm[0])),
        Line(
            name="ranks gained by the corrupt",
            got=evidence.ranks_gained,
            target="0",
            holds=not evidence.ranks_gained and not evidence.unranked,
            examples=[f"{user} had no rank before the attack" for user in evidence.unranked],
        ),
        _share_line("forged proofs accepted", accepted, forged, FORGED_SHARE),
        _share_line("honest proofs held", held, honest, HELD_SHARE),
        Line(
            name="foreign readings believed",
            got=sum(evidence.foreign),
            target="0",
            holds=not sum(evidence.foreign),
            examples=[f"{evidence.foreign[0]} readings and {evidence.foreign[1]} events were stored as true"],
        ),
        Line(
            name="readings of the blocked node",
            got=evidence.after_block,
            target="0",
            holds=not evidence.after_block,
        ),
        Line(
            name="forged messages believed",
            got=evidence.messenger_reports,
            target="0",
            holds=not evidence.messenger_reports,
            examples=[f"of {evidence.forged_messages} forged deliveries"],
        ),
    ]
    return Verdict(figures=figures, details=_details(evidence), lines=lines)


def _details(evidence: Evidence) -> dict[str, Any]:
    delays = {_named(one): evidence.truth.delay_seconds(one, evidence.seen) for one in evidence.truth.events}
    return {
        "delays": {name: None if delay is None else round(delay, 1) for name, delay in delays.items()},
        "ranking_before": list(evidence.ranking_before),
        "ranking_after": list(evidence.ranking_after),
    }


def _share_line(name: str, found: Sequence[ProofOutcome], all_of: Sequence[ProofOutcome], most: float) -> Line:
    """A target without a single proof is missed: nothing was shown."""
    return Line(
        name=f"{name} (of {len(all_of)})",
        got=len(found),
        target=f"<= {most:.0%}",
        holds=bool(all_of) and len(found) <= most * len(all_of),
        examples=[one.describe() for one in found],
    )


def _is_prompt(later: float, calm: Sequence[float]) -> bool:
    return bool(calm) and later <= MOST_LATER_SECONDS


def _delays(evidence: Evidence, *, is_calm: bool) -> tuple[list[float], list[str]]:
    """Of every true event of a phase; one that was never published counts with all the time that there was."""
    delays, missed = [], []
    for event in evidence.truth.events:
        if event.is_calm != is_calm:
            continue
        delay = evidence.truth.delay_seconds(event, evidence.seen)
        if delay is None:
            missed.append(_named(event))
        delays.append(evidence.ended_after_seconds if delay is None else delay)
    return delays, missed


def _named(event: TrueEvent) -> str:
    what = f"Siaga {event.stage}" if event.kind == "gauge" else "water on the street"
    return f"{event.id}: {what} at {event.at:%H:%M:%S}"


def _false_alerts(evidence: Evidence) -> dict[str, str]:
    """Alerts with a revision that claims more than had happened, as published or as seen by the public."""
    found: dict[str, str] = {}
    for alert in (*evidence.published, *evidence.seen):
        if alert.is_above_possible and not evidence.truth.allows(alert, alert.seen_at):
            claim = f"{alert.certainty}, Siaga {alert.stage}, flood {alert.flood} {alert.flood_certainty or ''}"
            found.setdefault(alert.alert_id, f"{alert.headline} ({alert.place[0]} {alert.place[1]}: {claim})")
    return found
