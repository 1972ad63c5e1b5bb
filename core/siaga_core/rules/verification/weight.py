"""What a task weighs in rankings: only what is independent of whoever is ranked.

A task counts where something besides anonymous new names speaks for its incident, so that nobody gains by inventing
work, and nobody loses by the inventions of others. It earns only by independent verification. Because most tasks are
verified by random sample, a verified one stands for all that might have been drawn: its credit is one over the share
that was drawn (Horvitz and Thompson, 1952), so that tasks that a camera sees and tasks that only people see compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from siaga_core.rules.verification.grade import Witness, split_witness
from siaga_core.rules.verification.reporter import ReporterRecord

LEAST_SHARE = 0.1  # one verified task stands for ten at most


@dataclass(frozen=True, slots=True, kw_only=True)
class RankEvidence:
    """What is known of a task. `has_sensor`: a camera, gauge or feed belongs to its incident; `has_verdict`: a person
    has confirmed the incident; `sampled_share`: the share of such tasks that was drawn to be verified by people;
    `is_pending`: it is reported as done, and who was drawn to verify it has not answered yet.
    """

    witness: str | None = None
    is_imported: bool = False
    has_sensor: bool = False
    has_verdict: bool = False
    is_pending: bool = False
    reporters: Sequence[ReporterRecord] = ()
    sampled_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankWeight:
    """Whether a task is ranked, how much its verification earns, and why it is not ranked."""

    is_ranked: bool
    credit: float
    reason: str = ""


def weigh(evidence: RankEvidence) -> RankWeight:
    """The weight of a task in the rankings of officers, agencies and areas."""
    paired = [one for one in evidence.reporters if one.is_paired]
    backed = evidence.is_imported or evidence.has_sensor or evidence.has_verdict
    if not backed and not any(_is_known(one) for one in evidence.reporters):
        return RankWeight(is_ranked=False, credit=0.0, reason="paired" if paired else "anonymous")
    if evidence.is_pending:  # waiting for somebody's answer says nothing about the work
        return RankWeight(is_ranked=False, credit=0.0, reason="pending")
    return RankWeight(is_ranked=True, credit=_credit(evidence))


def _is_known(one: ReporterRecord) -> bool:
    return not one.is_paired and (one.has_account or one.confirmed_elsewhere > 0)


def _credit(evidence: RankEvidence) -> float:
    if evidence.witness is None:
        return 0.0
    kind, _ = split_witness(evidence.witness)
    if kind in (Witness.OPERATOR, Witness.REPORTER):
        return 1.0 / max(LEAST_SHARE, evidence.sampled_share or 1.0)
    # Heads verify the work of their own area or agency, which is ranked by it.
    return 0.0 if kind is Witness.PERSON else 1.0
